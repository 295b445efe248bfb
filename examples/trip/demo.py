"""A program goes from one instruction set to the next in the middle of its work.

Compiles program.c to WebAssembly, and that to executables for three instruction sets.
Runs the program undisturbed; then again, stopped and continued elsewhere three times; and
compares what it printed and wrote.  The commands are printed as they are run and can be
repeated by hand in build/trip.  Exit status 0 where everything is equal.
"""

from __future__ import annotations

import itertools
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from wanco import TARGETS, Snapshot, Target, WancoError, find_emulator
from wanco.abi.layout import Exit
from wanco.targets import is_native

HERE = Path(__file__).parent
WORK = Path("build/trip")
FILES = ("log.csv", "report.txt")

STOPS = {
    "poll 40000000": "--wanco-checkpoint-at 40000000",  # about a quarter of the work
    "SIGUSR1": "",  # sent by `wanco checkpoint`
    "3 s": "--wanco-checkpoint-after 3s",  # in an emulator too short for the rest of the work
}
"""When the processes of the trip save and leave, in order, and the options that tell them."""
LINES = 4
"""How many lines the second one prints before it gets the signal."""

COMPILE_C = "python -m ziglang cc -target wasm32-wasi -O2 program.c -o program.wasm"

console = Console(highlight=False, soft_wrap=True)


class Trouble(Exception):
    """Something did not go as it should."""


@dataclass
class Leg:
    """One process in the life of the program, and how it ended."""

    isa: str
    end: str
    output: bytes = b""
    seconds: float = 0.0
    snapshot: Path | None = None


def main() -> int:
    """Run the demonstration; the exit status."""
    try:
        targets = runnable()
        prepare(targets)
        alone = undisturbed(targets[0])
        legs = trip(targets)
    except (Trouble, WancoError, subprocess.CalledProcessError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    show(alone, legs)
    return compare(alone, legs)


def runnable() -> list[Target]:
    """The targets that can run here, the native one first."""
    found = []
    for target in sorted(TARGETS.values(), key=is_native, reverse=True):
        try:
            find_emulator(target)
            found.append(target)
        except WancoError as error:
            console.print(f"The trip does without {target.name}: {error}")
    if len(found) < 2:
        raise Trouble("a trip needs two instruction sets that can run here")
    return found


def prepare(targets: Sequence[Target]) -> None:
    """Compile everything in a new folder `WORK`."""
    shutil.rmtree(WORK, ignore_errors=True)
    for folder in ("alone", "trip"):
        (WORK / folder).mkdir(parents=True)
        shutil.copy(HERE / "settings.txt", WORK / folder)
    shutil.copy(HERE / "program.c", WORK)
    console.print(f"[bold]Compile[/]   (in {WORK})")
    run(COMPILE_C)
    run(f"wanco compile program.wasm -o program --target {','.join(t.name for t in targets)}")


def run(command: str) -> None:
    """Run a command in `WORK`, and print it with the time that it took."""
    console.print(f"$ {command}")
    start = time.monotonic()
    subprocess.run(shlex.split(command), cwd=WORK, check=True)
    console.print(f"  [dim]{time.monotonic() - start:.1f} s[/]")


def undisturbed(target: Target) -> Leg:
    """Run the program from start to end."""
    console.print("\n[bold]Undisturbed[/]")
    leg = Leg(target.name, "end")
    follow(leg, target, ["--wanco-dir", "alone::/data", "/data"])
    return leg


def trip(targets: Sequence[Target]) -> list[Leg]:
    """Run the program through all instruction sets, and end on the first one."""
    console.print("\n[bold]The trip[/]")
    legs: list[Leg] = []
    for target, end in zip(targets, STOPS, strict=False):
        number = len(legs) + 1
        leg = Leg(target.name, end, snapshot=WORK / f"{number}.wsnap")
        source = ["--wanco-restore", f"{number - 1}.wsnap"] if legs else ["--wanco-dir", "trip::/data"]
        arguments = [] if legs else ["/data"]
        follow(leg, target, [*source, *STOPS[end].split(), "--wanco-snapshot", f"{number}.wsnap", *arguments])
        legs.append(leg)
    leg = Leg(targets[0].name, "end")
    follow(leg, targets[0], ["--wanco-restore", f"{len(legs)}.wsnap"])
    return [*legs, leg]


def follow(leg: Leg, target: Target, words: Sequence[str]) -> None:
    """Run one process, show what it prints, and see that it ends as it should."""
    emulator = find_emulator(target)
    program = f"./program-{target.name}"
    console.print(f"$ {shlex.join([*(Path(word).name for word in emulator[:1]), *emulator[1:], program, *words])}")
    start = time.monotonic()
    with subprocess.Popen([*emulator, program, *words], cwd=WORK, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for count, line in enumerate(process.stdout, 1):
            leg.output += line
            console.print(f"  [dim]{line.decode().rstrip()}[/]")
            if leg.end == "SIGUSR1" and count == LINES:
                run(f"wanco checkpoint {process.pid}")
    leg.seconds = time.monotonic() - start
    wanted = Exit.CHECKPOINTED if leg.snapshot else 0
    if process.returncode != wanted:
        raise Trouble(f"{program}: exit status {process.returncode}, not {wanted}")


def show(alone: Leg, legs: Sequence[Leg]) -> None:
    """Print what happened as a table."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("", "runs on", "until", "seconds", "lines", "snapshot", "stopped in"):
        table.add_column(column, no_wrap=True, justify="right" if column in ("seconds", "lines", "snapshot") else "left")
    for name, leg in zip(["alone", "trip", *[""] * (len(legs) - 1)], [alone, *legs], strict=True):
        size = f"{leg.snapshot.stat().st_size / 1024:.0f} KiB" if leg.snapshot else ""
        table.add_row(name, leg.isa, leg.end, f"{leg.seconds:.1f}", str(leg.output.count(b"\n")), size, stack(leg.snapshot))
    console.print("", table, "", sep="\n")


def stack(path: Path | None) -> str:
    """The program's functions on the stack in a snapshot, outermost first; libc's start-up left out."""
    if path is None:
        return ""
    snapshot = Snapshot.load(path)
    names = [snapshot.function_name(frame.function) for frame in reversed(snapshot.frames)]
    own = [name for name in names if not name.startswith("_")]
    groups = [(name, len(list(group))) for name, group in itertools.groupby(own)]
    return " > ".join(name if count == 1 else f"{name} x {count}" for name, count in groups)


def compare(alone: Leg, legs: Sequence[Leg]) -> int:
    """Say whether the trip made a difference: 0 where it made none."""
    pairs = {"standard output": (alone.output, b"".join(leg.output for leg in legs))}
    for name in FILES:
        pairs[name] = ((WORK / "alone" / name).read_bytes(), (WORK / "trip" / name).read_bytes())
    for name, (one, other) in pairs.items():
        console.print(f"{name}: {len(one)} bytes, {'equal' if one == other else '[bold red]DIFFERENT[/]'}")
    return 0 if all(one == other for one, other in pairs.values()) else 1


if __name__ == "__main__":
    sys.exit(main())

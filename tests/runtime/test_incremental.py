"""Snapshots that build on the one before."""

from __future__ import annotations

import dataclasses
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cross_isa.generator import generate
from tests.runtime.programs import Build
from wanco.abi.layout import VOLATILE_SECTIONS, Section
from wanco.cli import main
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.run import Executable, RunOptions
from wanco.snapshot import Snapshot, load_chain, load_complete
from wanco.snapshot.container import unpack
from wanco.snapshot.model import NO_META
from wanco.targets import TARGETS, native
from wanco.wasm.text import read_module

SAVED = 85


def state(snapshot: Snapshot) -> bytes:
    """Its file, but for what no state is."""
    return dataclasses.replace(snapshot, meta=NO_META).encode()


def sections(path: Path) -> dict[Section, bytes]:
    """All sections of a file that do not differ between equal states."""
    container = unpack(memoryview(path.read_bytes()))
    return {kind: bytes(data) for kind, data in container.sections.items() if kind not in VOLATILE_SECTIONS}


def save_at(program: Executable, polls: Sequence[int], folder: Path, args: Sequence[str] = (), *, incremental: bool) -> list[Path]:
    """Snapshots at these polls, as ``folder/1``, ``folder/2``, ..."""
    folder.mkdir()
    options = RunOptions(snapshot=folder / "%n", checkpoint_at=polls, incremental=incremental, quiet=True)
    result = program.run(args, options, timeout=60, name="program")
    assert result.status in (0, SAVED), result
    return [path for n in range(1, len(polls) + 1) if (path := folder / str(n)).exists()]


@pytest.mark.parametrize(
    ("name", "polls", "args"),
    [("churn", (5, 200, 400, 401, 900), ["x"]), ("fill", (1, 2, 100, 200, 400, 500), ()), ("state", range(1, 13), ())],
)
def test_merged_it_is_the_full_snapshot(
    build: Build, isa: str, name: str, polls: Sequence[int], args: Sequence[str], tmp_path: Path
) -> None:
    program = build(name, isa, poll_interval=1) if name == "state" else build(name, isa)
    increments = save_at(program, polls, tmp_path / "increments", args, incremental=True)
    full = save_at(program, polls, tmp_path / "full", args, incremental=False)
    assert len(increments) == len(full) == len(polls)
    for one, other in zip(increments, full, strict=True):
        assert main(["snapshot", "merge", str(one), "-o", str(tmp_path / "merged")]) == 0
        assert sections(tmp_path / "merged") == sections(other)
        assert main(["diff", str(one), str(other)]) == 0
    depths = [len(load_chain(path)) for path in increments]
    assert max(depths) > 1
    sizes = [path.stat().st_size for path in increments]
    assert sum(sizes) < sum(path.stat().st_size for path in full)
    last = build("churn").run if name == "churn" else program.run
    restored = last([], RunOptions(restore=increments[-1], verify=True))
    assert (restored.status, restored.stdout) == (0, program.restore(full[-1]).stdout)


def test_increments_are_the_same_on_every_isa(build: Build, tmp_path: Path) -> None:
    found = []
    for isa in TARGETS:
        paths = save_at(build("churn", isa), (300, 600, 601, 900), tmp_path / isa, ["x"] * 2, incremental=True)
        found.append([sections(path) for path in paths])
    assert found[0] == found[1] == found[2]
    assert Snapshot.load(tmp_path / "x86_64" / "3").memories[0].stored < Snapshot.load(tmp_path / "x86_64" / "2").memories[0].stored


def test_in_the_background(build: Build, isa: str, tmp_path: Path) -> None:
    options = RunOptions(snapshot=tmp_path / "s%n", checkpoint_every="10ms", incremental=True, quiet=True)
    result = build("churn", isa).run(["x"] * (15 if isa == native().name else 1), options, timeout=60)
    assert (result.status, result.stdout, result.stderr) == (0, b"go\nright\n", b"")
    paths = sorted(tmp_path.iterdir(), key=lambda p: int(p.name[1:]))
    assert Snapshot.load(paths[0]).base is None
    for path in (paths[0], paths[len(paths) // 2], paths[-1]):
        assert build("churn").run([], RunOptions(restore=path)).stdout.endswith(b"right\n")
        assert load_complete(path).base is None


def test_a_restored_program_begins_a_new_chain(build: Build, tmp_path: Path) -> None:
    program = build("churn")
    paths = save_at(program, (100, 200, 300), tmp_path / "a", ["x"] * 2, incremental=True)
    options = RunOptions(restore=paths[-1], snapshot=tmp_path / "a" / "%n", checkpoint_at=(10, 20), incremental=True, quiet=True)
    assert program.run([], options).status == SAVED
    assert [len(load_chain(tmp_path / "a" / str(n))) for n in range(1, 6)] == [1, 2, 3, 1, 2]
    assert program.restore(tmp_path / "a" / "5").stdout == b"right\n"


def test_cleared_pages_and_a_grown_memory(tmp_path: Path) -> None:
    text = """(module (memory (export "memory") 1)
      (func (export "_start") (local $i i32)
        (memory.fill (i32.const 4096) (i32.const 1) (i32.const 16384))
        (loop $a (br_if $a (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 2))))
        (memory.fill (i32.const 8192) (i32.const 0) (i32.const 4096))
        (drop (memory.grow (i32.const 2)))
        (i32.store (i32.const 135000) (i32.const 5))
        (loop $b (br_if $b (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4))))
        (memory.fill (i32.const 8192) (i32.const 1) (i32.const 4096))
        (memory.fill (i32.const 12288) (i32.const 1) (i32.const 4096))
        (loop $c (br_if $c (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 6))))))"""
    compiled = compile_module(read_module(text.encode()), [native()], CompileOptions(poll_interval=1, jobs=1))[0]
    compiled.write(tmp_path / "program")
    program = Executable.open(tmp_path / "program")
    paths = save_at(program, (1, 2, 3), tmp_path / "s", incremental=True)
    snapshots = [Snapshot.load(path) for path in paths]
    lists = [([(r.first, r.count) for r in s.memories[0].runs], [(r.first, r.count) for r in s.memories[0].cleared]) for s in snapshots]
    assert lists == [([(1, 4)], []), ([(32, 1)], [(2, 1)]), ([(2, 1)], [])]
    assert [s.memories[0].size for s in snapshots] == [1, 3, 3]
    again = RunOptions(restore=paths[1], snapshot=tmp_path / "again", checkpoint_at=1, quiet=True)
    assert program.run([], again, name="program").status == SAVED
    assert state(Snapshot.load(tmp_path / "again")) == state(load_complete(paths[2]))


@pytest.fixture(scope="module")
def chain(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chain") / "chain"
    save_at(build("churn"), (100, 200, 300), folder, ["x"] * 2, incremental=True)
    return folder


def refusals(build: Build, path: Path, capfd: pytest.CaptureFixture[str], folder: Path) -> list[str]:
    """What the runtime and the tool say to a broken chain: a line each."""
    result = build("churn").run([], RunOptions(restore=path))
    assert (result.status, result.stdout) == (3, b"")
    assert main(["snapshot", "merge", str(path), "-o", str(folder / "never")]) == 3
    assert not (folder / "never").exists()
    lines = [*result.stderr.decode().splitlines(), *capfd.readouterr().err.splitlines()]
    assert len(lines) == 2
    return [lines[0].removeprefix("wanco: "), lines[1].removeprefix("wanco: error: ")]


def test_broken_chains(build: Build, chain: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(chain, folder)
    (folder / "2").unlink()
    expected = f"{folder}/2, on which {folder}/3 builds: no such file or directory"
    assert [line.lower() for line in refusals(build, folder / "3", capfd, tmp_path)] == [expected.lower()] * 2

    shutil.copy(folder / "1", folder / "2")  # a wrong order
    expected = f"{folder}/2 is not the snapshot that {folder}/3 builds on: it has been replaced"
    assert refusals(build, folder / "3", capfd, tmp_path) == [expected] * 2

    shutil.copy(chain / "2", folder / "2")
    data = bytearray((folder / "1").read_bytes())
    data[-9000] ^= 1
    (folder / "1").write_bytes(data)
    runtime, tool = refusals(build, folder / "3", capfd, tmp_path)
    assert runtime.startswith(f"{folder}/1: damaged: wrong checksum of pages of memory 0")
    assert tool == f"{folder}/1: corrupt: the checksum of section PAGES is wrong"

    forged = dataclasses.replace(Snapshot.load(chain / "1"), base=Snapshot.load(chain / "2").base)
    forged.save(folder / "1")
    assert "it has been replaced" in refusals(build, folder / "2", capfd, tmp_path)[0]


def test_it_needs_a_number_in_the_name(build: Build, tmp_path: Path) -> None:
    for snapshot in (None, tmp_path / "s", tmp_path / "%n" / "s"):
        result = build("deep").run(["x"], RunOptions(snapshot=snapshot, incremental=True))
        assert (result.status, result.stderr.count(b"\n")) == (3, 1)
        assert b"wanco: --wanco-incremental needs a --wanco-snapshot with %n in the file's name" in result.stderr


def test_inspect_says_what_it_builds_on(chain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(chain / "3")]) == 0
    assert "builds on   2, with 2 snapshots beneath" in capsys.readouterr().out


@pytest.mark.parametrize("seed", range(8))
def test_random_programs(seed: int, tmp_path: Path) -> None:
    """A chain over random polls of a random program is the same as full snapshots there, on two ISAs."""
    rng = random.Random(seed)
    data = read_module(generate(seed).encode())
    targets = [TARGETS["x86_64"], rng.choice(list(TARGETS.values()))]
    programs = []
    for i, target in enumerate(targets):
        options = CompileOptions(poll_interval=1, optimize=rng.randrange(3), jobs=1)
        compile_module(data, [target], options)[0].write(tmp_path / f"program{i}")
        programs.append(Executable.open(tmp_path / f"program{i}"))
    polls = sorted(rng.sample(range(1, 200), 8))
    increments = save_at(programs[0], polls, tmp_path / "increments", incremental=True)
    full = save_at(programs[1], polls, tmp_path / "full", incremental=False)
    assert len(increments) == len(full)
    for one, other in zip(increments, full, strict=True):
        assert state(load_complete(one)) == state(Snapshot.load(other))
    if increments:
        path = rng.choice(increments)
        assert programs[1].restore(path).stdout == programs[0].restore(full[int(path.name) - 1]).stdout

"""The runtime's C sources under the host's compiler and sanitizers (units/harness.c)."""

from __future__ import annotations

import dataclasses
import os
import platform
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from wanco.abi.headers import write_headers
from wanco.abi.layout import NULL_FUNCTION, Phase, Section, ValueCode
from wanco.snapshot import Base, Control, Frame, HostState, Memory, Meta, Segments, Snapshot, Table, Value
from wanco.snapshot.container import Container, pack, unpack

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "runtime"
SOURCES = {
    "base": ("alloc", "crc32c", "format", "process", "text"),
    "stack": ("activation", "ending", "safepoint_table", "sites", "values", "walk"),
    "instance": ("blocks", "data", "instructions", "memories", "tables"),
    "snapshot": ("chain", "container", "file", "hash", "pages", "reader", "writer"),
    "host": ("host_state",),
    "checkpoint": ("dump", "undump"),
}
MEMORY_FUNCTIONS = ("memcpy", "memmove", "memset", "memcmp", "strlen")

TYPES = (ValueCode.I32, ValueCode.I64, ValueCode.F32, ValueCode.F64, ValueCode.V128, ValueCode.FUNCREF, ValueCode.EXTERNREF)
BITS = (7, 1 << 63, 0x7FC00000, 0x7FF8000000000000, (1 << 127) + 5, 2, 99)


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled harness: the one that the environment names (CTest does), or one made here."""
    if built := os.environ.get("WANCO_UNITS_HARNESS"):
        return Path(built)
    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler for the host")
    folder = tmp_path_factory.mktemp("units")
    write_headers(folder)
    flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
    if platform.machine() == "x86_64":
        flags.append("-march=x86-64-v2")
    command = [compiler, *flags, f"-I{RUNTIME}", f"-I{folder}"]
    # Under other names, and freestanding as in the archive: their loops must not become calls of themselves.
    renamed = [f"-D{name}=tested_{name}" for name in MEMORY_FUNCTIONS]
    subprocess.run([*command, "-ffreestanding", *renamed, "-c", RUNTIME / "base" / "builtins.c", "-o", folder / "builtins.o"], check=True)
    sources = [Path(__file__).parent / "units" / "harness.c"]
    sources += [RUNTIME / part / f"{name}.c" for part, names in SOURCES.items() for name in names]
    subprocess.run([*command, *sources, folder / "builtins.o", "-o", folder / "harness"], check=True)
    return folder / "harness"


@pytest.mark.parametrize("part", ["memory", "text", "sums", "blocks", "hashes", "sinks"])
def test_functions(harness: Path, part: str, tmp_path: Path) -> None:
    result = subprocess.run([harness, part], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "ok\n", "")


# ---- snapshots -------------------------------------------------------------------------------

LOOP = Frame(
    0,
    0,
    5,
    tuple(Value(type_, index, bits) for type_, index, bits in zip(TYPES, (0, 1, 2, 3, 4, 5, 134), BITS, strict=True)),
    (Value(ValueCode.I32, 0, 1), Value(ValueCode.V128, 1, 2)),
)
DIRECT = Frame(1, 1, 9, (Value(ValueCode.I64, 3, 5),))
INDIRECT = Frame(2, 2, 7, (), (Value(ValueCode.F64, 0, 0),))

GOOD = Snapshot(
    b"module".ljust(32, b"\0"),
    b"sites".ljust(32, b"\0"),
    Control(Phase.COMMAND, 0),
    (LOOP, DIRECT),
    tuple(Value(type_, index, bits) for index, (type_, bits) in enumerate(zip(TYPES, BITS, strict=True))),
    (Table(0, ValueCode.FUNCREF, (0, NULL_FUNCTION, 2)),),
    Segments((True,), (False,)),
    bytes(8),
    {0: "loop"},
    Meta(1, 2, 3, isa="x86_64", version="0", module="units", poll_interval=1024),
    (Memory.of(0, bytes(4096) + b"\1" * 8192 + bytes(65536 * 2 - 12288)),),
    (HostState("counter", 1, bytes(4)), HostState("names", 3, b"\2\0\0\0\0\0\0\0ab\0")),
)


def statuses(harness: Path, files: list[bytes], folder: Path) -> list[int]:
    """Exit status of restoring each file."""
    paths = []
    for number, data in enumerate(files):
        paths.append(folder / str(number))
        paths[-1].write_bytes(data)
    result, copied = (
        subprocess.run([harness, how, *paths], capture_output=True, text=True, check=True) for how in ("undump", "undump-memory")
    )
    found = [int(line) for line in result.stdout.split()]
    assert found == [int(line) for line in copied.stdout.split()], "another source, another answer"
    for status, path in zip(found, paths, strict=True):
        assert status in (0, 3), (path, result.stderr)
    return found


def test_good_snapshots(harness: Path, tmp_path: Path) -> None:
    invoke = dataclasses.replace(GOOD, control=Control(Phase.INVOKE, 1), frames=(LOOP, INDIRECT))
    between = dataclasses.replace(GOOD, control=Control(Phase.INVOKE, NULL_FUNCTION), frames=())
    assert statuses(harness, [s.encode() for s in (GOOD, invoke, between)], tmp_path) == [0, 0, 0]


def test_impossible_snapshots(harness: Path, tmp_path: Path) -> None:
    impossible = [
        dataclasses.replace(GOOD, frames=(LOOP, INDIRECT)),  # not the entry's function
        dataclasses.replace(GOOD, frames=(DIRECT,)),  # stopped at a call
        dataclasses.replace(GOOD, frames=(LOOP,)),
        dataclasses.replace(GOOD, frames=(LOOP, LOOP, DIRECT)),
        dataclasses.replace(GOOD, control=Control(Phase.INVOKE, 2)),  # a memory
        dataclasses.replace(GOOD, control=Control(Phase.START, 0)),
        dataclasses.replace(GOOD, control=Control(Phase.INVOKE, NULL_FUNCTION)),
        dataclasses.replace(GOOD, tables=(Table(0, ValueCode.FUNCREF, (0, 1)),)),  # function 1 has no reference
        dataclasses.replace(GOOD, tables=(Table(0, ValueCode.EXTERNREF, (0, 0)),)),
        dataclasses.replace(GOOD, memories=(Memory.of(0, bytes(5 << 16)),)),
        dataclasses.replace(GOOD, base=Base("missing", 1, 2, 3, 1)),
        dataclasses.replace(GOOD, base=Base("0", 1, 2, 3, 1)),
        dataclasses.replace(GOOD, segments=Segments((True,), ())),
        dataclasses.replace(GOOD, host=GOOD.host[:1]),
        dataclasses.replace(GOOD, host=GOOD.host[1:]),
        dataclasses.replace(GOOD, host=(*GOOD.host, HostState("other", 1, b""))),
        dataclasses.replace(GOOD, host=(HostState("counter", 1, bytes(5)), GOOD.host[1])),
        dataclasses.replace(GOOD, host=(HostState("counter", 1, bytes(3)), GOOD.host[1])),
        dataclasses.replace(GOOD, host=(GOOD.host[0], HostState("names", 4, GOOD.host[1].data))),
        dataclasses.replace(GOOD, host=(GOOD.host[0], HostState("names", 1, GOOD.host[1].data))),
        dataclasses.replace(GOOD, host=(GOOD.host[0], HostState("names", 3, GOOD.host[1].data[:-1] + b"c"))),
    ]
    assert set(statuses(harness, [s.encode() for s in impossible], tmp_path)) == {3}


def mutate(container: Container, rng: random.Random) -> bytes:
    """A file with right checksums around damaged sections."""
    sections = dict(container.sections)
    for _ in range(rng.choice((1, 1, 2, 5))):
        kind = rng.choice([k for k in Section if k != Section.PAGES])
        data = bytearray(sections[kind])
        action = rng.randrange(5) if data else 4
        place = rng.randrange(len(data)) if data else 0
        if action == 0:
            data[place] ^= 1 << rng.randrange(8)
        elif action == 1:
            data[place] = rng.choice((0, 1, 2, 127, 128, 255))
        elif action == 2:
            del data[place : place + rng.choice((1, 4, 8, 16))]
        elif action == 3:
            start = rng.randrange(len(data))
            data[place:place] = data[start : start + rng.choice((4, 8, 16, 24))]
        else:
            data += bytes(rng.choice((4, 8, 16)))
        sections[kind] = memoryview(bytes(data))
    return pack(Container(container.module_hash, container.site_table_hash, sections))


@pytest.mark.parametrize("seed", range(4))
def test_damaged_snapshots_do_no_harm(harness: Path, seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    container = unpack(memoryview(GOOD.encode()))
    found = statuses(harness, [mutate(container, rng) for _ in range(300)], tmp_path)
    assert found.count(3) > 200


def test_damaged_files_do_no_harm(harness: Path, tmp_path: Path) -> None:
    """Damage outside of what checksums cover first: header, section table, length."""
    rng = random.Random(7)
    good = GOOD.encode()
    files = []
    for _ in range(300):
        data = bytearray(good[: rng.choice((len(good), rng.randrange(len(good))))])
        for _ in range(rng.randrange(3)):
            if data:
                data[rng.randrange(min(len(data), 340))] ^= 1 << rng.randrange(8)
        files.append(bytes(data))
    found = statuses(harness, files, tmp_path)
    assert all(status == 3 for status, data in zip(found, files, strict=True) if data != good)

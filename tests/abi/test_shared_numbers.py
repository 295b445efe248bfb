"""What Python and C both know and no table makes: it is the same on both sides."""

from __future__ import annotations

import dataclasses
import re
import tomllib

import pytest

import wanco
from pytest_wanco.config import ISAS
from tests.abi.c_source import ROOT, RUNTIME, enumerators, macros, source
from wanco.abi.layout import Section
from wanco.imports.host import global_symbol, host_symbol
from wanco.objects import safepoint_table
from wanco.run import RunOptions
from wanco.snapshot import Snapshot, sections
from wanco.snapshot import wasi as wasi_section
from wanco.targets import TARGETS, Target


def test_version() -> None:
    (runtime,) = re.findall(r'#define WANCO_VERSION "(.*)"', source())
    (project,) = re.findall(r"^project\(Wanco VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)
    package = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert runtime == project == package == wanco.__version__


def test_options_of_a_run_are_the_runtimes() -> None:
    known = set(re.findall(r'^    \{"([a-z-]+)", (?:NULL|")', source(), re.MULTILINE))
    everything = RunOptions(
        dirs=["."], listen=["fd:3"], env={"A": "1"}, inherit_env=True, max_memory="1", stack_size="1", snapshot="a", guest_snapshot="a",
        restore="a", checkpoint_at=1, count_host_calls=True, checkpoint_at_exit="a", trace_polls="a", checkpoint_after="1s",
        checkpoint_every="1s", checkpoint_on_term=True, checkpoint_exit_status=1, allow_changed_files=True, untrusted=True, verify=True,
        deterministic=True, incremental=True, quiet=True,
    )  # fmt: skip
    given = {word.removeprefix("--wanco-") for word in everything.arguments() if word.startswith("--wanco-")}
    assert given <= known
    assert known - given == {"help", "version", "trace-checkpoints", "trace-latency", "trace-start"}


@pytest.mark.parametrize(
    ("names", "values"),
    [
        (("WANCO_ROLE_LOCAL", "WANCO_ROLE_STACK", "WANCO_ROLE_GLOBAL"), (sections._LOCAL, sections._OPERAND, sections._GLOBAL)),
        (("WANCO_CONTROL_BY_GUEST",), (sections._REQUESTED,)),
        (("WASI_STATE_DETERMINISTIC", "WASI_STATE_POLL_PENDING"), (wasi_section._DETERMINISTIC, wasi_section._POLLING)),
        (
            tuple(f"WASI_MODE_{name}" for name in ("READS", "WRITES", "LISTING", "CARRIED", "SHARED")),
            (wasi_section._READS, wasi_section._WRITES, wasi_section._LISTING, wasi_section._CARRIED, wasi_section._SHARED),
        ),
    ],
)
def test_numbers_in_snapshots(names: tuple[str, ...], values: tuple[int, ...]) -> None:
    assert tuple(enumerators()[name] for name in names) == values


def test_kinds_of_descriptors() -> None:
    kinds = {f"WASI_{kind.name}".replace("DIRECTORY", "DIR"): kind.value for kind in wasi_section.DescriptorKind}
    assert kinds.items() <= enumerators().items()


SAME_CODES = ("AT_SP", "CONSTANT", "LONG_CONSTANT", "AT_REGISTER", "PLACE", "NEAR_SITE", "NEAR_FRAME_SITE", "REPEAT")


def test_codes_of_safepoint_tables() -> None:
    table = {name.removeprefix("_"): value for name, value in vars(safepoint_table).items() if isinstance(value, int)}
    assert {
        "AT_LOW_SP": table["FIRST_SP_SLOT"],
        "LOW_CONSTANT": table["FIRST_CONSTANT"],
        "NEXT_SITE": table["FIRST_SITE"],
        "IN_REGISTER": table["REGISTER"],
        **{name: table[name] for name in SAME_CODES},
    }.items() <= enumerators().items()
    assert 4 * enumerators()["HEADER"] == safepoint_table._HEADER.size


@pytest.mark.parametrize("target", TARGETS.values(), ids=list(TARGETS))
def test_registers(target: Target) -> None:
    (header,) = RUNTIME.rglob(f"{target.name}.h")
    known = macros(header)
    assert known["WANCO_ISA_NAME"] == f'"{target.name}"'
    assert int(known["WANCO_DWARF_SP"]) == target.stack_pointer
    assert int(known["WANCO_DWARF_RA"]) == target.return_address
    if first := re.search(r"^#define WANCO_VECTOR\(n\) \((\d+) \+ 2 \* \(n\)\)", header.read_text(), re.MULTILINE):
        vectors = sorted(register for register in target.callee_saved | target.poll_saved if register >= target.first_vector)
        base = 64 if target.name == "aarch64" else target.first_vector  # DWARF's number of vector register 0
        assert all(target.slot(register) == int(first[1]) + 2 * (register - base) for register in vectors)


def test_symbols_of_what_a_program_imports() -> None:
    text = (RUNTIME / "include" / "wanco.h").read_text()
    for macro, symbol in (("WANCO_HOST", host_symbol), ("WANCO_GLOBAL", global_symbol)):
        (definition,) = re.findall(rf"^#define {macro}\(module, name\) (\S+)", text, re.MULTILINE)
        assert definition.replace("##module##", "env").replace("##name", "limit") == symbol("env", "limit")


def test_instruction_sets_are_the_targets() -> None:
    """Where they are listed beside `wanco.targets`."""
    (built,) = re.findall(r"^set\(WANCO_ISAS (.*?) CACHE", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)
    flags = re.findall(r"^set\(Wanco_C_FLAGS_(\w+) ", (ROOT / "cmake" / "WancoTargetFlags.cmake").read_text(), re.MULTILINE)
    assert built.split() == flags == list(ISAS) == list(TARGETS)


def test_every_section_is_written_and_read() -> None:
    """Every kind of section stands in the file of the runtime that writes it, and in one that reads it."""
    writes = source("checkpoint/dump.c")
    reads = source("checkpoint/undump.c", "snapshot/chain.c", "snapshot/container.c")
    for section in Section:
        name = f"WANCO_SECTION_{section.name}"
        assert name in writes and name in reads, name


def test_every_field_of_a_snapshot_is_compared() -> None:
    """`wanco.snapshot.diff` names every field of what it compares."""
    text = (ROOT / "wanco" / "snapshot" / "diff.py").read_text()
    missing = {field.name for field in dataclasses.fields(Snapshot) if not re.search(rf"\b{field.name}\b", text)}
    assert missing <= {"base", "meta"}, missing  # how it was saved, and when: no state of the program

"""Linking: results, refusals in one line, and how long it takes."""

from __future__ import annotations

import importlib.util
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from tests.objects.conftest import Checker
from tests.objects.random_modules import Module
from wanco.codegen.llvmlite import compile_ir
from wanco.errors import InstallError, LinkError
from wanco.install import _archive, driver_archive, runtime_archive
from wanco.objects.link import link, linker
from wanco.objects.safepoint_table import build_tables, table_ir
from wanco.targets import TARGETS, Target, native

START = "define void @_start() { call void @first() call void @second() ret void }\ndeclare void @first()\ndeclare hidden void @second()\n"
REST = "define void @first() { ret void }\ndefine hidden void @second() { ret void }\n"


@pytest.fixture(params=["path", "ziglang"])
def each_linker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both places that a linker can come from."""
    if request.param == "ziglang":
        pytest.importorskip("ziglang")
        monkeypatch.setenv("PATH", "/nonexistent")
    linker.cache_clear()
    try:
        linker()
    except LinkError:
        pytest.skip("no ld.lld in PATH")
    yield
    linker.cache_clear()


@pytest.mark.usefixtures("each_linker")
def test_executable(target: Target, tmp_path: Path) -> None:
    output = tmp_path / "program"
    link([compile_ir(START, target), compile_ir(REST, target)], target, output, archives=[])
    with output.open("rb") as file:
        elf = ELFFile(file)
        assert (elf["e_type"], elf["e_machine"]) == ("ET_EXEC", {62: "EM_X86_64", 183: "EM_AARCH64", 243: "EM_RISCV"}[target.elf_machine])
        kinds = {segment["p_type"]: segment["p_flags"] for segment in elf.iter_segments()}
        assert not kinds["PT_GNU_STACK"] & 1, "the stack is not executable"
        assert not {"PT_DYNAMIC", "PT_INTERP", "PT_GNU_RELRO"} & set(kinds), "nothing to relocate at start-up"
    assert output.stat().st_mode & 0o111
    assert list(tmp_path.iterdir()) == [output], "nothing is left behind"


@pytest.mark.usefixtures("each_linker")
def test_undefined_symbols_are_named_in_one_line(target: Target, tmp_path: Path) -> None:
    with pytest.raises(LinkError, match=r"program: undefined symbols: first, second$"):
        link([compile_ir(START, target)], target, tmp_path / "program", archives=[])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ([REST, REST], r"duplicate symbol: first$"),
        ([b"no object"], r"unit0\.o"),
        ([REST], r"cannot find entry symbol _start"),
        ([Path("/nonexistent.o")], r"cannot open /nonexistent\.o: No such file"),
    ],
)
def test_refusals_are_one_line(objects: list[str | bytes | Path], message: str, tmp_path: Path) -> None:
    target = TARGETS["x86_64"]
    made: list[Path | bytes] = [compile_ir(o, target) if isinstance(o, str) else o for o in objects]
    (tmp_path / "program").write_text("older")
    with pytest.raises(LinkError, match=message) as error:
        link(made, target, tmp_path / "program", archives=[])
    assert "\n" not in str(error.value)
    assert (tmp_path / "program").read_text() == "older"


def test_output_that_cannot_be_written(tmp_path: Path) -> None:
    target = native()
    with pytest.raises(LinkError, match="missing/program: No such file or directory"):
        link([compile_ir(START, target), compile_ir(REST, target)], target, tmp_path / "missing/program", archives=[])


def test_no_linker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    linker.cache_clear()
    with pytest.raises(LinkError, match=r"no linker: install .*wanco\[linker\]"):
        linker()
    linker.cache_clear()


def test_link_takes_less_than_a_tenth_of_a_second(checker: Checker, target: Target, tmp_path: Path) -> None:
    module = Module(0, functions=40)
    built = build_tables(compile_ir(module.code, target), target)
    data = compile_ir(module.description + table_ir(built.tables), target, opt=0)
    objects: list[Path | bytes] = [*checker.objects(target), built.object, data]

    def seconds() -> float:
        """Of processor time, which other work on the machine does not count into."""
        own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime

    times = []
    for _ in range(5):
        start = seconds()
        link(objects, target, tmp_path / "program", archives=[runtime_archive(target)])
        times.append(seconds() - start)
    assert min(times) < 0.1


def test_installed_archives() -> None:
    for target in TARGETS.values():
        for archive in (runtime_archive(target), driver_archive(target)):
            assert archive.read_bytes().startswith(b"!<arch>\n")


def test_missing_archive_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WANCO_RUNTIME_DIR", str(tmp_path))
    _archive.cache_clear()
    with pytest.raises(InstallError, match=r"libwanco\.a for riscv64 is not in .*riscv64: install wanco again"):
        runtime_archive(TARGETS["riscv64"])
    _archive.cache_clear()


def test_code_generation_is_not_imported_to_link() -> None:
    program = "import sys, wanco.objects.link, wanco.install; sys.exit('llvmlite' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

"""``wanco compile``: outputs, names, errors."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from tests.cli.programs import COUNT, COUNT_OUTPUT, Wanco

MACHINES = {"x86_64": "EM_X86_64", "aarch64": "EM_AARCH64", "riscv64": "EM_RISCV"}


def _elf(path: Path) -> tuple[str, str]:
    with path.open("rb") as file:
        header = ELFFile(file).header
        return header["e_machine"], header["e_type"]


def test_one_target_writes_the_output_and_says_nothing(wanco: Wanco, count: Path, tmp_path: Path) -> None:
    done = wanco("compile", count, "-o", "app", "--target", "x86_64")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert _elf(tmp_path / "app") == ("EM_X86_64", "ET_EXEC")
    assert os.access(tmp_path / "app", os.X_OK)
    assert [p.name for p in tmp_path.iterdir()] == ["app"]


def test_several_targets_write_one_file_each(wanco: Wanco, count: Path, tmp_path: Path) -> None:
    done = wanco("compile", count, "--target", "aarch64,riscv64", "--target", "x86_64", "-O1", "-j1")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert {p.name: _elf(p)[0] for p in tmp_path.iterdir()} == {f"count-{isa}": machine for isa, machine in MACHINES.items()}


def test_output_does_not_depend_on_the_number_of_jobs(wanco: Wanco, count: Path, tmp_path: Path) -> None:
    for jobs in (1, 2):
        assert wanco("compile", count, "-o", f"app{jobs}", "-O1", f"-j{jobs}").returncode == 0
    assert (tmp_path / "app1").read_bytes() == (tmp_path / "app2").read_bytes()


def test_text_form(wanco: Wanco, tmp_path: Path) -> None:
    (tmp_path / "app.wat").write_bytes(COUNT)
    assert wanco("compile", "app.wat", "-O0").returncode == 0
    done = subprocess.run([tmp_path / "app"], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (5, COUNT_OUTPUT)


@pytest.mark.parametrize(
    ("emit", "name", "content"),
    [("ll", "count.ll", b"define"), ("asm", "count.s", b".globl")],
)
def test_emitted_text(wanco: Wanco, count: Path, tmp_path: Path, emit: str, name: str, content: bytes) -> None:
    done = wanco("compile", count, "--emit", emit)
    assert (done.returncode, done.stderr) == (0, b"")
    assert content in (tmp_path / name).read_bytes()


def test_emitted_object_has_all_but_the_runtime(wanco: Wanco, count: Path, tmp_path: Path) -> None:
    done = wanco("compile", count, "--emit", "obj", "--target", "x86_64,aarch64")
    assert (done.returncode, done.stderr) == (0, b"")
    assert _elf(tmp_path / "count-aarch64.o") == ("EM_AARCH64", "ET_REL")
    with (tmp_path / "count-x86_64.o").open("rb") as file:
        symbols = ELFFile(file).get_section_by_name(".symtab")
        assert isinstance(symbols, SymbolTableSection)
        defined = {symbol.name: symbol["st_shndx"] != "SHN_UNDEF" for symbol in symbols.iter_symbols()}
    assert defined["wanco_module"] and defined["wanco_table_0"]
    assert not defined["wanco_poll_slow"]


def test_without_checkpoints_there_is_no_resume_code(wanco: Wanco, count: Path) -> None:
    sizes = {}
    for option in ("--checkpoint", "--no-checkpoint"):
        done = wanco("compile", count, "--stats", *([option] if option == "--no-checkpoint" else []))
        lines = [line.rsplit(None, 1) for line in done.stdout.decode().splitlines() if line.startswith("  ") and not line.endswith("s")]
        sizes[option] = {name.strip(): float(value) for name, value in lines}
    assert sizes["--checkpoint"]["resume text"] > 100
    assert sizes["--no-checkpoint"]["resume text"] < 20  # the anchors only
    assert sizes["--no-checkpoint"]["file"] < sizes["--checkpoint"]["file"]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--target", "vax"], 2, "unknown target 'vax'"),
        (["--cpu", "z80"], 2, "CPU 'z80' is unknown"),
        (["--poll-interval", "0"], 2, "poll interval 0: it is 1 to"),
        (["-j", "0"], 2, "0 jobs: at least one is needed"),
        (["-o", "missing/app"], 3, "missing/"),
    ],
)
def test_wrong_use_is_one_line(wanco: Wanco, count: Path, tmp_path: Path, arguments: list[str], status: int, message: str) -> None:
    done = wanco("compile", count, "--target", "x86_64", *arguments) if arguments[0] != "--target" else wanco("compile", count, *arguments)
    assert done.returncode == status
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("wanco: error: ") and message in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\0asm\x01\0\0\0\x05", "malformed module"),
        (b"\x7fELF", "is no WebAssembly module"),
        (b'(module (func (export "_start") (result i32)))', "type mismatch"),
        (b"(module)", "_start"),
        (b'(module (import "env" "f" (func)) (func (export "_start") (call 0)))', "env.f"),
    ],
)
def test_a_bad_module_is_one_line_and_overwrites_nothing(wanco: Wanco, tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "bad.wasm").write_bytes(content)
    (tmp_path / "bad").write_bytes(b"precious")
    done = wanco("compile", "bad.wasm", "-o", "bad")
    assert done.returncode == 3
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("wanco: error: ") and message in line
    assert (tmp_path / "bad").read_bytes() == b"precious"


NESTED = b"""(module (memory (export "memory") 1)
  (func (export "_start") (local i32 i32)
    (loop $outer
      (loop $inner
        (i32.store (i32.const 0) (local.get 1))
        (br_if $inner (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 3))) (i32.const 99))))
      (br_if $outer (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 99))))))"""


def test_fast_compile(wanco: Wanco, count: Path, tmp_path: Path) -> None:
    """A program saved in one way of compiling goes on in the other; resume code is smaller."""
    (tmp_path / "nested.wat").write_bytes(NESTED)
    sizes = []
    for flag in ("-O0", "--fast-compile"):
        done = wanco("compile", "nested.wat", "--stats", flag)
        sizes.append(int(next(line.split()[-1] for line in done.stdout.decode().splitlines() if "resume text" in line)))
    assert sizes[1] < sizes[0]
    wanco("compile", count, "-o", "slow")
    wanco("compile", count, "-o", "fast", "--fast-compile")
    save = [tmp_path / "fast", "--wanco-checkpoint-at=300", "--wanco-snapshot=s"]
    first, then = (
        subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        for command in (save, [tmp_path / "slow", "--wanco-restore", "s"])
    )
    assert (then.returncode, first.stdout + then.stdout) == (5, COUNT_OUTPUT)
    assert first.stdout and then.stdout

"""The generated C headers are C, and agree with what LLVM is told."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wanco.abi.functions import Kind, Type
from wanco.abi.headers import FILES, anchored_functions, write_headers
from wanco.abi.runtime import CHECKPOINT, EMBED_FUNCTIONS, FUNCTIONS
from wanco.abi.wasi import BLOCKING, WASI_FUNCTIONS

EVERY = (*FUNCTIONS, CHECKPOINT, *EMBED_FUNCTIONS, *(function.runtime for function in WASI_FUNCTIONS.values()))


def test_headers_are_c(tmp_path: Path) -> None:
    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler for the host")
    write_headers(tmp_path)
    lines = [f'#include "{name}"\n' for name in FILES if name.endswith(".h")]
    (tmp_path / "all.c").write_text("".join(lines * 2))
    subprocess.run([compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "all.c"], cwd=tmp_path, check=True)


def test_the_build_writes_what_is_written_here(tmp_path: Path) -> None:
    # Without site-packages: no dependency is installed then.
    subprocess.run([sys.executable, "-S", "-m", "wanco.abi", str(tmp_path)], cwd=Path(__file__).parents[2], check=True)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {name: text() for name, text in FILES.items()}


def test_no_symbol_stands_twice() -> None:
    names = [function.name for function in EVERY]
    assert len(set(names)) == len(names)


def test_every_target_has_one_prototype() -> None:
    text = FILES["wanco_runtime.h"]() + FILES["wanco_wasi.h"]()
    assert {function.target: len(re.findall(rf"\b{function.target}\(", text)) for function in EVERY} == {f.target: 1 for f in EVERY}


def test_integers_of_32_bits_are_sign_extended() -> None:
    assert all((type_.attribute == "signext") == (type_.ir == "i32") for type_ in Type)
    grow = next(function for function in FUNCTIONS if function.name == "wanco_memory_grow")
    assert grow.ir() == "declare hidden signext i32 @wanco_memory_grow(i32 signext, i32 signext)"


def test_every_call_that_can_wait_has_a_stub() -> None:
    blocking = {function.target for function in anchored_functions() if function.kind is Kind.BLOCKING}
    assert blocking == {f"wanco_wasi_{name}" for name in BLOCKING} | {"wanco_checkpoint"}

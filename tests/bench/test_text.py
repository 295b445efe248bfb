"""How much text and how large tables programs of the suite have with checkpointing; neither varies from run to run."""

from __future__ import annotations

import pytest

from bench.suite import PROGRAMS
from bench.toolchain import wasm_of
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.targets import TARGETS

pytest.importorskip("ziglang")


@pytest.mark.parametrize("program", ["json", "crunch"])
def test_text_and_tables(program: str) -> None:
    module = wasm_of(PROGRAMS[program]).read_bytes()
    options = (CompileOptions(backend="clang"), CompileOptions(backend="clang", checkpoint=False))
    with_, without = (compile_module(module, [TARGETS["x86_64"]], how)[0] for how in options)
    sizes, emitted = with_.stats.sizes, with_.front_end.emitter
    text = sizes["text"] + sizes["resume text"]
    assert text <= 2.05 * without.stats.sizes["text"]
    assert sizes["safepoint tables"] <= 0.165 * text
    # The C library's printf is large, and does not compute.
    assert emitted["merged_functions"] >= 1 and emitted["merged_safepoints"] >= 100
    assert sizes["merged text"] > 100 * sizes["merged resume text"] > 0

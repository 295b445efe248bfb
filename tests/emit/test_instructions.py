"""Instructions are values: what stands beside their text agrees with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from wanco.abi.layout import ExternKind
from wanco.emit import EmitOptions, emit_module, versions
from wanco.emit.ir.builder import Block
from wanco.emit.ir.instruction import Effect, Instruction
from wanco.emit.module import choice
from wanco.wasm.decode import decode
from wanco.wasm.text import read_module

ROOT = Path(__file__).parents[1]
MODULES = sorted([*ROOT.glob("cross_isa/*.wat"), *ROOT.glob("emit/golden/*.wat"), *ROOT.glob("embedding/*.wat")])

VALUE = re.compile(r"%[vp]\d+")
ACCESS = re.compile(r"(load|store) .*!tbaa !([12])$")
OPERATION = re.compile(r"(\w+ )?call [^@]*@llvm\.")
CALL = re.compile(r"(\w+ )?call ")


@pytest.fixture
def instructions(monkeypatch: pytest.MonkeyPatch) -> list[Instruction]:
    """All instructions that are emitted in the test."""
    seen: list[Instruction] = []
    original = versions.text_of

    def text_of(blocks: Iterable[Block]) -> list[str]:
        blocks = list(blocks)
        for block in blocks:
            assert block.end is not None, f"block {block.label} does not end"
            seen.extend(block.instructions())
        return original(blocks)

    monkeypatch.setattr(versions, "text_of", text_of)
    return seen


@pytest.mark.parametrize(("checkpoint", "spilled"), [(False, False), (True, False), (True, True)])
@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_operands_and_effects_are_those_of_the_text(
    path: Path, checkpoint: bool, spilled: bool, instructions: list[Instruction], monkeypatch: pytest.MonkeyPatch
) -> None:
    if spilled:
        monkeypatch.setattr(choice, "MAX_RECORDED", -1)
    module = decode(read_module(path.read_bytes()))
    host = {(item.module, item.name): "host" for item in module.imported(ExternKind.FUNCTION) if item.module == "env"}
    emit_module(module, EmitOptions(checkpoint=checkpoint, wrappers="all", host=host))
    assert instructions
    for instruction in instructions:
        text, operands = instruction.text, set(instruction.operands)
        assert set(VALUE.findall(text)) <= operands, text
        assert {operand for operand in operands if operand.startswith("%v")} <= set(VALUE.findall(text)), text
        if match := ACCESS.match(text):
            assert instruction.effect is (Effect.MEMORY if match[2] == "1" else Effect.GLOBAL), text
        elif OPERATION.match(text):
            assert instruction.effect is (Effect.PLACED if instruction.name else Effect.OTHER), text
        elif CALL.match(text) and " asm " not in text:
            assert instruction.effect is Effect.CALL, text
        else:
            assert instruction.effect in (Effect.NONE, Effect.PLACED, Effect.OTHER) and (instruction.name is None) == (
                instruction.effect is Effect.OTHER
            ), text
        if instruction.effect is Effect.NONE:
            assert not text.startswith(("phi", "load", "call", "alloca")), text

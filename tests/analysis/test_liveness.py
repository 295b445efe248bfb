"""Liveness against a direct interpreter of control flow: a local is live at a point if some
path from there reads it before assigning it."""

from __future__ import annotations

from wanco.analysis.liveness import live_locals
from wanco.analysis.structure import structure
from wanco.wasm.decode import decode, decode_body
from wanco.wasm.opcodes import BY_NAME
from wanco.wasm.text import read_module


def analyse(text: str, tmp_path) -> tuple[list, dict[int, int]]:  # type: ignore[no-untyped-def, type-arg]
    source = tmp_path / "m.wat"
    source.write_text(f"(module {text})")
    module = decode(read_module(source))
    instrs = decode_body(module, module.code[-1])
    return instrs, live_locals(instrs, structure(instrs))


def index_of(instrs: list, name: str, occurrence: int = 0) -> int:  # type: ignore[type-arg]
    code = BY_NAME[name].code
    return [i for i, (op, _, _) in enumerate(instrs) if op == code][occurrence]


def mask(*locals_: int) -> int:
    return sum(1 << local for local in locals_)


def test_straight_line(tmp_path) -> None:  # type: ignore[no-untyped-def]
    instrs, live = analyse("(func (param i32 i32) (result i32) (local.set 0 (local.get 1)) (local.get 0))", tmp_path)
    assert live[0] == mask(1)  # local 0 is assigned before it is read
    assert live[~index_of(instrs, "local.set")] == mask(0)


def test_loop_keeps_what_its_next_iteration_reads(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = """(func (param i32 i32) (local i32)
      (loop $l
        (local.set 2 (local.get 0))
        (local.set 0 (i32.sub (local.get 2) (local.get 1)))
        (br_if $l (local.get 2))))"""
    instrs, live = analyse(text, tmp_path)
    assert live[index_of(instrs, "loop")] == mask(0, 1)  # local 2 is assigned first in every iteration


def test_if_joins_both_arms(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = """(func (param i32 i32 i32) (result i32)
      (if (local.get 0) (then (local.set 1 (i32.const 1))) (else (local.set 2 (i32.const 1))))
      (i32.add (local.get 1) (local.get 2)))"""
    instrs, live = analyse(text, tmp_path)
    assert live[0] == mask(0, 1, 2)
    assert live[index_of(instrs, "else") + 1] == mask(1)
    assert live[index_of(instrs, "end")] == mask(1, 2)


def test_after_call(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = """(func $f) (func (param i32 i32) (result i32) (call $f) (local.set 0 (i32.const 3)) (i32.add (local.get 0) (local.get 1)))"""
    instrs, live = analyse(text, tmp_path)
    assert live[index_of(instrs, "call") + 1] == mask(1)


def test_branch_out_of_loop_and_nested_back_edges(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = """(func (param i32 i32 i32 i32)
      (block $out
        (loop $outer
          (loop $inner
            (br_if $out (local.get 0))
            (br_if $inner (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
          (br_if $outer (local.tee 2 (i32.sub (local.get 2) (i32.const 1))))))
      (drop (local.get 3)))"""
    instrs, live = analyse(text, tmp_path)
    loops = [i for i, (op, _, _) in enumerate(instrs) if op == BY_NAME["loop"].code]
    assert live[loops[0]] == live[loops[1]] == mask(0, 1, 2, 3)

"""Checkpointing leaves no trace in the fast path: calls cost no instruction, innermost
counted loops stay vectorised, and the poll flag is looked at where it should be, only."""

from __future__ import annotations

import re

import pytest

from tests.emit.answers import emitted
from wanco.codegen.llvmlite import compile_ir
from wanco.targets import TARGETS

CALLS = """(module
  (memory 1)
  (table funcref (elem $slow))
  (func $slow (param i32) (result i32)
    (loop $l (br_if $l (local.tee 0 (i32.div_u (local.get 0) (i32.load (local.get 0))))))
    (local.get 0))
  (func $calls (export "calls") (param i32) (result i32)
    (i32.add (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0))
      (i32.add (call_indirect (param i32) (result i32) (i32.const 5) (i32.const 0))
        (i32.mul (local.get 0) (call_indirect (param i32) (result i32) (i32.const 6) (i32.const 0)))))))
"""

SUM = """(module
  (memory 1)
  (func $sum (export "sum") (param i32 i32) (result i32) (local i32)
    (loop $l
      (local.set 2 (i32.add (local.get 2) (i32.load (local.get 0))))
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (br_if $l (i32.ne (local.tee 1 (i32.sub (local.get 1) (i32.const 1))) (i32.const 0))))
    (local.get 2)))
"""


def assembly(text: str, isa: str, checkpoint: bool) -> dict[str, list[str]]:
    """Instructions of each function at -O3."""
    listing = compile_ir(emitted(text, checkpoint=checkpoint), TARGETS[isa], opt=3, emit="asm").decode()
    functions = {}
    for name, body in re.findall(r"^(w\w+):(.*?)^\.Lfunc_end", listing, re.MULTILINE | re.DOTALL):
        functions[name] = [line.strip() for line in body.split("\n") if re.match(r"\t[a-z]", line)]
    return functions


_PRESSURE = re.compile(r"^(push|pop|mv\b|mov\b|movl\t%|movq\t%)|\bsp\b|%rsp")


def work(code: list[str]) -> list[str]:
    """The instructions that are not moves, spills, prologue or epilogue: register pressure aside."""
    return [line for line in code if not _PRESSURE.search(line)]


@pytest.mark.parametrize("isa", sorted(TARGETS))
def test_calls_cost_nothing(isa: str) -> None:
    with_ = assembly(CALLS, isa, checkpoint=True)["we0"]
    without = assembly(CALLS, isa, checkpoint=False)["we0"]
    assert len(work(with_)) <= len(work(without)), "\n".join(with_)
    assert len(with_) <= 1.25 * len(without)


def test_inner_loop_stays_vectorised() -> None:
    for checkpoint in (True, False):
        code = assembly(SUM, "x86_64", checkpoint)["we0"]
        assert any(line.startswith("paddd") for line in code), checkpoint


def test_strip_loop_has_no_poll_inside() -> None:
    code = assembly(SUM, "x86_64", checkpoint=True)["we0"]
    polls = [line for line in code if "wanco_poll_flag" in line]
    assert len(polls) == 1
    assert not any("wanco_poll" in line for line in assembly(SUM, "x86_64", checkpoint=False)["we0"])


REMAINDER = """(module
  (memory 1)
  (func (export "sum") (param i32 i32) (result i32) (local i32)
    (local.set 1 (i32.and (local.get 1) (i32.const 3)))
    (loop $l
      (local.set 2 (i32.mul (i32.add (local.get 2) (i32.load (local.get 0))) (i32.const 3)))
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (br_if $l (local.tee 1 (i32.add (local.get 1) (i32.const -1)))))
    (local.get 2)))
"""


def test_loop_that_ends_before_its_first_poll_has_none() -> None:
    """A mask bounds its count.  (Zero would make it long: that is the one case left out.)"""
    code = assembly(REMAINDER, "x86_64", checkpoint=True)["we0"]
    assert not any("wanco_poll" in line for line in code)


DROPPED = """(module
  (memory 1)
  (func $slow (param i32) (result i32)
    (loop $l (br_if $l (local.tee 0 (i32.div_u (local.get 0) (i32.load (local.get 0))))))
    (local.get 0))
  (func (export "sum") (param i32 i32) (result i32) (local i32)
    (drop (call $slow (call $slow (local.get 0))))
    (loop $l
      (local.set 2 (i32.add (local.get 2) (i32.load (local.get 0))))
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (br_if $l (i32.ne (local.tee 1 (i32.sub (local.get 1) (i32.const 1))) (i32.const 0))))
    (local.get 2)))
"""


def test_inner_loop_is_vectorised_after_a_restore() -> None:
    """Also behind a call whose result is dropped: that comes from memory in a resume function, but
    is still nothing that the program computed and threw away."""
    code = assembly(DROPPED, "x86_64", checkpoint=True)
    vectorised = [name for name, lines in code.items() if any(line.startswith("paddd") for line in lines)]
    assert "we0" in vectorised or "wf1" in vectorised
    assert "wr1" in vectorised

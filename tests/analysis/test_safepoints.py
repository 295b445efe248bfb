"""Poll placement: every cycle of calls and loops meets a poll, and nothing else does."""

from __future__ import annotations

from pathlib import Path

from wanco.analysis.safepoints import SafepointPlan, plan_safepoints
from wanco.analysis.structure import structure
from wanco.wasm.decode import decode, decode_body
from wanco.wasm.text import read_module


def plan(text: str, tmp_path: Path, blocking: frozenset[int] = frozenset()) -> SafepointPlan:
    source = tmp_path / "m.wat"
    source.write_text(f"(module {text})")
    module = decode(read_module(source))
    return plan_safepoints(module, [decode_body(module, code) for code in module.code], blocking)


def test_leaves_need_no_poll(tmp_path: Path) -> None:
    result = plan("(func (result i32) (i32.const 1)) (func (drop (call 0)))", tmp_path)
    assert result.may_poll == set() and result.entry_polls == set()


def test_loops_reach_their_callers(tmp_path: Path) -> None:
    result = plan("(func (loop (br 0))) (func (call 0)) (func (call 1)) (func)", tmp_path)
    assert result.may_poll == {0, 1, 2} and result.entry_polls == set()


def test_one_function_of_a_recursive_pair_polls(tmp_path: Path) -> None:
    result = plan("(func (call 1)) (func (call 0)) (func (call 0))", tmp_path)
    assert len(result.entry_polls) == 1 and result.entry_polls <= {0, 1}
    assert result.may_poll == {0, 1, 2}


def test_recursion_through_a_table(tmp_path: Path) -> None:
    text = """(type $t (func (param i32))) (type $u (func))
      (table funcref (elem 0)) (func (type $t) (call_indirect (type $t) (i32.const 1) (i32.const 0)))
      (func (call_indirect (type $u) (i32.const 0)))"""
    result = plan(text, tmp_path)
    assert result.entry_polls == {0}  # only functions of the same type can be meant
    assert result.may_poll == {0}
    assert result.indirect_may_poll == {0}


def test_blocking_imports_are_safepoints(tmp_path: Path) -> None:
    text = '(import "m" "wait" (func)) (import "m" "time" (func)) (func (call 0)) (func (call 1))'
    result = plan(text, tmp_path, blocking=frozenset({0}))
    assert result.may_poll == {0, 2}


def test_equal_types_are_one(tmp_path: Path) -> None:
    text = """(type $a (func (param i32))) (type $b (func (param i32)))
      (table funcref (elem 0)) (func (type $a) (loop (br 0))) (func (call_indirect (type $b) (i32.const 1) (i32.const 0)))"""
    result = plan(text, tmp_path)
    assert result.canonical[:2] == [0, 0]
    assert result.may_poll == {0, 1}


def test_loop_that_always_calls_a_polling_function_needs_no_poll(tmp_path: Path) -> None:
    source = tmp_path / "m.wat"
    source.write_text("""(module
      (func $f (call $f))
      (func (loop $l (call $f) (br_if $l (i32.const 1))))
      (func (loop $l (br_if $l (i32.const 1)) (call $f) (br $l)))
      (func (loop $l (if (i32.const 1) (then (call $f))) (br $l)))
      (func $g) (func (loop $l (call $g) (br $l))))""")
    module = decode(read_module(source))
    bodies = [decode_body(module, code) for code in module.code]
    result = plan_safepoints(module, bodies, frozenset())
    polls = [[result.loop_polls(loop) for loop in structure(body).loops.values()] for body in bodies]
    assert polls == [[], [False], [True], [True], [], [True]]


def test_tail_calls_close_cycles(tmp_path: Path) -> None:
    """An endless chain of tail calls meets a poll, direct or indirect; one that ends has none."""
    direct = plan("(func (return_call 1)) (func (return_call 0)) (func (call 0))", tmp_path)
    assert len(direct.entry_polls) == 1 and direct.may_poll == {0, 1, 2}
    text = """(type $t (func (param i32))) (table funcref (elem 0))
      (func (type $t) (return_call 1)) (func (return_call_indirect (type $t) (i32.const 1) (i32.const 0)))"""
    indirect = plan(text, tmp_path)
    assert len(indirect.entry_polls) == 1 and indirect.may_poll == {0, 1}
    assert plan("(func (return_call 1)) (func)", tmp_path).may_poll == set()


def test_forms_of_tail_calls(tmp_path: Path) -> None:
    """Only cycles with unequal signatures, or with more arguments than registers, need the common form."""
    parameters = "(param " + "i64 " * 7 + ")"
    values = "(i64.const 0)" * 7
    text = f"""(table funcref (elem $d)) (type $t (func (param f32)))
      (func $a (param i32) (return_call $b (local.get 0))) (func $b (param i32) (return_call $a (local.get 0)))
      (func $c (return_call_indirect (type $t) (f32.const 0) (i32.const 0))) (func $d (type $t) (return_call $c))
      (func $e {parameters} (return_call $e {values}))
      (func $f (return_call $a (i32.const 0))) (func $g (call $a (i32.const 0)))"""
    tails = plan(text, tmp_path).tail_calls
    assert tails.common == {2, 3, 4} and tails.common_entries == {2, 3, 4}
    assert tails.classes[0] == tails.classes[1] == tails.classes[5] != tails.classes[2] == tails.classes[3]
    assert 6 not in tails.classes


def test_an_indirect_tail_call_can_reach_ordinary_functions(tmp_path: Path) -> None:
    text = """(table funcref (elem $d $other)) (type $t (func (param f32)))
      (func $c (return_call_indirect (type $t) (f32.const 0) (i32.const 0))) (func $d (type $t) (return_call $c)) (func $other (type $t))"""
    tails = plan(text, tmp_path).tail_calls
    assert (tails.common, tails.common_entries) == ({0, 1}, {0, 1, 2})

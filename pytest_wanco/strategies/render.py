"""Syntax trees as WebAssembly text.

Memory: below 1024 scratch for output, from 2048 on what the program works on (4 KiB and the
reach of an access).  The program writes a line of sixteen hexadecimal digits for each thing
that can be observed: results, a hash of the memory, the globals, sizes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from functools import singledispatchmethod

from pytest_wanco.strategies import ast
from pytest_wanco.strategies.ast import REFERENCES, TYPES, Body, Expression, Function, Start, Statement

_MASK = 0xFFF
"""Addresses are taken modulo 4096."""

_BASE = 2048

EMIT = """
  (func $emit (param i64) (local i32)
    (loop $digits
      (i32.store8 (i32.sub (i32.const 1039) (local.get 1))
        (i32.load8_u (i32.add (i32.const 1000) (i32.wrap_i64 (i64.and (local.get 0) (i64.const 15))))))
      (local.set 0 (i64.shr_u (local.get 0) (i64.const 4)))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if $digits (i32.lt_u (local.get 1) (i32.const 16))))
    (i32.store8 (i32.const 1040) (i32.const 10))
    (i32.store (i32.const 1044) (i32.const 1024))
    (i32.store (i32.const 1048) (i32.const 17))
    (drop (call $fd_write (i32.const 1) (i32.const 1044) (i32.const 1) (i32.const 1052))))
"""
"""A function that writes its argument as a line of hexadecimal digits; it uses memory from 1000 to 1055."""

_LIBRARY = """
  (func $hash (result i64) (local i32 i64)
    (local.set 1 (i64.const 0x100001b3))
    (loop $words
      (local.set 1 (i64.rotl
        (i64.mul (i64.xor (local.get 1) (i64.load offset=2048 (local.get 0))) (i64.const 0x9e3779b97f4a7c15)) (i64.const 31)))
      (local.set 0 (i32.add (local.get 0) (i32.const 8)))
      (br_if $words (i32.ne (local.get 0) (i32.const 4224))))
    (local.get 1))
  (func $burn (param $cost i32) (result i32)
    (global.set $fuel (i32.sub (global.get $fuel) (local.get $cost)))
    (i32.lt_s (global.get $fuel) (i32.const 0)))
  (func $reference (param funcref) (result i64)
    (if (ref.is_null (local.get 0)) (then (return (i64.const 0))))
    (table.set $probe (i32.const 0) (local.get 0))
    (i64.extend_i32_u (call_indirect $probe (type $entry) (i32.const 1234567) (i32.const 0))))
  (func $entry0 (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func $entry1 (param i32) (result i32) (local i32)
    (loop $again
      (local.set 0 (i32.rotl (i32.mul (local.get 0) (i32.const 17)) (i32.const 3)))
      (br_if $again (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 3))))
    (local.get 0))
  (func $entry2 (param i32) (result i32) (i32.xor (local.get 0) (i32.const 0x5a5a)))
"""

_SIZE_MASK = "(i32.rem_u {0} (table.size $changing))"

_ANY_ENTRIES = 4
"""Entries of the table that holds any reference."""

BULK: dict[str, Callable[[str, str, int], str]] = {
    "fill": lambda a, b, n: f"(memory.fill {_at(a)} {b} (i32.const {n}))",
    "copy": lambda a, b, n: f"(memory.copy {_at(a)} {_at(b)} (i32.const {n}))",
    "init": lambda a, b, n: f"(memory.init $kept {_at(a)} (i32.const {n % 11}) (i32.const {n % 16}))",
    "data_drop": lambda a, b, n: "(data.drop $dropped)",
    "elem_drop": lambda a, b, n: "(elem.drop $spare)",
    "grow": lambda a, b, n: "(drop (memory.grow (i32.const 1)))",
    "table_set": lambda a, b, n: f"(table.set $changing {_SIZE_MASK.format(a)} (ref.func $entry{n % 3}))",
    "table_grow": lambda a, b, n: f"(drop (table.grow $changing (ref.func $entry{n % 3}) (i32.const 1)))",
    "table_copy": lambda a, b, n: "(table.copy $changing $changing (i32.const 0) (i32.const 1) (i32.const 2))",
    "table_fill": lambda a, b, n: f"(table.fill $changing (i32.const 1) (ref.func $entry{n % 3}) (i32.const 2))",
}
"""Bulk operations, given two i32 operands and a number below 64."""

_AS_BITS = {
    "i32": "(i64.extend_i32_u {0})",
    "i64": "{0}",
    "f32": "(i64.extend_i32_u (i32.reinterpret_f32 {0}))",
    "f64": "(i64.reinterpret_f64 {0})",
    "funcref": "(call $reference {0})",
    "externref": "(i64.extend_i32_u (ref.is_null {0}))",
}


def _at(address: str) -> str:
    return f"(i32.add (i32.const {_BASE}) (i32.and {address} (i32.const {_MASK})))"


def constant(type_: str, bits: int) -> str:
    """A constant with this bit pattern."""
    if type_ == "v128":
        return "(v128.const i32x4 " + " ".join(str(bits >> shift & 0xFFFFFFFF) for shift in (0, 32, 64, 96)) + ")"
    if type_ in ("i32", "i64"):
        return f"({type_}.const {bits})"
    if type_ == "funcref":
        return f"(ref.func $entry{bits % 4 - 1})" if bits % 4 else "(ref.null func)"
    if type_ == "externref":
        return "(ref.null extern)"
    # Through the integer, so that every NaN keeps its bits.
    integer = "i32" if type_ == "f32" else "i64"
    return f"({type_}.reinterpret_{integer} ({integer}.const {bits}))"


def float_bits(type_: str, value: float) -> int:
    """The bit pattern of a float."""
    form, integer = ("<f", "<I") if type_ == "f32" else ("<d", "<Q")
    return int(struct.unpack(integer, struct.pack(form, value))[0])


def render(functions: Sequence[Function], starts: Sequence[Start]) -> str:
    """A whole module: functions, and the calls that its ``_start`` makes."""
    table = " ".join(f"$f{i}" for i in range(len(functions)))
    parts = [
        "(module",
        '  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))',
        "  (type $entry (func (param i32) (result i32)))",
        *(f"  (type $t{i} (func{_header(f)}))" for i, f in enumerate(functions)),
        '  (memory (export "memory") 1 4)',
        "  (global $fuel (mut i32) (i32.const 0))",
        *(f"  (global $g_{t} (mut {t}) {_zero(t)})" for t in TYPES),
        f"  (table $fixed funcref (elem {table}))",
        "  (table $changing 3 6 funcref)",
        f"  (table $any {_ANY_ENTRIES} funcref)",
        "  (table $probe 1 funcref)",
        "  (elem (table $changing) (i32.const 0) func $entry0 $entry1 $entry2)",
        "  (elem $spare func $entry0)",
        '  (data (i32.const 1000) "0123456789abcdef")',
        '  (data $kept "abcdefghijklmnopqrstuvwxyz")',
        '  (data $dropped "xyz")',
        EMIT,
        _LIBRARY,
        *(_Renderer(functions, number).function() for number in range(len(functions))),
        '  (func (export "_start")',
        *(_start(functions, start) for start in starts),
        *(f"    {line}" for t in TYPES for line in _emit(t, f"(global.get $g_{t})")),
        "    (call $emit (i64.extend_i32_u (memory.size)))",
        "    (call $emit (i64.extend_i32_u (table.size $changing)))))",
        "",
    ]
    return "\n".join(parts)


def _zero(type_: str) -> str:
    return constant(type_, 0) if type_ in ("v128", *REFERENCES) else f"({type_}.const 0)"


def _header(function: Function) -> str:
    params = "".join(f" (param {t})" for t in function.params)
    return params + "".join(f" (result {e.type})" for e in function.results)


def _result_types(function: Function) -> list[str]:
    return [e.type for e in function.results]


def _emit(type_: str, value: str) -> list[str]:
    if type_ == "v128":
        return [f"(call $emit (i64x2.extract_lane {lane} {value}))" for lane in (0, 1)]
    return [f"(call $emit {_AS_BITS[type_].format(value)})"]


def _start(functions: Sequence[Function], start: Start) -> str:
    number = start.function % len(functions)
    function = functions[number]
    arguments = " ".join(constant(t, 3 + 2 * i) for i, t in enumerate(function.params))
    results = [e.type for e in function.results]
    stored = "".join(f" (global.set $g_{t})" for t in reversed(results))
    return f"    (global.set $fuel (i32.const {start.fuel}))\n    (call $f{number} {arguments}){stored}\n    (call $emit (call $hash))"


class _Renderer:
    """One function."""

    def __init__(self, functions: Sequence[Function], number: int) -> None:
        self.functions = functions
        self.number = number
        me = functions[number]
        self.types = [*me.params, *me.locals]
        self.counters = 0
        self.labels = 0
        self.open: list[str] = []

    def function(self) -> str:
        me = self.functions[self.number]
        body = self.body(me.body)
        results = " ".join(self.expression(e) for e in me.results)
        declared = " ".join([*me.locals, *["i32"] * self.counters])
        zeros = " ".join(_zero(e.type) for e in me.results)
        return (
            f"  (func $f{self.number}{_header(me)} (local {declared})\n"
            f"    (if (call $burn (i32.const 1)) (then (return {zeros})))\n    {body}\n    {results})"
        )

    def label(self) -> str:
        self.labels += 1
        return f"$l{self.labels}"

    def place(self, type_: str, number: int) -> int | None:
        """Index of the ``number``-th local of a type."""
        places = [i for i, t in enumerate(self.types) if t == type_]
        return places[number % len(places)] if places else None

    def body(self, body: Body, label: str | None = None) -> str:
        """Statements, inside a block with this label if there is one."""
        if label:
            self.open.append(label)
        text = " ".join(self.statement(s) for s in body)
        if label:
            self.open.pop()
        return text

    def store_results(self, types: Sequence[str]) -> str:
        """Take results off the operand stack, the last one first."""
        texts: list[str] = []
        for type_ in reversed(types):
            place = self.place(type_, len(texts))
            texts.append(f" (global.set $g_{type_})" if place is None else f" (local.set {place})")
        return "".join(texts)

    def call(self, number: int, indirect: bool, arguments: Sequence[Expression], call: str = "call") -> str:
        callee = self.functions[number]
        given = []
        for i, type_ in enumerate(callee.params):
            fitting = [a for a in arguments if a.type == type_]
            given.append(self.expression(fitting[i % len(fitting)]) if fitting else constant(type_, i))
        words = " ".join(given)
        return f"({call}_indirect $fixed (type $t{number}) {words} (i32.const {number}))" if indirect else f"({call} $f{number} {words})"

    # ---- expressions ----------------------------------------------------------------------

    @singledispatchmethod
    def expression(self, e: Expression) -> str:
        raise TypeError(f"{type(e).__name__} cannot be rendered")

    @expression.register
    def _const(self, e: ast.Const) -> str:
        return constant(e.type, e.bits)

    @expression.register
    def _local(self, e: ast.Local) -> str:
        place = self.place(e.type, e.number)
        return f"(global.get $g_{e.type})" if place is None else f"(local.get {place})"

    @expression.register
    def _global(self, e: ast.Global) -> str:
        return f"(global.get $g_{e.type})"

    @expression.register
    def _operation(self, e: ast.Operation) -> str:
        return f"({' '.join([e.instruction, *(self.expression(o) for o in e.operands)])})"

    @expression.register
    def _divide(self, e: ast.Divide) -> str:
        divisor = f"({e.type}.or ({e.type}.and {self.expression(e.right)} ({e.type}.const 0xffff)) ({e.type}.const 1))"
        return f"({e.instruction} {self.expression(e.left)} {divisor})"

    @expression.register
    def _load(self, e: ast.Load) -> str:
        return f"({e.type}.load{e.suffix} {_at(self.expression(e.address))})"

    @expression.register
    def _tee(self, e: ast.Tee) -> str:
        place, value = self.place(e.type, e.number), self.expression(e.value)
        return value if place is None else f"(local.tee {place} {value})"

    @expression.register
    def _table_get(self, e: ast.TableGet) -> str:
        return f"(table.get $any (i32.rem_u {self.expression(e.index)} (i32.const {_ANY_ENTRIES})))"

    @expression.register
    def _select(self, e: ast.Select) -> str:
        typed = f" (result {e.type})" if e.type in REFERENCES else ""
        return f"(select{typed} {self.expression(e.left)} {self.expression(e.right)} {self.expression(e.condition)})"

    @expression.register
    def _if_value(self, e: ast.IfValue) -> str:
        condition = self.expression(e.condition)
        then = f"{self.body(e.then)} {self.expression(e.left)}"
        return f"(if (result {e.type}) {condition} (then {then}) (else {self.body(e.otherwise)} {self.expression(e.right)}))"

    @expression.register
    def _block_value(self, e: ast.BlockValue) -> str:
        label = self.label()
        early = f"(drop (br_if {label} {self.expression(e.early)} {self.expression(e.condition)}))"
        return f"(block {label} (result {e.type}) {early} {self.body(e.body)} {self.expression(e.value)})"

    @expression.register
    def _loop_value(self, e: ast.LoopValue) -> str:
        label = self.label()
        again = f"(br_if {label} (i32.eqz (call $burn (i32.const 5))))"
        return f"{self.expression(e.start)} (loop {label} (param {e.type}) (result {e.type}) {self.body(e.body)} {again})"

    @expression.register
    def _call(self, e: ast.Call) -> str:
        fitting = [i for i, f in enumerate(self.functions) if f.results and f.results[0].type == e.type]
        if not fitting:
            return self.expression(e.otherwise)
        number = fitting[e.number % len(fitting)]
        more = [r.type for r in self.functions[number].results[1:]]
        return self.call(number, e.indirect, e.arguments) + self.store_results(more)

    @expression.register
    def _call_table(self, e: ast.CallTable) -> str:
        index = _SIZE_MASK.format(self.expression(e.index))
        return f"(call_indirect $changing (type $entry) {self.expression(e.argument)} {index})"

    # ---- statements -----------------------------------------------------------------------

    @singledispatchmethod
    def statement(self, s: Statement) -> str:
        raise TypeError(f"{type(s).__name__} cannot be rendered")

    @statement.register
    def _assign(self, s: ast.Assign) -> str:
        place, value = self.place(s.type, s.number), self.expression(s.value)
        return f"(drop {value})" if place is None else f"(local.set {place} {value})"

    @statement.register
    def _assign_global(self, s: ast.AssignGlobal) -> str:
        return f"(global.set $g_{s.type} {self.expression(s.value)})"

    @statement.register
    def _store(self, s: ast.Store) -> str:
        return f"({s.type}.store{s.suffix} {_at(self.expression(s.address))} {self.expression(s.value)})"

    @statement.register
    def _table_set(self, s: ast.TableSet) -> str:
        return f"(table.set $any (i32.rem_u {self.expression(s.index)} (i32.const {_ANY_ENTRIES})) {self.expression(s.value)})"

    @statement.register
    def _invoke(self, s: ast.Invoke) -> str:
        number = s.number % len(self.functions)
        return self.call(number, s.indirect, s.arguments) + self.store_results([r.type for r in self.functions[number].results])

    @statement.register
    def _tail_call(self, s: ast.TailCall) -> str:
        results = _result_types(self.functions[self.number])
        fitting = [i for i, f in enumerate(self.functions) if _result_types(f) == results]
        call = self.call(fitting[s.number % len(fitting)], s.indirect, s.arguments, "return_call")
        return f"(if {self.expression(s.condition)} (then {call}))"

    @statement.register
    def _if(self, s: ast.If) -> str:
        label = self.label()
        then = self.body(s.then, label)
        otherwise = f" (else {self.body(s.otherwise, label)})" if s.otherwise else ""
        return f"(if {label} {self.expression(s.condition)} (then {then}){otherwise})"

    @statement.register
    def _block(self, s: ast.Block) -> str:
        label = self.label()
        return f"(block {label} {self.body(s.body, label)})"

    @statement.register
    def _loop(self, s: ast.Loop) -> str:
        head, out = self.label(), self.label()
        body = self.body(s.body, out)
        again = f"(br_if {head} (i32.and (i32.ne {self.expression(s.condition)} (i32.const 0)) (i32.eqz (call $burn (i32.const 3)))))"
        return f"(block {out} (loop {head} {body} {again}))"

    @statement.register
    def _repeat(self, s: ast.Repeat) -> str:
        head, out = self.label(), self.label()
        counter = len(self.types) + self.counters
        self.counters += 1
        first, last = (0, s.times * s.step) if s.step > 0 else (s.times, 0)
        body = self.body(s.body, out)
        # An innermost loop that cannot take long needs no fuel, and so looks as compilers write it.
        plain = "call" not in body and "loop" not in body
        fuel = "" if plain else f"(br_if {out} (call $burn (i32.const 1)))"
        step = f"(local.tee {counter} (i32.add (local.get {counter}) (i32.const {s.step})))"
        again = f"(br_if {head} (i32.ne {step} (i32.const {last})))"
        return f"(local.set {counter} (i32.const {first})) (block {out} (loop {head} {fuel} {body} {again}))"

    @statement.register
    def _leave(self, s: ast.Leave) -> str:
        condition = self.expression(s.condition)
        return f"(br_if {self.open[-1 - s.level % len(self.open)]} {condition})" if self.open else f"(drop {condition})"

    @statement.register
    def _switch(self, s: ast.Switch) -> str:
        labels = [self.label() for _ in s.cases]
        targets = " ".join(labels[i % len(labels)] for i in s.order) or labels[0]
        text = f"(br_table {targets} {labels[-1]} {self.expression(s.selector)})"
        for label, case in zip(labels, s.cases, strict=True):
            text = f"(block {label} {text}) {self.body(case)}"
        return text

    @statement.register
    def _bulk(self, s: ast.Bulk) -> str:
        return BULK[s.kind](self.expression(s.first), self.expression(s.second), s.count)

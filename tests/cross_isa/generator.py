"""Random WebAssembly commands that terminate, print what they compute, and cover every kind
of safepoint.

`generate(seed)` gives the text of a module.  Its functions have random signatures (several
results included), nested blocks, loops, ifs, br_tables, direct, indirect and recursive
calls, memory, bulk and global operations on values of all four numeric types.  A global
counts fuel: every function entry and back edge takes some, and when it is used up loops end
and functions return, so that every program terminates.  The program writes hashes of its
state as lines of hexadecimal digits.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from pytest_wanco.strategies.render import EMIT

TYPES = ("i32", "i64", "f32", "f64")
PAGES = 1

_RUNTIME = f"""{EMIT}
  (func $hash (result i64) (local i32 i64)
    (local.set 1 (i64.const 0x100001b3))
    (loop $words
      (local.set 1 (i64.xor (local.get 1) (i64.load offset=2048 (local.get 0))))
      (local.set 1 (i64.rotl (i64.mul (local.get 1) (i64.const 0x9e3779b97f4a7c15)) (i64.const 31)))
      (local.set 0 (i32.add (local.get 0) (i32.const 8)))
      (br_if $words (i32.ne (local.get 0) (i32.const 4096))))
    (local.get 1))
"""


@dataclass
class Function:
    """Signature of a generated function and its place in the table."""

    name: str
    params: list[str]
    results: list[str]


@dataclass
class Generator:
    """State of the generation of one module."""

    rng: random.Random
    functions: list[Function] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    labels: int = 0
    budget: int = 0

    def module(self) -> str:
        """Text of a whole module."""
        rng = self.rng
        for number in range(rng.randint(2, 5)):
            params = [rng.choice(TYPES) for _ in range(rng.randint(0, 4))]
            results = [rng.choice(TYPES) for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 4)))]
            self.functions.append(Function(f"$f{number}", params, results))
        bodies = "\n".join(self.function(f) for f in self.functions)
        table = " ".join(f.name for f in self.functions)
        types = "\n".join(f"  (type $t{i} (func {self.header(f)}))" for i, f in enumerate(self.functions))
        globals_ = "\n".join(f"  (global $g{t} (mut {t}) ({t}.const {self.constant(t)}))" for t in TYPES)
        calls = []
        for f in self.functions:
            arguments = " ".join(f"({t}.const {self.constant(t)})" for t in f.params)
            drops = " (drop)" * len(f.results)
            fuel = f"(global.set $fuel (i32.const {rng.randint(20, 300)}))"
            calls.append(f"    {fuel}\n    (call {f.name} {arguments}){drops}\n    (call $emit (call $hash))")
        states = "\n".join(f"    (call $emit {self.as_bits(t, f'(global.get $g{t})')})" for t in TYPES)
        return f"""(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
{types}
  (memory (export "memory") {PAGES} 4)
  (global $fuel (mut i32) (i32.const 0))
{globals_}
  (table funcref (elem {table}))
  (data (i32.const 1000) "0123456789abcdef")
  (data $passive "abcdefghijklmnopqrstuvwxyz")
{_RUNTIME}
{bodies}
  (func (export "_start")
{chr(10).join(calls)}
{states}
    (call $emit (i64.extend_i32_u (memory.size)))))
"""

    # ---- functions ----------------------------------------------------------------------

    def header(self, f: Function) -> str:
        return " ".join(f"(param {t})" for t in f.params) + " " + " ".join(f"(result {t})" for t in f.results)

    def function(self, f: Function) -> str:
        rng = self.rng
        extra = [rng.choice(TYPES) for _ in range(rng.randint(1, 6))]
        self.locals = list(enumerate(f.params + extra))
        counters = [len(self.locals) + i for i in range(4)]
        self.counters = list(counters)
        self.budget = rng.randint(20, 90)
        self.depth = 0
        zero = " ".join(f"({t}.const {self.constant(t)})" for t in f.results)
        body = "\n".join("    " + self.statement() for _ in range(rng.randint(2, 7)))
        results = " ".join(self.expression(t) for t in f.results)
        locals_ = " ".join(f"(local {t})" for t in extra + ["i32"] * 4)
        return (
            f"  (func {f.name} {self.header(f)} {locals_}\n"
            f"    (if {self.no_fuel(rng.randint(1, 4))} (then (return {zero})))\n{body}\n    {results})"
        )

    def no_fuel(self, cost: int) -> str:
        burn = f"(global.set $fuel (i32.sub (global.get $fuel) (i32.const {cost})))"
        return f"(i32.lt_s (block (result i32) {burn} (global.get $fuel)) (i32.const 0))"

    # ---- statements ---------------------------------------------------------------------

    def statement(self) -> str:
        self.budget -= 1
        kinds: list[Callable[[], str]] = [self.assign, self.assign, self.store, self.set_global, self.call_statement]
        if self.depth < 4 and self.budget > 0:
            kinds += [self.loop, self.loop, self.if_statement, self.block, self.table_branch, self.bulk]
        return self.rng.choice(kinds)()

    def assign(self) -> str:
        index, type_ = self.rng.choice(self.locals)
        return f"(local.set {index} {self.expression(type_)})"

    def set_global(self) -> str:
        type_ = self.rng.choice(TYPES)
        return f"(global.set $g{type_} {self.expression(type_)})"

    def address(self) -> str:
        return f"(i32.and {self.expression('i32')} (i32.const 0xfff))"

    def store(self) -> str:
        type_ = self.rng.choice(TYPES)
        suffix = self.rng.choice({"i32": ("", "8", "16"), "i64": ("", "8", "16", "32")}.get(type_, ("",)))
        return f"({type_}.store{suffix} offset=2048 {self.address()} {self.expression(type_)})"

    def bulk(self) -> str:
        def place() -> str:
            return f"(i32.add (i32.const 2048) {self.address()})"

        small = self.rng.randint(0, 16)
        return self.rng.choice(
            (
                f"(memory.fill {place()} {self.expression('i32')} (i32.and {self.expression('i32')} (i32.const 63)))",
                f"(memory.copy {place()} {place()} (i32.const {self.rng.randint(0, 99)}))",
                f"(memory.init $passive {place()} (i32.const {self.rng.randint(0, 9)}) (i32.const {small}))",
                "(drop (memory.grow (i32.const 1)))",
            )
        )

    def label(self) -> str:
        self.labels += 1
        return f"$l{self.labels}"

    def body(self, count: int) -> str:
        self.depth += 1
        text = " ".join(self.statement() for _ in range(count))
        self.depth -= 1
        return text

    def loop(self) -> str:
        rng, label = self.rng, self.label()
        if self.counters and rng.random() < 0.6:
            # A counted loop, as compilers emit it: up or down, compared with a constant.
            counter = self.counters.pop()
            step = rng.choice((1, 1, 2, 4, -1))
            start = rng.choice((0, rng.randint(1, 60) * abs(step))) if step > 0 else rng.randint(1, 40)
            end = 0 if step < 0 else start + step * rng.randint(1, 40)
            inner = self.body(rng.randint(1, 3))
            self.counters.append(counter)
            test = f"(i32.ne (local.tee {counter} (i32.add (local.get {counter}) (i32.const {step}))) (i32.const {end}))"
            text = f"(local.set {counter} (i32.const {start}))"
            if rng.random() < 0.5:
                return f"{text} (block {label}x (loop {label} (br_if {label}x {self.no_fuel(1)}) {inner} (br_if {label} {test})))"
            if step not in (1, -1) or "loop" in inner or "call" in inner:
                test = f"(i32.and {test} (i32.eqz {self.no_fuel(1)}))"
            return f"{text} (loop {label} {inner} (br_if {label} {test}))"
        inner = self.body(rng.randint(1, 3))
        again = f"(br_if {label} (i32.eqz (i32.or {self.no_fuel(rng.randint(1, 9))} {self.expression('i32')})))"
        return f"(loop {label} {inner} (br_if {label} (i32.and {self.expression('i32')} (i32.eqz {self.no_fuel(5)}))) {again})"

    def if_statement(self) -> str:
        condition = self.expression("i32")
        then = self.body(self.rng.randint(1, 3))
        if self.rng.random() < 0.5:
            return f"(if {condition} (then {then}))"
        return f"(if {condition} (then {then}) (else {self.body(self.rng.randint(1, 3))}))"

    def block(self) -> str:
        label = self.label()
        first, second = self.body(self.rng.randint(1, 2)), self.body(self.rng.randint(1, 2))
        return f"(block {label} {first} (br_if {label} {self.expression('i32')}) {second})"

    def table_branch(self) -> str:
        labels = [self.label() for _ in range(self.rng.randint(2, 4))]
        targets = " ".join(self.rng.choice(labels) for _ in range(self.rng.randint(2, 6)))
        text = f"(br_table {targets} (i32.and {self.expression('i32')} (i32.const 7)))"
        for label in labels:
            text = f"(block {label} {text}) {self.body(1)}"
        return text

    def call_statement(self) -> str:
        f = self.rng.choice(self.functions)
        return self.call(f) + self.consume(f.results)

    def consume(self, results: list[str]) -> str:
        """Store results that are on the operand stack, last one first."""
        text = ""
        for type_ in reversed(results):
            homes = [index for index, t in self.locals if t == type_]
            text += f" (local.set {self.rng.choice(homes)})" if homes else f" (global.set $g{type_})"
        return text

    def call(self, f: Function) -> str:
        arguments = " ".join(self.expression(t) for t in f.params)
        if self.rng.random() < 0.4:
            number = self.functions.index(f)
            return f"(call_indirect (type $t{number}) {arguments} (i32.const {number}))"
        return f"(call {f.name} {arguments})"

    # ---- expressions --------------------------------------------------------------------

    def expression(self, type_: str) -> str:
        self.budget -= 1
        if self.budget <= 0 or self.rng.random() < 0.25:
            return self.leaf(type_)
        kinds = ["binary", "binary", "unary", "convert", "load", "leaf"]
        if self.depth < 4:
            kinds += ["select", "if", "block", "loop", "call", "compare", "sequence"]
        return getattr(self, f"{self.rng.choice(kinds)}_expression")(type_)  # type: ignore[no-any-return]

    def leaf(self, type_: str) -> str:
        homes = [index for index, t in self.locals if t == type_]
        choice = self.rng.random()
        if homes and choice < 0.6:
            return f"(local.get {self.rng.choice(homes)})"
        if choice < 0.75:
            return f"(global.get $g{type_})"
        return f"({type_}.const {self.constant(type_)})"

    leaf_expression = leaf

    def constant(self, type_: str) -> str:
        rng = self.rng
        if type_ in ("f32", "f64"):
            return rng.choice(
                ("0", "-0", "1.5", "-2.25", "1e30", "inf", "-inf", "nan", "-nan", "nan:0x200001", "3.1", str(rng.uniform(-9, 9)))
            )
        bits = 32 if type_ == "i32" else 64
        return str(rng.choice((0, 1, -1, 7, 255, -(1 << (bits - 1)), (1 << (bits - 1)) - 1, rng.getrandbits(bits - 1))))

    def binary_expression(self, type_: str) -> str:
        rng = self.rng
        if type_ in ("f32", "f64"):
            op = rng.choice(("add", "sub", "mul", "div", "min", "max", "copysign"))
            return f"({type_}.{op} {self.expression(type_)} {self.expression(type_)})"
        op = rng.choice(
            ("add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl", "rotr", "div_u", "rem_s", "div_s", "rem_u")
        )
        right = self.expression(type_)
        if "div" in op or "rem" in op:
            right = f"({type_}.or ({type_}.and {right} ({type_}.const 0xffff)) ({type_}.const 1))"
        return f"({type_}.{op} {self.expression(type_)} {right})"

    def unary_expression(self, type_: str) -> str:
        if type_ in ("f32", "f64"):
            op = self.rng.choice(("neg", "abs", "sqrt", "ceil", "floor", "trunc", "nearest"))
        else:
            op = self.rng.choice(("clz", "ctz", "popcnt", "extend8_s", "extend16_s"))
        return f"({type_}.{op} {self.expression(type_)})"

    def convert_expression(self, type_: str) -> str:
        op, source = self.rng.choice(_CONVERSIONS[type_])
        return f"({op} {self.expression(source)})"

    def compare_expression(self, type_: str) -> str:
        if type_ != "i32":
            return self.leaf(type_)
        source = self.rng.choice(TYPES)
        op = self.rng.choice(("lt", "gt", "le", "ge", "eq", "ne"))
        sign = "_s" if source in ("i32", "i64") and op not in ("eq", "ne") else ""
        return f"({source}.{op}{sign} {self.expression(source)} {self.expression(source)})"

    def load_expression(self, type_: str) -> str:
        suffix = self.rng.choice({"i32": ("", "8_s", "8_u", "16_s", "16_u"), "i64": ("", "8_u", "16_s", "32_u", "32_s")}.get(type_, ("",)))
        return f"({type_}.load{suffix} offset=2048 {self.address()})"

    def select_expression(self, type_: str) -> str:
        return f"(select {self.expression(type_)} {self.expression(type_)} {self.expression('i32')})"

    def if_expression(self, type_: str) -> str:
        condition = self.expression("i32")
        then, other = (f"{self.body(1)} {self.expression(type_)}" for _ in range(2))
        return f"(if (result {type_}) {condition} (then {then}) (else {other}))"

    def block_expression(self, type_: str) -> str:
        label = self.label()
        first = f"(br_if {label} {self.expression(type_)} {self.expression('i32')})"
        return f"(block {label} (result {type_}) {self.body(1)} {first} (drop) {self.body(1)} {self.expression(type_)})"

    def loop_expression(self, type_: str) -> str:
        """A loop with a parameter and a result, so that values lie under it and pass through it."""
        label, start, step = self.label(), self.expression(type_), self.expression(type_)
        again = f"(br_if {label} (i32.eqz {self.no_fuel(7)}))"
        return f"{start} (loop {label} (param {type_}) (result {type_}) ({type_}.add {step}) {self.body(1)} {again})"

    def sequence_expression(self, type_: str) -> str:
        index = self.rng.choice([i for i, t in self.locals if t == type_] or [-1])
        return self.leaf(type_) if index < 0 else f"(local.tee {index} {self.expression(type_)})"

    def call_expression(self, type_: str) -> str:
        f = self.rng.choice(self.functions)
        if not f.results or f.results[0] != type_:
            return self.leaf(type_)
        # The first result stays on the stack, the others are stored.
        return self.call(f) + self.consume(f.results[1:])

    def as_bits(self, type_: str, text: str) -> str:
        return {
            "i32": f"(i64.extend_i32_u {text})",
            "i64": text,
            "f32": f"(i64.extend_i32_u (i32.reinterpret_f32 {text}))",
            "f64": f"(i64.reinterpret_f64 {text})",
        }[type_]


_CONVERSIONS = {
    "i32": (
        ("i32.wrap_i64", "i64"),
        ("i32.trunc_sat_f32_s", "f32"),
        ("i32.trunc_sat_f64_u", "f64"),
        ("i32.reinterpret_f32", "f32"),
        ("i64.eqz", "i64"),
    ),
    "i64": (("i64.extend_i32_s", "i32"), ("i64.extend_i32_u", "i32"), ("i64.trunc_sat_f64_s", "f64"), ("i64.reinterpret_f64", "f64")),
    "f32": (("f32.demote_f64", "f64"), ("f32.convert_i32_s", "i32"), ("f32.convert_i64_u", "i64"), ("f32.reinterpret_i32", "i32")),
    "f64": (("f64.promote_f32", "f32"), ("f64.convert_i32_u", "i32"), ("f64.convert_i64_s", "i64"), ("f64.reinterpret_i64", "i64")),
}


def generate(seed: int) -> str:
    """Text of the module for a seed."""
    return Generator(random.Random(seed)).module()

"""Random modules of functions with safepoints, every recorded value of which is known.

Values come from a table by volatile loads, so that LLVM cannot compute them, and from
arithmetic on such values, which the generator does too.  The functions have frames of all
kinds that LLVM makes: with and without a frame pointer, large, dynamic, over-aligned,
shrink-wrapped, with arguments on the stack.  They are spread over two text sections.

What the checker compares with is the IR constant ``@expected``::

    u32 site count, site count x u32 offset of the site, sites
    site  = u32 function, u32 called function (0xFFFFFFFF: the stub), u32 count, u32 0, count x value
    value = u32 size, u32 is known, 16 bytes
"""

from __future__ import annotations

import random
import struct
from typing import NamedTuple

from wanco.abi.layout import ENTRY_SITE, LOCATION_SITE
from wanco.abi.structs import ir_bytes

STUB = 0xFFFFFFFF
SIZES = {"i32": 4, "i64": 8, "float": 4, "double": 8, "<2 x i64>": 16}
COMMON = ("i32", "i32", "i32", "i64", "i64", "float", "double", "double", "<2 x i64>")
"""Types in the proportion in which they are drawn."""

INTEGER_OPERATORS = {"add": int.__add__, "sub": int.__sub__, "mul": int.__mul__, "xor": int.__xor__}


class Value(NamedTuple):
    """An SSA value or constant and its bytes, None where they are not defined."""

    type: str
    text: str
    bytes: bytes | None


class Shape(NamedTuple):
    """What kind of frame a function gets."""

    name: str
    attributes: str = ""
    fixed: int = 0  # bytes of a local array
    alignment: int = 16
    dynamic: bool = False  # a local array whose size LLVM does not know
    wrapped: bool = False  # an early return, before the frame is set up


SHAPES = (
    Shape("plain"),
    Shape("plain"),
    Shape("plain"),
    Shape("frame pointer", '"frame-pointer"="all"'),
    Shape("small code", "minsize optsize"),
    Shape("large", fixed=100_000),
    Shape("large with frame pointer", '"frame-pointer"="all"', fixed=70_000),
    Shape("dynamic", dynamic=True),
    Shape("over-aligned", fixed=200, alignment=64),
    Shape("over-aligned dynamic", fixed=200, alignment=64, dynamic=True),
    Shape("wrapped", wrapped=True),
    Shape("wrapped large", wrapped=True, fixed=5000),
)


class Module:
    """A module made from a seed: its IR without and with the checker's data."""

    def __init__(self, seed: int, *, functions: int = 12, inline: bool = False) -> None:
        self.random = random.Random(seed)
        self.inline = inline
        self.count = functions
        self.data = bytearray(16)
        self.sites: list[bytes] = []
        self.most_values = self.random.choice((10, 25, 60))
        self.parameters: list[list[Value]] = [[]] + [self.constants(self.random.randint(0, 14)) for _ in range(functions - 1)]
        self.shapes = [self.random.choice(SHAPES) for _ in range(functions)]
        bodies = [_Function(self, index).define() for index in range(functions)]
        self.code = "\n".join(
            [
                'define hidden void @wanco_text_0() section "wanco_text" { ret void }',
                'define hidden void @wanco_resume_text_0() section "wanco_resume" { ret void }',
                "declare void @check_poll() cold",
                "declare i64 @check_values(i64, i32, float, double)",
                "declare void @check_end() noreturn",
                "@sink = internal global ptr null",
                f"@data = internal constant [{len(self.data)} x i8] {ir_bytes(bytes(self.data))}, align 16",
                '!0 = !{!"branch_weights", i32 1, i32 1000}',
                *bodies,
                self.root(),
            ]
        )
        self.description = (
            "@wanco_text_0 = external hidden global i8\n"
            "@wanco_resume_text_0 = external hidden global i8\n"
            f"@expected = constant [{len(self.expected())} x i8] {ir_bytes(self.expected())}, align 8\n"
            "@unit_count = constant i32 2\n"
            "@units = constant [2 x { ptr, ptr }] [{ ptr, ptr } { ptr @wanco_text_0, ptr @wanco_table_0 }, "
            "{ ptr, ptr } { ptr @wanco_resume_text_0, ptr @wanco_resume_table_0 }]\n"
        )

    def expected(self) -> bytes:
        offsets, at = [], 4 * (1 + len(self.sites))
        at += -at % 8
        start = at
        for site in self.sites:
            offsets.append(at)
            at += len(site)
        head = struct.pack(f"<{1 + len(offsets)}I", len(self.sites), *offsets)
        return head.ljust(start, b"\0") + b"".join(self.sites)

    def root(self) -> str:
        """Calls function 0, then the last function, which ends the program in a call that does not return."""
        record = f'[ "deopt"(i64 {ENTRY_SITE}) ]'
        last = self.count - 1
        arguments = ", ".join(f"{p.type} {p.text}" for p in self.parameters[last])
        return (
            'define void @root() noinline nounwind uwtable section "wanco_text" {\n'
            f"  call void @wf0() {record}\n"
            f"  call void @wf{last}({arguments}) {record}\n"
            "  unreachable\n}\n"
        )

    def random_bytes(self, kind: str) -> bytes:
        draw = self.random
        if kind == "i32":
            return struct.pack("<I", draw.choice((0, 1, 0xFFFFFFFF, draw.getrandbits(32), draw.getrandbits(32))))
        if kind == "i64":
            edges = (0, 1 << 59, 1 << 60, (1 << 60) - 1, 2**64 - (1 << 60), 2**64 - (1 << 60) - 1, 1 << 63, 2**64 - 1)
            place = LOCATION_SITE | draw.getrandbits(31) << 32 | draw.getrandbits(31)
            return struct.pack("<Q", draw.choice((draw.choice(edges), place, draw.getrandbits(64), draw.getrandbits(33))))
        if kind == "float":
            return struct.pack("<f", draw.choice((1.5, -0.0, draw.uniform(-1e5, 1e5))))
        if kind == "double":
            return struct.pack("<d", draw.choice((1.5, -0.0, draw.uniform(-1e5, 1e5))))
        return draw.randbytes(16)

    def constant(self, kind: str | None = None) -> Value:
        """A constant of a scalar type."""
        kind = kind or self.random.choice(("i32", "i64", "float", "double"))
        data = self.random_bytes(kind)
        if kind == "<2 x i64>":
            low, high = struct.unpack("<2q", data)
            return Value(kind, f"<i64 {low}, i64 {high}>", data)
        if kind in ("i32", "i64"):
            return Value(kind, str(int.from_bytes(data, "little", signed=True)), data)
        number = struct.unpack("<f" if kind == "float" else "<d", data)[0]
        return Value(kind, f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}", data)

    def constants(self, count: int) -> list[Value]:
        return [self.constant(self.random.choice(COMMON)) for _ in range(count)]

    def place(self, data: bytes) -> int:
        """Offset of new bytes in the data, aligned to 16."""
        self.data += bytes(-len(self.data) % 16)
        at = len(self.data)
        self.data += data
        return at

    def site(self, function: int, callee: int, values: list[Value]) -> int:
        """The number of a new site."""
        self.sites.append(
            struct.pack("<4I", function, callee, len(values), 0)
            + b"".join(struct.pack("<II16s", SIZES[v.type], v.bytes is not None, v.bytes or b"") for v in values)
        )
        return len(self.sites) - 1


class _Function:
    """One function: loads, arithmetic, and calls that are safepoints."""

    def __init__(self, module: Module, index: int) -> None:
        self.module, self.index = module, index
        self.random = module.random
        self.shape = module.shapes[index]
        self.lines: list[str] = []
        self.values: list[Value] = []
        self.names = 0

    def name(self) -> str:
        self.names += 1
        return f"%v{self.names}"

    def emit(self, text: str) -> None:
        self.lines.append("  " + text)

    def result(self, text: str) -> str:
        name = self.name()
        self.emit(f"{name} = {text}")
        return name

    def label(self, name: str) -> None:
        self.lines.append(f"{name}:")

    def load(self, kind: str, data: bytes | None = None) -> Value:
        data = self.module.random_bytes(kind) if data is None else data
        pointer = f"getelementptr (i8, ptr @data, i64 {self.module.place(data)})"
        return Value(kind, self.result(f"load volatile {kind}, ptr {pointer}, align {SIZES[kind]}"), data)

    def compute(self) -> None:
        """A value made of two others."""
        left = self.random.choice(self.values)
        right = self.random.choice([v for v in self.values if v.type == left.type])
        if left.type in ("i32", "i64"):
            operator, function = self.random.choice(list(INTEGER_OPERATORS.items()))
            assert left.bytes is not None and right.bytes is not None
            size = SIZES[left.type]
            number = function(int.from_bytes(left.bytes, "little"), int.from_bytes(right.bytes, "little"))
            data = (number & ((1 << 8 * size) - 1)).to_bytes(size, "little")
        elif left.type == "double":
            operator = "fadd"
            assert left.bytes is not None and right.bytes is not None
            data = struct.pack("<d", struct.unpack("<d", left.bytes)[0] + struct.unpack("<d", right.bytes)[0])
        else:
            return
        self.values.append(Value(left.type, self.result(f"{operator} {left.type} {left.text}, {right.text}"), data))

    def recorded(self) -> list[Value]:
        """Values for a safepoint: some that are alive, constants, duplicates, undefined ones."""
        values = self.random.sample(self.values, self.random.randint(0, len(self.values)))
        for _ in range(self.random.randint(0, 5)):
            values.insert(self.random.randint(0, len(values)), self.module.constant())
        if values and self.random.random() < 0.3:
            values.append(self.random.choice(values))
        if self.random.random() < 0.2:
            values.append(Value(self.random.choice(("i32", "i64", "float", "double")), self.random.choice(("undef", "poison")), None))
        return values

    def argument(self, kind: str, values: list[Value]) -> Value:
        """One of the values, if one is of that type."""
        return next((v for v in values if v.type == kind and v.bytes is not None), None) or self.load(kind)

    def bundle(self, callee: int, values: list[Value]) -> str:
        site = self.module.site(self.index, callee, values)
        return f'[ "deopt"({", ".join([f"i64 {site}", *(f"{v.type} {v.text}" for v in values)])}) ]'

    def safepoint(self, *more: Value) -> None:
        """A poll, a stub that takes and returns recorded values, or a call of a later function."""
        values = [*self.recorded(), *more]
        later = range(self.index + 1, min(self.index + 5, self.module.count - 1))
        draw = self.random.random()
        if draw < 0.45 and later:
            callee = self.random.choice(later)
            # Constants as arguments would let LLVM compute values.
            arguments = [self.load(p.type, p.bytes) for p in self.module.parameters[callee]]
            self.emit(f"call void @wf{callee}({', '.join(f'{a.type} {a.text}' for a in arguments)}) {self.bundle(callee, values)}")
        elif draw < 0.8:
            arguments = [self.argument(kind, values) for kind in ("i64", "i32", "float", "double")]
            text = ", ".join(f"{a.type} {a.text}" for a in arguments)
            returned = self.result(f"call i64 @check_values({text}) {self.bundle(STUB, values)}")
            self.values.append(Value("i64", returned, arguments[0].bytes))
        else:
            self.emit(f"call void @check_poll() {self.bundle(STUB, values)}")

    def diamond(self, number: int) -> None:
        """Two ways to the same place, a safepoint on one of them, and a value that is merged."""
        taken = self.random.getrandbits(1)
        condition = self.result(f"icmp ne i32 {self.load('i32', struct.pack('<I', taken)).text}, 0")
        one = self.random.choice(self.values)
        other = self.random.choice([v for v in self.values if v.type == one.type])
        yes, no, end = f"yes{number}", f"no{number}", f"end{number}"
        self.emit(f"br i1 {condition}, label %{yes}, label %{no}")
        before = list(self.values)
        self.label(yes)
        self.safepoint()
        self.emit(f"br label %{end}")
        self.label(no)
        self.emit(f"br label %{end}")
        self.values = before
        self.label(end)
        merged = self.result(f"phi {one.type} [ {one.text}, %{yes} ], [ {other.text}, %{no} ]")
        self.values.append(Value(one.type, merged, (one if taken else other).bytes))

    def loop(self, number: int) -> None:
        """A safepoint that is executed twice; its counter is recorded, but differs."""
        before = next(line[:-1] for line in reversed(["entry:", *self.lines]) if line.endswith(":"))
        limit = self.load("i32", struct.pack("<I", 2))
        head, end = f"head{number}", f"after{number}"
        self.emit(f"br label %{head}")
        self.label(head)
        counter = self.name()
        self.emit(f"{counter} = phi i32 [ 0, %{before} ], [ {counter}n, %{head} ]")
        outside = list(self.values)
        self.safepoint(Value("i32", counter, None))
        self.values = outside
        self.emit(f"{counter}n = add i32 {counter}, 1")
        again = self.result(f"icmp ult i32 {counter}n, {limit.text}")
        self.emit(f"br i1 {again}, label %{head}, label %{end}")
        self.label(end)

    def frame(self) -> None:
        """What gives the frame its shape."""
        shape = self.shape
        fixed = ""
        if shape.fixed:
            fixed = self.result(f"alloca i8, i64 {shape.fixed}, align {shape.alignment}")
        if shape.wrapped:
            early = self.result(f"icmp eq i32 {self.load('i32', struct.pack('<I', 1)).text}, 0")
            self.emit(f"br i1 {early}, label %out, label %go, !prof !0")
            self.label("go")
        if shape.fixed:
            self.emit(f"store volatile ptr {fixed}, ptr @sink")
        if shape.dynamic:
            size = self.load("i64", struct.pack("<Q", 16 * self.random.randint(1, 99)))
            self.emit(f"store volatile ptr {self.result(f'alloca i8, i64 {size.text}, align 16')}, ptr @sink")

    def define(self) -> str:
        module = self.module
        last = self.index == module.count - 1
        self.values = [Value(p.type, f"%p{i}", p.bytes) for i, p in enumerate(module.parameters[self.index])]
        self.frame()
        for _ in range(self.random.randint(2, module.most_values)):
            self.values.append(self.load(self.random.choice(COMMON)))
            if self.random.random() < 0.5:
                self.compute()
        for number in range(self.random.randint(1, 4)):
            if self.random.random() < 0.4:
                self.diamond(number)
            if self.random.random() < 0.2:
                self.loop(number)
            self.safepoint()
            self.compute()
        if last:
            self.emit(f"call void @check_end() noreturn {self.bundle(STUB, self.recorded())}")
            self.emit("unreachable")
        else:
            for value in self.random.sample(self.values, self.random.randint(1, len(self.values))):
                self.emit(f"store volatile {value.type} {value.text}, ptr @sink, align 1")
            self.emit("br label %out")
        if not last or self.shape.wrapped:
            self.label("out")
            self.emit("ret void")
        parameters = ", ".join(f"{p.type} %p{i}" for i, p in enumerate(module.parameters[self.index]))
        attributes = f"{'' if module.inline else 'noinline '}nounwind uwtable {self.shape.attributes}"
        section = self.random.choice(("wanco_text", "wanco_text", "wanco_resume"))
        linkage = "internal " if module.inline and not last else ""
        return (
            f'define {linkage}void @wf{self.index}({parameters}) {attributes} section "{section}" {{\nentry:\n'
            + "\n".join(self.lines)
            + "\n}\n"
        )

"""Programs as values: a small typed syntax tree of WebAssembly commands.

Every tree is a valid program that terminates and does not trap: addresses are masked, divisors
are made odd, branches go to whatever block is open, and *fuel*, a global that function entries
and back edges use up, ends recursion and loops.  So trees can be taken apart and put together
freely, which is what makes them shrink well.

Types of expressions: ``i32 i64 f32 f64 v128 funcref externref``; the last is always null, as nothing gives another.
"""

from __future__ import annotations

from dataclasses import dataclass

NUMERIC = ("i32", "i64", "f32", "f64")
VALUES = (*NUMERIC, "v128")
"""Types that memory can hold."""
REFERENCES = ("funcref", "externref")
TYPES = (*VALUES, *REFERENCES)


class Expression:
    """Something with a value of one type."""

    __slots__ = ()

    type: str


class Statement:
    """Something that is done."""

    __slots__ = ()


Body = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Const(Expression):
    """A constant; ``bits`` is its bit pattern, of a reference its number: 0 for null, 1 to 3 for functions."""

    type: str
    bits: int


@dataclass(frozen=True, slots=True)
class Local(Expression):
    """A local of a type: the ``number``-th of that type, counted around."""

    type: str
    number: int


@dataclass(frozen=True, slots=True)
class Global(Expression):
    """The mutable global of a type."""

    type: str


@dataclass(frozen=True, slots=True)
class Operation(Expression):
    """A plain instruction and its operands."""

    type: str
    instruction: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Divide(Expression):
    """An integer division whose divisor is made odd and small, so that it cannot trap."""

    type: str
    instruction: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Load(Expression):
    """A load at a masked address; ``suffix`` such as ``8_u``."""

    type: str
    suffix: str
    address: Expression


@dataclass(frozen=True, slots=True)
class Tee(Expression):
    """An assignment with a value."""

    type: str
    number: int
    value: Expression


@dataclass(frozen=True, slots=True)
class Select(Expression):
    """One of two values."""

    type: str
    condition: Expression
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class IfValue(Expression):
    """An ``if`` with a result."""

    type: str
    condition: Expression
    then: Body
    left: Expression
    otherwise: Body
    right: Expression


@dataclass(frozen=True, slots=True)
class BlockValue(Expression):
    """A block with a result, left early with another one if the condition holds."""

    type: str
    early: Expression
    condition: Expression
    body: Body
    value: Expression


@dataclass(frozen=True, slots=True)
class LoopValue(Expression):
    """A loop with a parameter and a result; values can lie under it on the operand stack."""

    type: str
    start: Expression
    body: Body


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A call, direct or through the table, of a function whose first result has the type; the
    other results are stored.  Without such a function it is ``otherwise``."""

    type: str
    number: int
    indirect: bool
    arguments: tuple[Expression, ...]
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class CallTable(Expression):
    """A call through the table that changes, of a function from i32 to i32."""

    index: Expression
    argument: Expression
    type: str = "i32"


@dataclass(frozen=True, slots=True)
class TableGet(Expression):
    """A reference from the table that holds any."""

    index: Expression
    type: str = "funcref"


@dataclass(frozen=True, slots=True)
class TableSet(Statement):
    """Into the table that holds any reference, at an index that is taken modulo its size."""

    index: Expression
    value: Expression


@dataclass(frozen=True, slots=True)
class Assign(Statement):
    """To a local."""

    type: str
    number: int
    value: Expression


@dataclass(frozen=True, slots=True)
class AssignGlobal(Statement):
    """To the global of a type."""

    type: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Store(Statement):
    """At a masked address; ``suffix`` such as ``16``."""

    type: str
    suffix: str
    address: Expression
    value: Expression


@dataclass(frozen=True, slots=True)
class Invoke(Statement):
    """A call whose results are all stored."""

    number: int
    indirect: bool
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class TailCall(Statement):
    """If the condition holds, a tail call of the ``number``-th function with the same results."""

    number: int
    indirect: bool
    condition: Expression
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class If(Statement):
    """With or without an ``else``."""

    condition: Expression
    then: Body
    otherwise: Body


@dataclass(frozen=True, slots=True)
class Block(Statement):
    """Something to leave."""

    body: Body


@dataclass(frozen=True, slots=True)
class Loop(Statement):
    """While the condition holds and there is fuel."""

    condition: Expression
    body: Body


@dataclass(frozen=True, slots=True)
class Repeat(Statement):
    """A counted loop, as compilers emit it: ``times`` rounds, up by ``step`` or (-1) down to zero."""

    times: int
    step: int
    body: Body


@dataclass(frozen=True, slots=True)
class Leave(Statement):
    """Go out of a block or loop that is open, if the condition holds; nothing if none is."""

    level: int
    condition: Expression


@dataclass(frozen=True, slots=True)
class Switch(Statement):
    """A ``br_table`` into one of several cases, which fall through."""

    selector: Expression
    cases: tuple[Body, ...]
    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bulk(Statement):
    """An operation on many bytes or table entries, or one that grows or drops something.

    ``kind`` is a key of `pytest_wanco.strategies.render.BULK`.
    """

    kind: str
    first: Expression
    second: Expression
    count: int


@dataclass(frozen=True, slots=True)
class Function:
    """A function; ``results`` are computed at its end."""

    params: tuple[str, ...]
    locals: tuple[str, ...]
    body: Body
    results: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Start:
    """A call from outside: so much fuel, which function, constant arguments (as many as it takes)."""

    fuel: int
    function: int

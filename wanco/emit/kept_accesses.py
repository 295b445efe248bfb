"""Loads that must stay: one outside the memory traps, whether or not its value is used (WebAssembly 2.0, section 4.4.7).

A load is a plain instruction whose trap is a page fault, and LLVM deletes a load that
nothing uses, and may move a store over a load that traps.  Volatile accesses stay, but cannot
be vectorised or shared.  So they are used where they cost nothing:

* A function that throws away operands it has computed (a value dropped, or left behind by a
  branch) was written by hand or by a generator: compilers emit no such code.  All of its
  accesses are volatile (`keep_all`).
* Compilers do leave a local that is set and never read.  Then the loads that nothing with
  an effect needs are volatile (`keep_unused_loads`).

Elsewhere an access may go that only LLVM sees to be unused (``x * 0``).  With the option
``precise_traps`` all accesses of all functions are volatile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wanco.emit.ir.builder import Block
from wanco.emit.ir.instruction import Effect, Instruction

_ACCESSES = (Effect.MEMORY, Effect.GLOBAL)


def keep_all(blocks: Iterable[Block]) -> None:
    """Make every access of a memory or a global volatile."""
    for instruction in _instructions(blocks):
        if instruction.effect in _ACCESSES:
            instruction.keep()


def keep_unused_loads(blocks: Iterable[Block]) -> None:
    """Make the loads of memory volatile that nothing with an effect needs."""
    definitions: dict[str, Instruction] = {}
    wanted: list[str] = []
    for instruction in _instructions(blocks):
        if instruction.name is None or instruction.effect is Effect.CALL:
            wanted += instruction.operands
        else:
            definitions[instruction.name] = instruction
    needed: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in needed and name in definitions:
            needed.add(name)
            wanted += definitions[name].operands
    for name, instruction in definitions.items():
        if name not in needed and instruction.effect is Effect.MEMORY:
            instruction.keep()


def _instructions(blocks: Iterable[Block]) -> Iterator[Instruction]:
    return (instruction for block in blocks for instruction in block.instructions())

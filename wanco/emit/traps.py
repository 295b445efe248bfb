"""Loads that must stay: one outside the memory traps, whether or not its value is used (WebAssembly 2.0, section 4.4.7).

A load is a plain instruction whose trap is a page fault, and LLVM deletes a load that
nothing uses, and may move a store over a load that traps.  Volatile accesses stay, but cannot
be vectorised or shared.  So they are used where they cost nothing:

* A function that throws away operands it has computed (a value dropped, or left behind by a
  branch) was written by hand or by a generator: compilers emit no such code.  All of its
  accesses are volatile (`keep_all_accesses`).
* Compilers do leave a local that is set and never read.  Then the loads that nothing with
  an effect needs are volatile (`keep_unused_loads`).

Elsewhere an access may go that only LLVM sees to be unused (``x * 0``).  With the option
``precise_traps`` all accesses of all functions are volatile.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MEMORY_TAG = ", !tbaa !1"
"""Ends each access of a linear memory."""

GLOBAL_TAG = ", !tbaa !2"
"""Ends each access of a global."""

_DEFINITION = re.compile(r"  (%[\w.]+) = (?!load volatile )")
_CALL = re.compile(r"  (%[\w.]+ = )?(\w+ )?call (?!.*@llvm\.)")
_NAME = re.compile(r"%[vp]\d+")
_LOAD = " = load "


def is_call(line: str) -> bool:
    """Whether an instruction calls a function, and not an operation of LLVM's."""
    return _CALL.match(line) is not None


def keep_unused_loads(lines: Sequence[str]) -> list[str]:
    """The instructions of a function, with the loads of memory volatile that nothing with an effect needs."""
    text = [line for group in lines for line in group.split("\n")]
    definitions: dict[str, int] = {}
    wanted: list[str] = []
    for number, line in enumerate(text):
        if (match := _DEFINITION.match(line)) is None or is_call(line):
            wanted += _NAME.findall(line)
        else:
            definitions[match[1]] = number
    needed: set[int] = set()
    while wanted:
        number = definitions.get(wanted.pop(), -1)
        if number >= 0 and number not in needed:
            needed.add(number)
            wanted += _NAME.findall(text[number])
    for number in definitions.values():
        if number not in needed and text[number].endswith(MEMORY_TAG):
            text[number] = text[number].replace(_LOAD, " = load volatile ", 1)
    return text


def keep_all_accesses(lines: Sequence[str]) -> list[str]:
    """The instructions of a function, with every access of a memory or a global volatile."""
    return [_volatile(line) for group in lines for line in group.split("\n")]


def _volatile(line: str) -> str:
    if not line.endswith((MEMORY_TAG, GLOBAL_TAG)) or "volatile" in line:
        return line
    return line.replace(_LOAD, " = load volatile ", 1) if _LOAD in line else line.replace("  store ", "  store volatile ", 1)

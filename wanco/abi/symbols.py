"""The symbols of emitted code: their names, and what each of them is.

All are hidden, but for the functions of a library's header.  ``%mem`` is the base of memory 0.
Where a symbol is one of many, it is an instance of `Family`, called with a number; names are without LLVM's ``@``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Symbol:
    """One name; ``doc`` says in Markdown what it is."""

    name: str
    doc: str

    def __str__(self) -> str:
        return self.name

    @property
    def shown(self) -> str:
        """How a document writes it."""
        return f"`{self.name}`"


@dataclass(frozen=True, slots=True)
class Family:
    """A name for each number; ``suffix`` stands behind the number."""

    prefix: str
    number: str
    """How a document calls the number."""
    parameters: str
    """Those of a function, as a document shows them."""
    doc: str
    suffix: str = ""

    def __call__(self, number: int) -> str:
        """The symbol for a number."""
        return f"{self.prefix}{number}{self.suffix}"

    @property
    def shown(self) -> str:
        """How a document writes it."""
        return f"`{self.prefix}<{self.number}>{self.suffix}{self.parameters}`"


TEXT_SECTION = "wanco_text"
"""The section of ordinary code."""

RESUME_SECTION = "wanco_resume"
"""The section of code that goes on after a restore."""

FUNCTION = Family(
    "wf", "N", "(ptr %mem, params..., [ptr %res])",
    "function N of the index space. An imported one has it where it is called as ours (table entry, export, start function): "
    "it passes its arguments on. No result: `void`; one: returned; two or more: `void`, and results go to 16-byte slots at `%res`",
)  # fmt: skip
TAIL_FUNCTION = Family(
    "wk", "N", "(ptr %mem, [ptr %res])",
    "function N in the common form of tail calls (below), arguments in `wanco_tail_arguments`; `wf<N>` is then a wrapper around it",
)  # fmt: skip
RESUME_FUNCTION = Family(
    "wr", "N", "(ptr %mem, ptr %frame, [ptr %res])",
    f"its resume function, in section `{RESUME_SECTION}`; `%frame` is a `struct wanco_frame` followed by the values, 16 bytes each",
)  # fmt: skip
RESUME_FRAME = Symbol(
    "wanco_resume_frame",
    "the frame on its way from the `wr<N>` of a merged function to its `wf<N>`, called with the lowest bit of `%mem` set",
)
ENTRY = Family(
    "we", "E", "(ptr %mem, ptr %slots)",
    "uniform wrapper of an exported function: arguments read from 16-byte slots, results written to them. "
    "The call inside carries the record `ENTRY_SITE`, where a stack walk ends",
)  # fmt: skip
RESUMED_ENTRY = Family(
    "wc", "E", "(ptr %mem, ptr %frame, ptr %slots)",
    "the same of its resume function. It calls `frame->resume`: the outermost frame need not be the entry's own, "
    "as a tail call may have replaced it",
)  # fmt: skip
GLOBAL = Family("wg", "N", "", "a mutable global")
TABLE = Family("wt", "N", "", "state of table N, a `struct wanco_table`")
TABLE_ENTRIES = Family("wt", "N", "", "its entries, where the table is constant", suffix="_entries")
TEXT_ANCHOR = Family("wanco_text_", "U", "", f"anchor at the start of the section `{TEXT_SECTION}` of unit U")
RESUME_ANCHOR = Family("wanco_resume_text_", "U", "", f"anchor at the start of its section `{RESUME_SECTION}`")
TEXT_SAFEPOINTS = Family(
    "wanco_table_", "U", "", "safepoint table of the former section, in an object made by `wanco.objects.safepoint_table`"
)
RESUME_SAFEPOINTS = Family("wanco_resume_table_", "U", "", "that of the latter")
FUNCTION_REFERENCES = Symbol("wanco_funcrefs", "what references to functions point to: a `struct wanco_funcref` for each function")
TAIL_ENTRIES = Symbol(
    "wanco_tail_entries",
    "the `wk<N>` by function index, of functions that can be called indirectly; only where some function is in the common form",
)
TAIL_ARGUMENTS = Symbol("wanco_tail_arguments", "arguments on their way, in 16-byte slots; only there, too")
MODULE = Symbol("wanco_module", "the `struct wanco_module`")
LIBRARY_FUNCTION = Symbol("PREFIX_...", "of a library: the functions of its header, not hidden")

SYMBOLS: tuple[Symbol | Family, ...] = (
    FUNCTION, TAIL_FUNCTION, RESUME_FUNCTION, RESUME_FRAME, ENTRY, RESUMED_ENTRY, GLOBAL, TABLE, TABLE_ENTRIES, TEXT_ANCHOR, RESUME_ANCHOR,
    TEXT_SAFEPOINTS, RESUME_SAFEPOINTS, FUNCTION_REFERENCES, TAIL_ENTRIES, TAIL_ARGUMENTS, MODULE, LIBRARY_FUNCTION,
)  # fmt: skip
"""All of them, in the order of the document (docs/architecture.md)."""

STRING = Family("ws", "N", "", "a name in the descriptor")
DATA = Family("wd", "N", "", "the bytes of a data segment")
ELEMENTS = Family("wx", "N", "", "the functions of an element segment")
# These three are private to the descriptor's object.

ANCHORS = (TEXT_ANCHOR, RESUME_ANCHOR)
"""Of a unit, in the order in which the descriptor has its sections."""

SAFEPOINTS_OF = {TEXT_ANCHOR: TEXT_SAFEPOINTS, RESUME_ANCHOR: RESUME_SAFEPOINTS}
"""The safepoint table of the section that an anchor begins."""

SECTION_OF = {TEXT_ANCHOR: TEXT_SECTION, RESUME_ANCHOR: RESUME_SECTION}
"""The section that an anchor begins."""

_FUNCTIONS = "|".join(family.prefix for family in (FUNCTION, TAIL_FUNCTION, RESUME_FUNCTION))
_FUNCTION = re.compile(rf"(?:{_FUNCTIONS})(\d+)(?:\.|$)")
_ANCHOR = re.compile(rf"({'|'.join(family.prefix for family in ANCHORS)})(\d+)")


def function_of(name: str) -> int | None:
    """The function of WebAssembly that a symbol is code of, in any form; LLVM may have put a suffix behind its name."""
    match = _FUNCTION.match(name)
    return int(match[1]) if match else None


def is_anchor(name: str) -> bool:
    """Whether a symbol begins a section of a unit."""
    return _ANCHOR.fullmatch(name) is not None


def safepoints_of(anchor: str) -> str:
    """The symbol of the safepoint table of the section that an anchor begins.

    Raises:
        ValueError: it is no anchor.
    """
    match = _ANCHOR.fullmatch(anchor)
    if match is None:
        raise ValueError(f"{anchor} is no anchor")
    family = next(family for family in ANCHORS if family.prefix == match[1])
    return SAFEPOINTS_OF[family](int(match[2]))

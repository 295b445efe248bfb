"""Tables of docs/architecture.md that are made from tables in the code.

``python -m tests.documentation.tables`` writes them anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from wanco.abi.functions import Function, Kind
from wanco.abi.runtime import CHECKPOINT, EMBED_CALL, EMBED_INSTANCE, EMBED_MEMORY_AT, FUNCTIONS, LLVM_FUNCTIONS, VARIABLES
from wanco.abi.symbols import SYMBOLS
from wanco.abi.wasi import BLOCKING

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"

Row = Sequence[str]

_HOW = {Kind.PLAIN: "", Kind.ANCHORED: "anchored: {0}", Kind.BLOCKING: "blocking: {0}", Kind.STUB: "stub: {0}"}


def _symbols() -> Iterator[Row]:
    yield "symbol", "meaning"
    yield from ((symbol.shown, symbol.doc) for symbol in SYMBOLS)


def _runtime() -> Iterator[Row]:
    yield "symbol", "behind it", "meaning"
    yield from ((f"`{variable.c().removeprefix('extern ')}`", "", variable.doc) for variable in VARIABLES)
    yield from map(_function, (*FUNCTIONS, CHECKPOINT))
    yield "`RET wanco_wasi_<name>(struct wanco_instance *, ...)`", "", "a function of WASI (docs/wasi.md)"
    waiting = " ".join(sorted(BLOCKING))
    doc = f"those that can wait: `{waiting}`"
    yield "`RET wanco_block_wasi_<name>(struct wanco_instance *, ...)`", "blocking: `wanco_wasi_<name>`", doc
    yield from map(_function, (EMBED_CALL, EMBED_MEMORY_AT))
    names = " ".join(function.name.removeprefix("wanco_embed_") for function in EMBED_INSTANCE)
    yield "`RET wanco_embed_<name>(...)`", "", f"the functions of every library (docs/embedding.md): `{names}`"
    yield f"`{' '.join(LLVM_FUNCTIONS)}`", "", "LLVM may call them"


def _function(function: Function) -> Row:
    return f"`{function.c()}`", _HOW[function.kind].format(f"`{function.target}`"), function.doc


def _kinds() -> Iterator[Row]:
    yield "kind", "what emitted code calls"
    yield from ((kind.name.lower(), kind.value) for kind in Kind)


TABLES: dict[str, Callable[[], Iterator[Row]]] = {"symbols": _symbols, "runtime": _runtime, "kinds": _kinds}
"""By the name in the comment in front of a table."""


def _lines(rows: Iterator[Row]) -> Iterator[str]:
    head = next(rows)
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    yield from (f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows)


def refreshed(page: str) -> str:
    """A page with the tables as the code has them."""
    for name, rows in TABLES.items():
        mark = f"<!-- table: {name} -->\n"
        if page.count(mark) != 1:
            raise ValueError(f"{mark.strip()} stands {page.count(mark)} times in the page")
        before, after = page.split(mark)
        old = re.match(r"(\|.*\n)*", after)
        page = before + mark + "\n".join(_lines(rows())) + "\n" + after[old.end() if old else 0 :]
    return page


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text()))

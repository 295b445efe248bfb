"""Names of emitted code, written and read."""

from __future__ import annotations

import pytest

from wanco.abi import symbols


@pytest.mark.parametrize(
    ("name", "function"),
    [("wf0", 0), ("wk12", 12), ("wr7", 7), ("wf3.llvm.99", 3), ("wg3", None), ("wf", None), ("wf3x", None), ("awf3", None), ("we3", None)],
)
def test_functions_are_known_by_their_symbols(name: str, function: int | None) -> None:
    assert symbols.function_of(name) == function


def test_safepoint_tables_go_with_anchors() -> None:
    assert symbols.safepoints_of(symbols.TEXT_ANCHOR(3)) == "wanco_table_3"
    assert symbols.safepoints_of(symbols.RESUME_ANCHOR(12)) == "wanco_resume_table_12"
    assert not symbols.is_anchor("wanco_text_") and not symbols.is_anchor("wanco_table_3")
    with pytest.raises(ValueError, match="wanco_module is no anchor"):
        symbols.safepoints_of("wanco_module")


def test_no_name_stands_for_two_things() -> None:
    families = [symbol(7) if isinstance(symbol, symbols.Family) else symbol.name for symbol in symbols.SYMBOLS]
    assert len(set(families)) == len(families)

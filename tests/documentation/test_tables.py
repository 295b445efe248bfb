"""Tables in the documents that the code has, too."""

from __future__ import annotations

from tests.documentation.tables import PAGE, refreshed


def test_tables_are_those_of_the_code() -> None:
    text = PAGE.read_text()
    assert text == refreshed(text), "python -m tests.documentation.tables writes them anew"

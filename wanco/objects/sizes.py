"""How large the parts of what was made are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wanco.abi.symbols import RESUME_SECTION, TEXT_SECTION, function_of
from wanco.objects.archive import members
from wanco.objects.elf import STT_FUNC, Object
from wanco.objects.safepoint_table import Table

_TEXT_SECTIONS = {"text": TEXT_SECTION, "resume text": RESUME_SECTION}


def sizes(image: bytes, tables: Sequence[Table], forms: Sequence[str], form_of: Mapping[int, str]) -> dict[str, int]:
    """Bytes of an object, an executable or a library, by part; ``safepoints`` is a number of them.

    ``forms`` are names of the forms of functions, ``form_of`` is that of a function of the index space.
    """
    file = Object(next(members(image)))
    result = {name: sum(s.size for s in file.sections if s.name == section) for name, section in _TEXT_SECTIONS.items()}
    result |= _text_by_form(file, forms, form_of)
    result["safepoints"] = sum(table.records for table in tables)
    result["safepoint tables"] = sum(len(table.data) for table in tables)
    result["file"] = len(image)
    return result


def _text_by_form(file: Object, forms: Sequence[str], form_of: Mapping[int, str]) -> dict[str, int]:
    """The text of the functions that have a form, without padding."""
    result = {f"{form} {name}": 0 for form in forms for name in _TEXT_SECTIONS}
    names = {s.number: name for name, section in _TEXT_SECTIONS.items() for s in file.sections if s.name == section}
    for symbol in file.symbols:
        function = function_of(symbol.name)
        form = form_of.get(function) if function is not None and symbol.type == STT_FUNC else None
        if form and symbol.section in names:
            result[f"{form} {names[symbol.section]}"] += symbol.size
    return result

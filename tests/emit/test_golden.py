"""Goldens: what is emitted for each form and technique, in files that are small enough to be read.

A golden is one ``golden/NAME.wat``:

    ;;! show: wf0 wr0
    ;;! options: poll_interval=4 small_resume=True
    ;; What to look at, in a sentence or two.
    (module ...)
    ;; the expected IR of the functions that are shown

``options`` are fields of `EmitOptions` (all exports have wrappers); ``spilled`` among them makes functions
take that form that record anything at all.  The expected IR is in the canonical form of
`tests.emit.canonical`, as other names and another order of blocks are no other code, and the names that say
something, those of parameters, are the ones that stay.  ``WANCO_REFRESH_GOLDENS=1`` writes what is emitted now.
"""

from __future__ import annotations

import ast
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.emit.answers import emitted_units
from tests.emit.canonical import Module

GOLDENS = sorted(Path(__file__).with_name("golden").glob("*.wat"))

REFRESH = "WANCO_REFRESH_GOLDENS"

MOST_LINES = 110
"""Of expected IR, so that a golden stays readable."""

_RECORDED = "wanco.emit.module.choice.MAX_RECORDED"
"""What a function may record before it is spilled."""


@dataclass(frozen=True, slots=True)
class Golden:
    """A file, taken apart: what is in front of the expected IR, that, and what the header says."""

    source: str
    expected: str
    show: list[str]
    options: dict[str, Any]
    spilled: bool


def read(path: Path) -> Golden:
    """Take a golden apart."""
    lines = path.read_text().split("\n")
    last = max(number for number, line in enumerate(lines) if line and not line.startswith(";;"))
    words = {"show": "", "options": ""}
    for line in lines[: last + 1]:
        if line.startswith(";;! "):
            key, _, value = line.removeprefix(";;! ").partition(": ")
            assert key in words, f"{path}: {key}"
            words[key] = value
    settings = [word.partition("=") for word in words["options"].split() if word != "spilled"]
    return Golden(
        source="\n".join(lines[: last + 1]) + "\n",
        expected="\n".join(lines[last + 1 :]),
        show=words["show"].split(),
        options={name: ast.literal_eval(value) for name, _, value in settings},
        spilled="spilled" in words["options"].split(),
    )


def shown(golden: Golden) -> str:
    """The IR of what a golden shows, as comments."""
    units, texts = [Module(unit) for unit in emitted_units(golden.source, **golden.options)], []
    for symbol in golden.show:
        (module,) = [module for module in units if module.raw.get(f"@{symbol}", "").startswith("define")]
        texts.append(module.canonical(f"@{symbol}", keep_parameters=True))
    return "".join(f";; {line}".rstrip() + "\n" for line in "\n\n".join(texts).split("\n"))


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_golden(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    golden = read(path)
    if golden.spilled:
        monkeypatch.setattr(_RECORDED, 0)
    text = shown(golden)
    assert text.count("\n") <= MOST_LINES
    if os.environ.get(REFRESH):
        path.write_text(golden.source + text)
    else:
        assert text == golden.expected


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_golden_says_what_to_look_at(path: Path) -> None:
    golden = read(path)
    assert golden.show
    assert re.search(r"^;; \w.*\.$", golden.source, re.MULTILINE)

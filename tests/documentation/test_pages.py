"""The documentation tells the truth: its commands are run, its links lead somewhere."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from documentation.transcript import files, outputs, steps

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
WITH_COMMANDS = [page for page in PAGES if steps(page.read_text())]
NAMES = [page.name for page in WITH_COMMANDS]

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=NAMES)
def test_commands_print_what_the_page_says(page: Path, tmp_path: Path) -> None:
    pytest.importorskip("ziglang")
    text = page.read_text()
    for name, content in files(text).items():
        (tmp_path / name).write_text(content)
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, words in {"python": "", "wanco": "-m wanco"}.items():  # those of this run, installed or not
        (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        (tools / name).chmod(0o755)
    path = f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "PYTHONPATH": str(ROOT), "WANCO_CACHE_DIR": str(tmp_path / "cache")}
    commands = steps(text)
    printed = outputs(commands, tmp_path, environment, timeout=600)
    assert len(printed) == len(commands)
    wrong = [f"$ {step.command}\n{output.strip()}" for step, output in zip(commands, printed, strict=True) if not step.agrees(output)]
    assert not wrong, "\n".join(wrong)


def _anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in _LINK.findall(_without_code(page.read_text())):
        name, _, anchor = link.partition("#")
        if ":" in name:
            continue
        target = page.parent / name if name else page
        headings = map(_anchor, _HEADING.findall(_without_code(target.read_text()))) if target.is_file() and anchor else ()
        if not target.exists() or (anchor and anchor not in headings):
            broken.append(link)
    assert broken == []


def test_the_example_of_embedding_is_the_one_that_is_shown() -> None:
    shown = files((ROOT / "docs" / "embedding.md").read_text())
    assert shown == {name: (ROOT / "examples" / "embedding" / name).read_text() for name in ("primes.c", "main.c")}

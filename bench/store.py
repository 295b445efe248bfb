"""Files that were built, kept under a name that says from what.

A build is a folder of its own: ``bench/.build/<what>/<program>-<digest>/``. The digest is
over all that decides the result, so a folder that exists is never out of date. What was
measured while building is kept beside the result, in ``build.json``.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parent / ".build"

Facts = dict[str, float]
"""Numbers about a build: seconds, bytes, counts."""


def digest(words: Sequence[str], files: Sequence[Path]) -> str:
    """A name for what ``words`` make of ``files``."""
    result = hashlib.sha256("\0".join(words).encode())
    for path in files:
        result.update(f"\0{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
    return result.hexdigest()[:16]


def built(what: str, program: str, key: str, build: Callable[[Path], Facts]) -> tuple[Path, Facts]:
    """The folder of a build and its facts; ``build(folder)`` makes them where they are missing."""
    folder = ROOT / what / f"{program}-{key}"
    facts = folder / "build.json"
    if not facts.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f"{program}-", dir=folder.parent))
        try:
            numbers = build(fresh)
            (fresh / facts.name).write_text(json.dumps(numbers))
            shutil.rmtree(folder, ignore_errors=True)
            fresh.rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    loaded: Facts = json.loads(facts.read_text())
    return folder, loaded

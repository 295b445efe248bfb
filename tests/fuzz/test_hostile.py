"""Hostile modules are judged in little time and memory; what is accepted can be compiled."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest

from tests.fuzz.campaign import cpu_limit
from tests.fuzz.hostile import HOSTILE
from wanco.codegen.workers import Pool
from wanco.emit import emit_module
from wanco.errors import WancoError
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.targets import TARGETS
from wanco.wasm.decode import decode
from wanco.wasm.limits import check_limits
from wanco.wasm.validate import validate

MEMORY = 3 << 29
SECONDS = 12.0

SMALL = ("a table of ten million elements", "a memory of 4 GiB", "50,000 vectors in loops")
"""Those that are compiled to the end."""

REFUSED = {
    "20,000 calls with a thousand results": "too complex: the safepoints and calls up to here have too many values",
    "a thousand such tables": "not supported: more than 10000000 elements of tables in table section",
    "a table of four thousand million": "not supported: more than 10000000 elements of tables in table section",
    "65 memories": "not supported: more than 64 memories in memory section",
    "50,001 locals": "too many locals: more than 50000 in function 0",
    "3,000 live locals at 3,000 polls": "too complex: the safepoints and calls up to here have too many values",
    "50,000 locals over 2,000 branches": "too complex: its branches carry more than",
    "10,000 calls in 10,000 loops": "too complex: too many calls in so many loops",
    "a million types": "not supported: more than 1000000 types in type section",
    "100,001 data segments": "not supported: more than 100000 data segments in data section",
}


@pytest.fixture(scope="module")
def child() -> Iterator[Pool]:
    with Pool(1, "wanco.emit") as pool:
        yield pool


def _front_end(data: bytes) -> str:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with cpu_limit(SECONDS):
        try:
            module = decode(data)
            validate(module)
            check_limits(module)
            emit_module(module)
        except WancoError as error:
            return str(error)
    return ""


@pytest.mark.parametrize("what", HOSTILE)
def test_front_end_is_bounded(what: str, child: Pool) -> None:
    error = child.submit(_front_end, HOSTILE[what]).result()
    assert "\n" not in error and len(error) < 300
    if what in REFUSED:
        assert REFUSED[what] in error
    if len(HOSTILE[what]) > 1000 or what in SMALL:
        assert error or what not in REFUSED


@pytest.mark.parametrize("what", SMALL)
def test_small_modules_make_small_executables(what: str) -> None:
    (artifact,) = compile_module(HOSTILE[what], [TARGETS["x86_64"]], CompileOptions(optimize=1, jobs=1))
    assert len(artifact.data) < 200_000

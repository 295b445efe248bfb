"""A script on one instruction set: plan, build, run, judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.spec.execution import execute
from tests.spec.plan import FAILED, NOT_APPLICABLE, PASSED, Instance, Outcome, make_plan
from tests.spec.script import read_script
from tests.spec.spectest import SPECTEST
from wanco.errors import WancoError
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.run import Executable
from wanco.targets import TARGETS
from wanco.workers import Pool

ASSERTIONS = ("assert_", "action")
"""What begins the types of the commands that are counted."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """``isas``: the first runs the script; with more, the state goes around all of them."""

    isas: tuple[str, ...]
    optimize: int
    pool: Pool


@dataclass(slots=True)
class Tally:
    """Numbers of assertions."""

    passed: int = 0
    failed: int = 0
    not_applicable: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Tally:
        """Count the assertions among outcomes."""
        counted = [o for o in outcomes if o.type.startswith(ASSERTIONS)]
        numbers = Counter(o.status for o in counted)
        return cls(numbers[PASSED], numbers[FAILED], Counter(o.detail for o in counted if o.status == NOT_APPLICABLE))


def run_script(file: Path, folder: Path, configuration: Configuration) -> list[Outcome]:
    """Outcomes of all commands of a script, in the order of their lines."""
    plan = make_plan(read_script(file, folder))
    outcomes = list(plan.outcomes)
    for number, instance in enumerate(plan.instances):
        outcomes += _run_instance(instance, folder / f"instance{number}", configuration)
    return sorted(outcomes, key=lambda outcome: outcome.line)


def _run_instance(instance: Instance, folder: Path, configuration: Configuration) -> list[Outcome]:
    if instance.obstacle is None:
        try:
            executables = _build(instance.data, folder, configuration)
        except WancoError as error:
            instance.obstacle = FAILED, str(error)
    commands = [instance.command, *(request.command for request in instance.requests)]
    if instance.obstacle is not None:
        return [Outcome(command.line, command.type, *instance.obstacle) for command in commands]
    transcript = execute(executables, [request.line for request in instance.requests], folder)
    problems = [instance.start(transcript.start or transcript.end)]
    problems += [request.check(transcript.answer(i)) for i, request in enumerate(instance.requests)]
    for executable in executables:
        executable.path.unlink()
    return [
        Outcome(command.line, command.type, FAILED if problem else PASSED, problem)
        for command, problem in zip(commands, problems, strict=True)
    ]


def _build(data: bytes, folder: Path, configuration: Configuration) -> list[Executable]:
    targets = [TARGETS[isa] for isa in configuration.isas]
    options = CompileOptions(optimize=configuration.optimize, driver=True, imports=SPECTEST)
    folder.mkdir()
    executables = []
    for artifact in compile_module(data, targets, options, pool=configuration.pool):
        assert artifact.target is not None
        path = folder / artifact.target.name
        artifact.write(path)
        executables.append(Executable(path, artifact.target))
    return executables

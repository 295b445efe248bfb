"""A script on one instruction set: plan, build, run, judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.spec import values
from tests.spec.execution import execute
from tests.spec.merge import Component, merge
from tests.spec.plan import FAILED, NOT_APPLICABLE, PASSED, Group, Instance, Outcome, Request, make_plan
from tests.spec.script import read_script
from tests.spec.spectest import SPECTEST
from wanco.abi.layout import ExternKind
from wanco.codegen.workers import Pool
from wanco.errors import UnsupportedError, WancoError
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.run import Executable
from wanco.targets import TARGETS

ASSERTIONS = ("assert_", "action")
"""What begins the types of the commands that are counted."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """``isas``: the first runs the script; with more, the state goes around all of them."""

    isas: tuple[str, ...]
    optimize: int
    pool: Pool
    checkpoint: bool = True


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
    for number, group in enumerate(plan.groups):
        outcomes += _run_group(group, folder / f"group{number}", configuration)
    return sorted(outcomes, key=lambda outcome: outcome.line)


def _run_group(group: Group, folder: Path, configuration: Configuration) -> list[Outcome]:
    program = _Program(group)
    try:
        executables = _build(program.data, folder, configuration)
    except UnsupportedError as error:
        return [request.outcome(NOT_APPLICABLE, error.reason) for request in group.requests]
    except WancoError as error:
        return [request.outcome(FAILED, str(error)) for request in group.requests]
    transcript = execute(executables, [line for request in group.requests if (line := program.line(request))], folder)
    for executable in executables:
        executable.path.unlink()
    outcomes, position = [], 0
    for request in group.requests:
        if program.line(request):
            answer, position = transcript.answer(position), position + 1
        else:
            answer = transcript.start or transcript.end
        if request.action is None and answer == "ok":
            answer = "ready"
        problem = request.check(answer)
        outcomes.append(request.outcome(FAILED if problem else PASSED, problem))
    return outcomes


class _Program:
    """The module that stands for a group, and its exports.

    A single instance is its own module, instantiated when the program starts; several are
    merged, and instantiated by calls.
    """

    def __init__(self, group: Group) -> None:
        self.first_export: dict[Instance, int] = {}
        self.init_export: dict[Instance, int] = {}
        if len(group.instances) == 1:
            (instance,) = group.instances
            self.data = instance.data
            self.first_export[instance] = 0
            return
        numbers = {instance: number for number, instance in enumerate(group.instances)}
        components = [Component(i.module, {name: numbers[exporter] for name, exporter in i.links.items()}) for i in group.instances]
        merged = merge(components)
        self.data = merged.data
        for instance, first, init in zip(group.instances, merged.first_exports, merged.inits, strict=True):
            self.first_export[instance], self.init_export[instance] = first, init

    def line(self, request: Request) -> str:
        """A request in the driver's notation; empty for what its first line answers."""
        if request.action is None:
            init = self.init_export.get(request.instance)
            return "" if init is None else f"invoke {init}"
        action = request.action
        wanted = (_ACTION_KINDS[action.type], action.field)
        position = next(i for i, e in enumerate(request.instance.module.exports) if (e.kind, e.name) == wanted)
        return " ".join([action.type, str(self.first_export[request.instance] + position), *map(values.encode, action.args)])


_ACTION_KINDS = {"invoke": ExternKind.FUNCTION, "get": ExternKind.GLOBAL}


def _build(data: bytes, folder: Path, configuration: Configuration) -> list[Executable]:
    targets = [TARGETS[isa] for isa in configuration.isas]
    # In a chain programs shall be left in the middle of things: more polls make that likely.
    poll_interval = 1 if len(targets) > 1 else CompileOptions.poll_interval
    options = CompileOptions(
        optimize=configuration.optimize, checkpoint=configuration.checkpoint, poll_interval=poll_interval, driver=True, imports=SPECTEST
    )
    folder.mkdir()
    executables = []
    for number, artifact in enumerate(compile_module(data, targets, options, pool=configuration.pool)):
        assert artifact.target is not None
        path = folder / f"program{number}"
        artifact.write(path)
        executables.append(Executable(path, artifact.target))
    return executables

"""From a script to what is to be done: instances with their requests, and what is settled already.

A script is one sequence of commands, an executable one instance.  So the commands are sorted
by the instance they act on; what the front end alone can judge is judged here.  A module
that needs what is not compiled is left out with the commands that act on it, with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.spec import values
from tests.spec.script import Action, Command
from tests.spec.spectest import SPECTEST
from tests.spec.wording import fits, trap_fits
from wanco.errors import DecodeError, LinkError, UnsupportedError, ValidationError, WancoError
from wanco.imports import HostFunction, Key, Provided, ProvidedGlobal, settle_imports
from wanco.layout import ExternKind
from wanco.wasm.decode import decode
from wanco.wasm.features import check_supported
from wanco.wasm.module import Module
from wanco.wasm.validate import validate

PASSED, FAILED, NOT_APPLICABLE = "passed", "failed", "not applicable"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one command; ``detail`` says why, unless it passed."""

    line: int
    type: str
    status: str
    detail: str = ""


Check = Callable[[str], str]
"""Judges an answer of the driver: empty, or what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One command as a line for the driver, and the check of its answer."""

    command: Command
    line: str
    check: Check


@dataclass(slots=True)
class Instance:
    """An instance and the commands that act on it, in their order.

    Either it can be made from ``data``, or ``obstacle`` is what becomes of its commands.
    ``start`` judges its first line ("ready" or a trap).
    """

    command: Command
    data: bytes = b""
    module: Module | None = None
    obstacle: tuple[str, str] | None = None
    start: Check = lambda answer: "" if answer == "ready" else f"it is not instantiated: {answer}"
    requests: list[Request] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """All that a script asks for."""

    instances: list[Instance] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)


def make_plan(script: list[Command]) -> Plan:
    """Sort a script's commands."""
    planner = _Planner()
    for command in script:
        planner.take(command)
    return planner.plan


class _Planner:
    def __init__(self) -> None:
        self.plan = Plan()
        self.current: Instance | None = None
        self.named: dict[str, Instance] = {}
        self.definitions: dict[str | None, Command] = {}
        self.registered: dict[str, Instance] = {}

    def take(self, command: Command) -> None:
        handler = _HANDLERS.get(command.type)
        if handler is None:
            self._settle(command, NOT_APPLICABLE, f"commands of type {command.type}")
        else:
            handler(self, command)

    def _settle(self, command: Command, status: str, detail: str = "") -> None:
        self.plan.outcomes.append(Outcome(command.line, command.type, status, detail))

    # ---- instances --------------------------------------------------------------------

    def module(self, command: Command) -> None:
        self._remember(command.name, self._instance(command))

    def module_definition(self, command: Command) -> None:
        self.definitions[command.name] = command
        try:
            _front_end(command)
        except UnsupportedError as error:
            self._settle(command, NOT_APPLICABLE, _feature(error))
        except WancoError as error:
            self._settle(command, FAILED, str(error))

    def module_instance(self, command: Command) -> None:
        definition = self.definitions[command.definition]
        self._remember(command.name, self._instance(definition))

    def register(self, command: Command) -> None:
        instance = self.named[command.name] if command.name else self.current
        assert instance is not None
        self.registered[command.registered_as] = instance

    def assert_uninstantiable(self, command: Command) -> None:
        instance = self._instance(command)
        instance.start = _traps(command.text)

    def _remember(self, name: str | None, instance: Instance) -> None:
        self.current = instance
        if name is not None:
            self.named[name] = instance

    def _instance(self, command: Command) -> Instance:
        instance = Instance(command)
        self.plan.instances.append(instance)
        try:
            instance.data, instance.module = _front_end(command)
            check_supported(settle_imports(instance.module, self._environment(instance.module)))
        except UnsupportedError as error:
            instance.obstacle = NOT_APPLICABLE, _feature(error)
        except WancoError as error:
            instance.obstacle = FAILED, str(error)
        if instance.obstacle is None and instance.module and any(item.module in self.registered for item in instance.module.imports):
            instance.obstacle = NOT_APPLICABLE, "imports from another module"
        return instance

    def _environment(self, module: Module) -> dict[Key, Provided]:
        """What a module can import now: ``spectest``, and the exports of registered instances."""
        provided = dict(SPECTEST)
        for name in {item.module for item in module.imports} & set(self.registered):
            exporter = self.registered[name]
            if exporter.module is None:
                raise UnsupportedError(_NOT_HAD)
            provided |= _exports(name, exporter.module)
        return provided

    # ---- actions ----------------------------------------------------------------------

    def action(self, command: Command) -> None:
        self._request(command, lambda answer: "" if answer.startswith("ok") else answer)

    def assert_return(self, command: Command) -> None:
        self._request(command, _returns(command.expected))

    def assert_trap(self, command: Command) -> None:
        self._request(command, _traps(command.text))

    def _request(self, command: Command, check: Check) -> None:
        action = command.action
        assert action is not None
        instance = self.named[action.module] if action.module else self.current
        assert instance is not None
        try:
            line = "" if instance.obstacle else _line(instance, action)
        except values.UnknownType as error:
            self._settle(command, NOT_APPLICABLE, f"values of type {error}")
        else:
            instance.requests.append(Request(command, line, check))

    # ---- refusals ---------------------------------------------------------------------

    def assert_refused(self, command: Command) -> None:
        """assert_invalid and assert_malformed."""
        if command.binary is None:
            self._settle(command, NOT_APPLICABLE, "malformed text")
            return
        try:
            _front_end(command)
        except UnsupportedError as error:
            self._settle(command, NOT_APPLICABLE, _feature(error))
        except (DecodeError, ValidationError) as error:
            self._refused(command, error)
        else:
            self._settle(command, FAILED, f"accepted, expected: {command.text}")

    def assert_unlinkable(self, command: Command) -> None:
        try:
            _, module = _front_end(command)
            settle_imports(module, self._environment(module))
        except LinkError as error:
            self._refused(command, error)
        except UnsupportedError as error:
            self._settle(command, NOT_APPLICABLE, _feature(error))
        except WancoError as error:
            self._settle(command, FAILED, str(error))
        else:
            self._settle(command, FAILED, f"linked, expected: {command.text}")

    def _refused(self, command: Command, error: WancoError) -> None:
        if fits(error, command.text):
            self._settle(command, PASSED)
        else:
            self._settle(command, FAILED, f"{error}, expected: {command.text}")

    def custom(self, command: Command) -> None:
        self._settle(command, NOT_APPLICABLE, "annotations and custom sections")


_HANDLERS: Mapping[str, Callable[[_Planner, Command], None]] = {
    "module": _Planner.module,
    "module_definition": _Planner.module_definition,
    "module_instance": _Planner.module_instance,
    "register": _Planner.register,
    "action": _Planner.action,
    "assert_return": _Planner.assert_return,
    "assert_trap": _Planner.assert_trap,
    "assert_exhaustion": _Planner.assert_trap,
    "assert_uninstantiable": _Planner.assert_uninstantiable,
    "assert_invalid": _Planner.assert_refused,
    "assert_malformed": _Planner.assert_refused,
    "assert_unlinkable": _Planner.assert_unlinkable,
    "assert_invalid_custom": _Planner.custom,
    "assert_malformed_custom": _Planner.custom,
}

_NOT_HAD = "imports from a module that is not compiled"


def _front_end(command: Command) -> tuple[bytes, Module]:
    assert command.binary is not None
    data = command.binary.read_bytes()
    module = decode(data)
    validate(module)
    return data, module


def _feature(error: UnsupportedError) -> str:
    """What a module needs that is not there, without the place."""
    return error.reason.removeprefix("not supported: ").split(", needed by")[0]


def _exports(name: str, module: Module) -> dict[Key, Provided]:
    """The exports of a module as what others can import; types count here, values do not."""
    spaces: dict[ExternKind, Callable[[int], Provided]] = {
        ExternKind.FUNCTION: lambda index: HostFunction("", module.func_type(index)),
        ExternKind.TABLE: module.tables.__getitem__,
        ExternKind.MEMORY: module.memories.__getitem__,
        ExternKind.GLOBAL: lambda index: ProvidedGlobal(module.globals[index].type, None),
    }
    return {(name, export.name): spaces[export.kind](export.index) for export in module.exports}


_ACTION_KINDS = {"invoke": ExternKind.FUNCTION, "get": ExternKind.GLOBAL}


def _line(instance: Instance, action: Action) -> str:
    assert instance.module is not None
    kind = _ACTION_KINDS[action.type]
    number = next(i for i, export in enumerate(instance.module.exports) if (export.kind, export.name) == (kind, action.field))
    return " ".join([action.type, str(number), *map(values.encode, action.args)])


def _returns(expected: tuple[values.Constant, ...]) -> Check:
    def check(answer: str) -> str:
        word, *results = answer.split(" ")
        fine = word == "ok" and len(results) == len(expected) and all(map(values.agrees, expected, results))
        return "" if fine else f"{answer}, expected: {', '.join(map(values.show, expected)) or 'no result'}"

    return check


def _traps(expected: str) -> Check:
    def check(answer: str) -> str:
        fine = answer.startswith("trap ") and trap_fits(answer.removeprefix("trap "), expected)
        return "" if fine else f"{answer}, expected: trap {expected}"

    return check



"""From a script to what is to be done: groups of linked instances with their requests.

A script is one sequence of commands, an executable one instance.  So the commands are sorted
by the instances they act on, instances that are linked in one group; what the front end
alone can judge is judged here.  A module that needs what is not compiled is left out with
the commands that act on it, with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.spec import values
from tests.spec.script import Action, Command
from tests.spec.spectest import SPECTEST
from tests.spec.wording import fits, trap_fits
from wanco.abi.layout import ExternKind
from wanco.errors import DecodeError, LinkError, UnsupportedError, ValidationError, WancoError
from wanco.imports.settle import HostFunction, Key, Provided, ProvidedGlobal, settle_imports
from wanco.wasm.decode import decode
from wanco.wasm.limits import MAX_TABLE_SIZE, check_limits
from wanco.wasm.module import Module
from wanco.wasm.types import Limits, MemoryType, TableType
from wanco.wasm.validate import MAX_PAGES, validate

PASSED, FAILED, NOT_APPLICABLE = "passed", "failed", "not applicable"

_LEFT_OUT = "linked with a module that is not compiled"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one command; ``detail`` says why, unless it passed."""

    line: int
    type: str
    status: str
    detail: str = ""


Check = Callable[[str], str]
"""Judges an answer of the driver: empty, or what is wrong with it."""


@dataclass(eq=False, slots=True)
class Instance:
    """An instance.  Either it can be made, or ``obstacle`` is (status, detail) of its commands.

    ``links`` are the instances it imports from, ``left_out`` the exports that it has lost, with
    what they need.
    """

    data: bytes = b""
    module: Module = field(default_factory=Module)
    obstacle: tuple[str, str] | None = None
    links: dict[str, Instance] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """One command for the driver and the check of its answer; without an action: instantiation."""

    command: Command
    instance: Instance
    action: Action | None
    check: Check

    def outcome(self, status: str, detail: str = "") -> Outcome:
        """What became of it."""
        return Outcome(self.command.line, self.command.type, status, detail)


@dataclass(slots=True)
class Group:
    """Linked instances in the order of their making, and the requests to them in the script's order."""

    instances: list[Instance] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """All that a script asks for."""

    groups: list[Group]
    outcomes: list[Outcome]


def make_plan(script: list[Command]) -> Plan:
    """Sort a script's commands."""
    planner = _Planner()
    for command in script:
        planner.take(command)
    return Plan(planner.groups(), planner.outcomes)


class _Planner:
    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.instances: list[Instance] = []
        self.requests: list[Request] = []
        self.current = Instance()
        self.named: dict[str, Instance] = {}
        self.definitions: dict[str | None, Command] = {}
        self.registered: dict[str, Instance] = {}

    def take(self, command: Command) -> None:
        handler = _HANDLERS.get(command.type)
        if handler is None:
            self._settle(command, NOT_APPLICABLE, f"commands of type {command.type}")
        else:
            handler(self, command)

    def groups(self) -> list[Group]:
        """The instances that can be made, by what is linked."""
        group_of: dict[Instance, Group] = {}
        for instance in self.instances:
            group = Group([instance])
            for other in {id(g): g for g in map(group_of.get, instance.links.values()) if g}.values():
                group.instances[:0] = other.instances
            for member in group.instances:
                group_of[member] = group
        for request in self.requests:
            group_of[request.instance].requests.append(request)
        for group in group_of.values():
            group.instances.sort(key=self.instances.index)
        return list({id(group): group for group in group_of.values()}.values())

    def _settle(self, command: Command, status: str, detail: str = "") -> None:
        self.outcomes.append(Outcome(command.line, command.type, status, detail))

    # ---- instances --------------------------------------------------------------------

    def module(self, command: Command) -> None:
        self._remember(command.name, self._instantiate(command, command, _is_ready))

    def module_definition(self, command: Command) -> None:
        self.definitions[command.name] = command
        try:
            _front_end(command)
        except UnsupportedError as error:
            self._settle(command, NOT_APPLICABLE, _feature(error))
        except WancoError as error:
            self._settle(command, FAILED, str(error))

    def module_instance(self, command: Command) -> None:
        self._remember(command.name, self._instantiate(command, self.definitions[command.definition], _is_ready))

    def register(self, command: Command) -> None:
        self.registered[command.registered_as] = self._target(command.name)

    def assert_uninstantiable(self, command: Command) -> None:
        self._instantiate(command, command, _traps(command.text))

    def _remember(self, name: str | None, instance: Instance) -> None:
        self.current = instance
        if name is not None:
            self.named[name] = instance

    def _target(self, name: str | None) -> Instance:
        return self.named[name] if name else self.current

    def _instantiate(self, command: Command, definition: Command, check: Check) -> Instance:
        instance = self._made(definition)
        if instance.obstacle is None:
            self.instances.append(instance)
            self.requests.append(Request(command, instance, None, check))
        else:
            self._settle(command, *instance.obstacle)
            for exporter in instance.links.values():  # it may have changed them
                exporter.obstacle = exporter.obstacle or (NOT_APPLICABLE, _LEFT_OUT)
        return instance

    def _made(self, definition: Command) -> Instance:
        instance = Instance(left_out=definition.left_out)
        try:
            instance.data, instance.module = _front_end(definition)
            names = {item.module for item in instance.module.imports}
            instance.links = {name: exporter for name, exporter in self.registered.items() if name in names}
            check_limits(instance.module)
            settle_imports(instance.module, self._environment(instance, grown=True))
        except UnsupportedError as error:
            instance.obstacle = NOT_APPLICABLE, _feature(error)
        except WancoError as error:
            instance.obstacle = FAILED, str(error)
        return instance

    def _environment(self, instance: Instance, grown: bool) -> dict[Key, Provided]:
        """What an instance can import: ``spectest``, and the exports of what it is linked with."""
        provided = dict(SPECTEST)
        for name, exporter in instance.links.items():
            lost = {item.name for item in instance.module.imports if item.module == name} & exporter.left_out.keys()
            if exporter.obstacle is not None or lost:
                raise UnsupportedError(_LEFT_OUT)
            provided |= _exports(name, exporter.module, grown)
        return provided

    # ---- actions ----------------------------------------------------------------------

    def action(self, command: Command) -> None:
        self._request(command, lambda answer: "" if answer.startswith("ok") else answer)

    def assert_return(self, command: Command) -> None:
        self._request(command, _returns(command.expected))

    def assert_trap(self, command: Command) -> None:
        self._request(command, _traps(command.text))

    def _request(self, command: Command, check: Check) -> None:
        assert command.action is not None
        instance = self._target(command.action.module)
        unknown = {argument["type"] for argument in command.action.args} - values.TYPES
        lost = instance.left_out.get(command.action.field)
        if instance.obstacle is not None:
            self._settle(command, *instance.obstacle)
        elif lost is not None:
            self._settle(command, NOT_APPLICABLE, lost)
            if command.type == "action":  # what it does matters to all that follows
                instance.obstacle = NOT_APPLICABLE, lost
        elif unknown:
            self._settle(command, NOT_APPLICABLE, f"values of type {unknown.pop()}")
        else:
            self.requests.append(Request(command, instance, command.action, check))

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
        instance = Instance(links=self.registered)
        try:
            _, instance.module = _front_end(command)
            names = {item.module for item in instance.module.imports}
            instance.links = {name: exporter for name, exporter in self.registered.items() if name in names}
            settle_imports(instance.module, self._environment(instance, grown=False))
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


def _front_end(command: Command) -> tuple[bytes, Module]:
    assert command.binary is not None
    data = command.binary.read_bytes()
    module = decode(data)
    validate(module)
    return data, module


def _feature(error: UnsupportedError) -> str:
    """What a module needs that is not there, without the place."""
    return error.reason.removeprefix("not supported: ").split(", needed by")[0]


def _exports(name: str, module: Module, grown: bool) -> dict[Key, Provided]:
    """The exports of a module as what others can import; types count here, values do not.

    ``grown``: tables and memories may have any size by now.
    """

    def limits(limits: Limits, most: int) -> Limits:
        return Limits((limits.maximum or most) if grown else limits.minimum, limits.maximum)

    def table(index: int) -> TableType:
        type_ = module.tables[index]
        return TableType(type_.element, limits(type_.limits, MAX_TABLE_SIZE))

    spaces: dict[ExternKind, Callable[[int], Provided]] = {
        ExternKind.FUNCTION: lambda index: HostFunction("", module.func_type(index)),
        ExternKind.TABLE: table,
        ExternKind.MEMORY: lambda index: MemoryType(limits(module.memories[index].limits, MAX_PAGES)),
        ExternKind.GLOBAL: lambda index: ProvidedGlobal(module.globals[index].type, None),
    }
    return {(name, export.name): spaces[export.kind](export.index) for export in module.exports}


# ---- checks -------------------------------------------------------------------------------


def _is_ready(answer: str) -> str:
    return "" if answer == "ready" else f"it is not instantiated: {answer}"


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

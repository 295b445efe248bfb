"""Host functions and globals in objects that the user gives: their symbols, and which objects have them.

The symbol of an imported function is ``wanco_host_<module>_<name>``, that of a global, a
constant whose value is read from the object, ``wanco_global_<module>_<name>``.  In both names letters and digits
stand for themselves, and in the second ``_`` too; every other byte of the UTF-8 text, and
the letter Z, is written ``Zxx`` (lower-case hexadecimal).  So the first ``_`` behind the
prefix ends the module's name, and no two imports share a symbol.
"""

from __future__ import annotations

import functools
import hashlib
import string
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wanco.abi.layout import ExternKind
from wanco.errors import LinkError
from wanco.imports.settle import BUILT_IN_MODULES, Key, imported_globals
from wanco.objects.archive import members
from wanco.objects.elf import SHT_NOBITS, Object
from wanco.targets import TARGETS, Target
from wanco.wasm.constexpr import Value
from wanco.wasm.module import Module
from wanco.wasm.types import FuncType, GlobalType, ValType

HOST_PREFIX = "wanco_host_"
_GLOBAL_PREFIX = "wanco_global_"
HOST_INTERFACE = frozenset(
    f"wanco_{name}"
    for name in (
        "guest_memory", "guest_memory_or_trap", "guest_memory_at", "guest_text", "guest_memory_size", "exit", "host_trap",
        "write", "write_u8", "write_u16", "write_u32", "write_u64", "write_f32", "write_f64", "write_text", "write_fail",
        "read", "read_u8", "read_u16", "read_u32", "read_u64", "read_f32", "read_f64", "read_text", "read_left", "read_fail",
    )
)  # fmt: skip
"""What host functions may call: the functions of ``wanco.h``."""

_SIZES = {ValType.I32: 4, ValType.I64: 8, ValType.F32: 4, ValType.F64: 8, ValType.V128: 16}
"""Bytes of the globals that can be constants of an object."""
_PLAIN = frozenset((string.ascii_letters + string.digits).replace("Z", "").encode())
_NUMBERS = frozenset({ValType.I32, ValType.I64, ValType.F32, ValType.F64})


def host_symbol(module: str, name: str) -> str:
    """Symbol of the C function for an import."""
    return HOST_PREFIX + _symbol(module, name)


def global_symbol(module: str, name: str) -> str:
    """Symbol of the C constant for an imported global."""
    return _GLOBAL_PREFIX + _symbol(module, name)


def _symbol(module: str, name: str) -> str:
    return f"{_mangled(module, _PLAIN)}_{_mangled(name, _PLAIN | {ord('_')})}"


def _mangled(text: str, plain: frozenset[int]) -> str:
    return "".join(chr(byte) if byte in plain else f"Z{byte:02x}" for byte in text.encode())


@dataclass(frozen=True)
class HostFile:
    """An object file, or an archive of them, for one target."""

    path: Path
    digest: str
    """SHA-256 of the content, in hex."""
    target: Target
    defined: frozenset[str]
    undefined: frozenset[str]
    """Global symbols; of an archive those of all members together."""
    constants: Mapping[str, bytes | None]
    """The bytes of symbols for imported globals; None where only the linker would know them."""

    @classmethod
    def read(cls, path: Path) -> HostFile:
        """Read a file's symbol tables.

        Raises:
            LinkError: it cannot be read, or is for none of our targets.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise LinkError(f"{path}: {error.strerror}") from error
        try:
            objects = [Object(member) for member in members(data)]
        except ValueError as error:
            raise LinkError(f"{path}: {error}") from error
        machines = {obj.machine for obj in objects}
        targets = [target for target in TARGETS.values() if target.elf_machine in machines]
        if len(machines) != 1 or not targets:
            raise LinkError(f"{path}: no object file or archive for one of {', '.join(TARGETS)}")
        symbols = [symbol for obj in objects for symbol in obj.symbols if symbol.is_global]
        defined = frozenset(symbol.name for symbol in symbols if symbol.section)
        undefined = frozenset(symbol.name for symbol in symbols if not symbol.section) - defined
        constants = {name: value for obj in objects for name, value in _constants(obj)}
        return cls(path, hashlib.sha256(data).hexdigest(), targets[0], defined, undefined, constants)


def _constants(obj: Object) -> Iterator[tuple[str, bytes | None]]:
    for symbol in obj.symbols:
        if not symbol.name.startswith(_GLOBAL_PREFIX) or not symbol.is_global or not 0 < symbol.section < len(obj.sections):
            continue
        section = obj.sections[symbol.section]
        place = range(symbol.value, symbol.value + symbol.size)
        if section.type == SHT_NOBITS:
            yield symbol.name, bytes(symbol.size)
        elif any(offset in place for offset in obj.relocations(section)):
            yield symbol.name, None
        else:
            yield symbol.name, obj.content(section)[place.start : place.stop]


@dataclass(frozen=True)
class HostFiles:
    """All that is linked beside the module, for one or several targets."""

    files: Sequence[HostFile] = ()

    @classmethod
    def read(cls, paths: Sequence[Path]) -> HostFiles:
        """Read them all.

        Raises:
            LinkError: one is no object or archive for one of our targets.
        """
        return cls(tuple(HostFile.read(path) for path in paths))

    @property
    def identity(self) -> tuple[str, ...]:
        """Equal for files of equal content in the same order."""
        return tuple(file.digest for file in self.files)

    def for_target(self, target: Target) -> list[HostFile]:
        """Those for a target, in the order given."""
        return [file for file in self.files if file.target == target]

    def undefined(self, target: Target, provided: frozenset[str]) -> list[str]:
        """Symbols that a target's files need beside what they define and what is provided; sorted."""
        files = self.for_target(target)
        needed = {name for file in files for name in file.undefined}
        return sorted(needed - provided - {name for file in files for name in file.defined})

    def resolve(
        self, module: Module, targets: Sequence[Target], provided: Container[Key], given: Mapping[Key, Value], *, linked: bool
    ) -> HostImports:
        """What a module imports from neither WASI nor what is ``provided`` otherwise.

        ``given`` are values for imported globals, which come before those in objects.  Unless all
        is to be ``linked``, functions may be missing.

        Raises:
            LinkError: functions or globals are defined in no file for a target, or have a type
                that they cannot have here; all are listed, with their types.
        """
        functions = {
            (item.module, item.name): module.func_type(index)
            for index, item in enumerate(module.imported(ExternKind.FUNCTION))
            if item.module not in BUILT_IN_MODULES and (item.module, item.name) not in provided
        }
        impossible = [key for key, signature in functions.items() if not _is_possible(signature)]
        if impossible:
            raise LinkError(f"host functions take numbers and return one or none: {_listed(functions, impossible)}")
        symbols = {key: host_symbol(*key) for key in functions}
        globals_ = {key: type_ for key, type_ in imported_globals(module).items() if key not in provided}
        values = dict(given)
        for key in globals_.keys() - values.keys():
            self._constant(key, globals_[key], targets, values)
        missing_globals = [key for key in globals_ if key not in values]
        for target in targets:
            defined = {name for file in self.for_target(target) for name in file.defined}
            missing = {key: functions[key] for key, symbol in symbols.items() if linked and symbol not in defined}
            if missing or missing_globals:
                raise LinkError(_missing_message(missing, {key: globals_[key] for key in missing_globals}, target))
        return HostImports(symbols, values)

    def missing(self, symbols: Mapping[Key, str], targets: Sequence[Target]) -> dict[Key, str]:
        """Those of some symbols that are not defined for every target."""
        defined = [{name for file in self.for_target(target) for name in file.defined} for target in targets]
        return {key: symbol for key, symbol in symbols.items() if not all(symbol in names for names in defined)}

    def _constant(self, key: Key, type_: GlobalType, targets: Sequence[Target], values: dict[Key, Value]) -> None:
        """Adds the value that the objects for all targets have for a global, if they have one."""
        symbol, name = global_symbol(*key), ".".join(key)
        found = {file.constants[symbol] for target in targets for file in self.for_target(target) if symbol in file.constants}
        if not found:
            return
        if len(found) > 1:
            raise LinkError(f"objects for different targets have different values of {symbol}, for the imported global {name}")
        (data,) = found
        size = _SIZES.get(type_.value)
        if data is None or size != len(data):
            raise LinkError(f"{symbol} is no constant of {size or 'any'} bytes, as the imported global {name} of type {type_.value} needs")
        values[key] = int.from_bytes(data, "little")


@dataclass(frozen=True)
class HostImports:
    """What objects have for a module's imports: symbols of functions, values of globals."""

    symbols: dict[Key, str]
    globals: dict[Key, Value]


NONE = HostFiles()


def _is_possible(signature: FuncType) -> bool:
    return len(signature.results) <= 1 and _NUMBERS.issuperset((*signature.params, *signature.results))


def _missing_message(functions: Mapping[Key, FuncType], globals_: Mapping[Key, GlobalType], target: Target) -> str:
    several = "s" if len(functions) + len(globals_) > 1 else ""
    what = f"no host function for the import{several}" if not globals_ else f"nothing is there for the import{several}"
    shown = ", ".join([*([_listed(functions, list(functions))] if functions else []), *map(_show_global, globals_.items())])
    wanted = [*(host_symbol(*key) for key in functions), *(global_symbol(*key) for key in globals_)]
    also = ", or give globals by --global MODULE.NAME=VALUE" if globals_ else ""
    return f"{what} {shown}: link an object for {target.name} that defines {', '.join(wanted)}{also}"


def _show_global(item: tuple[Key, GlobalType]) -> str:
    key, type_ = item
    return f"{'.'.join(key)} (global {'mut ' if type_.mutable else ''}{type_.value})"


def _listed(wanted: Mapping[Key, FuncType], keys: Sequence[Key]) -> str:
    return ", ".join(f"{'.'.join(key)} {_show(wanted[key])}" for key in keys)


def _show(signature: FuncType) -> str:
    parameters, results = (" ".join(t.name.lower() for t in types) for types in (signature.params, signature.results))
    return f"({parameters}) -> ({results})"


@functools.cache
def archive_symbols(path: Path) -> frozenset[str]:
    """Global symbols that the objects of one of our own archives define."""
    return HostFile.read(path).defined

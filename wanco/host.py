"""Host functions in objects that the user gives: their symbols, and which objects have them.

The symbol of an import is ``wanco_host_<module>_<name>``.  In both names letters and digits
stand for themselves, and in the second ``_`` too; every other byte of the UTF-8 text, and
the letter Z, is written ``Zxx`` (lower-case hexadecimal).  So the first ``_`` behind the
prefix ends the module's name, and no two imports share a symbol.
"""

from __future__ import annotations

import functools
import hashlib
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wanco.elf import Object
from wanco.errors import LinkError
from wanco.imports import BUILT_IN_MODULES, Key
from wanco.layout import ExternKind
from wanco.targets import TARGETS, Target
from wanco.wasm.module import Module
from wanco.wasm.types import FuncType, ValType

_PREFIX = "wanco_host_"
_PLAIN = frozenset((string.ascii_letters + string.digits).replace("Z", "").encode())
_NUMBERS = frozenset({ValType.I32, ValType.I64, ValType.F32, ValType.F64})
_ARCHIVE_MAGIC = b"!<arch>\n"
_MEMBER_HEADER = 60


def host_symbol(module: str, name: str) -> str:
    """Symbol of the C function for an import."""
    return f"{_PREFIX}{_mangled(module, _PLAIN)}_{_mangled(name, _PLAIN | {ord('_')})}"


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
            objects = [Object(member) for member in _members(data)]
        except ValueError as error:
            raise LinkError(f"{path}: {error}") from error
        machines = {obj.machine for obj in objects}
        targets = [target for target in TARGETS.values() if target.elf_machine in machines]
        if len(machines) != 1 or not targets:
            raise LinkError(f"{path}: no object file or archive for one of {', '.join(TARGETS)}")
        symbols = [symbol for obj in objects for symbol in obj.symbols if symbol.is_global]
        defined = frozenset(symbol.name for symbol in symbols if symbol.section)
        undefined = frozenset(symbol.name for symbol in symbols if not symbol.section) - defined
        return cls(path, hashlib.sha256(data).hexdigest(), targets[0], defined, undefined)


def _members(data: bytes) -> Iterator[bytes]:
    """The objects of a file: of an archive its members (the format of System V's ar)."""
    if not data.startswith(_ARCHIVE_MAGIC):
        yield data
        return
    at = len(_ARCHIVE_MAGIC)
    while at + _MEMBER_HEADER <= len(data):
        name, size = data[at : at + 16].rstrip(), int(data[at + 48 : at + 58])
        at += _MEMBER_HEADER
        if name not in (b"/", b"//", b"/SYM64/"):
            yield data[at : at + size]
        at += size + size % 2


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

    def symbols(self, module: Module, targets: Sequence[Target], provided: Mapping[Key, object]) -> dict[Key, str]:
        """Symbol of each function that a module imports from neither WASI nor what is provided otherwise.

        Raises:
            LinkError: functions are defined in no file for a target, or have a type that C
                functions cannot have here; all are listed, with their types.
        """
        wanted = {
            (item.module, item.name): module.func_type(index)
            for index, item in enumerate(module.imported(ExternKind.FUNCTION))
            if item.module not in BUILT_IN_MODULES and (item.module, item.name) not in provided
        }
        impossible = [key for key, signature in wanted.items() if not _is_possible(signature)]
        if impossible:
            raise LinkError(f"host functions take numbers and return one or none: {_listed(wanted, impossible)}")
        result = {key: host_symbol(*key) for key in wanted}
        for target in targets:
            defined = {name for file in self.for_target(target) for name in file.defined}
            missing = [key for key, symbol in result.items() if symbol not in defined]
            if missing:
                raise LinkError(_missing_message(wanted, missing, target, result))
        return result


NONE = HostFiles()


def _is_possible(signature: FuncType) -> bool:
    return len(signature.results) <= 1 and _NUMBERS.issuperset((*signature.params, *signature.results))


def _missing_message(wanted: Mapping[Key, FuncType], missing: Sequence[Key], target: Target, symbols: Mapping[Key, str]) -> str:
    several = len(missing) > 1
    return (
        f"no host function for the import{'s' if several else ''} {_listed(wanted, missing)}: "
        f"link an object for {target.name} that defines {', '.join(symbols[key] for key in missing)}"
    )


def _listed(wanted: Mapping[Key, FuncType], keys: Sequence[Key]) -> str:
    return ", ".join(f"{'.'.join(key)} {_show(wanted[key])}" for key in keys)


def _show(signature: FuncType) -> str:
    parameters, results = (" ".join(t.name.lower() for t in types) for types in (signature.params, signature.results))
    return f"({parameters}) -> ({results})"


@functools.cache
def archive_symbols(path: Path) -> frozenset[str]:
    """Global symbols that the objects of one of our own archives define."""
    return HostFile.read(path).defined

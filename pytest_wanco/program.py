"""What is verified: a module with its inputs, and the executables made of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_wanco.config import Settings
from wanco.build import cached_executable
from wanco.imports.host import NONE, HostFiles
from wanco.options import CompileOptions
from wanco.run import Executable
from wanco.targets import TARGETS
from wanco.wasm.text import read_module

PathLike = str | os.PathLike[str]
Dirs = Mapping[str, PathLike] | Sequence[PathLike | tuple[PathLike, str]]
"""Granted folders: host folder by guest name, or a list of folders and (host, guest) pairs."""

Builder = Callable[[bytes, str, CompileOptions], Path]
"""Makes, or finds, the executable of a module (binary form) for an ISA."""


@dataclass(frozen=True)
class Program:
    """A module in binary form; ``name`` is what people and the program itself see."""

    module: bytes = field(repr=False)
    name: str
    host: HostFiles = NONE
    """Objects with the host functions that it imports, for all ISAs."""

    @classmethod
    def read(cls, path: PathLike, link: Sequence[PathLike] = ()) -> Program:
        """A ``.wasm`` or ``.wat`` file, and objects or archives with host functions.

        Raises:
            WancoError: it cannot be read or translated.
        """
        return cls(read_module(os.fspath(path)), Path(path).name, HostFiles.read([Path(file) for file in link]))

    @classmethod
    def of(cls, program: PathLike | bytes | Program, name: str | None = None) -> Program:
        """From what users give: a file, a module's content, or one that is there already.

        Raises:
            WancoError: it cannot be read.
        """
        if isinstance(program, Program):
            return program
        if isinstance(program, bytes):
            return cls(read_module(program), name or "module.wasm")
        read = cls.read(os.fspath(program))
        return replace(read, name=name) if name else read


@dataclass(frozen=True)
class Inputs:
    """What the program is given.  ``dirs`` are (host folder, guest name); it sees copies of them."""

    args: tuple[str, ...] = ()
    stdin: bytes = b""
    dirs: tuple[tuple[Path, str], ...] = ()
    env: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, args: Sequence[str] = (), stdin: bytes | str = b"", dirs: Dirs = (), env: Mapping[str, str] | None = None) -> Inputs:
        """From what users write."""
        pairs: Sequence[PathLike | tuple[PathLike, str]] = (
            [(host, guest) for guest, host in dirs.items()] if isinstance(dirs, Mapping) else dirs
        )
        granted = tuple((Path(d[0]), d[1]) if isinstance(d, tuple) else (Path(d), os.fspath(d)) for d in pairs)
        data = stdin.encode() if isinstance(stdin, str) else stdin
        return cls(tuple(map(str, args)), data, granted, tuple((env or {}).items()))


def build_cached(module: bytes, isa: str, options: CompileOptions) -> Path:
    """The executable in the cache that all processes share; compiled once."""
    return cached_executable(module, TARGETS[isa], options)


@dataclass
class Builds:
    """The executables of a program for the ISAs of some settings, made when first asked for."""

    program: Program
    settings: Settings
    builder: Builder = build_cached
    made: dict[str, Executable] = field(default_factory=dict)

    def __getitem__(self, isa: str) -> Executable:
        if isa not in self.made:
            options = CompileOptions(optimize=self.settings.level(isa), poll_interval=self.settings.poll_interval, host=self.program.host)
            self.made[isa] = Executable.open(self.builder(self.program.module, isa, options))
        return self.made[isa]

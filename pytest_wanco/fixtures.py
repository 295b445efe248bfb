"""What the fixtures give to tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_wanco.check import Check
from pytest_wanco.errors import PluginError
from pytest_wanco.program import Builder, Dirs, Inputs, PathLike, Program
from pytest_wanco.session import WancoSession
from wanco.options import CompileOptions
from wanco.run import Executable, Result, RunOptions
from wanco.snapshot import Snapshot
from wanco.targets import native


class CrossIsa:
    """The fixture ``wanco_cross_isa``."""

    def __init__(self, session: WancoSession) -> None:
        self._session = session

    def __call__(
        self,
        program: PathLike | bytes | Program,
        args: Sequence[str] = (),
        *,
        stdin: bytes | str = b"",
        dirs: Dirs = (),
        env: Mapping[str, str] | None = None,
        name: str | None = None,
        **settings: object,
    ) -> Check:
        """The verification of a program: a file, or a module's content.

        ``dirs`` are the folders it is granted ({guest: host}, or a list of folders and (host,
        guest) pairs); it works on copies.  ``settings`` are those of the command line
        (``points="all"``), and win over it.

        Raises:
            WancoError: the program cannot be read.
        """
        return self._session.check(program, args, stdin=stdin, dirs=dirs, env=env, name=name, **settings)


@dataclass(frozen=True)
class Saved:
    """A program that was stopped: the file, and what the process had written."""

    path: Path
    result: Result

    @property
    def snapshot(self) -> Snapshot:
        """The state in the file."""
        return Snapshot.load(self.path)


class WancoProgram:
    """A program that tests drive: compiled for an ISA when it first runs there."""

    def __init__(self, program: Program, options: CompileOptions, isa: str, folder: Path, builder: Builder) -> None:
        self.program = program
        self.options = options
        self.isa = isa
        self.folder = folder
        self._builder = builder
        self._executables: dict[str, Executable] = {}

    def executable(self, isa: str | None = None) -> Executable:
        """The executable for an ISA (None: the program's own).

        Raises:
            WancoError: it cannot be compiled.
        """
        isa = isa or self.isa
        if isa not in self._executables:
            self._executables[isa] = Executable.open(self._builder(self.program.module, isa, self.options))
        return self._executables[isa]

    def run(
        self,
        args: Sequence[str] = (),
        *,
        isa: str | None = None,
        stdin: bytes = b"",
        dirs: Dirs = (),
        env: Mapping[str, str] | None = None,
        timeout: float = 120.0,
        options: RunOptions | None = None,
    ) -> Result:
        """Run it to its end, with virtual clocks and random numbers unless ``options`` say otherwise.

        Raises:
            WancoError: it cannot be compiled or started, or takes too long.
        """
        run_options = options or _run_options(dirs, env)
        return self.executable(isa).run(args, run_options, stdin=stdin, timeout=timeout, name=self.program.name)

    def checkpoint(
        self,
        at: int,
        args: Sequence[str] = (),
        *,
        isa: str | None = None,
        stdin: bytes = b"",
        dirs: Dirs = (),
        env: Mapping[str, str] | None = None,
        timeout: float = 120.0,
        host_calls: bool = False,
    ) -> Saved:
        """Run it to its ``at``-th poll and save there; with ``host_calls`` those that can block count, too.

        Raises:
            PluginError: it ends before.
            WancoError: as `run`.
        """
        path = self._new_path()
        given = _run_options(dirs, env, checkpoint_at=at, snapshot=path, count_host_calls=host_calls)
        return self._saved(path, at, self.executable(isa).run(args, given, stdin=stdin, timeout=timeout, name=self.program.name))

    def restore(
        self,
        saved: Saved | PathLike,
        *,
        isa: str | None = None,
        stdin: bytes = b"",
        dirs: Dirs = (),
        timeout: float = 120.0,
    ) -> Result:
        """Go on from a snapshot, to the end.

        Raises:
            WancoError: as `run`.
        """
        options = _run_options(dirs, None, restore=_path(saved), verify=True)
        return self.executable(isa).run((), options, stdin=stdin, timeout=timeout)

    def move_on(
        self,
        saved: Saved | PathLike,
        polls: int,
        *,
        isa: str | None = None,
        stdin: bytes = b"",
        dirs: Dirs = (),
        timeout: float = 120.0,
        host_calls: bool = False,
    ) -> Saved:
        """Go on from a snapshot for so many polls, and save again; ``host_calls`` as `checkpoint`.

        Raises:
            PluginError: it ends before.
            WancoError: as `run`.
        """
        path = self._new_path()
        options = _run_options(
            dirs, None, restore=_path(saved), verify=True, checkpoint_at=polls, snapshot=path, count_host_calls=host_calls
        )
        return self._saved(path, polls, self.executable(isa).run((), options, stdin=stdin, timeout=timeout))

    def _new_path(self) -> Path:
        return self.folder / f"{self.program.name}-{len(list(self.folder.iterdir())) + 1}.wsnap"

    def _saved(self, path: Path, polls: int, result: Result) -> Saved:
        if not path.exists():
            raise PluginError(f"{self.program.name} ends before poll {polls}, with status {result.status}")
        return Saved(path, result)


def _path(saved: Saved | PathLike) -> Path:
    return saved.path if isinstance(saved, Saved) else Path(saved)


def _run_options(dirs: Dirs, env: Mapping[str, str] | None, **more: object) -> RunOptions:
    pairs = [(host, guest) for host, guest in Inputs.of(dirs=dirs).dirs]
    return RunOptions(dirs=pairs, env=env or {}, deterministic="restore" not in more, quiet=True, **more)  # type: ignore[arg-type]


class ProgramFactory:
    """The fixture ``wanco_program``."""

    def __init__(self, builder: Builder, folders: pytest.TempPathFactory) -> None:
        self._builder = builder
        self._folders = folders

    def __call__(
        self,
        program: PathLike | bytes | Program,
        *,
        isa: str | None = None,
        optimize: int = 2,
        poll_interval: int = 1024,
        name: str | None = None,
    ) -> WancoProgram:
        """A program from a file or from a module's content, for an ISA (default: this machine's).

        Raises:
            WancoError: it cannot be read, or an option is impossible.
        """
        what = Program.of(program, name)
        options = CompileOptions(optimize=optimize, poll_interval=poll_interval, host=what.host)
        folder = self._folders.mktemp("wanco-program")
        return WancoProgram(what, options, isa or native().name, folder, self._builder)

"""Executables through the cache: for a module, and for the program of a snapshot."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

from wanco.cache import BuildKey, Cache
from wanco.errors import RunError
from wanco.install import compiler_version
from wanco.options import DEFAULTS, CompileOptions
from wanco.report import Report
from wanco.run.elf import carries, target_of
from wanco.snapshot import Snapshot
from wanco.targets import Target


def cached_executable(
    data: bytes, target: Target, options: CompileOptions = DEFAULTS, cache: Cache | None = None, report: Report | None = None
) -> Path:
    """The executable of a module (in binary form) in the cache, compiled if it is not there yet.

    ``cache`` is the one that the environment names unless given.

    Raises:
        WancoError: it cannot be compiled.
    """
    cache = cache or Cache()
    key = BuildKey(cache.store_module(data), target.name, options.identity, compiler_version())

    def build(path: Path) -> None:
        from wanco.pipeline import compile_module  # only here: a program that is in the cache starts without LLVM

        compile_module(data, [target], options, report)[0].write(path)

    return cache.executable(key, build)


def executable_for_snapshot(
    path: Path,
    snapshot: Snapshot,
    target: Target,
    options: CompileOptions = DEFAULTS,
    module: bytes | None = None,
    executable: Path | None = None,
    report: Report | None = None,
) -> Path:
    """An executable for ``target`` that can go on from the snapshot in the file ``path``.

    It is ``executable``, which the caller names; else one built from ``module``; else one that the cache
    has, or can build from a module that it has kept, with the poll interval of the snapshot.  What lies beside the
    snapshot is not looked at: whoever can write there could have put it there.

    Raises:
        RunError: there is none and nothing to build it from, or it has other safepoints.
        WancoError: it cannot be compiled.
    """
    if executable is not None:
        if target_of(executable) != target:
            raise RunError(f"{executable}: it is not for {target.name}")
        return _checked(executable, path, snapshot)
    cache = Cache()
    if module is None:
        if kept := cache.program(snapshot.identity, target.name):
            return _checked(kept, path, snapshot)
        module = cache.module(snapshot.module_hash.hex())
        if module is None:
            raise RunError(
                f"{path}: the cache has neither its program for {target.name} nor its module: "
                "name one of them with --executable or --module"
            )
    elif hashlib.sha256(module).digest() != snapshot.module_hash:
        raise RunError(f"{path}: taken from another module, with SHA-256 {snapshot.module_hash.hex()}")
    options = dataclasses.replace(options, poll_interval=snapshot.meta.poll_interval)
    return _checked(cached_executable(module, target, options, cache, report), path, snapshot)


def _checked(executable: Path, path: Path, snapshot: Snapshot) -> Path:
    if not carries(executable, snapshot.identity):
        what = "another program than this, or one with other safepoints or values of imported globals"
        raise RunError(f"{path}: taken from {what}, made by wanco {snapshot.meta.version}")
    return executable

"""Where the files of the installation are, the only module that knows, and what identifies it.

A wheel puts the runtime archives into ``wanco/runtime/<isa>/`` beside the Python files.  An
editable install leaves the Python files in the source tree and puts everything that CMake
made into site-packages, so the archives are looked up in the distribution's record too.
``WANCO_RUNTIME_DIR`` names another directory with the same content (a build of the
runtime that is not installed).
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

from wanco.errors import InstallError
from wanco.targets import TARGETS, Target

_PACKAGE = Path(__file__).parent


def _distribution_package() -> Path | None:
    """The directory ``wanco`` of the installed distribution; None where there is none."""
    try:
        return Path(str(importlib.metadata.distribution("wanco").locate_file("wanco")))
    except importlib.metadata.PackageNotFoundError:
        return None


def _directories(name: str) -> Iterator[Path]:
    """Directories that may be the installed ``wanco/<name>``, in the order to look into them."""
    yield _PACKAGE / name
    package = _distribution_package()
    if package is not None:
        yield package / name


@functools.cache
def _archive(isa: str, name: str) -> Path:
    override = os.environ.get("WANCO_RUNTIME_DIR")
    directories = [Path(override)] if override else list(_directories("runtime"))
    for directory in directories:
        path = directory / isa / name
        if path.is_file():
            return path
    raise InstallError(f"{name} for {isa} is not in {directories[-1] / isa}: install wanco again")


def runtime_archive(target: Target) -> Path:
    """The static archive with the whole runtime for ``target``.

    Raises:
        InstallError: it is not there.
    """
    return _archive(target.name, "libwanco.a")


def installed_targets() -> list[Target]:
    """The targets that there is a runtime for."""
    return [target for target in TARGETS.values() if _has_runtime(target)]


def _has_runtime(target: Target) -> bool:
    try:
        runtime_archive(target)
    except InstallError:
        return False
    return True


def driver_archive(target: Target) -> Path:
    """The archive with another main program, which drives a module's exports from a script; it
    is linked before the runtime archive.

    Raises:
        InstallError: it is not there.
    """
    return _archive(target.name, "libwanco_driver.a")


def embed_archive(target: Target) -> Path:
    """The archive with the runtime of modules that are libraries of another process.

    Raises:
        InstallError: it is not there.
    """
    return _archive(target.name, "libwanco_embed.a")


def cmake_dir() -> Path:
    """The directory with the files that ``find_package`` reads.

    Raises:
        InstallError: it is not there.
    """
    return _directory_with("cmake", "wanco-config.cmake")


def include_dir() -> Path:
    """The directory with ``wanco.h``, the header for host functions.

    Raises:
        InstallError: it is not there.
    """
    return _directory_with("include", "wanco.h")


def _directory_with(name: str, file: str) -> Path:
    directories = list(_directories(name))
    for directory in directories:
        if (directory / file).is_file():
            return directory
    raise InstallError(f"{directories[-1] / file} is missing: install wanco again")


def compiler_files() -> list[Path]:
    """All that decides what is compiled, but for the packages that generate code: Python files, and runtime archives."""
    return [*sorted(_PACKAGE.rglob("*.py")), *map(runtime_archive, installed_targets())]


@functools.cache
def compiler_version() -> str:
    """Identity of the installed compiler: a hash over its files and the versions of what generates code."""
    digest = hashlib.sha256(repr([_version(package) for package in ("llvmlite", "ziglang")]).encode())
    for path in compiler_files():
        digest.update(f"\n{path.name} ".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def records() -> list[Path]:
    """The record of the installation, whose path has the version in it; none in a source tree."""
    try:
        distribution = importlib.metadata.distribution("wanco")
    except importlib.metadata.PackageNotFoundError:
        return []
    return [Path(str(distribution.locate_file(file))) for file in distribution.files or () if file.name == "RECORD"]


def zig() -> Path | None:
    """The executable of the Python package ziglang, or None where it is not installed."""
    package = importlib.util.find_spec("ziglang")
    if package is None or package.origin is None:
        return None
    # The executable itself: `python -m ziglang` would start a second interpreter.
    path = Path(package.origin).with_name("zig")
    return path if path.is_file() else None

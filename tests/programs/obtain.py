"""Packages from registries, through their ordinary clients, and programs compiled from them.

    FOLDER/packages/<label>/        what a package holds
    FOLDER/modules/<name>-<digest>.wasm

FOLDER is ``$WANCO_PROGRAMS_DIR``, else ``$XDG_CACHE_HOME/wanco-programs``, else
``~/.cache/wanco-programs``.  The digest is over all that decides the module.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.programs.catalogue import DRIVERS, Package, Program

_ZIG = (sys.executable, "-m", "ziglang", "cc", "-target", "wasm32-wasi", "-O2", "-g0", "-s", "-w")


class ObtainError(Exception):
    """A package or program cannot be had; the message is what the tool said."""


def folder() -> Path:
    """Where packages and modules are kept."""
    if named := os.environ.get("WANCO_PROGRAMS_DIR"):
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "wanco-programs"


def module_path(program: Program) -> Path:
    """Where the program's module is, or would be."""
    words = [program.package.label, program.module, *program.sources, *program.without, *program.includes]
    words += [flag.replace(str(DRIVERS), "") for flag in program.flags]
    digest = hashlib.sha256("\0".join(words).encode())
    if program.driver:
        digest.update("\0".join((*_ZIG[1:], importlib.metadata.version("ziglang"))).encode())
        for path in sorted(DRIVERS.iterdir()):
            digest.update(path.read_bytes() if path.suffix == ".h" or path.name == program.driver else b"")
    return folder() / "modules" / f"{program.name}-{digest.hexdigest()[:12]}.wasm"


def obtain(program: Program) -> Path:
    """The program's module, made if it is not there; needs the network where its package is not there either.

    Raises:
        ObtainError: a tool fails.
    """
    path = module_path(program)
    if not path.exists():
        package = _package(program.package)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        if program.driver:
            _compile(program, package, temporary)
        else:
            shutil.copyfile(package / program.module, temporary)
        temporary.replace(path)
    return path


def _compile(program: Program, package: Path, output: Path) -> None:
    sources = [path for pattern in program.sources for path in sorted(package.glob(pattern)) if path.name not in program.without]
    includes = [f"-I{package / name}" for name in program.includes]
    _call([*_ZIG, *program.flags, *includes, str(DRIVERS / program.driver), *map(str, sources), "-lm", "-o", str(output)])


def _package(package: Package) -> Path:
    """The folder with a package's content."""
    path = folder() / "packages" / package.label
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as name:
            work = Path(name)
            (work / "download").mkdir()
            (work / "content").mkdir()
            _DOWNLOADS[package.registry](package, work / "download")
            (archive,) = (work / "download").iterdir()
            _unpack(archive, work / "content")
            # Archives of sources hold one folder.
            (content,) = [work / "content"] if archive.suffix == ".whl" else (work / "content").iterdir()
            content.rename(path)
    return path


def _unpack(archive: Path, target: Path) -> None:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(target)
    else:
        with tarfile.open(archive) as tar:
            tar.extractall(target, filter="data")


def _pypi(*options: str) -> Callable[[Package, Path], None]:
    def download(package: Package, target: Path) -> None:
        words = [part.format(name=package.name) for part in options]
        _call([sys.executable, "-m", "pip", "download", "-q", "--no-deps", *words, f"{package.name}=={package.version}"], target)

    return download


def _npm(package: Package, target: Path) -> None:
    _call(["npm", "pack", "--silent", f"{package.name}@{package.version}"], target)


_DOWNLOADS: dict[str, Callable[[Package, Path], None]] = {
    "pypi-source": _pypi("--no-binary", "{name}"),
    "pypi-wheel": _pypi("--only-binary", "{name}"),
    "npm": _npm,
}


def _call(command: Sequence[str], cwd: Path | None = None) -> None:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    except OSError as error:
        raise ObtainError(f"{command[0]}: {error.strerror}") from error
    if done.returncode:
        raise ObtainError(f"{' '.join(command)}\n{done.stderr or done.stdout}")

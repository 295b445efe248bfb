"""What the packaging tests install: wheels of the source tree, and environments that have them."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).parents[2]
TIMEOUT = 600.0

_OF_THE_CALLER = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX", "CMAKE_PREFIX_PATH", "CMAKE_GENERATOR"}
"""Variables that would lead to other environments."""


def build_wheel(source: Path, folder: Path) -> Path:
    """A wheel of a source tree, in ``folder``, with the build requirements that are installed; no network."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    run([*pip, "-w", folder, source])
    (result,) = folder.glob("*.whl")
    return result


def run(command: list[str | Path], environment: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    """Run a command that must succeed; what it printed, standard error included."""
    result = subprocess.run(
        command, env=environment, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT, check=False
    )
    assert result.returncode == 0, f"{' '.join(map(str, command))}\n{result.stdout}"
    return result.stdout


def once(folder: Path, name: str, build: Callable[[Path], object]) -> Path:
    """``folder/name``, made by the first of the processes that ask for it."""
    path = folder / name
    with FileLock(folder / f"{name}.lock"):
        if not (path / "complete").exists():
            path.mkdir()
            build(path)
            (path / "complete").touch()
    return path


@dataclass(frozen=True)
class Environment:
    """A virtual environment with a wheel in it, and nothing else.

    What the wheel depends on is seen through a path to the packages of the environment that
    runs the tests, behind its own.
    """

    folder: Path

    @classmethod
    def create(cls, folder: Path, wheel: Path | None, dependencies: bool = True) -> Environment:
        """Make it; without ``dependencies`` the package cannot run."""
        venv.create(folder, symlinks=True)
        result = cls(folder)
        if dependencies:
            (result.packages / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
        if wheel is not None:
            result.install(wheel)
        return result

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def packages(self) -> Path:
        """Its site-packages."""
        return self.folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables of a process in it: as after activating it."""
        inherited = {name: value for name, value in os.environ.items() if name not in _OF_THE_CALLER}
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
        return inherited | {"PATH": path, "WANCO_CACHE_DIR": str(self.folder / "cache")}

    def install(self, wheel: Path) -> None:
        """Install a wheel, in place of what is there of the package."""
        pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", self.python, "install", "--quiet"]
        run([*pip, "--no-index", "--no-deps", "--force-reinstall", wheel])

"""Projects that use the CMake package, built as their users do it."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.packaging.builds import ROOT, TIMEOUT, Environment, run

EXAMPLES = ROOT / "examples" / "cmake"
HEADER = "cmake_minimum_required(VERSION 3.24)\nproject(Test LANGUAGES NONE)\nfind_package(Wanco CONFIG REQUIRED)\nenable_testing()\n"

_STEPS = re.compile(r"Building (?:C|CXX) object|Linking WebAssembly module|Linking Wanco executable|Linking Wanco library|Taking module")
_NAMES = {"Building C object": "compile", "Building CXX object": "compile", "Linking WebAssembly module": "module"}
_NAMES |= {"Linking Wanco executable": "executable", "Linking Wanco library": "library", "Taking module": "copy"}


def cmakes() -> list[str]:
    """The CMake programs that are here: the one in PATH, and the one of the Python package."""
    found = [shutil.which("cmake")]
    package = importlib.util.find_spec("cmake")
    if package is not None and package.origin is not None:
        found.append(str(Path(package.origin).with_name("data") / "bin" / "cmake"))
    return list(dict.fromkeys(str(Path(path).resolve()) for path in found if path and Path(path).exists()))


@dataclass
class Project:
    """A source tree, its build tree, and the environment that both are used in."""

    source: Path
    build: Path
    environment: Environment
    generator: str = "Ninja"
    cmake: str = "cmake"

    def write(self, text: str) -> None:
        """A ``CMakeLists.txt`` with the usual beginning."""
        self.source.mkdir(parents=True, exist_ok=True)
        (self.source / "CMakeLists.txt").write_text(HEADER + text)

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a text in a source file."""
        path = self.source / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def touch(self, name: str) -> None:
        """Make a source file newer than everything that was built."""
        now = time.time() + 1
        os.utime(self.source / name, (now, now))
        time.sleep(1.1)  # so that what is built from it is newer again

    def configuring(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Configure; it may fail."""
        command: list[str | Path] = [self.cmake, "-S", self.source, "-B", self.build, "-G", self.generator, *arguments]
        return subprocess.run(
            command, env=self.environment.variables, capture_output=True, text=True, timeout=TIMEOUT, check=False, cwd=self.source.parent
        )

    def configure(self, *arguments: str) -> str:
        """Configure; what CMake printed."""
        result = self.configuring(*arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        assert "Warning" not in result.stderr, result.stderr
        return result.stdout

    def make(self, *arguments: str) -> Counter[str]:
        """Build; how often each kind of step was done."""
        output = run([self.cmake, "--build", self.build, "--parallel", "2", *arguments], self.environment.variables)
        return Counter(_NAMES[step] for step in _STEPS.findall(output))

    def test(self, *arguments: str) -> str:
        """Run its tests, which must be some and pass; what CTest printed."""
        ctest = str(Path(self.cmake).with_name("ctest"))
        command: list[str | Path] = [ctest, "--output-on-failure", "--no-tests=error", *arguments]
        return run(command, self.environment.variables, cwd=self.build)

    def error(self, *arguments: str) -> str:
        """Configure, which must fail with one error of CMake: its text in one line."""
        result = self.configuring(*arguments)
        assert result.returncode != 0, result.stdout
        assert result.stderr.count("CMake Error") == 1, result.stderr
        assert "Traceback" not in result.stderr
        return " ".join(result.stderr.split())


def example(name: str, folder: Path, environment: Environment, **options: str) -> Project:
    """A copy of one of ``examples/cmake``; the folder's name has a space."""
    source = folder / f"{name} example"
    shutil.copytree(EXAMPLES / name, source)
    return Project(source, folder / "build tree", environment, **options)


Examples = Callable[..., Project]

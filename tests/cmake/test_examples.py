"""The example projects, as their users build and test them."""

from __future__ import annotations

import itertools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cmake.project import Examples, Project, cmakes
from tests.packaging.builds import Environment, run
from wanco.abi.layout import Exit
from wanco.run.elf import target_of
from wanco.run.emulator import find_emulator

STEPS = {
    "wasm": {"executable": 3},
    "c": {"compile": 2, "module": 1, "executable": 3},
    "cxx": {"compile": 1, "module": 1, "executable": 3},
    "host": {"compile": 4, "module": 1, "executable": 3},
}
"""What a build from nothing does; host: one source for WebAssembly, one for three instruction sets."""


def command(executable: Path) -> list[str | Path]:
    """What runs an executable here."""
    return [*find_emulator(target_of(executable)), executable]


def trip(executables: list[Path], folder: Path, polls: int) -> Iterator[bytes]:
    """What a program prints that goes to the next executable every so many polls, until it ends."""
    snapshot = folder / "snapshot"
    options: list[str | Path] = ["--wanco-quiet", f"--wanco-snapshot={snapshot}"]
    for executable in itertools.cycle(executables):
        result = subprocess.run([*command(executable), *options, f"--wanco-checkpoint-at={polls}"], stdout=subprocess.PIPE, check=False)
        yield result.stdout
        if result.returncode == 0:
            return
        assert result.returncode == Exit.CHECKPOINTED
        options = [*options[:2], f"--wanco-restore={snapshot}"]


def test_module(examples: Examples, tmp_path: Path) -> None:
    """From a module to a program that goes through three instruction sets."""
    project = examples("wasm")
    project.configure()
    assert project.make() == STEPS["wasm"]
    assert project.make() == {}
    assert "100% tests passed" in project.test("--exclude-regex", "cross-isa")
    executables = [project.build / name for name in ("app", "app-aarch64", "app-riscv64")]
    outputs = list(trip(executables, tmp_path, 30000))
    assert len(outputs) > 3 and b"".join(outputs) == b"350\n"


@pytest.mark.full
@pytest.mark.parametrize("name", STEPS)
def test_example(examples: Examples, name: str, generator: str) -> None:
    project = examples(name, generator=generator)
    project.configure()
    assert project.make() == STEPS[name]
    assert project.make() == {}
    listed = project.test()
    assert "100% tests passed" in listed
    assert re.search(r"cross-isa \.+ +Passed", listed), "verified by the pytest plugin, too"


@pytest.mark.full
@pytest.mark.parametrize("cmake", cmakes())
def test_each_cmake(examples: Examples, cmake: str, generator: str) -> None:
    project = examples("c", generator=generator, cmake=cmake)
    project.configure()
    assert project.make() == STEPS["c"]
    assert "100% tests passed" in project.test("--exclude-regex", "cross-isa")


@pytest.mark.full
def test_installing(examples: Examples, tmp_path: Path) -> None:
    project = examples("c")
    project.configure(f"-DCMAKE_INSTALL_PREFIX={tmp_path / 'prefix'}")
    project.make()
    run([project.cmake, "--install", project.build])
    installed = sorted((tmp_path / "prefix" / "bin").iterdir())
    assert [path.name for path in installed] == ["primes", "primes-aarch64", "primes-riscv64"]
    for path in installed:
        assert run([*command(path), "100"]) == "25 primes below 100\n"


@pytest.mark.full
def test_python_package(environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package whose build requires Wanco: the entry points lead scikit-build-core to it."""
    project = Project(tmp_path / "package", tmp_path / "build", environment)
    run(["cp", "-r", Path(__file__).parents[2] / "examples" / "cmake" / "package", project.source])
    for name, value in environment.variables.items():
        monkeypatch.setenv(name, value)
    pip: list[str | Path] = [environment.python, "-m", "pip", "wheel", "--no-index", "--no-deps", "--no-build-isolation", "-v"]
    output = run([*pip, "-w", tmp_path / "dist", project.source], environment.variables)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert wheel.name == "primes_everywhere-1.0-py3-none-any.whl", output
    user = Environment.create(tmp_path / "user", wheel, dependencies=False)
    assert run([user.folder / "bin" / "primes-everywhere", "1000"], user.variables) == "168\n"
    for isa in ("aarch64", "riscv64"):
        assert run([*command(user.packages / "primes" / f"primes-{isa}"), "1000"]) == "168\n"



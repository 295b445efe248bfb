"""What is built again: what changed, what depends on it, and nothing else."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

import wanco
from tests.cmake.project import Examples, Project
from tests.packaging.builds import ROOT, Environment, build_wheel

ALL = {"compile": 2, "module": 1, "executable": 3}
"""A build of the example from nothing."""


@pytest.fixture
def built(examples: Examples, generator: str) -> Project:
    """The example with C sources, built."""
    project = examples("c", generator=generator)
    project.configure()
    assert project.make() == ALL
    assert project.make() == {}
    return project


@pytest.mark.full
def test_nothing_changed(built: Project) -> None:
    built.configure()
    assert built.make() == {}


@pytest.mark.full
def test_sources(built: Project) -> None:
    built.touch("main.c")
    assert built.make() == {"compile": 1, "module": 1, "executable": 3}
    assert built.make() == {}
    built.touch("sieve.h")
    assert built.make() == ALL
    assert built.make() == {}
    built.touch("CMakeLists.txt")
    assert built.make() == {}, "the project is configured again, with the same result"


@pytest.mark.full
def test_options(built: Project) -> None:
    built.replace("CMakeLists.txt", "ISAS all", "ISAS all NO_CHECKPOINT")
    assert built.make() == {"executable": 3}
    built.replace("CMakeLists.txt", "-Wall", "-Wall -DUNUSED")
    assert built.make() == ALL
    built.replace("CMakeLists.txt", "LINK_LIBRARIES m", "LINK_LIBRARIES m -Wl,--strip-all")
    assert built.make() == {"module": 1, "executable": 3}
    built.replace("CMakeLists.txt", "OPTIMIZE 3", "OPTIMIZE 1")
    assert built.make() == ALL
    built.replace("CMakeLists.txt", "ISAS all", "ISAS native")
    built.replace("CMakeLists.txt", "primes primes-aarch64 primes-riscv64", "primes")
    assert built.make() == {}, "what is built already needs no change"


@pytest.mark.full
def test_one_target(built: Project) -> None:
    built.touch("main.c")
    assert built.make("--target", "primes-aarch64") == {"compile": 1, "module": 1, "executable": 1}
    assert built.make() == {"executable": 2}


@pytest.mark.full
def test_module(examples: Examples, generator: str) -> None:
    project = examples("wasm", generator=generator)
    project.configure()
    assert project.make() == {"executable": 3}
    project.touch("collatz.wat")
    assert project.make() == {"executable": 3}
    assert project.make() == {}


@pytest.mark.full
def test_host_functions(examples: Examples, generator: str) -> None:
    project = examples("host", generator=generator)
    project.configure()
    project.make()
    project.touch("host.c")
    assert project.make() == {"compile": 3, "executable": 3}
    project.touch("checksum.c")
    assert project.make() == {"compile": 1, "module": 1, "executable": 3}
    assert project.make() == {}


MADE_ELSEWHERE = """
add_custom_command(OUTPUT made.wasm COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_CURRENT_SOURCE_DIR}/first.wasm made.wasm DEPENDS first.wasm)
add_wanco_executable(first WASM made.wasm ISAS x86_64 riscv64)

add_custom_target(maker COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_CURRENT_SOURCE_DIR}/second.wasm second.wasm BYPRODUCTS second.wasm)
set_property(TARGET maker PROPERTY WANCO_MODULE ${CMAKE_CURRENT_BINARY_DIR}/second.wasm)
add_wanco_executable(second TARGET maker ISAS x86_64 riscv64)

add_wanco_executable(third TARGET second CPU x86-64-v3 ISAS x86_64 OUTPUT_NAME again EXCLUDE_FROM_ALL)
"""
EMPTY_PROGRAM = bytes.fromhex("0061736d 01000000 01040160 0000 03020100 070a0106 5f737461 72740000 0a040102 000b")


@pytest.mark.full
def test_modules_of_other_rules(project: Project, generator: str) -> None:
    """A module that a custom command makes, and one that a target makes."""
    project.generator = generator
    project.write(MADE_ELSEWHERE)
    for name in ("first.wasm", "second.wasm"):
        (project.source / name).write_bytes(EMPTY_PROGRAM)
    project.configure()
    assert project.make() == {"executable": 4, "copy": 1}
    project.touch("first.wasm")
    assert project.make()["executable"] == 2
    project.touch("second.wasm")
    assert project.make()["executable"] == 0, "the same content as before"
    (project.source / "second.wasm").write_bytes(EMPTY_PROGRAM + bytes.fromhex("00 02 01 61"))
    assert project.make()["executable"] == 2
    assert not (project.build / "again").exists()
    assert project.make("--target", "third")["executable"] == 1
    assert (project.build / "again").exists()


@pytest.mark.full
def test_upgraded_package(wheel: Path, cmake: str, generator: str, tmp_path: Path) -> None:
    """A new compiler builds the executables again, a reinstalled one nothing."""
    environment = Environment.create(tmp_path / "venv", wheel)
    source = tmp_path / "example"
    shutil.copytree(ROOT / "examples" / "cmake" / "host", source)
    project = Project(source, tmp_path / "build", environment, generator, cmake)
    project.configure()
    assert project.make() == {"compile": 4, "module": 1, "executable": 3}

    environment.install(wheel)
    steps = project.make()
    assert steps - Counter({"compile": 3, "executable": 3}) == {}, "wanco.h is newer, so host functions may be compiled again"
    assert steps["executable"] in (0, 3)
    assert project.make() == {}

    environment.install(_newer(wheel, tmp_path))
    assert project.make()["executable"] == 3
    assert project.make() == {}


def _newer(wheel: Path, folder: Path) -> Path:
    """A wheel of the next version, which compiles in another way."""
    tree = folder / "tree"
    keep = ("wanco", "pytest_wanco", "runtime", "cmake", "CMakeLists.txt", "pyproject.toml", "README.md", "LICENSE")
    tree.mkdir()
    for name in filter(lambda name: (ROOT / name).exists(), keep):
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, tree / name)
    for name in ("pyproject.toml", "CMakeLists.txt", "wanco/version.py"):
        text = (tree / name).read_text()
        assert wanco.__version__ in text
        (tree / name).write_text(text.replace(wanco.__version__, f"{wanco.__version__}.1"))
    result = build_wheel(tree, folder)
    assert result.name != wheel.name
    return result

"""Projects for the tests of the CMake package.

By default a few small ones are built; ``--cmake-full`` runs everything, with Ninja and Make and every CMake.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cmake.project import Examples, Project, cmakes, example
from tests.packaging.builds import Environment

GENERATORS = {"Ninja": "ninja", "Unix Makefiles": "make"}


@pytest.fixture(scope="session")
def cmake() -> str:
    """The CMake program that most tests use."""
    found = cmakes()
    if not found:
        pytest.skip("no CMake")
    if not shutil.which("ninja"):
        pytest.skip("no Ninja")
    return found[0]


@pytest.fixture(params=GENERATORS)
def generator(request: pytest.FixtureRequest) -> str:
    """Each generator."""
    name = str(request.param)
    if not shutil.which(GENERATORS[name]):
        pytest.skip(f"no {GENERATORS[name]}")
    return name


@pytest.fixture
def project(environment: Environment, cmake: str, tmp_path: Path) -> Project:
    """An empty project."""
    return Project(tmp_path / "source", tmp_path / "build", environment, cmake=cmake)


@pytest.fixture
def examples(environment: Environment, cmake: str, tmp_path: Path) -> Examples:
    """Makes copies of the example projects."""
    return lambda name, **options: example(name, tmp_path, environment, **({"cmake": cmake} | options))

"""Every way to install Wanco leads find_package() to it, and programs can be built with it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.cmake.project import Project, cmakes
from tests.packaging.builds import ROOT, Environment, build_wheel, run

pytestmark = pytest.mark.full

PROJECT = """
add_wanco_executable(app WASM app.wat ISAS all)
add_test(NAME app COMMAND app)
message(STATUS "Wanco=${Wanco_VERSION}")
"""
TEXT = '(module (func (export "_start")))'


@pytest.fixture(scope="module")
def cmake() -> str:
    """A CMake."""
    found = cmakes()
    if not found or not shutil.which("ninja"):
        pytest.skip("no CMake and Ninja")
    return found[0]


def builds(environment: Environment, cmake: str, folder: Path, *arguments: str) -> str:
    """Build and run a small project; the version that CMake found."""
    project = Project(folder / "source", folder / "build", environment, cmake=cmake)
    project.write(PROJECT)
    (project.source / "app.wat").write_text(TEXT)
    output = project.configure(*arguments)
    assert project.make() == {"executable": 3}
    project.test()
    return output.partition("Wanco=")[2].split()[0]


def bare(folder: Path) -> Environment:
    """An environment without Wanco but with all that it depends on."""
    return Environment.create(folder, None)


def test_environment_that_is_not_active(environment: Environment, cmake: str, tmp_path: Path) -> None:
    """With the folder that ``wanco --cmake-dir`` prints, or the packages' one as a prefix."""
    other = Environment.create(tmp_path / "other", None, dependencies=False)
    folder = run([environment.folder / "bin" / "wanco", "--cmake-dir"], environment.variables).strip()
    assert builds(other, cmake, tmp_path / "a", f"-DWanco_DIR={folder}")
    assert builds(other, cmake, tmp_path / "b", f"-DCMAKE_PREFIX_PATH={environment.packages}")
    assert builds(other, cmake, tmp_path / "c", f"-DCMAKE_PREFIX_PATH={environment.folder}")


def test_cmake_install(cmake: str, tmp_path: Path) -> None:
    """To a prefix that no Python interpreter looks into."""
    build, prefix = tmp_path / "tree", tmp_path / "prefix"
    run([cmake, "-S", ROOT, "-B", build, "-G", "Ninja", f"-DPython_EXECUTABLE={sys.executable}", f"-DCMAKE_INSTALL_PREFIX={prefix}"])
    run([cmake, "--build", build])
    run([cmake, "--install", build])
    (folder,) = prefix.glob("lib/python3*/site-packages/wanco")
    assert (folder / "pipeline.py").is_file() and (folder / "runtime" / "riscv64" / "libwanco.a").is_file()
    assert builds(bare(tmp_path / "venv"), cmake, tmp_path / "user", f"-DCMAKE_PREFIX_PATH={prefix}")


def test_editable_install(cmake: str, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", "__pycache__", ".*cache", "tests", "bench", "docs"))
    environment = bare(tmp_path / "venv")
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", environment.python, "install", "--no-index", "--no-deps"]
    # The checkout itself is left out: its package has no CMake files, which scikit-build-core would look for in it.
    requirements = os.pathsep.join(path for path in sys.path if path and not (os.path.exists(path) and ROOT.samefile(path)))
    run([*pip, "--no-build-isolation", "--editable", tree], environment.variables | {"PYTHONPATH": requirements})
    assert run([environment.python, "-P", "-c", "import wanco; print(wanco.__file__)"]) == f"{tree}/wanco/__init__.py\n"
    assert builds(environment, cmake, tmp_path / "user")


def test_source_distribution(cmake: str, tmp_path: Path) -> None:
    """It has what its wheel is built from, and no more than that and its tests."""
    run([sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", tmp_path / "dist", ROOT])
    (path,) = (tmp_path / "dist").glob("wanco-*.tar.gz")
    shutil.unpack_archive(path, tmp_path / "tree")
    (tree,) = (tmp_path / "tree").iterdir()
    assert not {".git", ".ci", "bench", "build"} & {item.name for item in tree.iterdir()}
    wheel = build_wheel(tree, tmp_path / "wheel")
    assert builds(Environment.create(tmp_path / "venv", wheel), cmake, tmp_path / "user")

"""Wrong use of the CMake functions: one error that says what is wrong, when the project is configured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cmake.project import Project
from tests.packaging.builds import Environment

NAMED = {
    "unknown instruction set": ("WASM app.wat ISAS mips", "unknown instruction set 'mips' in ISAS: choose from x86_64, aarch64, riscv64"),
    "missing file": ("WASM nothing.wasm", "there is no file nothing.wasm"),
    "two sources": ("WASM app.wat SOURCES main.c", "exactly one of WASM, TARGET and SOURCES is wanted; given: WASM and SOURCES"),
    "no module": ("WASM CMakeLists.txt", "CMakeLists.txt is not a WebAssembly module"),
}
"""Arguments behind ``add_wanco_executable(app``, and what the error says."""

OTHERS = {
    "no source": ("ISAS x86_64", "exactly one of WASM, TARGET and SOURCES is wanted"),
    "no value": ("WASM app.wat ISAS", "no value given for ISAS"),
    "unknown argument": ("WASM app.wat FAST", "unknown arguments: FAST"),
    "level": ("WASM app.wat OPTIMIZE 9", "OPTIMIZE 9: it is 0 to 3"),
    "protection": ("WASM app.wat CF_PROTECTION maybe", "CF_PROTECTION maybe: it is full or none"),
    "poll interval": ("WASM app.wat POLL_INTERVAL 0", "POLL_INTERVAL 0: it is a number from 1 on"),
    "missing source": ("SOURCES main.c other.c", "there is no source file other.c"),
    "language": ("SOURCES main.rs", "main.rs: neither C nor C++ by its suffix"),
    "headers only": ("SOURCES main.h", "SOURCES are headers only"),
    "no such target": ("TARGET other", "TARGET other: there is no such target"),
    "target without module": ("TARGET thing", "TARGET thing is no executable: set its property WANCO_MODULE"),
    "options for nothing": ("WASM app.wat COMPILE_OPTIONS -O1", "COMPILE_OPTIONS are for SOURCES and HOST_SOURCES"),
    "no host source": ("SOURCES main.c HOST_SOURCES other.cpp", "there is no source file other.cpp"),
    "host language": ("SOURCES main.c HOST_SOURCES main.rs", "main.rs: neither C nor C++ by its suffix"),
}

TESTS = {
    "no target": ("", "TARGET is wanted"),
    "other target": ("TARGET thing", "TARGET thing was not made by add_wanco_executable()"),
    "unknown instruction set": ("TARGET app ISAS vax", "unknown instruction set 'vax' in ISAS"),
    "unknown argument": ("TARGET app FAST", "unknown arguments: FAST"),
}
"""The same for ``wanco_add_cross_isa_test(test``, with a good target ``app``."""


def fill(project: Project, lines: str) -> None:
    """A project with some files, and these lines."""
    project.write(f"add_custom_target(thing)\n{lines}\n")
    for name in ("main.c", "host.cpp", "main.rs", "main.h"):
        (project.source / name).touch()
    (project.source / "app.wat").write_text('(module (func (export "_start")))')


@pytest.mark.parametrize(("arguments", "message"), NAMED.values(), ids=NAMED)
def test_errors(project: Project, arguments: str, message: str) -> None:
    fill(project, f"add_wanco_executable(app {arguments})")
    assert f"add_wanco_executable(app): {message}" in project.error()


@pytest.mark.full
@pytest.mark.parametrize(("arguments", "message"), OTHERS.values(), ids=OTHERS)
def test_more_errors(project: Project, arguments: str, message: str) -> None:
    test_errors(project, arguments, message)


@pytest.mark.full
@pytest.mark.parametrize(("arguments", "message"), TESTS.values(), ids=TESTS)
def test_errors_of_tests(project: Project, arguments: str, message: str) -> None:
    fill(project, f"add_wanco_executable(app WASM app.wat)\nwanco_add_cross_isa_test(test {arguments})")
    assert f"wanco_add_cross_isa_test(test): {message}" in project.error()


@pytest.mark.full
def test_arguments_without_effect(project: Project) -> None:
    """A warning for the author: the project can be built."""
    fill(project, "add_wanco_executable(app WASM app.wat LINK_LIBRARIES m)")
    result = project.configuring()
    assert result.returncode == 0, result.stderr
    assert "add_wanco_executable(app): LINK_LIBRARIES are for SOURCES and HOST_SOURCES" in " ".join(result.stderr.split())
    assert "add_wanco_executable" not in project.configuring("-Wno-dev").stderr


@pytest.mark.full
def test_names_are_unique(project: Project) -> None:
    fill(project, "add_wanco_executable(app WASM app.wat)\nadd_wanco_executable(app WASM app.wat)")
    assert "add_wanco_executable(app): there is a target of this name already" in project.error()


@pytest.mark.full
def test_component(project: Project) -> None:
    fill(project, "find_package(Wanco CONFIG REQUIRED COMPONENTS riscv64)\nfind_package(Wanco CONFIG REQUIRED COMPONENTS vax)")
    assert "no component vax: this Wanco compiles for x86_64, aarch64, riscv64" in project.error()


@pytest.mark.full
@pytest.mark.parametrize(("wanted", "fits"), [("0.1", True), ("0.1.0", True), ("0.2", False), ("1", False), ("0.0.9", False)])
def test_versions(project: Project, wanted: str, fits: bool) -> None:
    fill(project, f"find_package(Wanco {wanted} CONFIG REQUIRED)")
    if fits:
        project.configure()
    else:
        assert "compatible with requested version" in project.error()


@pytest.mark.full
def test_no_interpreter(wheel: Path, cmake: str, tmp_path: Path) -> None:
    """The package is there, but what it depends on is not."""
    environment = Environment.create(tmp_path / "venv", wheel, dependencies=False)
    project = Project(tmp_path / "source", tmp_path / "build", environment, cmake=cmake)
    fill(project, "")
    error = project.error()
    assert f"No Python interpreter with the package wanco of {environment.packages}/wanco was found" in error
    assert "Set Wanco_PYTHON" in error

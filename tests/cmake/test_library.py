"""Libraries of the project's own programs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cmake.project import Project
from tests.packaging.builds import ROOT, Environment

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")


@pytest.fixture
def example(environment: Environment, cmake: str, tmp_path: Path) -> Project:
    """A copy of the example, in a folder whose name has a space."""
    source = tmp_path / "embedding example"
    shutil.copytree(ROOT / "examples" / "embedding", source)
    return Project(source, tmp_path / "build tree", environment, cmake=cmake)


def test_example_and_rebuilding(example: Project) -> None:
    example.configure()
    assert example.make() == {"compile": 2, "module": 1, "library": 1}
    assert example.make() == {}
    assert "100% tests passed" in example.test()
    example.touch("main.c")
    assert example.make() == {"compile": 1}
    example.replace("primes.c", "n > 1", "n > 2")
    example.touch("primes.c")
    assert example.make() == {"compile": 1, "module": 1, "library": 1}
    with pytest.raises(AssertionError, match="148932 primes"):  # the program has been linked again
        example.test()


HOST = """
#include <wanco.h>
#include <stdio.h>
#include "adder.h"
int main(void) {
  int32_t r;
  if (sum_instance_create(0, NULL, NULL) || sum_twice(20, &r)) return 1;
  printf("%d\\n", r);
  return 0;
}
int32_t WANCO_HOST(env, late)(struct wanco_instance *instance, int32_t x) { return x + 1; }
"""


def test_host_functions_of_the_library_and_of_the_program(project: Project) -> None:
    project.write(
        "enable_language(C)\n"
        "add_wanco_library(adding WASM m.wat HOST_SOURCES early.cpp PREFIX sum GLOBALS env.one=1 OUTPUT_NAME adder\n"
        "  COMPILE_OPTIONS -fno-exceptions)\n"
        "add_executable(app main.c)\ntarget_link_libraries(app PRIVATE adding)\nadd_test(NAME app COMMAND app)\n"
        'set_tests_properties(app PROPERTIES PASS_REGULAR_EXPRESSION "^42\\n$")\n'
    )
    (project.source / "m.wat").write_text(
        """(module (import "env" "early" (func $early (param i32) (result i32))) (import "env" "late" (func $late (param i32) (result i32)))
        (import "env" "one" (global $one i32))
        (func (export "twice") (param i32) (result i32) (i32.add (global.get $one) (call $late (call $early (local.get 0))))))"""
    )
    (project.source / "early.cpp").write_text(
        '#include <wanco.h>\nextern "C" int32_t WANCO_HOST(env, early)(struct wanco_instance *, int32_t x) { return 2 * x; }\n'
    )
    (project.source / "main.c").write_text(HOST)
    project.configure()
    project.make()
    assert "100% tests passed" in project.test()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("WASM m.wat ISA all", "ISA all: a library is for one instruction set"),
        ("WASM m.wat ISA vax", "unknown instruction set 'vax'"),
        ("WASM m.wat ISAS x86_64", "unknown arguments: ISAS, x86_64"),
        ("PREFIX x", "exactly one of WASM, TARGET and SOURCES is wanted"),
    ],
)
def test_wrong_use(arguments: str, message: str, project: Project) -> None:
    project.write(f"add_wanco_library(x {arguments})\n")
    (project.source / "m.wat").write_text("(module)")
    assert f"add_wanco_library(x): {message}" in project.error()

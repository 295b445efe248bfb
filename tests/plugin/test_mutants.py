"""Broken builds are caught, and the report says where."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_wanco.config import PointSpec, Settings
from pytest_wanco.program import Inputs, Program, build_cached
from pytest_wanco.verify import verify_program
from tests.plugin.conftest import PROGRAMS
from tests.plugin.mutants import BROKEN_ISA, MUTANTS, Mutant, RuntimeTree, build_mutant
from wanco.options import CompileOptions

ISAS = ("x86_64", BROKEN_ISA)


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> RuntimeTree:
    return RuntimeTree(tmp_path_factory.mktemp("runtime"))


def inputs_of(mutant: Mutant, folder: Path) -> Inputs:
    """Arguments, and the folder that the program "files" lists."""
    if mutant.program != "files":
        return Inputs.of(mutant.args)
    source = folder / "data"
    (source / "folder").mkdir(parents=True)
    for name in ("one", "two.txt"):
        (source / name).write_text(name)
    return Inputs.of(dirs={"/data": source})


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_broken_build_is_caught(mutant: Mutant, isas: tuple[str, ...], request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if not set(ISAS) <= set(isas):
        pytest.skip(f"needs {' and '.join(ISAS)}")
    runtime = request.getfixturevalue("runtime") if mutant.source else None
    broken = tmp_path / "broken"

    def build(module: bytes, isa: str, options: CompileOptions) -> Path:
        if isa != BROKEN_ISA:
            return build_cached(module, isa, options)
        build_mutant(mutant, module, options, broken, runtime)
        return broken

    program = Program.read(PROGRAMS / f"{mutant.program}.wat")
    settings = Settings(isas=ISAS, points=PointSpec("auto"), poll_interval=1, mode="lockstep")
    inputs = inputs_of(mutant, tmp_path)
    found = verify_program(program, inputs, settings, tmp_path, builder=build, replay_prefix="pytest test")
    assert found.failure is not None, "it was not noticed"
    report = f"{found.failure.kind}\n{found.failure}"
    print(report)
    for pattern in mutant.expected:
        assert re.search(pattern, report), pattern
    assert f"--wanco-replay=isas={','.join(ISAS)}/points=" in report
    assert BROKEN_ISA in report

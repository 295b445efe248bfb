"""For any program, any checkpoints and any order of instruction sets: states, output and final
state are those of the uninterrupted run, and the output is wasmtime's.

Deterministic and short by default; a campaign is ``WANCO_EXAMPLES=5000 pytest
tests/cross_isa/test_property.py --wanco-points=all``.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pytest_wanco import CrossIsa, ProgramFactory
from pytest_wanco.session import available_isas
from pytest_wanco.strategies import Command, Script, commands, wasi_scripts
from tests.cross_isa.harness import reference
from wanco.wasm.text import read_module

EXAMPLES = os.environ.get("WANCO_EXAMPLES")

SETTINGS = settings(
    max_examples=int(EXAMPLES or 6),
    derandomize=EXAMPLES is None,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    print_blob=EXAMPLES is not None,
)

POINTS: dict[str, Any] = {} if EXAMPLES else {"points": 5}
"""In a campaign the command line says it."""

ISAS = available_isas()

pytestmark = [pytest.mark.usefixtures("persistent_builder"), pytest.mark.skipif(len(ISAS) < 2, reason="only one instruction set runs here")]

LEVELS = st.lists(st.sampled_from((1, 0, 2, 3)), min_size=2, max_size=2).map(tuple)
INTERVALS = st.sampled_from((1, 2, 7, 1024))


@SETTINGS
@given(
    program=commands(),
    isas=st.permutations(ISAS),
    levels=LEVELS,
    poll_interval=INTERVALS,
    chain=st.integers(1, 4),
    seed=st.integers(0, 99),
)
def test_any_program(
    wanco_cross_isa: CrossIsa,
    wanco_program: ProgramFactory,
    program: Command,
    isas: list[str],
    levels: tuple[int, ...],
    poll_interval: int,
    chain: int,
    seed: int,
) -> None:
    module = read_module(program.wat().encode())
    check = wanco_cross_isa(
        module, name="program.wasm", isas=isas, opt_level=levels, poll_interval=poll_interval, chain=chain, seed=seed, **POINTS
    )
    check.assert_identical()
    output = wanco_program(module, name="program.wasm", isa=isas[0], optimize=levels[0], poll_interval=poll_interval).run()
    with tempfile.TemporaryDirectory() as folder:
        assert (output.status, output.stdout) == (0, reference(module, Path(folder)))


@SETTINGS
@given(script=wasi_scripts(), isas=st.permutations(ISAS), seed=st.integers(0, 99))
def test_any_file_operations(wanco_cross_isa: CrossIsa, wanco_program: ProgramFactory, script: Script, isas: list[str], seed: int) -> None:
    module = read_module(script.wat().encode())
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name, part) for part in ("checked", "run", "wasmtime")]
        for folder in folders:
            folder.mkdir()
        check = wanco_cross_isa(
            module, name="script.wasm", dirs={"/": folders[0]}, isas=isas, opt_level=1, poll_interval=1, chain=2, seed=seed, **POINTS
        )
        check.assert_identical()
        output = wanco_program(module, name="script.wasm", isa=isas[0], optimize=1, poll_interval=1).run(dirs={"/": folders[1]})
        assert (output.status, output.stdout) == (0, reference(module, Path(name), dirs={"/": folders[2]}))

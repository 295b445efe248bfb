"""`python -m bench` at its quick size: it works; no time is judged."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from bench import external
from bench.results import geometric_mean, median, percentile, ratios, speeds_after_restore
from bench.suite import CHECKPOINTED, PROGRAMS
from tests.packaging.builds import ROOT
from wanco.targets import TARGETS, is_native

pytest.importorskip("ziglang")
on_x86 = pytest.mark.skipif(not is_native(TARGETS["x86_64"]), reason="the suite is compiled for x86-64")


def bench(*arguments: str, path: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | ({"PATH": f"{path}{os.pathsep}{os.environ['PATH']}"} if path else {})
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)


@on_x86
def test_quick_run(tmp_path: Path) -> None:
    done = bench("--quick", "--programs", "simd", "--columns", "native,wanco-off,wanco", "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "results.json").read_text())
    cells = found["programs"]["simd"]
    assert list(cells) == list(found["columns"]) == ["native", "wanco-off", "wanco"]
    assert all(len(cell["seconds"]) == 1 and cell["text"] > 0 and cell["compile_seconds"] > 0 for cell in cells.values())
    assert cells["wanco-off"]["polls"] == 0 < cells["wanco"]["polls"]
    assert 1 < (cells["wanco"]["fast_text"] + cells["wanco"]["resume_text"]) / cells["wanco-off"]["fast_text"] < 2

    measured = found["checkpoints"]["simd"]
    assert len(measured["latency"]) > 10 and all(0 < value < 10 for value in measured["latency"])
    assert measured["pause"] and all(0 < value < 10 for value in measured["pause"])
    assert measured["size"] > 1_000_000 and len(measured["rest"]) == len(measured["rest_restored"]) == len(measured["total"]) == 1
    for name in ("empty", "start", "first", "restore"):
        assert len(measured[name]) == 3

    tables = (tmp_path / "tables.txt").read_text()
    assert "CPU seconds, medians" in tables and "Checkpoints and restores" in tables
    if importlib.util.find_spec("matplotlib"):
        for plot in ("times", "on-off", "sizes", "latency", "restored"):
            assert ElementTree.parse(tmp_path / f"{plot}.svg").getroot().tag.endswith("svg")


@on_x86
@pytest.mark.skipif(not importlib.util.find_spec("wasmtime"), reason="the column runs wasmtime")
def test_further_column(tmp_path: Path) -> None:
    """A column from the command line is built, run and compared like any other; one that is not there is left out."""
    result = tmp_path / "results.json"
    host = f"python {ROOT / 'bench/hosts/wasmtime_host.py'}"
    columns = ["--column", f"mine={host} compile {{module}} {{output}} ; {host} run {tmp_path / 'seconds'} {{output}}"]
    columns += ["--column", "gone=no-such-runtime {module}"]
    choice = ["--quick", "--programs", "simd", "--columns", "native,mine,gone"]
    done = bench(*choice, *columns, "--json", str(result), path=str(Path(sys.executable).parent))
    assert done.returncode == 0, done.stderr
    assert "left out: gone, which needs no-such-runtime in PATH" in done.stderr
    assert list(json.loads(result.read_text())["programs"]["simd"]) == ["native", "mine"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--programs", "nbody,chess"], "no program 'chess'"),
        (["--columns", "hpc"], "no column 'hpc'"),
        (["--column", "x"], "'x' is no column"),
        (["--column", "x=run {file}"], "no placeholder {file}; there are module, output, folder"),
        (["--column", "x=compile ;  ; run"], "a step without a command"),
        (["--column", "x=run 'it"], "column x: No closing quotation"),
        (["--configuration", "no/such.toml"], "no/such.toml: No such file"),
    ],
)
def test_wrong_use_is_one_line(arguments: list[str], message: str) -> None:
    done = bench("--quick", *arguments)
    assert done.returncode == 1 and done.stdout == ""
    assert message in done.stderr and done.stderr.startswith("bench: error: ") and done.stderr.count("\n") == 1


def test_configuration_file(tmp_path: Path) -> None:
    file = tmp_path / "columns.toml"
    file.write_text("[columns]\nmine = 'cc -o \"a b\" {module} ; run {output}'\n")
    (column,) = external.read(file)
    assert column.name == "mine" and column.steps == (("cc", "-o", "a b", "{module}"), ("run", "{output}"))
    file.write_text("mine = 3\n")
    with pytest.raises(external.ConfigurationError, match="a table"):
        external.read(file)


def test_every_program_has_its_files() -> None:
    for program in (*PROGRAMS.values(), *CHECKPOINTED.values()):
        assert all(path.is_file() for path in program.inputs), program.name
        assert len(program.arguments.split()) == len(program.quick.split())


def test_figures() -> None:
    assert geometric_mean([0.5, 2, 8]) == pytest.approx(2)
    assert median([3, 1, 2]) == 2
    values = list(range(1, 101))
    assert [percentile(values, percent) for percent in (50, 99, 100)] == [50, 99, 100]
    rows = {"a": {"x": {"n": 6}, "y": {"n": 3}}, "b": {"x": {"n": 1}}, "c": {"x": {"n": 1}, "y": {}}}
    assert ratios(rows, lambda cell: cell.get("n"), "x", "y") == {"a": 2}
    # Half a second was left; it took 0.6 s, of which 0.1 s were the start.
    assert speeds_after_restore({"rest": [0.5], "rest_restored": [0.6], "restore_cpu": [0.1, 0.2, 0.05]}) == [pytest.approx(1)]

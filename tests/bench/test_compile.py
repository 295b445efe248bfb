"""`python -m bench.compile`: it works for the small module; no time is judged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.builds import ROOT
from wanco.targets import TARGETS, is_native

pytest.importorskip("ziglang")


def bench_compile(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "bench.compile", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not is_native(TARGETS["x86_64"]), reason="the suite is compiled for x86-64")
def test_small_module(tmp_path: Path) -> None:
    result = tmp_path / "results.json"
    done = bench_compile("--modules", "small", "--columns", "front-end,wanco,llvm", "--json", str(result))
    assert done.returncode == 0, done.stderr
    small = json.loads(result.read_text())["modules"]["small"]
    assert small["bytes"] > 10_000
    seconds = {name: measured["cpu"][0] for name, measured in small["columns"].items()}
    # LLVM is a part of the whole, and so is the front end: what they say must not contradict that.
    assert 0 < seconds["llvm"] < seconds["wanco"] and 0 < seconds["front-end"] < seconds["wanco"]
    assert all(measured["memory"] > 10_000_000 for measured in small["columns"].values())
    assert len(small["ratios"]) == 2
    assert "MB per CPU second" in done.stdout


@pytest.mark.parametrize("arguments", [["--modules", "huge"], ["--columns", "gcc"]])
def test_unknown_names(arguments: list[str]) -> None:
    done = bench_compile(*arguments)
    assert done.returncode == 2
    assert f"{arguments[1]!r} is none of " in done.stderr

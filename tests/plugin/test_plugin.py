"""The plugin as users see it: options, skipping, marker, fixtures, collection, summary, reports."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from pytest_wanco.config import OPTIONS, Option, PointSpec, Settings, settings_of
from tests.plugin.conftest import PROGRAMS

ENABLED = "--wanco-cross-isa"


@pytest.fixture
def project(pytester: pytest.Pytester, isas: tuple[str, ...]) -> pytest.Pytester:
    """A project with a program, and two ISAs by default."""
    (pytester.path / "counter.wat").write_text((PROGRAMS / "counter.wat").read_text())
    pytester.makeini(f"[pytest]\nwanco_isas = {','.join(isas[:2])}\nwanco_poll_interval = 1\nwanco_points = 6\n")
    return pytester


BROKEN = """
    from pathlib import Path
    from tests.plugin.mutants import MUTANTS, build_mutant, BROKEN_ISA

    def pytest_wanco_executable(module, isa, options):
        if isa != BROKEN_ISA:
            return None
        path = Path(__file__).with_name("broken-" + isa)
        build_mutant(MUTANTS[0], module, options, path, None)
        return path
"""
"""A conftest with a build for AArch64 that loses a local."""


def test_nothing_runs_unless_asked_for(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.wanco_cross_isa("counter.wat")
        def test_marker(): raise AssertionError

        def test_fixture(wanco_cross_isa): raise AssertionError

        def test_other(): pass
        """
    )
    result = project.runpytest("--strict-markers", "-rs")
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines(["*SKIPPED*needs --wanco-cross-isa"])
    result.stdout.no_fnmatch_line("wanco*")


HEAVY = ("llvmlite", "wanco", "hypothesis", "numpy", "distributed", "rich")


def test_plugin_loads_nothing_heavy() -> None:
    code = f"import sys, pytest_wanco.plugin as p; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_run_without_the_option_loads_nothing_heavy(pytester: pytest.Pytester) -> None:
    """With the plugin from its entry point, tests that it skips, and a program that is named."""
    (pytester.path / "counter.wat").write_text("(module)")
    pytester.makepyfile(
        f"""
        import sys

        import pytest

        @pytest.mark.wanco_cross_isa("counter.wat")
        def test_marker(): raise AssertionError

        def test_fixture(wanco_cross_isa): raise AssertionError

        def test_modules(pytestconfig):
            assert pytestconfig.pluginmanager.hasplugin("wanco")
            assert [name for name in sys.modules if name.partition(".")[0] in {HEAVY}] == []
            assert {{name for name in sys.modules if name.startswith("pytest_wanco.")}} <= {{
                f"pytest_wanco.{{name}}" for name in ("activation", "config", "hookspecs", "names", "plugin")
            }}
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:hypothesispytest", "-p", "no:dask")
    result.assert_outcomes(passed=1, skipped=2)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_setting_is_an_ini_option_too(pytester: pytest.Pytester, option: Option) -> None:
    text, value = INI_VALUES[option.name]
    pytester.makeini(f"[pytest]\n{option.ini} = {text}\n")
    config = pytester.parseconfigure()
    assert getattr(settings_of(config), option.name) == value != getattr(Settings(), option.name)
    assert f"  {option.ini} (string):" in pytester.runpytest("--help").stdout.str()


INI_VALUES = {
    "isas": ("aarch64, riscv64", ("aarch64", "riscv64")),
    "points": ("every:7", PointSpec("every", 7)),
    "mode": ("output", "output"),
    "chain": ("3", 3),
    "poll_interval": ("5", 5),
    "opt_level": ("1,3", (1, 3)),
    "seed": ("9", 9),
    "timeout": ("1.5", 1.5),
    "deterministic": ("false", False),
}


def test_deterministic_is_a_switch(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nwanco_deterministic = no\n")
    for words, value in ((["--wanco-deterministic"], True), (["--wanco-no-deterministic"], False), ([], False)):
        assert settings_of(pytester.parseconfig(*words)).deterministic is value


def test_reports_of_the_ini_file(project: pytest.Pytester) -> None:
    ini = project.path / "tox.ini"
    ini.write_text(ini.read_text() + "\nwanco_cross_isa = true\nwanco_report = out/a.json\n    out/b.html\n")
    project.runpytest("counter.wat", "--wanco-isas=x86_64").assert_outcomes(passed=1)
    assert sorted(path.name for path in (project.path / "out").iterdir()) == ["a.json", "b.html"]


def test_marker_fixture_and_file(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.wanco_cross_isa(program="counter.wat", args=["x"], mode="lockstep")
        def test_marker(): pass

        @pytest.mark.wanco_cross_isa(points=3)
        def test_fixture(wanco_cross_isa):
            found = wanco_cross_isa("counter.wat", ["x", "y"], mode="output").assert_identical()
            assert found.mode == "output"
            assert len(found.points) == 3
            assert found.stops > 20
            assert set(found.verified) <= {f"{a}>{b}" for a in found.isas for b in found.isas}
        """
    )
    result = project.runpytest(ENABLED, "test_marker_fixture_and_file.py", "counter.wat", "-v", "--strict-markers")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        [
            "wanco: x86_64, *; mode both, points 6, seed 0",
            "counter.wat::cross-isa PASSED*",
            "*= wanco cross-ISA =*",
            "program *stops *safepoints *reached *verified*",
            "counter.wat *identical",
            "verified/reached safepoints",
            "saved on / continued on*",
            "3 of 3 identical; *",
        ]
    )


def test_files_are_collected_only_if_they_are_named(project: pytest.Pytester) -> None:
    folder = project.path / "build"
    folder.mkdir()
    (folder / "app.wat").write_text((PROGRAMS / "counter.wat").read_text())
    assert "counter.wat" not in project.runpytest("--collect-only", "-q").stdout.str()
    assert "counter.wat::cross-isa" in project.runpytest("--collect-only", "-q", ".", "counter.wat").stdout.str()
    ini = project.path / "tox.ini"
    ini.write_text(ini.read_text() + "\nwanco_programs = build/*.wat\n    count*.wat\n")
    listed = project.runpytest("--collect-only", "-q").stdout.str()
    assert re.findall(r"\S+::cross-isa", listed) == ["build/app.wat::cross-isa", "counter.wat::cross-isa"]
    assert "cross-isa" not in project.runpytest("--collect-only", "-q", "--co", str(folder)).stdout.str()
    project.runpytest("-k", "app").assert_outcomes(skipped=1, deselected=1)


def test_program_fixture(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest
        from pytest_wanco.errors import PluginError

        def test_program(wanco_program):
            program = wanco_program("counter.wat", poll_interval=1)
            assert program.run().status == 7
            whole = program.run(["x"]).stdout
            saved = program.checkpoint(9, ["x"])
            assert saved.snapshot.frames
            assert saved.result.stdout == whole[:len(saved.result.stdout)]
            other = program.move_on(saved, 3, isa="aarch64")
            rest = program.restore(other)
            assert saved.result.stdout + other.result.stdout + rest.stdout == whole
            calls = [program.checkpoint(at, ["x"], host_calls=True).snapshot.frames[0].site for at in range(1, 20)]
            polls = [program.checkpoint(at, ["x"]).snapshot.frames[0].site for at in range(1, 9)]
            writing = set(calls) - set(polls)
            assert len(writing) == 1 and [site for site in calls if site not in writing][:8] == polls
            with pytest.raises(PluginError, match="counter.wat ends before poll 100000, with status 0"):
                program.checkpoint(100000, ["x"])
        """
    )
    project.runpytest().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--wanco-isas=x86_64,mips"], "--wanco-isas: 'mips' is none of x86_64, aarch64, riscv64"),
        (["--wanco-points=some"], "--wanco-points: 'some' is not all, auto, a number, every:K or at:P,P..."),
        (["--wanco-mode=fast"], "--wanco-mode: 'fast' is none of lockstep, output, both"),
        (["--wanco-chain=0"], "--wanco-chain: '0' is not a number from 1 to 1000"),
        (["--wanco-opt-level=2,4"], "--wanco-opt-level: '4' is not a number from 0 to 3"),
        (["--wanco-timeout=soon"], "--wanco-timeout: 'soon' is not a positive number of seconds"),
        (["--wanco-report=x.txt"], "--wanco-report: x.txt ends neither in .html nor in .json"),
        (["--wanco-replay=speed=3"], "--wanco-replay: there is no setting 'speed'; there are isas, points, *"),
    ],
)
def test_wrong_options(pytester: pytest.Pytester, words: list[str], message: str) -> None:
    result = pytester.runpytest(ENABLED, *words)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message.replace('[', '[[]')}"])


def test_precedence(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Marker, command line, environment, ini file."""
    project.makepyfile(
        """
        import pytest
        from pytest_wanco.config import settings_of

        def test_settings(request):
            s = settings_of(request.config, {"seed": 5})
            assert (s.seed, s.chain, s.mode, s.poll_interval) == (5, 2, "lockstep", 1)
        """
    )
    monkeypatch.setenv("PYTEST_WANCO_CHAIN", "3")
    monkeypatch.setenv("PYTEST_WANCO_MODE", "lockstep")
    monkeypatch.setenv("PYTEST_WANCO_SEED", "7")
    project.runpytest("--wanco-chain=2", "--wanco-seed=6").assert_outcomes(passed=1)


def test_marker_with_a_wrong_setting(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.wanco_cross_isa("counter.wat", points="none")
        def test_marker(): pass
        """
    )
    result = project.runpytest(ENABLED)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*wanco_cross_isa, points: 'none' is not all, auto*"])


def test_failure_report_and_replay(project: pytest.Pytester, isas: tuple[str, ...]) -> None:
    if isas[:2] != ("x86_64", "aarch64"):
        pytest.skip("needs x86_64 natively, and aarch64")
    (project.path / "state.wat").write_text((PROGRAMS / "state.wat").read_text())
    project.makeconftest(BROKEN)
    reports = ["--wanco-report=out/report.html", "--wanco-report=out/report.json", "--junitxml=j.xml"]
    result = project.runpytest(ENABLED, "state.wat", "--wanco-points=auto", *reports)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "state.wat: *aarch64*",
            "  checkpoint at stop *, * +0x* (loop)",
            "  frame #0 (* +0x*) local *: i* | i* 0",
            "  expected: *expected.wsnap",
            "  compare: wanco diff *",
            "  to run just this again: pytest state.wat::cross-isa --wanco-replay=isas=x86_64,aarch64/points=at:*",
            "*FAILED (*)",
            "0 of 1 identical; *",
        ]
    )
    output = result.stdout.str()
    match = re.search(r"expected: (\S+)", output)
    assert match and Path(match[1]).is_file()
    # The command that the report names fails in the same way, without the option.
    replay = re.search(r"again: pytest (\S+) (\S+)", output)
    assert replay
    again = project.runpytest(replay[1], replay[2])
    again.assert_outcomes(failed=1)
    place = re.search(r"checkpoint at stop .*", output)
    assert place and place[0] in again.stdout.str()
    # The reports.
    data = json.loads((project.path / "out/report.json").read_text())
    (found,) = data["verifications"]
    assert found["failure"]["continued_on"] == "aarch64"
    assert found["test"] == "state.wat::cross-isa"
    page = (project.path / "out/report.html").read_text()
    assert "<script" not in page and "http" not in page
    for text in ("Pairs of instruction sets", "<svg", "<mark>", "class='failed'", "locals"):
        assert text in page
    ElementTree.fromstring(re.sub(r"<meta [^>]*>|<!DOCTYPE html>|<br>", "", page))  # well-formed
    properties = {p.get("name"): p.get("value") for p in ElementTree.parse(project.path / "j.xml").iter("property")}
    assert properties["wanco.program"] == "state.wat"
    assert str(properties["wanco.result"]).startswith("state.wat: ")


def test_xdist(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(3))
        def test_it(wanco_cross_isa, number):
            wanco_cross_isa("counter.wat", ["x"] * (1 + number), mode="lockstep", points=2).assert_identical()
        """
    )
    ini = project.path / "tox.ini"
    ini.write_text(ini.read_text() + "\nwanco_programs = counter.wat\n")
    result = project.runpytest_subprocess(ENABLED, "-n2", "--wanco-report=r.json")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["4 of 4 identical; *"])
    assert len(json.loads((project.path / "r.json").read_text())["verifications"]) == 4


def test_workers_compile_once(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Per module and instruction set, however many workers ask for it at the same time."""
    monkeypatch.setenv("WANCO_CACHE_DIR", str(project.path / "cache"))
    project.makeconftest(
        """
        import os
        from pathlib import Path
        import wanco.pipeline

        original = wanco.pipeline.compile_module

        def compile_module(*arguments, **more):
            with open(Path(__file__).with_name("compiled"), "a") as log:
                log.write(f"{os.getpid()}\\n")
            return original(*arguments, **more)

        wanco.pipeline.compile_module = compile_module
        """
    )
    project.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(2))
        def test_it(wanco_cross_isa, number):
            wanco_cross_isa("counter.wat", mode="lockstep", points=1).assert_identical()
        """
    )
    result = project.runpytest_subprocess(ENABLED, "-n2", "-v")
    result.assert_outcomes(passed=2)
    assert {"gw0", "gw1"} <= set(re.findall(r"gw\d", result.stdout.str()))
    assert len((project.path / "compiled").read_text().splitlines()) == 2

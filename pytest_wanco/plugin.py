"""Hooks of the plugin.  Nothing heavy is imported before a cross-ISA test runs."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_wanco.activation import is_enabled, session_of
from pytest_wanco.config import OPTIONS, SettingsError
from pytest_wanco.names import ENABLE, INI_PROGRAMS, MARKER, PROGRESS, REPLAY, SESSION

if TYPE_CHECKING:
    from pytest_wanco.fixtures import CrossIsa, ProgramFactory
    from pytest_wanco.items import WancoFile

_SKIP_REASON = "needs --wanco-cross-isa"
_SUFFIXES = (".wasm", ".wat")


# ---- options ---------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("wanco", "WebAssembly programs across instruction sets (wanco)")
    text = "run the cross-ISA tests: checkpoint programs and go on on other instruction sets"
    group.addoption("--wanco-cross-isa", dest=ENABLE, action="store_true", default=None, help=text)
    parser.addini(ENABLE, text, type="bool", default=False)
    for option in OPTIONS:
        if option.is_switch:
            group.addoption(option.flag, dest=option.ini, action="store_const", const="true", help=option.help)
            group.addoption(option.negative_flag, dest=option.ini, action="store_const", const="false", help=f"not {option.flag}")
        else:
            group.addoption(option.flag, dest=option.ini, metavar=option.metavar, help=option.help)
        parser.addini(option.ini, option.help, type="string", default=None)
    text = "write a report; the suffix .html or .json says which (may be repeated)"
    group.addoption("--wanco-report", dest="wanco_report", metavar="FILE", action="append", help=text)
    parser.addini("wanco_report", text, type="linelist", default=[])
    group.addoption("--wanco-dask", dest="wanco_dask", metavar="ADDRESS", help="verify on the Dask cluster of this scheduler (tcp://...)")
    parser.addini("wanco_dask", "address of a Dask scheduler", type="string", default=None)
    group.addoption("--wanco-replay", dest=REPLAY, metavar="SETTINGS", help="run a failure again, as its report says")
    text = "programs to collect as tests: patterns relative to the ini file's folder"
    parser.addini("wanco_programs", text, type="linelist", default=[])


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    from pytest_wanco import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{MARKER}(program=..., args=..., stdin=..., dirs=..., env=..., **settings): verify the program before the test runs; "
        "without a program, settings for the fixture wanco_cross_isa",
    )
    if not is_enabled(config):
        return
    from pytest_wanco.session import WancoSession

    try:
        session = WancoSession.of(config)
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from None
    config.pluginmanager.register(session, SESSION)


# ---- collection and execution ----------------------------------------------------------------


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> WancoFile | None:
    if file_path.suffix not in _SUFFIXES or not (parent.session.isinitpath(file_path) or _is_named(parent.config, file_path)):
        return None
    from pytest_wanco.items import WancoFile

    return WancoFile.from_parent(parent, path=file_path)


def _is_named(config: pytest.Config, path: Path) -> bool:
    """Whether the command line names a file; of overlapping arguments pytest keeps only the folder."""
    return any(arg.endswith(_SUFFIXES) and config.invocation_params.dir.joinpath(arg) == path for arg in config.args)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Programs of the ini option are collected wherever they lie, unless the command line names what to run."""
    patterns = config.getini("wanco_programs")
    if not patterns or not _collects_ini_programs(config):
        return
    from pytest_wanco.items import WancoFile

    known = {item.path for item in items}
    for pattern in patterns:
        for path in sorted(config.rootpath.glob(pattern)):
            if path not in known:
                known.add(path)
                items += WancoFile.from_parent(session, path=path).collect()


def _collects_ini_programs(config: pytest.Config) -> bool:
    worker = getattr(config, "workerinput", None)
    return bool(worker[INI_PROGRAMS]) if worker is not None else config.args_source is not pytest.Config.ArgsSource.ARGS


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist's workers have what to run from the controller, and must collect the same."""
    node.workerinput[INI_PROGRAMS] = _collects_ini_programs(node.config)
    if (session := session_of(node.config)) is not None:
        node.workerinput[PROGRESS] = session.share_progress()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    wanted = item.get_closest_marker(MARKER) is not None or MARKER in getattr(item, "fixturenames", ())
    if wanted and not is_enabled(item.config):
        pytest.skip(_SKIP_REASON)
    if (session := session_of(item.config)) is not None:
        session.begin(item)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    marker = pyfuncitem.get_closest_marker(MARKER)
    session = session_of(pyfuncitem.config)
    if session is not None and marker is not None and (marker.args or "program" in marker.kwargs):
        __tracebackhide__ = True
        session.check_marker(marker)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call" and (session := session_of(item.config)) is not None:
        session.attach(item, report)
    return report


# ---- fixtures --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def wanco_cross_isa(request: pytest.FixtureRequest) -> CrossIsa:
    """Verify that a program survives checkpoints: ``wanco_cross_isa("app.wasm", args=[...]).assert_identical()``."""
    from pytest_wanco.fixtures import CrossIsa

    session = session_of(request.config)
    assert session is not None  # without it tests with this fixture are skipped
    return CrossIsa(session)


@pytest.fixture(scope="session")
def wanco_program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ProgramFactory:
    """Compile a program, run it, checkpoint it and restore it: ``wanco_program("app.wasm").run(["x"]).stdout``."""
    from pytest_wanco.fixtures import ProgramFactory
    from pytest_wanco.session import builder_of

    return ProgramFactory(builder_of(request.config), tmp_path_factory)


# ---- reports ---------------------------------------------------------------------------------


def pytest_report_header(config: pytest.Config) -> str | None:
    session = session_of(config)
    return session.header() if session is not None else None


def pytest_unconfigure(config: pytest.Config) -> None:
    if (session := session_of(config)) is not None:
        session.close()
        config.pluginmanager.unregister(session)

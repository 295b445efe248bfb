"""What happens in a session with cross-ISA tests: verifications, their results, the summary."""

from __future__ import annotations

import dataclasses
import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pytest_wanco.campaign import Campaign, DaskPlacement, run_campaign
from pytest_wanco.check import Check
from pytest_wanco.config import Settings, SettingsError, settings_of
from pytest_wanco.names import MARKER
from pytest_wanco.program import Builder, Dirs, Inputs, PathLike, Program, build_cached
from pytest_wanco.progress import Display, Meter, Watcher, display_of
from pytest_wanco.report import check_report_name, write_reports
from pytest_wanco.report.summary import write_summary
from pytest_wanco.result import Verification
from pytest_wanco.verify import verify_program
from pytest_wanco.verify.trial import Progress
from wanco.options import CompileOptions
from wanco.run.emulator import search
from wanco.targets import TARGETS, is_native

_ATTRIBUTE = "wanco_verifications"
"""Of a test report: the verifications in it, as JSON types, so that xdist carries them."""


def builder_of(config: pytest.Config) -> Builder:
    """Executables from the hook, else compiled through the cache."""

    def build(module: bytes, isa: str, options: CompileOptions) -> Path:
        given: Path | None = config.hook.pytest_wanco_executable(module=module, isa=isa, options=options)
        return given or build_cached(module, isa, options)

    return build


def available_isas() -> tuple[str, ...]:
    """The ISAs that run here, natively or emulated; the native one first."""
    found = [target for target in TARGETS.values() if search(target) is not None]
    return tuple(target.name for target in sorted(found, key=lambda target: not is_native(target)))


class WancoSession:
    """A plugin that exists only where cross-ISA tests run."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self.config = config
        self.settings = settings
        self._item: pytest.Item | None = None
        self._found: list[Verification] = []
        self._results: list[tuple[str, Verification]] = []
        self._display: Display | None = None
        self._watcher: Watcher | None = None

    @classmethod
    def of(cls, config: pytest.Config) -> WancoSession:
        """The session for a configuration.

        Raises:
            SettingsError: a setting is impossible, or an ISA that was asked for does not run here.
        """
        for file in _report_files(config):
            check_report_name(file)
        return cls(config, _with_isas(settings_of(config)))

    def header(self) -> str:
        """The line at the top of a run."""
        isas = ", ".join(isa if is_native(TARGETS[isa]) else f"{isa} (emulated)" for isa in self.settings.isas)
        return f"wanco: {isas}; mode {self.settings.mode}, points {self.settings.points}, seed {self.settings.seed}"

    def share_progress(self) -> str:
        """The folder where workers of xdist tell how far they are; watched from now on."""
        self._watcher = self._watcher or Watcher(self.config)
        return str(self._watcher.folder)

    def close(self) -> None:
        """Nothing is told any more."""
        if self._watcher is not None:
            self._watcher.stop()

    # ---- verifications ------------------------------------------------------------------

    def begin(self, item: pytest.Item) -> None:
        """A test starts."""
        self._item = item
        self._found = []

    def check(
        self,
        program: PathLike | bytes | Program,
        args: Sequence[str] = (),
        *,
        stdin: bytes | str = b"",
        dirs: Dirs = (),
        env: Mapping[str, str] | None = None,
        name: str | None = None,
        **settings: object,
    ) -> Check:
        """What the fixture gives."""
        inherited = self._marker_settings()
        return Check(self, Program.of(program, name), Inputs.of(args, stdin, dirs, env), {**inherited, **settings})

    def check_marker(self, marker: pytest.Mark) -> None:
        """Verify the program of a marker; its path is relative to the folder of the test's file."""
        __tracebackhide__ = True
        given = dict(marker.kwargs)
        program = marker.args[0] if marker.args else given.pop("program")
        assert self._item is not None
        self.check(self._item.path.parent / os.fspath(program), **given).assert_identical()

    def _marker_settings(self) -> dict[str, object]:
        inputs = {"program", "args", "stdin", "dirs", "env", "name"}
        merged: dict[str, object] = {}
        for marker in reversed(list(self._item.iter_markers(MARKER)) if self._item else []):
            merged.update({name: value for name, value in marker.kwargs.items() if name not in inputs})
        return merged

    def verify(self, program: Program, inputs: Inputs, overrides: Mapping[str, object]) -> Verification:
        """Verify a program within the running test.

        Raises:
            PluginError, WancoError, SettingsError: it cannot be verified.
        """
        settings = _with_isas(settings_of(self.config, overrides))
        self._display = self._display or display_of(self.config)  # only now is there a reporter
        progress = Meter(self._display, program.name)
        try:
            found = self._verify(program, inputs, settings, progress)
        finally:
            progress.clear()
        self._found.append(found)
        return found

    def _verify(self, program: Program, inputs: Inputs, settings: Settings, progress: Progress) -> Verification:
        if cluster := self.config.getoption("wanco_dask") or self.config.getini("wanco_dask"):
            placement = DaskPlacement(cluster)
            try:
                campaign = Campaign([(program, inputs)], settings)
                folder, prefix = self._folder(program.name), self._replay_prefix()
                return run_campaign(campaign, placement, progress, folder=folder, replay_prefix=prefix)[0]
            finally:
                placement.close()
        return verify_program(
            program,
            inputs,
            settings,
            self._folder(program.name),
            builder=builder_of(self.config),
            progress=progress,
            replay_prefix=self._replay_prefix(),
        )

    def _folder(self, name: str) -> Path:
        """A folder in the test's own tmp_path, which it gets if it has none."""
        item = self._item
        assert item is not None
        base: Path | None = getattr(item, "funcargs", {}).get("tmp_path")
        if base is None:
            base = self.config._tmp_path_factory.mktemp(item.name.replace("/", "_")[:30] or "wanco")  # type: ignore[attr-defined]
        folder = base / f"wanco-{len(self._found)}-{name}"
        folder.mkdir(exist_ok=True)
        return folder

    def _replay_prefix(self) -> str:
        return f"pytest {shlex.quote(self._item.nodeid)}" if self._item is not None else ""

    # ---- results ------------------------------------------------------------------------

    def attach(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Put the verifications of a test into its report, and for JUnit into its properties."""
        setattr(report, _ATTRIBUTE, [found.to_json() for found in self._found])
        for found in self._found:
            item.user_properties += [
                ("wanco.program", found.program),
                ("wanco.isas", ",".join(found.isas)),
                ("wanco.stops", str(found.stops)),
                ("wanco.points", str(len(found.points))),
                ("wanco.safepoints", f"{len(found.reached)}/{len(found.sites)}"),
                ("wanco.result", str(found.failure) if found.failure else "identical"),
            ]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the verifications of all workers."""
        for data in getattr(report, _ATTRIBUTE, ()):
            self._results.append((report.nodeid, Verification.from_json(data)))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One section, if anything was verified."""
        if self._results:
            write_summary(terminalreporter, self._results)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write the reports that were asked for; under xdist only the controller does."""
        self.close()
        if not hasattr(self.config, "workerinput"):
            write_reports(_report_files(self.config), self._results)


def _report_files(config: pytest.Config) -> list[Path]:
    return [Path(file) for file in config.getoption("wanco_report") or config.getini("wanco_report")]


def _with_isas(settings: Settings) -> Settings:
    """Those that run here, if none are named.

    Raises:
        SettingsError: one that is named does not run here.
    """
    available = available_isas()
    if missing := [isa for isa in settings.isas if isa not in available]:
        raise SettingsError(f"--wanco-isas: {', '.join(missing)} cannot run here: no emulator; see `wanco targets`")
    return settings if settings.isas else dataclasses.replace(settings, isas=available)

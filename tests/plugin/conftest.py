"""What the plugin's own tests share: a cache, programs, and verifications."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_wanco.session import available_isas

PROGRAMS = Path(__file__).with_name("programs")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of a run have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if base.name.startswith("popen-") else base


@pytest.fixture(autouse=True)
def cache(shared_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs are compiled once per run, though pytester changes $HOME."""
    monkeypatch.setenv("WANCO_CACHE_DIR", str(shared_folder / "plugin-cache"))


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A pytest that runs inside a test leaves signals alone: when it ends, its fault handler would put away
    that of wasmtime, too, whose next trap in this process would kill it."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:faulthandler")
    return pytester


@pytest.fixture
def isas() -> tuple[str, ...]:
    """The ISAs that run here; tests need two."""
    found = available_isas()
    if len(found) < 2:
        pytest.skip("only one instruction set runs here")
    return found

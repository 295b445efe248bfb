"""Whether cross-ISA tests run, and the session object that is there if they do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pytest_wanco.names import ENABLE, REPLAY, SESSION

if TYPE_CHECKING:
    import pytest

    from pytest_wanco.session import WancoSession


def is_enabled(config: pytest.Config) -> bool:
    """Whether cross-ISA tests run."""
    if config.getoption(REPLAY, None):
        return True
    given = config.getoption(ENABLE, None)
    if given is None and (variable := os.environ.get("PYTEST_WANCO_CROSS_ISA")):
        return variable != "0"
    return bool(config.getini(ENABLE) if given is None else given)


def session_of(config: pytest.Config) -> WancoSession | None:
    """The session of the cross-ISA tests, if they run."""
    found: Any = config.pluginmanager.get_plugin(SESSION)
    return found  # type: ignore[no-any-return]

"""The pytest plugin of Wanco: cross-ISA checkpoint and restore tests.

`docs/pytest.md` is its manual.  Importing this package loads nothing; the names below are
loaded on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_wanco.campaign import Campaign, run_campaign
    from pytest_wanco.check import Check
    from pytest_wanco.config import PointSpec, Settings
    from pytest_wanco.fixtures import CrossIsa, ProgramFactory, WancoProgram
    from pytest_wanco.program import Inputs, Program
    from pytest_wanco.result import Failure, Verification
    from pytest_wanco.verify import verify_program

_HOMES = {
    "Campaign": "campaign",
    "Check": "check",
    "CrossIsa": "fixtures",
    "Failure": "result",
    "Inputs": "program",
    "PointSpec": "config",
    "Program": "program",
    "ProgramFactory": "fixtures",
    "Settings": "config",
    "Verification": "result",
    "WancoProgram": "fixtures",
    "run_campaign": "campaign",
    "verify_program": "verify",
}

__all__ = [
    "Campaign",
    "Check",
    "CrossIsa",
    "Failure",
    "Inputs",
    "PointSpec",
    "Program",
    "ProgramFactory",
    "Settings",
    "Verification",
    "WancoProgram",
    "run_campaign",
    "verify_program",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)

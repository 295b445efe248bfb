"""Options of a compilation."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest

from wanco.options import DEFAULTS

OTHERS: dict[str, Any] = {
    "optimize": 1, "cpu": "x", "checkpoint": False, "poll_interval": 7, "emit": "obj", "prefix": "other", "cf_protection": False,
    "driver": True, "precise_traps": True, "small_resume": True, "imports": {("m", "n"): 1}, "globals": ("m.n=1",),
    "host": SimpleNamespace(identity="other"), "backend": "clang", "jobs": 3, "cpu_limit": 9,
}  # fmt: skip
"""Another value than the default of each option."""


@pytest.mark.parametrize("name", [item.name for item in dataclasses.fields(DEFAULTS)])
def test_the_cache_tells_options_apart(name: str) -> None:
    """But for those that change nothing in the output."""
    other = dataclasses.replace(DEFAULTS, **{name: OTHERS[name]})
    assert (other.identity != DEFAULTS.identity) == (name not in ("jobs", "cpu_limit"))

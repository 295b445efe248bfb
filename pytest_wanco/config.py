"""The plugin's settings: what they are called everywhere, how they are read, what they mean.

Each setting can stand in a marker, on the command line (``--wanco-NAME``), in the environment
(``PYTEST_WANCO_NAME``) and in the ini file (``wanco_NAME``); the first of these that has it
decides.  This module is loaded with the plugin, so it imports nothing that is not cheap.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, cast

from pytest_wanco.names import REPLAY

if TYPE_CHECKING:
    import pytest

Mode = Literal["lockstep", "output", "both"]

ISAS = ("x86_64", "aarch64", "riscv64")
"""Names of the instruction sets (those of `wanco.TARGETS`, which is not loaded for this)."""

_MODES = ("lockstep", "output", "both")
_TRUTH = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_MOST_POLLS_BETWEEN = 1 << 30


@dataclass(frozen=True)
class PointSpec:
    """Which stops of a run become checkpoints.

    A stop is a moment at which a run can be saved, where it executes a poll or a host call that
    can block; stops are numbered from 1, alike on every ISA.

    ``kind`` is ``all``; ``every`` (each ``number``-th); ``auto`` (the first and the last stop
    at each safepoint that the run reaches, and some random ones); ``count`` (``number`` of
    those, coverage first); ``at`` (those in ``stops``).
    """

    kind: Literal["all", "every", "auto", "count", "at"] = "auto"
    number: int = 0
    stops: tuple[int, ...] = ()

    def __str__(self) -> str:
        texts = {"every": f"every:{self.number}", "count": str(self.number), "at": "at:" + ",".join(map(str, self.stops))}
        return texts.get(self.kind, self.kind)

    @classmethod
    def parse(cls, text: str | int) -> PointSpec:
        """From its text: ``all``, ``auto``, ``N``, ``every:K`` or ``at:P,P...``.

        Raises:
            ValueError: it is none of these.
        """
        text = str(text)
        kind, _, rest = text.partition(":")
        if text in ("all", "auto"):
            return cls(cast("Literal['all', 'auto']", text))
        if text.isdecimal() and int(text):
            return cls("count", int(text))
        if kind == "every" and rest.isdecimal() and int(rest):
            return cls("every", int(rest))
        if kind == "at" and rest and all(part.isdecimal() and int(part) for part in rest.split(",")):
            return cls("at", stops=tuple(sorted({int(part) for part in rest.split(",")})))
        raise ValueError(f"'{text}' is not all, auto, a number, every:K or at:P,P...")


def _isas(value: object) -> tuple[str, ...]:
    names = value.replace(",", " ").split() if isinstance(value, str) else [str(item) for item in cast("list[object]", value)]
    for name in names:
        if name not in ISAS:
            raise ValueError(f"'{name}' is none of {', '.join(ISAS)}")
    return tuple(dict.fromkeys(names))


def _mode(value: object) -> Mode:
    if value not in _MODES:
        raise ValueError(f"'{value}' is none of {', '.join(_MODES)}")
    return cast("Mode", value)


def _switch(value: object) -> bool:
    if str(value).lower() not in _TRUTH:
        raise ValueError(f"'{value}' is neither true nor false")
    return _TRUTH[str(value).lower()]


def _number(least: int, most: int) -> Callable[[object], int]:
    def parse(value: object) -> int:
        text = str(value)
        if not text.isdecimal() or int(text) not in range(least, most + 1):
            raise ValueError(f"'{text}' is not a number from {least} to {most}")
        return int(text)

    return parse


def _levels(value: object) -> tuple[int, ...]:
    parts = value.split(",") if isinstance(value, str) else list(value) if isinstance(value, list | tuple) else [value]
    return tuple(_number(0, 3)(part) for part in parts)


def _seconds(value: object) -> float:
    try:
        seconds = float(str(value))
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise ValueError(f"'{value}' is not a positive number of seconds")
    return seconds


@dataclass(frozen=True)
class Settings:
    """How a program is verified.

    ``isas``: the first is the reference; empty: all that run here.  ``chain``: checkpoints in
    one run of output mode.  ``opt_level``: optimisation levels, given to the ISAs in turn.
    ``timeout``: seconds that one process may take.  ``deterministic``: clocks and random
    numbers are the same in every run, and not the machine's.
    """

    isas: tuple[str, ...] = ()
    points: PointSpec = PointSpec()
    mode: Mode = "both"
    chain: int = 1
    poll_interval: int = 1024
    opt_level: tuple[int, ...] = (2,)
    seed: int = 0
    timeout: float = 120.0
    deterministic: bool = True

    def level(self, isa: str) -> int:
        """Optimisation level of the executable for an ISA."""
        return self.opt_level[self.isas.index(isa) % len(self.opt_level)]

    def as_text(self) -> str:
        """All settings in one word, as ``--wanco-replay`` takes them."""
        lists = {"isas": self.isas, "opt_level": self.opt_level}
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values.update({name: ",".join(map(str, items)) for name, items in lists.items()})
        return "/".join(f"{name}={value}" for name, value in values.items())


@dataclass(frozen=True)
class Option:
    """A setting as users write it."""

    name: str
    metavar: str
    help: str
    parse: Callable[[Any], Any]
    is_switch: bool = False

    @property
    def flag(self) -> str:
        """On the command line."""
        return "--wanco-" + self.name.replace("_", "-")

    @property
    def negative_flag(self) -> str:
        """On the command line, where a switch is turned off."""
        return "--wanco-no-" + self.name.replace("_", "-")

    @property
    def ini(self) -> str:
        """In the ini file; also the destination of the command line's."""
        return "wanco_" + self.name

    @property
    def variable(self) -> str:
        """In the environment."""
        return "PYTEST_WANCO_" + self.name.upper()


OPTIONS = (
    Option("isas", "ISA,...", "instruction sets; the first is the reference (default: all that run here)", _isas),
    Option(
        "points",
        "POINTS",
        "which stops become checkpoints: all, every:K, auto (every safepoint that is reached, and random ones), N, at:P,P...",
        PointSpec.parse,
    ),
    Option("mode", "MODE", "lockstep (compare states), output (compare results) or both (default)", _mode),
    Option("chain", "K", "checkpoints in one run of output mode (default 1)", _number(1, 1000)),
    Option("poll_interval", "N", "iterations of inner loops between polls (default 1024)", _number(1, _MOST_POLLS_BETWEEN)),
    Option("opt_level", "0-3[,...]", "optimisation levels, given to the instruction sets in turn (default 2)", _levels),
    Option("seed", "N", "seed of everything that is chosen at random (default 0)", _number(0, 1 << 62)),
    Option("timeout", "SECONDS", "how long one process may take (default 120)", _seconds),
    Option("deterministic", "BOOL", "clocks and random numbers that are the same in every run (default)", _switch, is_switch=True),
)
"""The settings, in the order of the help text; their names are the fields of `Settings`."""

assert [option.name for option in OPTIONS] == [field.name for field in fields(Settings)]

_BY_NAME = {option.name: option for option in OPTIONS}


class SettingsError(Exception):
    """A setting has an impossible value; the text is one line that names it."""


def parse_setting(name: str, value: object, place: str) -> Any:
    """A setting's value from what a user wrote in ``place``.

    Raises:
        SettingsError: there is no such setting, or the value is impossible.
    """
    if name not in _BY_NAME:
        raise SettingsError(f"{place}: there is no setting '{name}'; there are {', '.join(_BY_NAME)}")
    try:
        return _BY_NAME[name].parse(value)
    except (ValueError, TypeError) as error:
        raise SettingsError(f"{place}: {error}") from None


def settings_of(config: pytest.Config, overrides: Mapping[str, object] | None = None) -> Settings:
    """The settings that hold, ``overrides`` being those of a marker or of a call.

    Raises:
        SettingsError: one has an impossible value.
    """
    values: dict[str, Any] = {}
    for option in OPTIONS:
        for place, raw in (
            (option.flag, config.getoption(option.ini, None)),
            (f"variable {option.variable}", os.environ.get(option.variable)),
            (f"ini option {option.ini}", config.getini(option.ini)),
        ):
            if raw not in (None, "", []):
                values[option.name] = parse_setting(option.name, raw, place)
                break
    for name, raw in (overrides or {}).items():
        values[name] = parse_setting(name, raw, f"wanco_cross_isa, {name}")
    for part in filter(None, (config.getoption(REPLAY, None) or "").split("/")):
        name, _, raw = part.partition("=")
        values[name] = parse_setting(name, raw, "--wanco-replay")
    return Settings(**values)

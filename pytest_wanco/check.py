"""A program with its inputs and settings, to be verified: what a test gets from the fixture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pytest_wanco.errors import Mismatch
from pytest_wanco.program import Inputs, Program
from pytest_wanco.result import Verification


class Verifier(Protocol):
    """Who verifies, and remembers what was found."""

    def verify(self, program: Program, inputs: Inputs, overrides: Mapping[str, object]) -> Verification:
        """Verify a program within the running test."""


@dataclass
class Check:
    """A program with its inputs and settings, to be verified."""

    session: Verifier
    program: Program
    inputs: Inputs
    overrides: Mapping[str, object] = field(default_factory=dict)

    def verify(self) -> Verification:
        """Verify it; what is found also goes into the summary and the reports.

        Raises:
            PluginError, WancoError: it cannot be run or compiled.
            SettingsError: a setting is impossible.
        """
        return self.session.verify(self.program, self.inputs, self.overrides)

    def assert_identical(self) -> Verification:
        """Verify it, and fail the test where it does not survive.

        Raises:
            Mismatch: a state or an output differs; the text says what, where, and how to see it again.
            PluginError, WancoError, SettingsError: as `verify`.
        """
        __tracebackhide__ = True
        found = self.verify()
        if found.failure is not None:
            raise Mismatch(str(found.failure))
        return found

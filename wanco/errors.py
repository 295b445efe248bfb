"""The exceptions of Wanco: one root, one class per stage.

The text of each is a single line that says what is wrong, where, and where possible what
to do about it; the command line prints it as it is.
"""

from __future__ import annotations

import signal


class WancoError(Exception):
    """Root of everything that Wanco raises for bad input or a failing environment.

    What cannot be printed in ``message``, for example in the names of a module, is escaped.
    """

    def __init__(self, message: str) -> None:
        super().__init__("".join(c if c.isprintable() else ascii(c)[1:-1] for c in message))


class _ModuleError(WancoError):
    """An error in a WebAssembly module.

    ``reason`` says what is wrong, and starts with the wording of the official test suite
    where the suite has one.  ``offset`` is a byte offset in the file and ``where`` names
    the section or function; both are None where they are not known.
    """

    summary = ""

    def __init__(self, reason: str, offset: int | None = None, where: str | None = None) -> None:
        place = f" in {where}" if where else ""
        if offset is not None:
            place += f" at byte offset {offset:#x}"
        super().__init__((self.summary if place else "") + reason + place)
        self.reason = reason
        self.offset = offset
        self.where = where


class DecodeError(_ModuleError):
    """A module is malformed: its bytes are not WebAssembly (WebAssembly 2.0, chapter 5)."""

    summary = "malformed module: "


class ValidationError(_ModuleError):
    """A module is well-formed but invalid (WebAssembly 2.0, chapter 3)."""

    summary = "invalid module: "


class UnsupportedError(_ModuleError):
    """A module uses something that Wanco does not compile; ``reason`` names the feature."""


class CompileError(WancoError):
    """Code generation failed."""

    @classmethod
    def died(cls, status: int, reason: str | None) -> CompileError:
        """The code generator's process ended with a status (negative: by a signal), and said why, or nothing."""
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"
        return cls(f"the code generator ended with {how}: {reason or 'no message'}")


class CpuLimitError(CompileError):
    """Code generation did not come to an end within its CPU time."""


class LinkError(WancoError):
    """An executable could not be linked."""


class InstallError(WancoError):
    """A file of the installation is missing."""


class SnapshotError(WancoError):
    """A snapshot is damaged, or of an unknown version."""


class RunError(WancoError):
    """A program could not be run, checkpointed or restored."""


class UsageError(WancoError):
    """Wanco was asked for something that makes no sense, or for a file that is not there."""

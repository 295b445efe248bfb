"""The exceptions of Wanco: one root, one class per stage.

The text of each is a single line that says what is wrong, where, and where possible what
to do about it; the command line prints it as it is.
"""

from __future__ import annotations


class WancoError(Exception):
    """Root of everything that Wanco raises for bad input or a failing environment."""


class DecodeError(WancoError):
    """A module is malformed: its bytes are not WebAssembly (WebAssembly 2.0, chapter 5)."""


class ValidationError(WancoError):
    """A module is well-formed but invalid (WebAssembly 2.0, chapter 3)."""


class UnsupportedError(WancoError):
    """A module uses something that Wanco does not compile."""


class CompileError(WancoError):
    """Code generation failed."""


class LinkError(WancoError):
    """An executable could not be linked."""


class InstallError(WancoError):
    """A file of the installation is missing."""


class SnapshotError(WancoError):
    """A snapshot is damaged, or of an unknown version."""


class RunError(WancoError):
    """A program could not be run, checkpointed or restored."""

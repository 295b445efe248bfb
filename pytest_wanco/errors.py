"""Exceptions of the plugin."""

from __future__ import annotations


class PluginError(Exception):
    """A program cannot be verified; the text is one line that says why."""


class Mismatch(AssertionError):
    """A program did not survive: the text is the report of the failure."""

"""Snapshots: read, check, write, print and compare the files that checkpoints leave.

The format is described in docs/snapshot-format.md.
"""

from wanco.snapshot.diff import Difference, diff
from wanco.snapshot.model import Control, Frame, Memory, Meta, Run, Segments, Table, Value
from wanco.snapshot.snapshot import Snapshot
from wanco.snapshot.text import as_json, format_value, render

__all__ = [
    "Control",
    "Difference",
    "Frame",
    "Memory",
    "Meta",
    "Run",
    "Segments",
    "Snapshot",
    "Table",
    "Value",
    "as_json",
    "diff",
    "format_value",
    "render",
]

"""Snapshots: read, check, write, print and compare the files that checkpoints leave.

The format is described in docs/snapshot-format.md.
"""

from wanco.snapshot.chain import load_chain, load_complete, merge
from wanco.snapshot.diff import Difference, diff
from wanco.snapshot.model import Base, Control, Frame, HostState, Memory, Meta, Run, Segments, Table, Value
from wanco.snapshot.snapshot import Snapshot
from wanco.snapshot.text import as_json, format_value, render
from wanco.snapshot.wasi import Descriptor, DescriptorKind, Preopen, WasiState

__all__ = [
    "Base",
    "Control",
    "Descriptor",
    "DescriptorKind",
    "Difference",
    "Frame",
    "HostState",
    "Memory",
    "Meta",
    "Preopen",
    "Run",
    "Segments",
    "Snapshot",
    "Table",
    "Value",
    "WasiState",
    "as_json",
    "diff",
    "format_value",
    "load_chain",
    "load_complete",
    "merge",
    "render",
]

"""Print what a snapshot holds: the WebAssembly stack, globals, tables, memories, open files."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from wanco.snapshot import Snapshot, as_json, render


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file and the form."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a snapshot")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the snapshot."""
    snapshot = Snapshot.load(arguments.file)
    print(json.dumps(as_json(snapshot), indent=2) if arguments.json else render(snapshot))
    return 0

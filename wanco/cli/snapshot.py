"""Work on snapshot files.

`merge` makes a full snapshot of an increment and those that it builds on, which are not
needed any more for it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from wanco.snapshot import load_complete


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    merge = actions.add_parser("merge", help="make a full snapshot of an increment", allow_abbrev=False)
    merge.add_argument("file", type=Path, metavar="FILE", help="a snapshot")
    merge.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="where to write; may be the same file")
    merge.set_defaults(action=_merge)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked for."""
    status: int = arguments.action(arguments)
    return status


def _merge(arguments: argparse.Namespace) -> int:
    load_complete(arguments.file).save(arguments.output)
    return 0

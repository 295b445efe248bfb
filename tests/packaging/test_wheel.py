"""The wheel: what it holds, that it is for every machine, and that versions agree."""

from __future__ import annotations

import re
import tomllib
import zipfile
from pathlib import Path

import wanco
from tests.packaging.builds import ROOT
from wanco.targets import TARGETS

MOST_BYTES = 1 << 20


def test_content(wheel: Path) -> None:
    assert wheel.name == f"wanco-{wanco.__version__}-py3-none-any.whl"
    assert wheel.stat().st_size < MOST_BYTES
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        for isa in TARGETS:
            for name in ("libwanco.a", "libwanco_driver.a", "libwanco_embed.a"):
                assert archive.read(f"wanco/runtime/{isa}/{name}").startswith(b"!<arch>\n")
        assert {"wanco/py.typed", "wanco/codegen/llvmlite.py", "wanco/include/wanco.h", "pytest_wanco/__init__.py"} <= names
        assert not [n for n in names if not n.startswith(("wanco/", "pytest_wanco/", "wanco-"))]
        assert str(ROOT).encode() not in b"".join(archive.read(n) for n in names if n.endswith((".a", ".cmake"))), "no build paths"


def test_versions_agree() -> None:
    sources = {
        "pyproject.toml": tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"],
        "CMakeLists.txt": _only(r"project\(Wanco VERSION (\S+) ", ROOT / "CMakeLists.txt"),
        "runtime/base/base.h": _only(r'#define WANCO_VERSION "(.*)"', ROOT / "runtime/base/base.h"),
    }
    assert sources == dict.fromkeys(sources, wanco.__version__)


def _only(pattern: str, path: Path) -> str:
    (match,) = re.findall(pattern, path.read_text())
    return str(match)

"""The wheel: what it holds, that it is for every machine, that it works alone, and that versions agree."""

from __future__ import annotations

import re
import tomllib
import zipfile
from pathlib import Path

from tests.packaging.builds import ROOT, Environment, run

import wanco
from wanco.targets import TARGETS

MOST_BYTES = 1 << 20


def test_content(wheel: Path) -> None:
    assert wheel.name == f"wanco-{wanco.__version__}-py3-none-any.whl"
    assert wheel.stat().st_size < MOST_BYTES
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        for isa in TARGETS:
            for name in ("libwanco.a", "libwanco_driver.a"):
                assert archive.read(f"wanco/runtime/{isa}/{name}").startswith(b"!<arch>\n")
        assert {"wanco/py.typed", "wanco/codegen.py", "wanco/include/wanco.h", "pytest_wanco/__init__.py"} <= names
        assert not [n for n in names if not n.startswith(("wanco/", "pytest_wanco/", "wanco-"))]
        assert str(ROOT).encode() not in b"".join(archive.read(n) for n in names if n.endswith((".a", ".cmake"))), "no build paths"


def test_it_works_alone(environment: Environment, tmp_path: Path) -> None:
    module = bytes.fromhex("0061736d 01000000 01040160 0000 03020100 070a0106 5f737461 72740000 0a040102 000b")
    (tmp_path / "nothing.wasm").write_bytes(module)
    wanco_ = environment.folder / "bin" / "wanco"
    assert run([wanco_, "--version"], environment.variables) == f"wanco {wanco.__version__}\n"
    assert run([wanco_, "run", "nothing.wasm"], environment.variables, cwd=tmp_path) == ""
    folder = Path(run([wanco_, "--cmake-dir"], environment.variables).strip())
    assert folder == environment.packages / "wanco" / "cmake" and (folder / "wanco-config.cmake").is_file()


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

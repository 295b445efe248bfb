"""Parts of WebAssembly that are not compiled are refused by one line: what it is, where, and the byte offset."""

from __future__ import annotations

import re

import pytest

from tests.wasm.binary import one_function, section, vector
from wanco.errors import UnsupportedError, WancoError
from wanco.wasm.decode import decode
from wanco.wasm.text import read_module
from wanco.wasm.validate import validate

REFUSED = {
    "(tag)": "exception handling",
    "(func (try_table))": "exception handling",
    "(tag $t) (func (throw $t))": "exception handling",
    "(func (throw_ref (unreachable)))": "exception handling",
    "(memory i64 1)": "64-bit memories",
    "(table i64 1 funcref)": "64-bit memories",
    "(type (struct (field i32)))": "garbage collection",
    "(type (array i8))": "garbage collection",
    "(func (param anyref))": "garbage collection",
    "(func (drop (ref.i31 (i32.const 1))))": "garbage collection",
    "(type $t (func)) (func (param (ref $t)) (call_ref $t (local.get 0)))": "typed function references",
    "(memory 1 2 shared)": "threads",
    "(memory 1) (func (drop (i32.atomic.load (i32.const 0))))": "threads",
    "(func (atomic.fence))": "threads",
    "(memory 1 (pagesize 1))": "custom page sizes",
}


def _refusal(data: bytes) -> UnsupportedError:
    with pytest.raises(UnsupportedError) as caught:
        validate(decode(data))
    return caught.value


@pytest.mark.parametrize(("fields", "feature"), REFUSED.items())
def test_a_feature_is_named_with_its_place(fields: str, feature: str) -> None:
    error = _refusal(read_module(f"(module {fields})".encode()))
    assert feature in str(error)
    assert re.search(r"(\w+ section|function \d+) at byte offset 0x[0-9a-f]+$", str(error)), str(error)


def test_a_component_is_no_module() -> None:
    error = _refusal(read_module(b"(component)"))
    assert "component" in str(error) and error.offset == 4


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "unexpected end"),
        (b"\x7fELF" + bytes(60), "magic header not detected"),
        (b"\0asm\x02\0\0\0", "unknown binary version"),
        (b"\0asm\x01\0\0\0" + section(14, b""), "malformed section id"),
        (one_function(b"\xff"), "illegal opcode ff in function 0 at byte offset 0x"),
        (b"\0asm\x01\0\0\0" + section(1, vector([b"\x61\0\0"])), "malformed type in type section at byte offset 0xb"),
    ],
)
def test_what_is_no_module_of_this_kind(data: bytes, message: str) -> None:
    with pytest.raises(WancoError, match=re.escape(message)) as caught:
        validate(decode(data))
    assert "\n" not in str(caught.value)

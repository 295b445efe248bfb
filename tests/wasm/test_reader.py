"""Errors of numbers and names (WebAssembly 2.0, section 5.2)."""

from __future__ import annotations

import pytest

from wanco.errors import DecodeError
from wanco.wasm.reader import Reader


@pytest.mark.parametrize(
    ("data", "reason"), [("808080808000", "integer representation too long"), ("8080808010", "integer too large"), ("80", "unexpected end")]
)
def test_numbers_that_are_none(data: str, reason: str) -> None:
    reader = Reader(b"\x05" + bytes.fromhex(data))
    assert reader.u32() == 5
    with pytest.raises(DecodeError, match=reason) as caught:
        reader.u32()
    assert caught.value.offset == (2 if data == "80" else 1)


def test_reader_stops_at_the_end() -> None:
    reader = Reader(b"\x80")
    with pytest.raises(DecodeError, match="unexpected end"):
        reader.u32()
    with pytest.raises(DecodeError, match="length out of bounds"):
        Reader(b"\x05ab").name()


@pytest.mark.parametrize("raw", [b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff", b"\xc3"])
def test_names_are_utf8(raw: bytes) -> None:
    with pytest.raises(DecodeError, match="malformed UTF-8 encoding"):
        Reader(bytes([len(raw)]) + raw).name()

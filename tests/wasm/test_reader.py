"""LEB128 and names (WebAssembly 2.0, section 5.2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wasm.binary import sleb, uleb

from wanco.errors import DecodeError
from wanco.wasm.reader import Reader, read_signed, read_unsigned


@given(st.integers(0, 2**64 - 1))
def test_unsigned_round_trip(value: int) -> None:
    data = uleb(value)
    assert read_unsigned(data + b"\xff", 0, 64) == (value, len(data))


@given(st.integers(-(2**63), 2**63 - 1))
def test_signed_round_trip(value: int) -> None:
    data = sleb(value)
    assert read_signed(data + b"\xff", 0, 64) == (value, len(data))


@given(st.sampled_from([32, 33, 64]), st.integers(-(2**70), 2**70))
def test_signed_range(bits: int, value: int) -> None:
    fits = -(1 << (bits - 1)) <= value < 1 << (bits - 1)
    if fits:
        assert read_signed(sleb(value), 0, bits)[0] == value
    else:
        with pytest.raises(DecodeError):
            read_signed(sleb(value), 0, bits)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("8000", 0),  # padding is allowed ...
        ("8080808000", 0),
        ("ffffffff0f", 2**32 - 1),
        ("808080808000", "integer representation too long"),  # ... up to ceil(32/7) bytes
        ("8080808010", "integer too large"),  # bit 32
        ("ffffffff1f", "integer too large"),
    ],
)
def test_unsigned_32(data: str, expected: int | str) -> None:
    if isinstance(expected, int):
        assert Reader(bytes.fromhex(data)).u32() == expected
    else:
        with pytest.raises(DecodeError) as caught:
            Reader(bytes.fromhex(data)).u32()
        assert caught.value.reason == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("7f", -1),
        ("ff7f", -1),
        ("ffffffff7f", -1),
        ("8080808078", -(2**31)),
        ("ffffffff07", 2**31 - 1),
        ("ffffffff0f", "integer too large"),  # unused bits are no sign extension
        ("80808080f8ff", "integer representation too long"),
    ],
)
def test_signed_32(data: str, expected: int | str) -> None:
    if isinstance(expected, int):
        assert read_signed(bytes.fromhex(data), 0, 32)[0] == expected
    else:
        with pytest.raises(DecodeError) as caught:
            read_signed(bytes.fromhex(data), 0, 32)
        assert caught.value.reason == expected


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

"""LEB128 (WebAssembly 2.0, section 5.2.2; DWARF 5, section 7.6)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wanco.abi.leb128 import Leb128Error, read_sleb, read_uleb, sleb, uleb

TOO_LONG = "integer representation too long"
TOO_LARGE = "integer too large"


@pytest.mark.parametrize(
    ("value", "data"), [(2, "02"), (127, "7f"), (128, "8001"), (129, "8101"), (12857, "b964"), (2**64 - 1, "ff" * 9 + "01")]
)
def test_unsigned_numbers_of_the_standard(value: int, data: str) -> None:
    assert uleb(value) == bytes.fromhex(data)


@pytest.mark.parametrize(
    ("value", "data"),
    [
        *((2, "02"), (-2, "7e"), (127, "ff00"), (-127, "817f"), (128, "8001"), (-128, "807f"), (129, "8101"), (-129, "ff7e")),
        (-(2**63), "80" * 9 + "7f"),
    ],
)
def test_signed_numbers_of_the_standard(value: int, data: str) -> None:
    assert sleb(value) == bytes.fromhex(data)


@given(st.integers(0, 2**64 - 1))
def test_unsigned_round_trip(value: int) -> None:
    data = uleb(value)
    assert read_uleb(data + b"\xff", 0, 64) == (value, len(data))


@given(st.integers(-(2**63), 2**63 - 1))
def test_signed_round_trip(value: int) -> None:
    data = sleb(value)
    assert read_sleb(data + b"\xff", 0, 64) == (value, len(data))


@given(st.sampled_from([32, 33, 64]), st.integers(-(2**70), 2**70))
def test_signed_range(bits: int, value: int) -> None:
    fits = -(1 << (bits - 1)) <= value < 1 << (bits - 1)
    if fits:
        assert read_sleb(sleb(value), 0, bits)[0] == value
    else:
        with pytest.raises(Leb128Error):
            read_sleb(sleb(value), 0, bits)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("8000", 0),  # padding is allowed ...
        ("8080808000", 0),
        ("ffffffff0f", 2**32 - 1),
        ("808080808000", TOO_LONG),  # ... up to ceil(32/7) bytes
        ("8080808010", TOO_LARGE),  # bit 32
        ("ffffffff1f", TOO_LARGE),
    ],
)
def test_unsigned_32(data: str, expected: int | str) -> None:
    if isinstance(expected, int):
        assert read_uleb(bytes.fromhex(data), 0, 32) == (expected, len(data) // 2)
    else:
        with pytest.raises(Leb128Error) as caught:
            read_uleb(b"\0" + bytes.fromhex(data), 1, 32)
        assert (caught.value.reason, caught.value.at) == (expected, 1)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("7f", -1),
        ("ff7f", -1),
        ("ffffffff7f", -1),
        ("8080808078", -(2**31)),
        ("ffffffff07", 2**31 - 1),
        ("ffffffff0f", TOO_LARGE),  # unused bits are no sign extension
        ("80808080f8ff", TOO_LONG),
    ],
)
def test_signed_32(data: str, expected: int | str) -> None:
    if isinstance(expected, int):
        assert read_sleb(bytes.fromhex(data), 0, 32)[0] == expected
    else:
        with pytest.raises(Leb128Error) as caught:
            read_sleb(bytes.fromhex(data), 0, 32)
        assert caught.value.reason == expected


@pytest.mark.parametrize("read", [read_uleb, read_sleb])
def test_the_end_of_the_bytes(read: Callable[[bytes, int, int], tuple[int, int]]) -> None:
    with pytest.raises(IndexError):
        read(b"\x80\x80", 0, 32)

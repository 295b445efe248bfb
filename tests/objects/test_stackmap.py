"""The reader of stack maps, on bytes written out from LLVM's description of the format."""

from __future__ import annotations

import pytest

from wanco.objects.elf import Place
from wanco.objects.stackmap import Kind, Location, Record, read_stackmaps

FUNCTION = Place(3, 0x40)
HEAD = """
  03 00 00 00                                      # version 3
  01 00 00 00  01 00 00 00  01 00 00 00            # 1 function, 1 constant, 1 record
  00 00 00 00 00 00 00 00                          # its address, relocated
  18 00 00 00 00 00 00 00  01 00 00 00 00 00 00 00 # 24 bytes of stack, 1 record
  88 77 66 55 44 33 22 f1                          # the constant
  2a 00 00 00 00 00 00 00  17 00 00 00  00 00      # record 42, return at 23
"""
FIXED = """
  04 00 08 00 00 00 00 00 00 00 00 00              # calling convention
  04 00 08 00 00 00 00 00 00 00 00 00              # flags
"""
BODY = f"""
  08 00                                            # 8 locations
  {FIXED}
  04 00 08 00 00 00 00 00 05 00 00 00              # 5 deopt values
  01 00 04 00 03 00 00 00 00 00 00 00              # in register 3
  03 00 10 00 07 00 00 00 f0 ff ff ff              # in memory at register 7 - 16
  04 00 08 00 00 00 00 00 fe ff ff ff              # constant -2
  05 00 08 00 00 00 00 00 00 00 00 00              # constant number 0
  01 00 08 00 06 00 00 00 00 00 00 00              # in register 6
  00 00 00 00                                      # padding to 8
  00 00 00 00 00 00 00 00                          # no live-outs, padding
"""


def section(text: str) -> bytes:
    """The bytes of an annotated dump."""
    return bytes.fromhex("".join(line.split("#")[0] for line in text.splitlines()))


def test_one_record() -> None:
    assert list(read_stackmaps(section(HEAD + BODY), {16: FUNCTION})) == [
        Record(
            FUNCTION,
            23,
            [
                Location(Kind.REGISTER, 4, 3, 0),
                Location(Kind.INDIRECT, 16, 7, -16),
                Location(Kind.CONSTANT, 8, 0, -2),
                Location(Kind.CONSTANT, 8, 0, -0x0EDDCCBBAA998878),
                Location(Kind.REGISTER, 8, 6, 0),
            ],
            is_poll=False,
        )
    ]


def test_calling_convention_of_a_poll() -> None:
    data = section(HEAD + BODY)
    at = data.index(section(FIXED)) + 8
    assert data[at] == 0
    (record,) = read_stackmaps(data[:at] + b"\x0e" + data[at + 1 :], {16: FUNCTION})
    assert record.is_poll


@pytest.mark.parametrize("size", range(0, len(section(HEAD + BODY)) - 8, 7))
def test_truncated(size: int) -> None:
    with pytest.raises(ValueError, match="stack map"):
        list(read_stackmaps(section(HEAD + BODY)[:size], {16: FUNCTION}))


def test_another_version() -> None:
    with pytest.raises(ValueError, match="version 4"):
        list(read_stackmaps(b"\x04" + section(HEAD + BODY)[1:], {16: FUNCTION}))


def test_record_of_another_kind() -> None:
    with pytest.raises(ValueError, match="not that of a statepoint"):
        list(read_stackmaps(section(HEAD + f"03 00 {FIXED} 01 00 08 00 03 00 00 00 00 00 00 00"), {16: FUNCTION}))

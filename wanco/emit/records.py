"""Records: what a call tells the stack map of the state around it (an operand bundle ``"deopt"``)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wanco.abi.layout import ENTRY_SITE, FRAME_SITE, LOCATION_SITE, TAIL_SITE
from wanco.emit.ir.values import IR_TYPE, Operand


@dataclass(frozen=True, slots=True)
class Record:
    """An operand bundle: its text, behind the call's arguments, and its operands."""

    text: str
    operands: tuple[str, ...] = ()


NO_RECORD = Record("")
ENTRY_RECORD = Record(f' [ "deopt"(i64 {ENTRY_SITE}) ]')
"""Of the call in an entry wrapper, where a stack walk ends."""
TAIL_RECORD = Record(f' [ "deopt"(i64 {TAIL_SITE}) ]')
"""Of a call in the place of a tail call."""


def values_record(site: int, values: Iterable[Operand]) -> Record:
    """The record of a site with its values."""
    values = list(values)
    text = "".join([f", {IR_TYPE[code]} {operand}" for code, operand in values])
    return Record(f' [ "deopt"(i64 {site}{text}) ]', tuple(operand for _, operand in values))


def frame_record(site: int, frame: str = "%frame") -> Record:
    """The record of a site whose values are in the slots of a frame."""
    return Record(f' [ "deopt"(i64 {site | FRAME_SITE}, ptr {frame}) ]')


def location(function: int, offset: int) -> int:
    """The number of a record that names a place only."""
    return LOCATION_SITE | function << 32 | offset


def location_record(number: int) -> Record:
    """The record that names a place."""
    return Record(f' [ "deopt"(i64 {number}) ]')

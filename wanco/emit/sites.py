"""Sites of a module and the ISA-neutral site table (format: docs/architecture.md)."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field

from wanco.abi.layout import RAW_NAN, SiteKind
from wanco.abi.leb128 import uleb


@dataclass(slots=True)
class Site:
    """One safepoint: where it is and what it records.

    ``locals`` holds (local index, value code), ``stack`` value codes, bottom first;
    ``raw`` the positions, in that order, of values whose NaN bits are unspecified.
    """

    number: int
    function: int
    offset: int
    kind: SiteKind
    callee: int
    locals: tuple[tuple[int, int], ...]
    stack: tuple[int, ...]
    raw: frozenset[int]

    def encode(self) -> bytes:
        """The site's entry in the site table."""
        out = bytearray()
        for number in (self.function, self.offset):
            out += uleb(number)
        out.append(self.kind)
        out += uleb(self.callee)
        out += uleb(len(self.locals))
        for position, (index, code) in enumerate(self.locals):
            out += uleb(index)
            out.append(code | (RAW_NAN if position in self.raw else 0))
        out += uleb(len(self.stack))
        for position, code in enumerate(self.stack, len(self.locals)):
            out.append(code | (RAW_NAN if position in self.raw else 0))
        return bytes(out)


@dataclass(slots=True)
class SiteTable:
    """All sites of a module in the order of their numbers."""

    poll_interval: int
    constants: bytes = b""
    entries: list[bytes] = field(default_factory=list)

    def add(self, sites: list[Site]) -> None:
        """Append one function's sites, which must be numbered from ``len(self.entries)`` on."""
        for site in sites:
            if site.number != len(self.entries):
                raise AssertionError(f"site {site.number} out of order")
            self.entries.append(site.encode())

    @property
    def data(self) -> bytes:
        """The table's bytes."""
        return b"".join(self.entries)

    @property
    def index(self) -> list[int]:
        """Offset of each entry."""
        offsets, offset = [], 0
        for entry in self.entries:
            offsets.append(offset)
            offset += len(entry)
        return offsets

    def digest(self) -> bytes:
        """SHA-256 that identifies the table: a snapshot restores only where it is equal."""
        packed = struct.pack("<I", len(self.entries)) + self.data + struct.pack("<I", self.poll_interval) + self.constants
        return hashlib.sha256(packed).digest()

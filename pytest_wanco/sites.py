"""The static safepoints of an executable, read from the file itself.

The runtime's ``struct wanco_module`` is found by the hash of the module that it holds; what it
points to is read through the program headers, as these executables are linked at fixed
addresses.  So neither the front end nor any debugging information is needed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_wanco.errors import PluginError
from wanco.abi.layout import FUNCTION, MODULE, SiteKind
from wanco.abi.leb128 import read_uleb
from wanco.objects.elf import Image


@dataclass(frozen=True)
class Site:
    """A static safepoint: where it is, and what kind."""

    number: int
    function: int
    offset: int
    kind: SiteKind


@dataclass(frozen=True)
class StaticSites:
    """All safepoints of a module, in the order of their numbers, and the names of its functions."""

    sites: tuple[Site, ...]
    names: dict[int, str]

    def function_name(self, function: int) -> str:
        """Name of a function for people."""
        return self.names.get(function, f"func[{function}]")

    def place(self, number: int) -> str:
        """Where a site is, for people."""
        site = self.sites[number]
        return f"{self.function_name(site.function)} +{site.offset:#x} ({site.kind.name.lower().replace('_', ' ')})"


def read_sites(path: Path, module_hash: bytes) -> StaticSites:
    """The safepoints of the executable that was made from the module with this SHA-256.

    Raises:
        PluginError: it was made from another, or is damaged.
    """
    try:
        return _read(Image(path.read_bytes()), module_hash)
    except ValueError as error:
        raise PluginError(f"{path}: {error}") from error


def _read(image: Image, module_hash: bytes) -> StaticSites:
    at = image.data.find(module_hash) - MODULE.offsets()["module_hash"]
    if at < 0:
        raise ValueError("not made from this module")

    def number(field: str, form: str) -> int:
        (value,) = struct.unpack_from(form, image.data, at + MODULE.offsets()[field])
        return int(value)

    count = number("site_count", "<I")
    entries = image.place(number("sites", "<Q")) if count else 0
    index = struct.unpack_from(f"<{count}I", image.data, image.place(number("site_index", "<Q"))) if count else ()
    sites = tuple(_site(image.data, entries + offset, i) for i, offset in enumerate(index))
    return StaticSites(sites, dict(_names(image, number("functions", "<Q"), number("function_count", "<I"))))


def _names(image: Image, address: int, count: int) -> Iterator[tuple[int, str]]:
    functions = image.place(address) if count else 0
    for i in range(count):
        (name,) = struct.unpack_from("<Q", image.data, functions + i * FUNCTION.size + FUNCTION.offsets()["name"])
        if name:
            yield i, image.text(name)


def _site(data: bytes, at: int, number: int) -> Site:
    """The head of an entry of the site table (docs/architecture.md)."""
    function, at = read_uleb(data, at, 32)
    offset, at = read_uleb(data, at, 32)
    return Site(number, function, offset, SiteKind(data[at]))

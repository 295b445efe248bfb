"""Everything of a compilation as a static library, for other people's linkers: nothing else of it has a name there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wanco.objects.archive import archive
from wanco.objects.elf import Object
from wanco.objects.link import merged
from wanco.targets import Target


def static_library(
    objects: Sequence[Path | bytes],
    target: Target,
    name: str,
    *,
    archives: Sequence[Path],
    host_prefix: str,
    host_interface: frozenset[str],
) -> bytes:
    """An archive with one object ``name``, in which all that is not for the embedder is local.

    Host functions, whose names begin with ``host_prefix``, may still be to be defined: then what they call, the
    symbols of ``host_interface``, stays visible.

    Raises:
        LinkError: there is no linker, or it refuses.
    """
    whole, visible = Object(merged(objects, target, archives=archives)), frozenset[str]()
    if any(symbol.name.startswith(host_prefix) and not symbol.section for symbol in whole.symbols):
        visible = host_interface
        whole = Object(merged(objects, target, archives=archives, wanted=sorted(visible)))
    image = whole.localised(visible)
    return archive(name, image, (s.name for s in Object(image).symbols if s.is_global and s.section))

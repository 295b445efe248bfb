"""Streams: the places that one counter of a loop runs over.

A compiler that has unrolled a loop leaves several accesses next to each other, ``p`` and
``p + 4`` with ``p`` going on by 8.  LLVM's vectoriser can prove that these do not collide, but
not that they miss those of another counter ``q``; that it would test when the loop begins.  As
all addresses are sums with one base, however, it takes everything for one object, gives up
proving, and compares each access with each other at run time: ``p`` with ``p + 4``, whose ranges
always overlap, and the vectorised loop never runs.  So each stream of such a loop gets a base of
its own, which has the same value but for all that LLVM knows is another object.

The base is an annotation of the first one (`llvm.ptr.annotation`, LLVM Language Reference): what
finds the object that a pointer is based on does not look through it, and the code generator
drops it, so it costs neither an instruction nor a register.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from wanco.emit.ir.instruction import Effect, Instruction


def annotation(name: str, number: int) -> Instruction:
    """An instruction that gives memory 0 another base; two of different numbers are different for LLVM."""
    text = f"call ptr @llvm.ptr.annotation.p0.p0(ptr %mem, ptr null, ptr null, i32 {number}, ptr null) memory(none)"
    return Instruction(name, text, (), Effect.PLACED)


@dataclass(slots=True)
class _Stream:
    pointers: list[Instruction] = field(default_factory=list)
    places: set[int] = field(default_factory=set)
    stored: bool = False


class Streams:
    """The streams of the innermost loop that is open, by counter (an SSA value)."""

    def __init__(self) -> None:
        self._streams: dict[str, _Stream] = {}

    def open(self, counters: Iterable[str]) -> None:
        """A loop begins, in which ``counters`` differ between iterations."""
        self._streams = {counter: _Stream() for counter in counters}

    def access(self, counter: str, place: int, pointer: Instruction | None) -> None:
        """Memory 0 is accessed at ``counter + place``; ``pointer`` is the instruction that has computed a native
        address for that from the base, if one has."""
        if (stream := self._streams.get(counter)) is not None:
            stream.places.add(place)
            if pointer:
                stream.pointers.append(pointer)

    def store(self, counter: str) -> None:
        """One of the accesses is a store."""
        if (stream := self._streams.get(counter)) is not None:
            stream.stored = True

    def close(self) -> list[list[Instruction]]:
        """The loop ends: the pointers of each stream that should have a base of its own; nothing, if none should."""
        streams = [stream for stream in self._streams.values() if stream.places]
        self._streams = {}
        if len(streams) < 2 or not any(stream.stored and len(stream.places) > 1 for stream in streams):
            return []
        return [stream.pointers for stream in streams]

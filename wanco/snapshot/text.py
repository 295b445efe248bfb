"""A snapshot for people and for programs: as text, and as a JSON value."""

from __future__ import annotations

import dataclasses
import datetime
import math
import struct
from collections.abc import Callable, Iterator
from typing import Any

from wanco.abi.layout import NULL_FUNCTION, SNAPSHOT_PAGE, ValueCode
from wanco.errors import SnapshotError
from wanco.snapshot.model import Frame, HostState, Memory, Table, Value
from wanco.snapshot.snapshot import Snapshot
from wanco.snapshot.wasi import Descriptor, DescriptorKind, WasiState

_STREAMS = {0: "standard input", 1: "standard output", 2: "standard error"}
_RUNS_SHOWN = 16
_ENTRIES_SHOWN = 16
_BYTES_SHOWN = 16


def _integer(width: int) -> Callable[[int], str]:
    def text(bits: int) -> str:
        signed = bits - (1 << width) if bits >> (width - 1) else bits
        return f"{signed} ({bits:#x})" if signed not in range(10) else str(signed)

    return text


def _float(code: str, integer: str) -> Callable[[int], str]:
    def text(bits: int) -> str:
        (value,) = struct.unpack(f"<{code}", struct.pack(f"<{integer}", bits))
        return f"nan ({bits:#x})" if math.isnan(value) else f"{value!r} ({bits:#x})"

    return text


def _function(bits: int) -> str:
    return "null" if bits == NULL_FUNCTION else f"function {bits}"


_FORMATS: dict[ValueCode, Callable[[int], str]] = {
    ValueCode.I32: _integer(32),
    ValueCode.I64: _integer(64),
    ValueCode.F32: _float("f", "I"),
    ValueCode.F64: _float("d", "Q"),
    ValueCode.V128: "{:#034x}".format,
    ValueCode.FUNCREF: _function,
    ValueCode.EXTERNREF: lambda bits: f"{bits:#x}" if bits else "null",
}


def format_value(value: Value) -> str:
    """Type, value and bit pattern, such as ``i32 -1 (0xffffffff)``."""
    return f"{value.type.name.lower()} {_FORMATS[value.type](value.bits)}"


def format_frame(snapshot: Snapshot, frame: Frame) -> str:
    """Where a frame stands, such as ``fib +0x1c``."""
    return f"{snapshot.function_name(frame.function)} +{frame.offset:#x}"


def render(snapshot: Snapshot) -> str:
    """The whole snapshot as lines of text; memory contents only by extent."""
    return "\n".join(_lines(snapshot))


def _lines(snapshot: Snapshot) -> Iterator[str]:
    meta = snapshot.meta
    when = datetime.datetime.fromtimestamp(meta.time / 1e9, datetime.UTC)
    yield f"module      {meta.module or '(no name)'}, SHA-256 {snapshot.module_hash.hex()}"
    yield f"site table  {snapshot.site_table_hash.hex()}"
    yield f"written     {when:%Y-%m-%d %H:%M:%S} UTC on {meta.isa} by wanco {meta.version}, number {meta.number}" + (
        f", at poll {meta.polls}" if meta.polls else ""
    )
    if meta.poll_interval:
        yield f"polls       every {meta.poll_interval} iterations of an inner loop"
    if snapshot.base:
        yield f"builds on   {snapshot.base.name}, with {snapshot.base.depth} snapshots beneath; memories: what changed since"
    control = snapshot.control
    yield f"phase       {control.phase.name.lower()}, entry {control.entry}" + (", requested by the program" if control.requested else "")
    yield f"frames      {len(snapshot.frames)}, innermost first"
    for number, frame in enumerate(snapshot.frames):
        yield f"  #{number:<4} {format_frame(snapshot, frame)} (function {frame.function}, site {frame.site})"
        for role, values in (("local", frame.locals), ("stack", frame.stack)):
            for value in values:
                yield f"        {role} {value.index:<5} {format_value(value)}"
    yield f"globals     {len(snapshot.globals)} that can change"
    for value in snapshot.globals:
        yield f"  {value.index:<5} {format_value(value)}"
    yield f"tables      {len(snapshot.tables)} that can change"
    for table in snapshot.tables:
        yield f"  {table.index:<5} {_table(table)}"
    for kind, bits in (("data", snapshot.segments.data), ("element", snapshot.segments.elements)):
        dropped = [str(i) for i, bit in enumerate(bits) if bit]
        yield f"{kind + 's' if kind == 'element' else kind:11} {len(bits)} segments, dropped: {' '.join(dropped) or 'none'}"
    yield from _system(snapshot)
    if snapshot.host:
        yield f"host state  {len(snapshot.host)}, of functions outside of WebAssembly"
    for state in snapshot.host:
        yield f"  {format_host_state(state)}"
    yield f"memories    {len(snapshot.memories)}"
    for memory in snapshot.memories:
        cleared = sum(run.count for run in memory.cleared) * SNAPSHOT_PAGE
        yield f"  {memory.index:<5} {memory.byte_size} bytes, {memory.stored * SNAPSHOT_PAGE} stored: {_extents(memory)}" + (
            f"; {cleared} cleared" if cleared else ""
        )


def _system(snapshot: Snapshot) -> Iterator[str]:
    try:
        state = snapshot.system
    except SnapshotError as error:
        yield f"wasi        {len(snapshot.wasi)} bytes, not understood: {error}"
        return
    yield f"arguments   {' '.join(map(repr, state.arguments))}"
    yield f"environment {' '.join(map(repr, state.environment)) or 'none'}"
    clocks = {"monotonic": state.monotonic, "CPU": state.cpu, "virtual": state.virtual_time}
    read = ", ".join(f"{name} {value} ns" for name, value in clocks.items() if value)
    yield f"clocks      {read or 'not read'}" + (", deterministic" if state.deterministic else "")
    if state.polling:
        yield f"waiting     in a poll_oneoff that began at {state.poll_start} ns"
    yield f"folders     {len(state.preopens)}"
    for preopen in state.preopens:
        yield f"  {preopen.guest} is {preopen.host}"
    if state.listeners:
        yield f"listeners   {len(state.listeners)}: {' '.join(state.listeners)}"
    yield f"descriptors {len(state.descriptors)}"
    for descriptor in state.descriptors:
        yield f"  {descriptor.number:<5} {format_descriptor(state, descriptor)}"


def format_descriptor(state: WasiState, descriptor: Descriptor) -> str:
    """What a descriptor is, such as ``file data/out.txt, reads and writes, at 120 of 120 bytes``."""
    if descriptor.kind is DescriptorKind.STREAM:
        return _STREAMS.get(descriptor.preopen, f"stream {descriptor.preopen}") + (f" at {descriptor.offset}" if descriptor.offset else "")
    if descriptor.kind is DescriptorKind.LISTENER:
        known = descriptor.preopen < len(state.listeners)
        return f"listener {state.listeners[descriptor.preopen] if known else descriptor.preopen}"
    if descriptor.kind is DescriptorKind.SOCKET:
        return "connection"
    known = descriptor.preopen < len(state.preopens)
    folder = state.preopens[descriptor.preopen].guest if known else f"folder {descriptor.preopen}"
    if descriptor.kind is DescriptorKind.ROOT:
        return f"folder {folder}"
    if descriptor.kind is DescriptorKind.DIRECTORY:
        entries = "" if descriptor.listing is None else f", {len(descriptor.listing)} entries read"
        return f"folder {folder}/{descriptor.path}{entries}"
    does = " and ".join(word for word, wanted in (("reads", descriptor.reads), ("writes", descriptor.writes)) if wanted)
    flags = f", flags {descriptor.flags:#x}" if descriptor.flags else ""
    if descriptor.kind is DescriptorKind.LOST:
        return f"file in {folder} that was lost"
    deleted = descriptor.contents is not None or descriptor.shares is not None
    shares = "" if descriptor.shares is None else f", the same as {descriptor.shares}"
    name = f"deleted file in {folder}{shares}" if deleted else f"file {folder}/{descriptor.path}"
    return f"{name}, {does or 'no access'}{flags}, at {descriptor.offset} of {descriptor.size} bytes"


def format_host_state(state: HostState) -> str:
    """A state of host functions, such as ``counter version 1, 2 bytes: 05 00``."""
    shown = state.data[:_BYTES_SHOWN].hex(" ") + (" ..." if len(state.data) > _BYTES_SHOWN else "")
    return f"{state.name} version {state.version}, {len(state.data)} bytes{': ' if shown else ''}{shown}"


def _table(table: Table) -> str:
    shown = " ".join("null" if _is_null(table, e) else str(e) for e in table.entries[:_ENTRIES_SHOWN])
    more = " ..." if len(table.entries) > _ENTRIES_SHOWN else ""
    return f"{len(table.entries)} x {table.type.name.lower()}: {shown}{more}"


def _is_null(table: Table, entry: int) -> bool:
    return entry == (NULL_FUNCTION if table.type is ValueCode.FUNCREF else 0)


def _extents(memory: Memory) -> str:
    shown = [f"{r.first * SNAPSHOT_PAGE:#x}-{(r.first + r.count) * SNAPSHOT_PAGE:#x}" for r in memory.runs[:_RUNS_SHOWN]]
    return " ".join(shown) + (f" and {len(memory.runs) - _RUNS_SHOWN} more runs" if len(memory.runs) > _RUNS_SHOWN else "")


def as_json(snapshot: Snapshot) -> dict[str, Any]:
    """The whole snapshot, memory contents excepted, in types that `json.dumps` takes; bits as integers."""

    def value(item: Value) -> dict[str, Any]:
        return {"index": item.index, "type": item.type.name.lower(), "bits": item.bits}

    return {
        "module_hash": snapshot.module_hash.hex(),
        "site_table_hash": snapshot.site_table_hash.hex(),
        "phase": snapshot.control.phase.name.lower(),
        "entry": snapshot.control.entry,
        "requested": snapshot.control.requested,
        "frames": [
            {
                "site": frame.site,
                "function": frame.function,
                "name": snapshot.names.get(frame.function),
                "offset": frame.offset,
                "locals": [value(v) for v in frame.locals],
                "stack": [value(v) for v in frame.stack],
            }
            for frame in snapshot.frames
        ],
        "globals": [value(v) for v in snapshot.globals],
        "tables": [
            {"index": t.index, "type": t.type.name.lower(), "entries": [None if _is_null(t, e) else e for e in t.entries]}
            for t in snapshot.tables
        ],
        "dropped_data": [i for i, bit in enumerate(snapshot.segments.data) if bit],
        "dropped_elements": [i for i, bit in enumerate(snapshot.segments.elements) if bit],
        "wasi": _system_as_json(snapshot),
        "host": [{"name": s.name, "version": s.version, "data": s.data.hex()} for s in snapshot.host],
        "base": dataclasses.asdict(snapshot.base) if snapshot.base else None,
        "memories": [_memory(memory, snapshot.base is not None) for memory in snapshot.memories],
        "meta": {
            name: getattr(snapshot.meta, name)
            for name in ("time", "polls", "number", "isa", "version", "module", "monotonic", "cpu", "poll_interval")
        },
    }


def _system_as_json(snapshot: Snapshot) -> dict[str, Any] | None:
    """None where the section is not understood."""
    try:
        state = dataclasses.asdict(snapshot.system)
    except SnapshotError:
        return None
    for descriptor in state["descriptors"]:
        contents = descriptor["contents"]
        descriptor["contents"] = None if contents is None else contents.hex()
    return state


def _memory(memory: Memory, is_increment: bool) -> dict[str, Any]:
    lists = {"runs": memory.runs} | ({"cleared": memory.cleared} if is_increment else {})
    return {"index": memory.index, "pages": memory.size} | {name: [dataclasses.asdict(run) for run in runs] for name, runs in lists.items()}

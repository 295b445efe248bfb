"""Differences are found, named, and nothing else is."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.snapshot.test_round_trip import EXAMPLE, snapshots
from wanco.abi.layout import WASM_PAGE, ValueCode
from wanco.snapshot import Control, Frame, HostState, Memory, Meta, Segments, Snapshot, Table, Value, as_json, diff, render


def _with(**changes: Any) -> Snapshot:
    return dataclasses.replace(EXAMPLE, **changes)


def _words(other: Snapshot) -> list[str]:
    return [str(difference) for difference in diff(EXAMPLE, other)]


@settings(deadline=None)
@given(snapshots)
def test_equal_states_have_no_differences(snapshot: Snapshot) -> None:
    again = Snapshot.decode(memoryview(snapshot.encode()))
    assert diff(snapshot, dataclasses.replace(again, meta=Meta(1, 2, 3, "other"))) == []


def test_a_local_and_an_operand() -> None:
    inner, outer = EXAMPLE.frames
    changed = dataclasses.replace(inner, locals=(Value(ValueCode.I32, 0, 2**32 - 1), inner.locals[1]), stack=())
    assert _words(_with(frames=(changed, outer))) == [
        "frame #0 (fib +0x1c) local 0: i32 5 | i32 -1 (0xffffffff)",
        "frame #0 (fib +0x1c) stack 0: i64 -1 (0xffffffffffffffff) | missing",
    ]


def test_another_place_and_another_depth() -> None:
    inner, outer = EXAMPLE.frames
    assert _words(_with(frames=(dataclasses.replace(inner, offset=0x20), outer))) == ["frame #0: fib +0x1c | fib +0x20"]
    assert _words(_with(frames=(outer,))) == ["number of frames: 2 | 1", "frame #0: fib +0x1c | missing"]


def test_an_outer_frame_that_differs_hides_the_inner_ones() -> None:
    inner, _ = EXAMPLE.frames
    other = (dataclasses.replace(inner, locals=()), Frame(5, 9, 1))
    assert _words(_with(frames=other)) == ["frame #1: main +0x9 | func[9] +0x1"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"globals": (Value(ValueCode.I32, 0, 66559),)}, "global 0: i32 66560 (0x10400) | i32 66559 (0x103ff)"),
        ({"globals": ()}, "global 0: i32 66560 (0x10400) | missing"),
        ({"tables": (Table(1, ValueCode.FUNCREF, (3, 1, 2)),)}, "table 1 entry 1: funcref null | funcref function 1"),
        ({"tables": (Table(1, ValueCode.FUNCREF, ()),)}, "table 1: 3 x funcref | 0 x funcref"),
        ({"segments": Segments((True, True), (True,))}, "data segment 1: kept | dropped"),
        ({"segments": Segments((True, False), (False,))}, "element segment 0: dropped | kept"),
        ({"control": Control(EXAMPLE.control.phase, 3)}, "entry: 2 | 3"),
        ({"wasi": b"abc"}, "WASI state: 0 bytes | 3 bytes"),
        ({"host": (HostState("counter", 1, b"\5\1"), EXAMPLE.host[1])}, "host state counter bytes 0x1-0x2: 00 | 01"),
        ({"host": EXAMPLE.host[:1]}, "host state: names version 2, 0 bytes | missing"),
        ({"memories": ()}, "memory 0: 1 pages | missing"),
    ],
)
def test_other_parts(changes: dict[str, Any], words: str) -> None:
    assert _words(_with(**changes)) == [words]


def test_ranges_of_memory_are_joined_over_small_gaps_and_page_boundaries() -> None:
    contents = bytearray(EXAMPLE.memories[0].read(0, WASM_PAGE))
    contents[0xFFE:0x1002] = b"abcd"
    contents[0x5000] = 9
    contents[0x5008] = 8
    contents[0x5100] = 7
    assert _words(_with(memories=(Memory.of(0, bytes(contents)),))) == [
        "memory 0 bytes 0xffe-0x1002: 00 00 00 00 | 61 62 63 64",
        "memory 0 bytes 0x5000-0x5009: 00 00 00 00 00 00 00 00 00 | 09 00 00 00 00 00 00 00 08",
        "memory 0 bytes 0x5100-0x5101: 00 | 07",
    ]


@settings(deadline=None)
@given(st.integers(0, WASM_PAGE - 1), st.integers(1, 255))
def test_any_changed_byte_of_memory_is_found(address: int, flip: int) -> None:
    contents = bytearray(EXAMPLE.memories[0].read(0, WASM_PAGE))
    contents[address] ^= flip
    (difference,) = diff(EXAMPLE, _with(memories=(Memory.of(0, bytes(contents)),)))
    assert difference.place == f"memory 0 bytes {address:#x}-{address + 1:#x}"


def test_a_grown_memory() -> None:
    contents = EXAMPLE.memories[0].read(0, WASM_PAGE)
    assert _words(_with(memories=(Memory.of(0, contents + bytes(WASM_PAGE)),))) == ["memory 0 size: 1 pages | 2 pages"]


def test_text_names_what_there_is() -> None:
    text = render(EXAMPLE)
    for words in (
        "module      app, SHA-256 000102",
        "2001-09-09 01:46:40 UTC on x86_64 by wanco 0.1.0, number 1, at poll 42",
        "phase       command, entry 2",
        "#0    fib +0x1c (function 3, site 7)",
        "local 0     i32 5\n",
        "local 2     f64 nan (0x7ff8000000000000)",
        "stack 0     i64 -1 (0xffffffffffffffff)",
        "#1    main +0x9",
        "3 x funcref: 3 null 2",
        "2 segments, dropped: 0",
        "counter version 1, 2 bytes: 05 00\n",
        "65536 bytes, 8192 stored: 0x0-0x1000 0x2000-0x3000",
    ):
        assert words in text


def test_json_has_everything_but_memory_contents() -> None:
    value = as_json(EXAMPLE)
    assert value["frames"][0]["locals"][0] == {"index": 0, "type": "i32", "bits": 5}
    assert value["frames"][0]["name"] == "fib"
    assert value["tables"] == [{"index": 1, "type": "funcref", "entries": [3, None, 2]}]
    assert value["dropped_data"] == [0]
    assert value["memories"] == [{"index": 0, "pages": 1, "runs": [{"first": 0, "count": 1}, {"first": 2, "count": 1}]}]
    assert value["meta"]["isa"] == "x86_64"

"""The state of the system interface is read, printed and compared."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Sequence

import pytest

from tests.snapshot.test_round_trip import EXAMPLE
from wanco.errors import SnapshotError
from wanco.snapshot import DescriptorKind, Snapshot, as_json, diff, render
from wanco.snapshot.wasi import decode_wasi


def _string(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode()


def _strings(texts: Sequence[str]) -> bytes:
    data = b"".join(text.encode() + b"\0" for text in texts)
    return struct.pack("<II", len(texts), len(data)) + data


def _descriptor(number: int, kind: int, preopen: int, mode: int, offset: int = 0, size: int = 0, path: str = "") -> bytes:
    return struct.pack("<IBBHIIQQQQ", number, kind, 4, 0, preopen, mode, 0, 0, offset, size) + _string(path)


def _section(offset: int = 120, path: str = "out.txt", environment: Sequence[str] = ("K=V",)) -> bytes:
    listing = struct.pack("<I", 2) + b"".join(struct.pack("<I", 8) + _string(name) for name in ("a", "b"))
    return (
        struct.pack("<II5Q", 1, 0, 7, 1, 99, 0, 0)
        + _strings(["app", "-x"])
        + _strings(environment)
        + struct.pack("<I", 1) + _string("/data") + _string("/srv/data")
        + struct.pack("<I", 1) + _string("tcp:127.0.0.1:80")
        + struct.pack("<I", 4)
        + _descriptor(1, 1, 1, 2)
        + _descriptor(3, 4, 0, 0)
        + _descriptor(4, 2, 0, 3, offset, 120, path)
        + _descriptor(7, 3, 0, 5, path="sub") + listing
    )  # fmt: skip


def _snapshot(section: bytes) -> Snapshot:
    return dataclasses.replace(EXAMPLE, wasi=section)


def test_all_fields_are_read() -> None:
    state = decode_wasi(_section())
    assert (state.arguments, state.environment) == (("app", "-x"), ("K=V",))
    assert (state.deterministic, state.polling, state.virtual_time, state.monotonic) == (True, False, 7, 99)
    assert [(p.guest, p.host) for p in state.preopens] == [("/data", "/srv/data")]
    assert [d.number for d in state.descriptors] == [1, 3, 4, 7]
    file, folder = state.descriptors[2:]
    assert (file.kind, file.path, file.offset, file.size, file.reads, file.writes) == (DescriptorKind.FILE, "out.txt", 120, 120, True, True)
    assert (folder.kind, folder.listing) == (DescriptorKind.DIRECTORY, ((8, "a"), (8, "b")))


@pytest.mark.parametrize("cut", [1, 30, 60, 100])
def test_a_cut_section_is_refused(cut: int) -> None:
    with pytest.raises(SnapshotError, match="section WASI: "):
        decode_wasi(_section()[:-cut])


def test_text() -> None:
    text = render(_snapshot(_section()))
    for line in (
        "arguments   'app' '-x'",
        "environment 'K=V'",
        "clocks      monotonic 99 ns, virtual 7 ns, deterministic",
        "  /data is /srv/data",
        "  1     standard output",
        "  3     folder /data",
        "  4     file /data/out.txt, reads and writes, at 120 of 120 bytes",
        "  7     folder /data/sub, 2 entries read",
    ):
        assert line in text.splitlines()
    assert "wasi        3 bytes, not understood" in render(_snapshot(b"abc"))


def test_json() -> None:
    assert as_json(_snapshot(_section()))["wasi"]["descriptors"][2]["path"] == "out.txt"
    assert as_json(_snapshot(b"abc"))["wasi"] is None


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (_section(offset=7), "WASI descriptor 4 offset: 120 | 7"),
        (_section(environment=["K=W"]), "WASI environment: ('K=V',) | ('K=W',)"),
        (
            _section(path="new"),
            "WASI descriptor 4: file /data/out.txt, reads and writes, at 120 of 120 bytes | "
            "file /data/new, reads and writes, at 120 of 120 bytes",
        ),
        (b"abc" + _section()[3:], "WASI state bytes 0x0-0x3: 01 00 00 | 61 62 63"),
    ],
)
def test_differences(other: bytes, words: str) -> None:
    assert [str(d) for d in diff(_snapshot(_section()), _snapshot(other))] == [words]

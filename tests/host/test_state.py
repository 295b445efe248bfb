"""What host functions keep goes with the program; memory access and traps of host functions."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.host.building import CompileHost, build, needs_zig
from wanco.imports.host import HostFiles
from wanco.run import Executable, RunOptions
from wanco.snapshot import HostState, Snapshot
from wanco.targets import TARGETS, native

pytestmark = needs_zig

PROGRAM = """(module $counts
  (import "env" "count" (func $count (param i32) (result i32)))
  (import "env" "note" (func $note (param i64 f64)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $n i32) (local $sum i32)
    (loop $next
      (local.set $sum (call $count (local.get $n)))
      (call $note (i64.extend_i32_u (local.get $n)) (f64.convert_i32_u (local.get $n)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $n) (i32.const 20))))
    (call $exit (local.get $sum))))"""
STATUS = sum(range(20))

COUNTER = """
#include <wanco.h>
static uint32_t sum;
uint32_t loaded;
static void save(struct wanco_writer *writer) { wanco_write_u32(writer, sum); }
static void load(struct wanco_reader *reader, uint32_t version) { sum = wanco_read_u32(reader); loaded = version; }
WANCO_HOST_STATE(counter, 7, save, load);
int32_t WANCO_HOST(env, count)(struct wanco_instance *i, uint32_t n) { return (int32_t)(sum += n); }
"""
NOTES = """
#include <wanco.h>
static struct { int64_t a; double b; float c; uint8_t d; uint16_t e; } list[64];
static uint32_t length;
static const char *title = "made here";
static char copy[32];
static void save(struct wanco_writer *writer) {
  wanco_write_text(writer, title);
  wanco_write_u32(writer, length);
  for (uint32_t i = 0; i < length; i++) {
    wanco_write_u64(writer, (uint64_t)list[i].a);
    wanco_write_f64(writer, list[i].b);
    wanco_write_f32(writer, list[i].c);
    wanco_write_u8(writer, list[i].d);
    wanco_write_u16(writer, list[i].e);
    wanco_write(writer, "raw", 3);
  }
}
static void load(struct wanco_reader *reader, uint32_t version) {
  const char *text = wanco_read_text(reader);
  for (int i = 0; i < 31 && text[i]; i++) copy[i] = text[i];
  title = copy;
  length = wanco_read_u32(reader);
  if (length > 64) wanco_read_fail(reader, "%u notes are too many", length);
  for (uint32_t i = 0; i < length; i++) {
    list[i].a = (int64_t)wanco_read_u64(reader);
    list[i].b = wanco_read_f64(reader);
    list[i].c = wanco_read_f32(reader);
    list[i].d = wanco_read_u8(reader);
    list[i].e = wanco_read_u16(reader);
    const char *raw = wanco_read(reader, 3);
    if (raw[0] != 'r' || raw[2] != 'w') wanco_read_fail(reader, "not raw");
  }
  if (wanco_read_left(reader)) wanco_read_fail(reader, "more");
}
WANCO_HOST_STATE(a_list, 1, save, load);
void WANCO_HOST(env, note)(struct wanco_instance *i, int64_t a, double b) {
  list[length].a = -a;
  list[length].b = b / 3;
  list[length].c = (float)b;
  list[length].d = (uint8_t)a;
  list[length++].e = 0xABCD;
}
"""


def test_state_goes_around_the_instruction_sets(compile_host: CompileHost, tmp_path: Path) -> None:
    executables: dict[str, Executable] = {}
    for name, target in TARGETS.items():
        objects = [compile_host(COUNTER, target), compile_host(NOTES, target)]
        # The order of objects says nothing.
        executables[name] = build(PROGRAM, target, HostFiles.read(objects[:: 1 if name == "x86_64" else -1]), tmp_path)
    first, second = tmp_path / "first", tmp_path / "second"
    assert executables["x86_64"].run((), RunOptions(snapshot=first, checkpoint_at=5)).checkpointed
    assert executables["aarch64"].run((), RunOptions(restore=first, snapshot=second, checkpoint_at=5)).checkpointed
    assert executables["riscv64"].run((), RunOptions(restore=second)).status == STATUS
    assert executables["x86_64"].run().status == STATUS

    states = Snapshot.load(second).host
    assert [(state.name, state.version) for state in states] == [("a_list", 1), ("counter", 7)]
    assert states[1].data == sum(range(10)).to_bytes(4, "little")
    assert len(states[0].data) == 8 + 10 + 4 + 10 * (8 + 8 + 4 + 1 + 2 + 3)
    straight = tmp_path / "straight"
    assert executables["riscv64"].run((), RunOptions(snapshot=straight, checkpoint_at=10)).checkpointed
    assert Snapshot.load(straight).host == states


NO_NOTES = "#include <wanco.h>\nvoid WANCO_HOST(env, note)(struct wanco_instance *i, int64_t a, double b) {}\n"
PLAIN_COUNTER = "#include <wanco.h>\nint32_t WANCO_HOST(env, count)(struct wanco_instance *i, uint32_t n) { return 0; }\n"


@pytest.mark.parametrize(
    ("counter", "message"),
    [
        (PLAIN_COUNTER, "there is state of host functions called counter, but this program was linked without them"),
        (
            COUNTER.replace("WANCO_HOST_STATE(counter", "WANCO_HOST_STATE(count"),
            "no state called count, which host functions of this program need",
        ),
        (COUNTER.replace("7", "8"), "state counter has version 7, but this program's host functions read versions 8 to 8"),
        (COUNTER.replace("STATE(counter, 7", "STATE_SINCE(counter, 7, 9"), ""),
        (COUNTER.replace("loaded = version", "wanco_read_u8(reader)"), "HOST: state counter: ends too early"),
        (COUNTER.replace("sum = wanco_read_u32(reader)", "wanco_read_u8(reader)"), "HOST: state counter: 3 bytes too long"),
        (COUNTER.replace("loaded = version", 'wanco_read_fail(reader, "bad sum %u", sum)'), "HOST: state counter: bad sum 6"),
    ],
    ids=["gone", "renamed", "version", "older", "too-much", "too-little", "own"],
)
def test_what_does_not_fit_is_refused(counter: str, message: str, compile_host: CompileHost, tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot"
    hosts = [HostFiles.read([compile_host(source, native()), compile_host(NO_NOTES, native())]) for source in (COUNTER, counter)]
    assert build(PROGRAM, native(), hosts[0], tmp_path).run((), RunOptions(snapshot=snapshot, checkpoint_at=4)).checkpointed
    result = build(PROGRAM, native(), hosts[1], tmp_path).run((), RunOptions(restore=snapshot))
    if message:
        assert result.status == 3 and message in result.stderr.decode() and result.stderr.count(b"\n") == 1
    else:
        assert result.status == STATUS


def test_a_state_that_was_added_later_is_missed(compile_host: CompileHost, tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot"
    hosts = [HostFiles.read([compile_host(COUNTER, native()), compile_host(source, native())]) for source in (NO_NOTES, NOTES)]
    assert build(PROGRAM, native(), hosts[0], tmp_path).run((), RunOptions(snapshot=snapshot, checkpoint_at=4)).checkpointed
    result = build(PROGRAM, native(), hosts[1], tmp_path).run((), RunOptions(restore=snapshot))
    assert result.status == 3 and b"no state called a_list" in result.stderr


def test_two_states_of_one_name(compile_host: CompileHost, tmp_path: Path) -> None:
    host = HostFiles.read([compile_host(COUNTER, native()), compile_host(NOTES.replace("a_list", "counter"), native())])
    result = build(PROGRAM, native(), host, tmp_path).run()
    assert (result.status, result.stderr) == (3, b"wanco: two host objects have a state called counter: rename one of them\n")


def test_a_state_that_cannot_be_saved(compile_host: CompileHost, tmp_path: Path) -> None:
    refusing = COUNTER.replace("wanco_write_u32(writer, sum);", 'wanco_write_fail(writer, "a window is open");')
    host = HostFiles.read([compile_host(refusing, native()), compile_host(NO_NOTES, native())])
    result = build(PROGRAM, native(), host, tmp_path).run((), RunOptions(snapshot=tmp_path / "snapshot", checkpoint_at=4))
    assert result.status == STATUS and b"a window is open; the program goes on" in result.stderr
    assert not (tmp_path / "snapshot").exists()


def test_large_state(compile_host: CompileHost, tmp_path: Path) -> None:
    """It is written as it comes, whatever its size."""
    large = COUNTER.replace("static uint32_t sum", "static uint8_t area[9 << 20];\nstatic uint32_t sum").replace(
        "wanco_write_u32(writer, sum);",
        "area[0] = 1; area[sizeof area - 1] = 2; for (int k = 0; k < 9; k++) wanco_write(writer, area + (k << 20), 1 << 20);",
    ).replace("sum = wanco_read_u32(reader)", "wanco_read(reader, sizeof area)")  # fmt: skip
    host = HostFiles.read([compile_host(large, native()), compile_host(NO_NOTES, native())])
    snapshot = tmp_path / "snapshot"
    program = build(PROGRAM, native(), host, tmp_path)
    assert program.run((), RunOptions(snapshot=snapshot, checkpoint_at=4)).checkpointed
    (state,) = Snapshot.load(snapshot).host
    assert state == HostState("counter", 7, b"\1" + bytes((9 << 20) - 2) + b"\2")
    assert program.run((), RunOptions(restore=snapshot)).status == sum(range(4, 20))


def test_a_forged_directory_does_no_harm(compile_host: CompileHost, tmp_path: Path) -> None:
    host = HostFiles.read([compile_host(COUNTER, native()), compile_host(NO_NOTES, native())])
    program = build(PROGRAM, native(), host, tmp_path)
    path = tmp_path / "snapshot"
    assert program.run((), RunOptions(snapshot=path, checkpoint_at=4)).checkpointed
    snapshot = Snapshot.load(path)
    for states in ([HostState("c" * 300, 7, b"")], [*snapshot.host, HostState("z", 1, b"")], [HostState("", 1, b"")]):
        dataclasses.replace(snapshot, host=tuple(states)).save(path)
        assert program.run((), RunOptions(restore=path)).status == 3


ACCESS = """(module $access
  (import "env" "act" (func $act (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "text\\00")
  (data (i32.const 65533) "abc")
  (func (export "_start") (call $exit (call $act (i32.const 8) (i32.const 65533)))))"""


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ("const char *text = wanco_guest_text(i, a); return text && text[0] == 't' && text[4] == 0;", 1, ""),
        ("return !wanco_guest_text(i, b) && !wanco_guest_text(i, 65536) && !wanco_guest_text(i, 0xffffffff);", 1, ""),
        ("return *(uint8_t *)wanco_guest_memory_or_trap(i, b + 2, 1) == 'c';", 1, ""),
        ("return *(uint8_t *)wanco_guest_memory_or_trap(i, b + 2, 2);", 134, "trap: out of bounds memory access"),
        ("return wanco_guest_memory_at(i, 0, b, 3) && !wanco_guest_memory_at(i, 1, 0, 0);", 1, ""),
        ('char why[] = "no such device"; wanco_host_trap(i, why);', 134, "trap: no such device"),
    ],
)
def test_access_and_traps(body: str, status: int, message: str, compile_host: CompileHost, tmp_path: Path) -> None:
    source = f"#include <wanco.h>\nint32_t WANCO_HOST(env, act)(struct wanco_instance *i, uint32_t a, uint32_t b) {{ {body} }}\n"
    result = build(ACCESS, native(), HostFiles.read([compile_host(source, native())]), tmp_path).run()
    assert (result.status, result.stderr.decode().removeprefix("wanco: ").rstrip()) == (status, message)

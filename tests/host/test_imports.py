"""Imports that are no functions: memories, tables and globals of executables."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.host.building import CompileHost, build, needs_zig
from wanco.errors import LinkError, UsageError
from wanco.imports.host import NONE, HostFiles, global_symbol
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.run import Executable, RunOptions
from wanco.snapshot import Snapshot
from wanco.targets import TARGETS, Target, native
from wanco.wasm.text import read_module

PROGRAM = """(module $imports
  (import "env" "memory" (memory 1 4))
  (import "env" "table" (table 3 5 funcref))
  (import "env" "base" (global $base i32))
  (import "env" "again.and=more" (global $again i64))
  (import "env" "half" (global $half f64))
  (import "env" "count" (global $count (mut i32)))
  (import "env" "base" (global $same i32))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (export "memory" (memory 0))
  (type $f (func (result i32)))
  (func $seven (result i32) (i32.const 7))
  (elem (global.get $base) $seven)
  (data (global.get $same) "\\05")
  (func (export "_start")
    (loop $next
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (br_if $next (i32.lt_u (global.get $count) (i32.const 40))))
    (if (i64.ne (global.get $again) (i64.const -2)) (then (unreachable)))
    (if (f64.ne (global.get $half) (f64.const 0.5)) (then (unreachable)))
    (if (i32.ne (memory.grow (i32.const 3)) (i32.const 1)) (then (unreachable)))
    (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))
    (if (i32.ne (table.grow (ref.null func) (i32.const 3)) (i32.const -1)) (then (unreachable)))
    (call $exit (i32.add (i32.load8_u (global.get $base))
      (i32.add (global.get $count) (call_indirect (type $f) (global.get $base)))))))"""
STATUS = 5 + 40 + 7
GIVEN = ("env.base=2", "env.again.and=more=-2", "env.half=0x1p-1", "env.count=10")


def _compile(globals_: tuple[str, ...], folder: Path, host: HostFiles = NONE) -> Executable:
    options = CompileOptions(globals=globals_, host=host, poll_interval=1)
    (artifact,) = compile_module(read_module(PROGRAM.encode()), [native()], options)
    artifact.write(folder / "program")
    return Executable.open(folder / "program")


def test_all_kinds_with_given_values(tmp_path: Path) -> None:
    result = _compile(GIVEN, tmp_path).run()
    assert (result.status, result.stderr) == (STATUS, b"")


def test_what_is_missing_is_listed_in_one_error() -> None:
    text = PROGRAM.replace("(memory 1 4))", '(memory 1 4))\n(import "my_env" "f" (func (param i32)))')
    with pytest.raises(LinkError) as error:
        compile_module(read_module(text.encode()), [native()], CompileOptions(globals=GIVEN[:2]))
    assert str(error.value) == (
        "nothing is there for the imports my_env.f (i32) -> (), env.half (global f64), env.count (global mut i32): "
        f"link an object for {native().name} that defines wanco_host_myZ5fenv_f, wanco_global_env_half, wanco_global_env_count, "
        "or give globals by --global MODULE.NAME=VALUE"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("env.bse=2", "--global env.bse=2: the module imports no such global; MODULE.NAME=VALUE is wanted"),
        ("base", "--global base: the module imports no such global"),
        ("env.base=4294967296", "--global env.base=4294967296: '4294967296' is no value of type i32"),
        ("env.base=", "--global env.base=: '' is no value of type i32"),
        ("env.half=one", "--global env.half=one: 'one' is no value of type f64"),
    ],
)
def test_wrong_values(text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        compile_module(read_module(PROGRAM.encode()), [native()], CompileOptions(globals=(*GIVEN, text)))
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("type_", "value", "bits"),
    [
        ("i32", "-1", 2**32 - 1),
        ("i32", "0xffffffff", 2**32 - 1),
        ("i64", "-0x8000000000000000", 1 << 63),
        ("f32", "0.1", int.from_bytes(struct.pack("<f", 0.1), "little")),
        ("f32", "-inf", 0xFF800000),
        ("f64", "nan", 0x7FF8000000000000),
        ("v128", "0x0102", 0x0102),
        ("funcref", "null", 0xFFFFFFFF),
    ],
)
def test_values_of_all_types(type_: str, value: str, bits: int, tmp_path: Path) -> None:
    """As a snapshot shows them."""
    text = f"""(module (import "a" "b" (global (mut {type_}))) (func (export "_start") (local i32)
      (loop $next (br_if $next (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 9))))))"""
    (artifact,) = compile_module(read_module(text.encode()), [native()], CompileOptions(globals=(f"a.b={value}",), poll_interval=1))
    artifact.write(tmp_path / "program")
    snapshot = tmp_path / "snapshot"
    assert Executable.open(tmp_path / "program").run((), RunOptions(snapshot=snapshot, checkpoint_at=2)).checkpointed
    (found,) = Snapshot.load(snapshot).globals
    assert found.bits == bits


def test_a_snapshot_knows_the_values(tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot"
    assert _compile(GIVEN, tmp_path).run((), RunOptions(snapshot=snapshot, checkpoint_at=5)).checkpointed
    assert _compile(GIVEN, tmp_path).run((), RunOptions(restore=snapshot)).status == STATUS
    result = _compile(("env.base=1", *GIVEN[1:]), tmp_path).run((), RunOptions(restore=snapshot))
    assert result.status == 3 and b"values of imported globals" in result.stderr


CONSTANTS = """
#include <wanco.h>
const int32_t WANCO_GLOBAL(env, base) = 2;
const int64_t wanco_global_env_againZ2eandZ3dmore = -2;
const double WANCO_GLOBAL(env, half) = 0.5;
const int32_t WANCO_GLOBAL(env, count) = 0;
"""


@needs_zig
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_values_from_an_object(target: Target, compile_host: CompileHost, tmp_path: Path) -> None:
    host = HostFiles.read([compile_host(CONSTANTS, target)])
    assert build(PROGRAM, target, host, tmp_path).run().status == STATUS


@needs_zig
def test_a_given_value_comes_before_that_of_an_object(compile_host: CompileHost, tmp_path: Path) -> None:
    host = HostFiles.read([compile_host(CONSTANTS, native())])
    assert _compile(("env.count=39",), tmp_path, host).run().status == STATUS
    assert _compile(("env.count=50",), tmp_path, host).run().status == STATUS + 11


@needs_zig
@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("const int64_t WANCO_GLOBAL(env, base) = 2;", "wanco_global_env_base is no constant of 4 bytes, as the imported global env.base"),
        ("extern int x; const void *const WANCO_GLOBAL(env, half) = &x;", "wanco_global_env_half is no constant of 8 bytes"),
    ],
)
def test_constants_that_do_not_fit(source: str, message: str, compile_host: CompileHost) -> None:
    host = HostFiles.read([compile_host(f"#include <wanco.h>\n{source}\n", native())])
    with pytest.raises(LinkError, match=message):
        compile_module(read_module(PROGRAM.encode()), [native()], CompileOptions(host=host))


@needs_zig
def test_targets_must_agree(compile_host: CompileHost) -> None:
    paths = [compile_host(f"#include <wanco.h>\nconst int32_t WANCO_GLOBAL(env, base) = {n};\n", t) for n, t in enumerate(TARGETS.values())]
    with pytest.raises(LinkError, match=r"different values of wanco_global_env_base, for the imported global env\.base"):
        compile_module(read_module(PROGRAM.encode()), list(TARGETS.values()), CompileOptions(host=HostFiles.read(paths)))


def test_one_name_with_two_types() -> None:
    text = b'(module (import "a" "b" (global i32)) (import "a" "b" (global i64)) (func (export "_start")))'
    with pytest.raises(LinkError, match=r"the global a\.b is imported with two types"):
        compile_module(read_module(text), [native()])


def test_symbols() -> None:
    assert global_symbol("env", "a b") == "wanco_global_env_aZ20b"

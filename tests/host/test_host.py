"""Host functions: their symbols, what is refused, and programs that are linked with them."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.host.building import COMPILER, CompileHost, build, compile_c, needs_zig
from wanco.errors import LinkError
from wanco.imports.host import HostFiles, host_symbol
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.run import RunOptions
from wanco.targets import TARGETS, Target, native
from wanco.wasm.text import read_module

# ---- symbols -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "name", "symbol"),
    [
        ("env", "add_up", "wanco_host_env_add_up"),
        ("my_mod", "f", "wanco_host_myZ5fmod_f"),
        ("a", "b-c.Z", "wanco_host_a_bZ2dcZ2eZ5a"),
        ("é", "", "wanco_host_Zc3Za9_"),
    ],
)
def test_symbols(module: str, name: str, symbol: str) -> None:
    assert host_symbol(module, name) == symbol


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_no_two_imports_share_a_symbol(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (host_symbol(*one) == host_symbol(*other)) == (one == other)
    assert host_symbol(*one).replace("_", "").isalnum() and host_symbol(*one).isascii()


# ---- what is refused ---------------------------------------------------------------------

MISSING = b"""(module
  (import "env" "first" (func (param i32 f64) (result i64)))
  (import "my_mod" "second" (func))
  (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
  (func (export "_start")))"""


def test_missing_functions_are_listed_in_one_error() -> None:
    with pytest.raises(LinkError) as error:
        compile_module(read_module(MISSING), [native()])
    assert str(error.value) == (
        "no host function for the imports env.first (i32 f64) -> (i64), my_mod.second () -> (): "
        f"link an object for {native().name} that defines wanco_host_env_first, wanco_host_myZ5fmod_second"
    )


@pytest.mark.parametrize("type_", ["(param v128)", "(result i32 i32)"])
def test_types_that_no_function_can_have(type_: str) -> None:
    module = f'(module (import "env" "f" (func {type_})) (func (export "_start")))'
    with pytest.raises(LinkError, match=r"host functions take numbers and return one or none: env\.f"):
        compile_module(read_module(module.encode()), [native()])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"int x;", "not a 64-bit little-endian ELF file"),
        (b"!<arch>\n", "no object file or archive for one of x86_64"),
        (None, "No such file"),
    ],
)
def test_files_that_are_no_objects(content: bytes | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "host.o"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LinkError, match=f"host.o: {message}"):
        HostFiles.read([path])


def test_objects_for_other_programs_may_have_what_they_want() -> None:
    """What is not linked here is not looked for."""
    (artifact,) = compile_module(read_module(MISSING), [native()], CompileOptions(emit="ll"))
    assert b"@wanco_host_env_first(ptr, i32 signext, double)" in artifact.data


# ---- programs ----------------------------------------------------------------------------

VALUES = """(module
  (import "env" "mix" (func $mix (param i32 i64 f32 f64 i32) (result f64)))
  (import "env" "negative" (func $negative (result i32)))
  (import "env" "fill" (func $fill (param i32 i32) (result i32)))
  (import "env" "finish" (func $finish (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (if (f64.ne (call $mix (i32.const -1) (i64.const -2) (f32.const 0.5) (f64.const 0.25) (i32.const -3)) (f64.const -5.25))
      (then (unreachable)))
    (if (i64.ne (i64.extend_i32_s (call $negative)) (i64.const -7)) (then (unreachable)))
    (if (i32.eqz (call $fill (i32.const 65530) (i32.const 6))) (then (unreachable)))
    (if (i32.ne (i32.load8_u (i32.const 65535)) (i32.const 9)) (then (unreachable)))
    (if (call $fill (i32.const 65530) (i32.const 7)) (then (unreachable)))
    (call $finish (i32.const 42))))"""

VALUES_HOST = """
#include <stddef.h>
#include <wanco.h>
double WANCO_HOST(env, mix)(struct wanco_instance *i, int32_t a, int64_t b, float c, double d, int32_t e) {
  return (double)((int64_t)a + b + e) + c + d;
}
int32_t WANCO_HOST(env, negative)(struct wanco_instance *i) { return -7; }
int32_t WANCO_HOST(env, fill)(struct wanco_instance *i, uint32_t address, uint32_t size) {
  uint8_t *bytes = wanco_guest_memory(i, address, size);
  if (!bytes || wanco_guest_memory_size(i) != 65536) return 0;
  for (uint32_t k = 0; k < size; k++) bytes[k] = 9;
  return 1;
}
void WANCO_HOST(env, finish)(struct wanco_instance *i, int32_t status) { wanco_exit(status); }
"""


@needs_zig
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_values_memory_and_exit(target: Target, compile_host: CompileHost, tmp_path: Path) -> None:
    host = HostFiles.read([compile_host(VALUES_HOST, target)])
    result = build(VALUES, target, host, tmp_path).run()
    assert (result.status, result.stdout, result.stderr) == (42, b"", b"")


@needs_zig
def test_archives_and_objects_for_several_targets(compile_host: CompileHost, tmp_path: Path) -> None:
    paths = []
    for target in TARGETS.values():
        archive = tmp_path / f"lib{target.name}.a"
        subprocess.run([str(COMPILER), "ar", "rcs", archive, compile_host(VALUES_HOST, target)], check=True)
        paths.append(archive)
    artifacts = compile_module(read_module(VALUES.encode()), list(TARGETS.values()), CompileOptions(host=HostFiles.read(paths)))
    assert [artifact.target for artifact in artifacts] == list(TARGETS.values())
    with pytest.raises(LinkError, match="link an object for riscv64 that defines wanco_host_env_mix"):
        compile_module(read_module(VALUES.encode()), [TARGETS["riscv64"]], CompileOptions(host=HostFiles.read(paths[:2])))


SUM = """(module
  (import "env" "square" (func $square (param i64) (result i64)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $n i64) (local $sum i64)
    (loop $next
      (local.set $sum (i64.add (local.get $sum) (call $square (local.get $n))))
      (local.set $n (i64.add (local.get $n) (i64.const 1)))
      (br_if $next (i64.lt_u (local.get $n) (i64.const 100))))
    (call $exit (i32.wrap_i64 (i64.rem_u (local.get $sum) (i64.const 251))))))"""
SQUARE = "#include <wanco.h>\nint64_t WANCO_HOST(env, square)(struct wanco_instance *i, int64_t n) { return n * n; }\n"
STATUS = sum(n * n for n in range(100)) % 251


@needs_zig
def test_programs_with_host_functions_move(compile_host: CompileHost, tmp_path: Path) -> None:
    executables = {
        name: build(SUM.replace("module", "module $sum", 1), target, HostFiles.read([compile_host(SQUARE, target)]), tmp_path)
        for name, target in TARGETS.items()
    }
    snapshot = tmp_path / "snapshot"
    saving = RunOptions(snapshot=snapshot, checkpoint_at=30)
    assert executables["x86_64"].run((), saving).checkpointed
    assert executables["aarch64"].run((), dataclasses.replace(saving, restore=snapshot)).checkpointed
    assert executables["riscv64"].run((), RunOptions(restore=snapshot)).status == STATUS


KEEPS_AN_ADDRESS = """(module
  (import "env" "fill" (func $fill (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 100)
  (func (export "_start") (local $n i32)
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 6000000))
    (loop $next
      (if (call $fill (i32.mul (local.get $n) (i32.const 10007))) (then (call $exit (i32.const 1))))
      (br_if $next (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 500))))))"""
FILL = """
#include <fcntl.h>
#include <unistd.h>
#include <wanco.h>
int32_t WANCO_HOST(env, fill)(struct wanco_instance *i, int32_t address) {
  static char *memory;
  if (!memory) memory = wanco_guest_memory(i, 0, 6000000);
  int zeros = open("/dev/zero", O_RDONLY);
  long got = read(zeros, memory + address, 100);
  close(zeros);
  usleep(200);
  return got != 100;
}
"""


@needs_zig
def test_an_address_stays_good_for_system_calls(compile_host: CompileHost, tmp_path: Path) -> None:
    """Also while periodic snapshots are taken, and where a restored program has not read all of its memory."""
    program = build(KEEPS_AN_ADDRESS, native(), HostFiles.read([compile_host(FILL, native())]), tmp_path)
    options = RunOptions(snapshot=tmp_path / "s%n", checkpoint_every="5ms", quiet=True)
    assert program.run((), options).status == 0
    assert program.run((), dataclasses.replace(options, incremental=True, restore=tmp_path / "s2")).status == 0


WITH_LIBC = """
#include <stdio.h>
#include <stdlib.h>
#include <wanco.h>
int64_t WANCO_HOST(env, square)(struct wanco_instance *i, int64_t n) {
  char *text = malloc(32);
  if (n == 99) { snprintf(text, 32, "%.1f", n * 0.5); fputs(text, stdout); }
  free(text);
  return n * n;
}
"""


@needs_zig
@pytest.mark.full
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_c_library(target: Target, compile_host: CompileHost, tmp_path: Path) -> None:
    """What it buffers is written, however the program ends."""
    program = build(SUM, target, HostFiles.read([compile_host(WITH_LIBC, target)]), tmp_path)
    result = program.run()
    assert (result.status, result.stdout, result.stderr) == (STATUS, b"49.5", b"")


@needs_zig
def test_without_a_compiler_the_c_library_is_asked_for(compile_host: CompileHost, monkeypatch: pytest.MonkeyPatch) -> None:
    host = HostFiles.read([compile_host(WITH_LIBC, native())])
    monkeypatch.setattr("wanco.objects.link.zig", lambda: None)
    with pytest.raises(LinkError, match=r"host functions need a C library \(.*malloc.*\): install the Python package ziglang"):
        compile_module(read_module(SUM.encode()), [native()], CompileOptions(host=host))


CXX = """
#include <wanco.h>
namespace {
template <typename T> struct Squares { T values[100]; Squares() { for (T i = 0; i < 100; i++) values[i] = i * i; } };
Squares<int64_t> squares; // filled by a constructor
}
extern "C" int64_t WANCO_HOST(env, square)(struct wanco_instance *, int64_t n) { return squares.values[n]; }
"""
CXX_LIBRARY = """
#include <map>
#include <string>
#include <wanco.h>
static std::map<std::string, int64_t> known;
extern "C" int64_t WANCO_HOST(env, square)(struct wanco_instance *, int64_t n) {
  static const std::string prefix = "square of number ";
  try { return known.at(prefix + std::to_string(n)); }
  catch (const std::out_of_range &) { return known[prefix + std::to_string(n)] = n * n; }
}
"""


@needs_zig
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_cxx_without_its_library(target: Target, tmp_path: Path) -> None:
    path = compile_c(CXX, target, tmp_path / "host.o", "c++", "-fno-exceptions", "-fno-rtti", "-fno-sanitize=all")
    result = build(SUM, target, HostFiles.read([path]), tmp_path).run()
    assert (result.status, result.stderr) == (STATUS, b"")


@needs_zig
@pytest.mark.full
def test_cxx_with_its_library(tmp_path: Path) -> None:
    path = compile_c(CXX_LIBRARY, native(), tmp_path / "host.o", "c++")
    result = build(SUM, native(), HostFiles.read([path]), tmp_path).run()
    assert (result.status, result.stderr) == (STATUS, b"")

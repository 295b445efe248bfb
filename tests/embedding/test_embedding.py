"""Modules as C libraries: their headers, their functions, and checkpoints, under several C libraries."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.host.building import COMPILER, INCLUDE, needs_zig, runs_here
from wanco.artifact import Artifact
from wanco.cli import main
from wanco.errors import UsageError
from wanco.imports.host import HOST_INTERFACE, HostFile
from wanco.objects.archive import archive, members
from wanco.objects.elf import Object
from wanco.options import CompileOptions
from wanco.pipeline import compile_module
from wanco.run import Executable, RunOptions
from wanco.run.emulator import find_emulator
from wanco.snapshot import Snapshot
from wanco.targets import TARGETS, Target, native
from wanco.wasm.text import read_module

HERE = Path(__file__).parent
LIBRARY = CompileOptions(emit="lib", poll_interval=1)
GCC = shutil.which("gcc")
Run = Callable[..., str]


@cache
def libraries() -> dict[str, Artifact]:
    """The library of module.wat for every target."""
    artifacts = compile_module(read_module(HERE / "module.wat"), list(TARGETS.values()), LIBRARY)
    return {str(artifact.target and artifact.target.name): artifact for artifact in artifacts}


def link(compiler: Sequence[str], source: Path | str, artifacts: Sequence[Artifact], folder: Path, *more: str) -> Path:
    """An executable of C sources and libraries, made as users do."""
    for artifact, name in zip(artifacts, ("app", "other"), strict=False):
        artifact.write(folder / f"lib{name}.a")
        (folder / f"{name}.h").write_text(artifact.header)
    if isinstance(source, str):
        (folder / "main.c").write_text(source)
        source = folder / "main.c"
    flags = ["-O1", "-Wall", "-Wextra", "-Werror", f"-I{INCLUDE}", f"-I{folder}", f"-L{folder}", str(source), *more]
    libraries = [f"-l{name}" for _, name in zip(artifacts, ("app", "other"), strict=False)]
    subprocess.run([*compiler, *flags, *libraries, "-lm", "-lpthread", "-o", folder / "embedder"], check=True)
    return folder / "embedder"


def zig(target: Target) -> list[str]:
    return [str(COMPILER), "cc", "-target", f"{target.name}-linux-musl", "-fno-sanitize=all"]


def run(program: Path, target: Target, *arguments: str, folder: Path | None = None) -> str:
    """What it prints; it ends well."""
    command = [*find_emulator(target), str(program), *arguments]
    result = subprocess.run(command, cwd=folder or program.parent, capture_output=True, text=True, check=False, timeout=120)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout + result.stderr
    return result.stdout


def _compilers() -> list[ParameterSet]:
    found = []
    for name, target in TARGETS.items():
        no_emulator = pytest.mark.skipif(not runs_here(target), reason="no emulator")
        found.append(pytest.param(target, zig(target), id=f"zig-{name}", marks=[needs_zig, no_emulator]))
    no_gcc = pytest.mark.skipif(GCC is None, reason="no gcc")
    flags = {"gcc": [], "gcc-static": ["-static"], "gcc-no-pie": ["-no-pie", "-Wl,--gc-sections"]}
    return found + [pytest.param(native(), [str(GCC), *more], id=name, marks=no_gcc) for name, more in flags.items()]


def each_compiler() -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("target", "compiler"), _compilers())


SCENARIOS = ("calls", "memory", "traps", "registers", "floating_point", "nested", "failures", "wrong_option", "cannot_save", "by_timer")


@each_compiler()
def test_scenarios(target: Target, compiler: list[str], tmp_path: Path) -> None:
    program = link(compiler, HERE / "embedder.c", [libraries()[target.name]], tmp_path)
    for scenario in SCENARIOS:  # each in a process of its own
        assert run(program, target, scenario) == f"{scenario}\n"
    if target == native():
        for scenario in ("signals", "threads"):
            assert run(program, target, scenario) == f"{scenario}\n"
    for scenario in ("stop", "again", "go_on_again", "stop", "go_on", "between", "large", "large_restored"):
        assert run(program, target, scenario) == f"{scenario}\n"


@needs_zig
def test_snapshots_go_around_the_instruction_sets(tmp_path: Path) -> None:
    targets = [target for target in TARGETS.values() if runs_here(target)]
    programs = {}
    for target in targets:
        (tmp_path / target.name).mkdir()
        programs[target.name] = link(zig(target), HERE / "embedder.c", [libraries()[target.name]], tmp_path / target.name)
    for i, target in enumerate(targets):
        other, third = targets[(i + 1) % len(targets)], targets[(i + 2) % len(targets)]
        run(programs[target.name], target, "stop", folder=tmp_path)
        run(programs[other.name], other, "again", folder=tmp_path)
        run(programs[third.name], third, "go_on_again", folder=tmp_path)
        run(programs[target.name], target, "stop", folder=tmp_path)
        run(programs[third.name], third, "go_on", folder=tmp_path)
        run(programs[other.name], other, "between", folder=tmp_path)


COMMAND = """(module $command
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $n i32)
    (loop $next
      (i32.store (i32.const 0) (local.tee $n (i32.add (local.get $n) (i32.const 1))))
      (br_if $next (i32.lt_u (local.get $n) (i32.const 100))))
    (call $exit (i32.sub (local.get $n) (i32.const 58)))))"""
COMMAND_MAIN = """
#include <stdio.h>
#include "app.h"
int main(int argc, char **argv) {
  if (app_instance_create(argc, (const char *const *)argv, argc == 2 ? argv[1] : NULL)) { puts(app_instance_message()); return 1; }
  int status = app_instance_pending() ? app_instance_continue(NULL, 0) : app__start();
  printf("%d %d %d\\n", status, app_instance_exit_status(), app_memory()[0]);
}
"""


@needs_zig
def test_commands_and_the_same_module_as_an_executable(tmp_path: Path) -> None:
    """A snapshot of the one goes on in the other."""
    data = read_module(COMMAND.encode())
    (artifact,) = compile_module(data, [native()], LIBRARY)
    program = link(zig(native()), COMMAND_MAIN, [artifact], tmp_path)
    assert run(program, native()) == "2 42 100\n"
    (executable,) = compile_module(data, [native()], CompileOptions(poll_interval=1))
    executable.write(tmp_path / "command")
    command = Executable.open(tmp_path / "command")
    assert command.run((), RunOptions(snapshot=tmp_path / "x.wsnap", checkpoint_at=50)).checkpointed
    assert run(program, native(), str(tmp_path / "x.wsnap")) == "2 42 100\n"
    assert run(program, native(), "--wanco-checkpoint-at", "30", "--wanco-snapshot", str(tmp_path / "y.wsnap")) == "4 0 30\n"
    assert Snapshot.load(tmp_path / "y.wsnap").memories[0].read(0, 1) == bytes([30])
    assert command.run((), RunOptions(restore=tmp_path / "y.wsnap")).status == 42


TWO = """
#include <stdio.h>
#include "app.h"
#include "other.h"
int32_t wf0(int32_t x) { return x; }
int main(void) {
  int32_t a, b;
  if (app_instance_create(0, NULL, NULL) || other_instance_create(0, NULL, NULL)) return 1;
  for (int i = 0; i < 3; i++) {
    if (app_next(&a) || other_next(&b)) return 2;
    if (app_trap(65536) != WANCO_TRAP || other_trap(1 << 20) != WANCO_TRAP) return 3;
  }
  printf("%d %d %d\\n", a, b, wf0(7));
}
"""


@pytest.mark.skipif(GCC is None, reason="no gcc")
def test_two_libraries_in_one_process(tmp_path: Path) -> None:
    """Each has its own runtime; faults of both are told apart, and no symbol collides with the program's."""
    made = []
    for prefix, step in (("app", 1), ("other", 10)):
        text = f"""(module (memory 1) (global $n (mut i32) (i32.const 0))
          (func (export "next") (result i32)
            (global.set $n (i32.add (global.get $n) (i32.const {step}))) (global.get $n))
          (func (export "trap") (param i32) (drop (i32.load (local.get 0)))))"""
        made += compile_module(read_module(text.encode()), [native()], dataclasses.replace(LIBRARY, prefix=prefix))
    assert run(link([str(GCC)], TWO, made, tmp_path), native()) == "3 30 7\n"


@pytest.mark.skipif(GCC is None, reason="no gcc")
def test_as_a_shared_object(tmp_path: Path) -> None:
    data = read_module(b'(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))')
    (artifact,) = compile_module(data, [native()], LIBRARY)
    artifact.write(tmp_path / "libapp.a")
    whole = ("-Wl,--whole-archive", "libapp.a", "-Wl,--no-whole-archive")
    subprocess.run([str(GCC), "-shared", *whole, "-o", "app.so"], cwd=tmp_path, check=True)
    script = """import ctypes
app = ctypes.CDLL("./app.so")
result = ctypes.c_int32()
print(app.app_instance_create(0, None, None), app.app_add(40, 2, ctypes.byref(result)), result.value)"""
    done = subprocess.run(["python3", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "0 0 42\n"


# ---- headers and files -------------------------------------------------------------------


@pytest.mark.skipif(GCC is None, reason="no gcc")
@pytest.mark.parametrize("language", ["c", "c++"])
def test_headers_are_clean(language: str, tmp_path: Path) -> None:
    (tmp_path / "app.h").write_text(libraries()["x86_64"].header)
    standard = "-std=c99" if language == "c" else "-std=c++11"
    command = [str(GCC), "-x", language, standard, "-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-"]
    twice = '#include "app.h"\n' * 2
    result = subprocess.run(command, input=twice, text=True, cwd=tmp_path, capture_output=True, check=False)
    if "cannot execute" in result.stderr:
        pytest.skip("no C++ compiler")
    assert (result.returncode, result.stderr) == (0, "")


def test_all_libraries_have_one_header() -> None:
    headers = {artifact.header for artifact in libraries().values()}
    assert len(headers) == 1
    assert "void wanco_host_env_log(struct wanco_instance *instance, int32_t a0);" in headers.pop()


def test_a_library_defines_what_its_header_says_and_no_more() -> None:
    for artifact in libraries().values():
        (member,) = members(artifact.data)
        file = Object(member)
        defined = {symbol.name for symbol in file.symbols if symbol.is_global and symbol.section}
        declared = set(re.findall(r"\b(app_\w*)\(", artifact.header))
        assert defined == declared | HOST_INTERFACE
        undefined = {symbol.name for symbol in file.symbols if symbol.is_global and not symbol.section}
        assert undefined - {"", "memcmp", "memcpy", "memmove", "memset", "strlen", "exit", "environ", "getauxval"} == {
            "wanco_host_env_log", "__start_wanco_host_state", "__stop_wanco_host_state"
        }  # fmt: skip
        locals_ = [not symbol.is_global for symbol in file.symbols]
        assert locals_ == sorted(locals_, reverse=True)


def test_the_interface_for_host_functions_is_that_of_the_header() -> None:
    text = re.sub(r"/\*.*?\*/", "", (INCLUDE / "wanco.h").read_text(), flags=re.DOTALL)
    assert set(re.findall(r"\b(wanco_[a-z0-9_]+)\([a-z]", text)) == HOST_INTERFACE


def test_archives_are_read_by_other_tools(tmp_path: Path) -> None:
    artifact = libraries()["x86_64"]
    artifact.write(tmp_path / "libapp.a")
    assert HostFile.read(tmp_path / "libapp.a").target == TARGETS["x86_64"]
    if tool := shutil.which("ar"):
        result = subprocess.run([tool, "t", tmp_path / "libapp.a"], capture_output=True, text=True, check=True)
        assert result.stdout == "app.o\n"
    assert archive("a.o", b"abc", []) == b"!<arch>\n" + b"/               0           0     0     0       4         `\n\0\0\0\0" + (
        b"a.o/            0           0     0     644     3         `\nabc\n"
    )


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my-module.wat").write_text('(module (func (export "f")))')
    assert main(["compile", "my-module.wat", "--emit", "lib", "-O0"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["libmy-module.a", "my-module.h", "my-module.wat"]
    assert "enum wanco_status my_module_f(void);" in Path("my-module.h").read_text()
    assert main(["compile", "my-module.wat", "--emit", "lib", "-O0", "--target", "x86_64,riscv64", "-o", "libx.a", "--prefix", "y"]) == 0
    assert Path("libx-x86_64.a").exists() and Path("libx-riscv64.a").exists()
    assert "enum wanco_status y_f(void);" in Path("x.h").read_text()
    assert main(["compile", "my-module.wat", "--emit", "lib", "--prefix", "a-b"]) == 2
    assert "prefix 'a-b': a C identifier is wanted" in capsys.readouterr().err


def test_prefixes() -> None:
    with pytest.raises(UsageError, match="a C identifier is wanted"):
        CompileOptions(prefix="1a")

"""LLVM IR text to ELF objects, by clang: the one in the Python package ziglang (``wanco[linker]``).

The same LLVM as llvmlite's, but built without assertions: it makes the same code in little more than
half of the time.  It is called as its own front end calls it (``-cc1``), because only there CPUs,
features and ABIs have LLVM's names, and nothing is added for C.
"""

from __future__ import annotations

import resource
import signal
import subprocess
from collections.abc import Iterator

from wanco.codegen.target_ir import LLVM_OPTIONS, VECTORISED_LEVEL, Output, complete, one_line
from wanco.errors import CompileError, CpuLimitError, InstallError
from wanco.install import zig
from wanco.targets import Target

_EMIT = {"obj": "-emit-obj", "asm": "-S", "ll": "-emit-llvm"}
_VECTORISE = ("-vectorize-loops", "-vectorize-slp", "-funroll-loops")
_ERROR = "error: "


def compile_ir(
    ir: str,
    target: Target,
    *,
    opt: int = 2,
    cpu: str | None = None,
    emit: Output = "obj",
    cf_protection: bool = False,
    pic: bool = False,
    cpu_limit: int | None = None,
) -> bytes:
    """Compile one codegen unit; the arguments are those of `wanco.codegen.llvmlite.compile_ir`.

    At level 0 nothing is optimised, so what must be inlined there is called.

    Raises:
        CompileError: LLVM refuses the IR, or dies of it.
        CpuLimitError: it does not come to an end within ``cpu_limit`` seconds of CPU time.
        InstallError: ziglang is not installed.
        UsageError: ``cpu`` is ``native`` and the machine is not of that target.
    """
    text = complete(ir, target, cpu=cpu, cf_protection=cf_protection)
    command = [*_command(), *_flags(target, opt, cpu or target.cpu, pic), _EMIT[emit], "-x", "ir", "-o", "-", "-"]
    before = _seconds_of_children()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        if cpu_limit is not None:
            _limit(process.pid, cpu_limit)
        code, errors = process.communicate(text.encode())
    if cpu_limit is not None and process.returncode == -signal.SIGKILL and _seconds_of_children() - before > cpu_limit - 1:
        raise CpuLimitError("the code generator is still busy")
    if process.returncode:
        raise _failure(errors.decode(errors="replace"), process.returncode)
    return code


def _limit(process: int, seconds: int) -> None:
    """Have a process killed after some CPU time; SIGXCPU, which the soft limit alone sends, is handled by LLVM."""
    _, most = resource.prlimit(process, resource.RLIMIT_CPU)
    if most == resource.RLIM_INFINITY or seconds < most:
        resource.prlimit(process, resource.RLIMIT_CPU, (seconds, seconds))


def _seconds_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _command() -> tuple[str, ...]:
    compiler = zig()
    if compiler is None:
        raise InstallError("no clang: install the Python package ziglang (wanco[linker]), or compile with --backend llvmlite")
    return (str(compiler), "clang", "-cc1")


def _flags(target: Target, opt: int, cpu: str, pic: bool) -> Iterator[str]:
    features = target.features
    if cpu == "native":
        # Only LLVM knows what this machine is, and clang does not tell.
        from wanco.codegen.llvmlite import native_cpu

        cpu, features = native_cpu(target)
    yield from ("-triple", target.triple, "-target-cpu", cpu, "-w", "-ffp-contract=off")
    for feature in filter(None, features.split(",")):
        yield from ("-target-feature", feature)
    if target.abi:
        yield from ("-target-abi", target.abi)
    yield from ("-mrelocation-model", "pic" if pic else "static")
    # Code generation level 0 does not support stack maps.
    yield from (f"-O{opt}",) if opt else ("-O1", "-disable-llvm-passes")
    if opt >= VECTORISED_LEVEL:
        yield from _VECTORISE
    for option in LLVM_OPTIONS:
        yield from ("-mllvm", option)


def _failure(stderr: str, status: int) -> CompileError:
    """The first error; where clang died before it could report one, how."""
    errors = [line.partition(_ERROR)[2] for line in stderr.splitlines() if _ERROR in line]
    if errors:
        return CompileError(one_line(errors[0]))
    lines = stderr.strip().splitlines()
    return CompileError.died(status, lines[0] if lines else None)

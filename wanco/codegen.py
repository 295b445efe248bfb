"""LLVM IR text to ELF objects: the only user of ``llvmlite.binding``.

Two options of LLVM are mandatory for what Wanco records at safepoints, and process-wide:

* ``--use-registers-for-deopt-values``: recorded values stay in callee-saved registers
  instead of being spilled around every call;
* ``--restrict-statepoint-remat``: without it the register allocator can fail.

Code generation level 0 does not support stack maps, so it is 1 at least; the optimiser in
front of it may be at any level.  Executables are static and linked at fixed addresses:
static relocation model, small code model, nothing to relocate at start-up.  Libraries are
position-independent, as the process that they become part of usually is.
"""

from __future__ import annotations

import functools
import os
import re
import tempfile
from contextlib import ExitStack
from typing import Literal

import llvmlite.binding as llvm

from wanco.errors import CompileError, UsageError
from wanco.intrinsics import define
from wanco.targets import Target, native
from wanco.workers import Pool

Emit = Literal["obj", "asm", "ll"]
"""What to make of a unit: an ELF object, assembly text, or the optimised IR."""

_OPTIONS = ("--use-registers-for-deopt-values", "--restrict-statepoint-remat")

_CF_PROTECTION = {
    "x86_64": ("cf-protection-branch", "cf-protection-return"),
    "aarch64": ("branch-target-enforcement", "sign-return-address"),
    "riscv64": (),
}
"""Module flags that ask for control-flow integrity, per instruction set."""


@functools.cache
def _initialize() -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    for option in _OPTIONS:
        llvm.set_option("wanco", option)


@functools.cache
def _machine(target: Target, cpu: str, opt: int, pic: bool) -> llvm.TargetMachine:
    _initialize()
    features = target.features
    if cpu == "native":
        if target != native():
            raise UsageError(f"--cpu native: this machine is {native().name}, not {target.name}")
        cpu, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    return llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=cpu, features=features, opt=max(1, opt), reloc="pic" if pic else "static", codemodel="small", abiname=target.abi
    )


def _optimise(module: llvm.ModuleRef, machine: llvm.TargetMachine, opt: int) -> None:
    """Run LLVM's default pipeline; level 0 is the one that only inlines what must be inlined."""
    with ExitStack() as stack:
        options = stack.enter_context(llvm.create_pipeline_tuning_options(speed_level=opt))
        options.loop_vectorization = options.slp_vectorization = options.loop_interleaving = opt >= 2
        builder = stack.enter_context(llvm.create_pass_builder(machine, options))
        passes = stack.enter_context(builder.getModulePassManager())
        passes.run(module, builder)


def _flags(ir: str, target: Target) -> str:
    """Module flags for control-flow integrity, as IR text with metadata numbers that ``ir`` does not use."""
    names = _CF_PROTECTION[target.name]
    first = 1 + max((int(n) for n in re.findall(r"^!(\d+) =", ir, re.MULTILINE)), default=-1)
    nodes = [f'!{first + i} = !{{i32 8, !"{name}", i32 1}}\n' for i, name in enumerate(names)]
    return f"\n!llvm.module.flags = !{{{', '.join(f'!{first + i}' for i in range(len(nodes)))}}}\n" + "".join(nodes) if nodes else ""


def compile_ir(
    ir: str, target: Target, *, opt: int = 2, cpu: str | None = None, emit: Emit = "obj", cf_protection: bool = False, pic: bool = False
) -> bytes:
    """Compile one codegen unit.

    Args:
        ir: LLVM IR text without target triple and data layout, the same for every target.
        opt: 0 to 3, the level of the optimiser; code generation has 1 at least.
        cpu: LLVM's name of a CPU, or ``native``; by default the target's baseline.  A name
            that `check_cpu` has not passed may end the process.
        emit: what to return; ``asm`` and ``ll`` as UTF-8 text.
        cf_protection: mark the code for, and protect it by, the processor's control-flow
            integrity where the target has it.
        pic: make position-independent code.

    Raises:
        CompileError: LLVM refuses the IR.
        UsageError: ``cpu`` is ``native`` and the machine is not of that target.
    """
    machine = _machine(target, cpu or target.cpu, opt, pic)
    text = f'target datalayout = "{machine.target_data}"\ntarget triple = "{target.triple}"\n{define(ir, target)}'
    if cf_protection:
        text += _flags(ir, target)
    with llvm.create_context() as context:
        try:
            module = llvm.parse_assembly(text, context)
        except RuntimeError as error:
            raise CompileError(_one_line(error)) from error
        with module:
            try:
                module.verify()
                _optimise(module, machine, opt)
                if emit == "obj":
                    return bytes(machine.emit_object(module))
                return (machine.emit_assembly(module) if emit == "asm" else str(module)).encode()
            except RuntimeError as error:
                raise CompileError(_one_line(error)) from error


def _one_line(error: Exception) -> str:
    """LLVM's message without the source excerpt that follows it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    what = lines[0] if lines else type(error).__name__
    if what.startswith("LLVM IR parsing error") and len(lines) > 1:
        what = lines[1]
    return f"LLVM refused the code: {what}"


_PROBE = "define double @probe(double %a, i64 %b) uwtable { %c = sitofp i64 %b to double %d = fadd double %a, %c ret double %d }"


def check_cpu(target: Target, cpu: str) -> None:
    """Check that LLVM knows a CPU and that it can run the target's code.

    LLVM only warns about an unknown name, and ends the process for a CPU that lacks
    something it needs; so a worker process tries.

    Raises:
        UsageError: it is unknown or unfit.
    """
    if cpu == target.cpu:
        return
    with Pool(1, __name__) as pool:
        try:
            fit = pool.submit(_probe_cpu, target, cpu).result()
        except CompileError:
            fit = False  # LLVM ended the worker
    if not fit:
        raise UsageError(f"CPU '{cpu}' is unknown or cannot run {target.name} code: give LLVM's name of a CPU, or native")


def _probe_cpu(target: Target, cpu: str) -> bool:
    """Whether LLVM compiles for a CPU without a complaint on standard error."""
    with tempfile.TemporaryFile() as complaints:
        stderr = os.dup(2)
        os.dup2(complaints.fileno(), 2)
        try:
            compile_ir(_PROBE, target, opt=0, cpu=cpu)
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
        return complaints.tell() == 0

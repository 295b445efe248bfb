"""LLVM IR text to ELF objects, by llvmlite: the only user of ``llvmlite.binding``.

Its options are process-wide.  Code generation level 0 does not support stack maps, so it is
1 at least; the optimiser in front of it may be at any level.  Executables are static and
linked at fixed addresses: static relocation model, small code model, nothing to relocate at
start-up.  Libraries are position-independent, as the process that they become part of
usually is.
"""

from __future__ import annotations

import functools
import os
import tempfile
from contextlib import ExitStack

import llvmlite.binding as llvm

from wanco.codegen.target_ir import LLVM_OPTIONS, VECTORISED_LEVEL, Output, complete, one_line
from wanco.codegen.workers import Pool, cpu_time
from wanco.errors import CompileError, UsageError
from wanco.targets import Target, native


@functools.cache
def _initialize() -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    for option in LLVM_OPTIONS:
        llvm.set_option("wanco", option)


def native_cpu(target: Target) -> tuple[str, str]:
    """LLVM's name of this machine's CPU, and its features, comma-separated.

    Raises:
        UsageError: this machine is not of ``target``.
    """
    if target != native():
        raise UsageError(f"--cpu native: this machine is {native().name}, not {target.name}")
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


@functools.cache
def _machine(target: Target, cpu: str, opt: int, pic: bool) -> llvm.TargetMachine:
    _initialize()
    features = target.features
    if cpu == "native":
        cpu, features = native_cpu(target)
    return llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=cpu, features=features, opt=max(1, opt), reloc="pic" if pic else "static", codemodel="small", abiname=target.abi
    )


def _optimise(module: llvm.ModuleRef, machine: llvm.TargetMachine, opt: int) -> None:
    """Run LLVM's default pipeline; level 0 is the one that only inlines what must be inlined."""
    with ExitStack() as stack:
        options = stack.enter_context(llvm.create_pipeline_tuning_options(speed_level=opt))
        options.loop_vectorization = options.slp_vectorization = options.loop_interleaving = opt >= VECTORISED_LEVEL
        builder = stack.enter_context(llvm.create_pass_builder(machine, options))
        passes = stack.enter_context(builder.getModulePassManager())
        passes.run(module, builder)


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
        cpu_limit: seconds of CPU time after which the process ends, by `wanco.codegen.workers.OVERTIME`:
            there is no other way out of LLVM.

    Raises:
        CompileError: LLVM refuses the IR.
        UsageError: ``cpu`` is ``native`` and the machine is not of that target.
    """
    machine = _machine(target, cpu or target.cpu, opt, pic)
    text = f'target datalayout = "{machine.target_data}"\n' + complete(ir, target, cpu=cpu, cf_protection=cf_protection)
    with llvm.create_context() as context:
        try:
            module = llvm.parse_assembly(text, context)
        except RuntimeError as error:
            raise CompileError(one_line(str(error))) from error
        with module, cpu_time(cpu_limit):
            try:
                module.verify()
                _optimise(module, machine, opt)
                if emit == "obj":
                    return bytes(machine.emit_object(module))
                return (machine.emit_assembly(module) if emit == "asm" else str(module)).encode()
            except RuntimeError as error:
                raise CompileError(one_line(str(error))) from error


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

"""The instruction sets that Wanco compiles for, as data.

DWARF register numbers are those of the ABI documents: System V ABI AMD64 supplement (figure
3.36), DWARF for the Arm 64-bit Architecture (section 4.1), RISC-V ELF psABI ("Dwarf
Register Numbers").  The sets of callee-saved registers are those of the C calling
convention, which all emitted code follows.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from wanco.errors import UsageError


@dataclass(frozen=True)
class Target:
    """One instruction set with its ABI and its baseline.

    Register sets and numbers are DWARF numbers.
    """

    name: str
    triple: str
    cpu: str
    """Default CPU, in LLVM's spelling."""
    features: str
    """LLVM features beyond the CPU's, comma-separated."""
    abi: str
    """ABI name where LLVM wants one, else empty."""
    elf_machine: int
    """``e_machine`` of ELF files."""
    emulation: str
    """The linker's ``-m``."""
    return_address: int
    """The register, or on x86-64 the column, that holds the return address."""
    stack_pointer: int
    zero_register: int | None
    """The register that LLVM names as the place of a zero."""
    callee_saved: frozenset[int]
    """Registers that a call preserves, the stack pointer not counted."""
    poll_saved: frozenset[int]
    """Those that the slow path of a poll preserves beside them: of the convention that `poll_convention` names."""
    first_vector: int
    """The lowest vector register that a call or a poll preserves; those above it in number follow."""
    first_vector_slot: int
    """Where it is in a struct wanco_registers."""

    def slot(self, register: int) -> int:
        """Where a preserved register is in a ``struct wanco_registers``, in units of eight bytes: a vector takes two."""
        beyond = register - self.first_vector
        return register if beyond < 0 else self.first_vector_slot + 2 * beyond

    def poll_convention(self, cpu: str | None) -> str:
        """LLVM's name of the calling convention of a poll's slow path.

        One that preserves vectors is worth much: values that a loop keeps in vector registers would have to be in memory
        around the call, and LLVM's register allocator then often leaves them there throughout the loop.  LLVM has it for two
        targets; for x86-64 with AVX, whose registers are wider than what the runtime saves, it would be another one.
        """
        wide = self.name == "x86_64" and cpu not in (None, self.cpu)
        return "preserve_mostcc" if wide or self.name == "riscv64" else "preserve_allcc"


_X86_64 = Target(
    name="x86_64",
    triple="x86_64-unknown-linux-musl",
    cpu="x86-64-v2",
    features="",
    abi="",
    elf_machine=62,
    emulation="elf_x86_64",
    return_address=16,
    stack_pointer=7,
    zero_register=None,
    callee_saved=frozenset({3, 6, *range(12, 16)}),  # rbx rbp r12-r15
    poll_saved=frozenset({0, 1, 2, 4, 5, *range(8, 11), *range(17, 33)}),  # rax rdx rcx rsi rdi r8-r10 xmm0-xmm15
    first_vector=17,
    first_vector_slot=18,
)
_AARCH64 = Target(
    name="aarch64",
    triple="aarch64-unknown-linux-musl",
    cpu="generic",
    features="",
    abi="",
    elf_machine=183,
    emulation="aarch64linux",
    return_address=30,
    stack_pointer=31,
    zero_register=31,  # the number of both sp and xzr
    callee_saved=frozenset({*range(19, 30), *range(72, 80)}),  # x19-x29 d8-d15
    poll_saved=frozenset({*range(9, 16), *range(72, 96)}),  # x9-x15 q8-q31
    first_vector=72,
    first_vector_slot=72,
)
_RISCV64 = Target(
    name="riscv64",
    triple="riscv64-unknown-linux-musl",
    cpu="generic-rv64",
    # Linux lets programs access unaligned addresses; WebAssembly's alignments are only hints,
    # and byte by byte an access at the end of a memory would be half done when it traps.
    features="+m,+a,+f,+d,+c,+unaligned-scalar-mem",
    abi="lp64d",
    elf_machine=243,
    emulation="elf64lriscv",
    return_address=1,
    stack_pointer=2,
    zero_register=0,
    callee_saved=frozenset({8, 9, *range(18, 28), 40, 41, *range(50, 60)}),  # s0-s11 fs0-fs11
    poll_saved=frozenset({5, *range(10, 18), *range(29, 32)}),  # t0 a0-a7 t4-t6
    first_vector=96,  # none
    first_vector_slot=96,
)

TARGETS: Mapping[str, Target] = MappingProxyType({t.name: t for t in (_X86_64, _AARCH64, _RISCV64)})
"""All targets by name."""

_MACHINE_NAMES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Names that operating systems use for a target's instruction set, beside its own."""


def is_native(target: Target) -> bool:
    """Whether programs of ``target`` run on this machine without an emulator."""
    machine = platform.machine().lower()
    return _MACHINE_NAMES.get(machine, machine) == target.name


def native() -> Target:
    """The target of the machine this runs on.

    Raises:
        UsageError: it is none of ours.
    """
    machine = platform.machine().lower()
    target = TARGETS.get(_MACHINE_NAMES.get(machine, machine))
    if target is None:
        raise UsageError(f"this machine ({machine}) is none of the targets {', '.join(TARGETS)}: choose one with --target")
    return target


def parse_target(name: str) -> Target:
    """The target called ``name``, which may be ``native``.

    Raises:
        UsageError: there is none of that name.
    """
    if name == "native":
        return native()
    target = TARGETS.get(name)
    if target is None:
        raise UsageError(f"unknown target '{name}': choose from {', '.join(TARGETS)}, native")
    return target

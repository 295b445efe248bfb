"""What is said of a C function of the runtime that emitted code calls, and how LLVM and C declare it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Type(enum.Enum):
    """A type of a parameter or a result: how LLVM's IR and how C writes it.

    An i32 that crosses to C is sign-extended, as RISC-V's calling convention wants it.
    """

    ir: str
    attribute: str
    c: str

    def __init__(self, ir: str, attribute: str, c: str) -> None:
        self.ir, self.attribute, self.c = ir, attribute, c

    NOTHING = "void", "", "void"
    NEVER = "void", "", "_Noreturn void"
    """The function does not return."""
    U32 = "i32", "signext", "uint32_t"
    U64 = "i64", "", "uint64_t"
    ERRNO = "i32", "signext", "int32_t"
    INT = "i32", "signext", "int"
    SIZE = "i64", "", "size_t"
    POINTER = "ptr", "", "void *"
    TEXT = "ptr", "", "const char *"
    TEXTS = "ptr", "", "const char *const *"
    INSTANCE = "ptr", "", "struct wanco_instance *"
    REGISTERS = "ptr", "", "const struct wanco_registers *"

    @property
    def as_parameter(self) -> str:
        """IR of a parameter, whose attribute stands behind its type."""
        return f"{self.ir} {self.attribute}".rstrip()

    @property
    def as_result(self) -> str:
        """IR of a result, whose attribute stands in front of its type."""
        return f"{self.attribute} {self.ir}".lstrip()


class Kind(enum.Enum):
    """How emitted code comes to a function of the runtime."""

    PLAIN = "a C function"
    ANCHORED = "a stub that notes the caller's registers, so that a trap in the C function behind it has a place"
    BLOCKING = "the same for a host call that can wait, so that a checkpoint can be taken in it"
    STUB = "code in assembly, which goes to the runtime's own stack and calls a C function with the caller's registers"


Parameter = tuple[str, Type]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the runtime; ``doc`` says in a phrase of Markdown what it does.

    ``convention`` is LLVM's name of its calling convention, where that is not C's; ``behind`` the C function
    behind the stub, where the kind does not say its name.
    """

    name: str
    kind: Kind
    result: Type
    parameters: tuple[Parameter, ...]
    doc: str
    convention: str = ""
    behind: str = ""

    @property
    def target(self) -> str:
        """Name of the C function that does it."""
        if self.behind:
            return self.behind
        match self.kind:
            case Kind.ANCHORED:
                return self.name.replace("wanco_", "wanco_do_", 1)
            case Kind.BLOCKING:
                return self.name.replace("wanco_block_", "wanco_", 1)
        return self.name

    def ir(self) -> str:
        """LLVM's declaration, without attributes."""
        convention = f"{self.convention} " if self.convention else ""
        parameters = ", ".join(type_.as_parameter for _, type_ in self.parameters)
        return f"declare hidden {convention}{self.result.as_result} @{self.name}({parameters})"

    def c(self) -> str:
        """C's prototype of the symbol that emitted code calls."""
        return _prototype(self.result, self.name, self.parameters)

    def c_target(self) -> str:
        """C's prototype of the function that does it."""
        registers: tuple[Parameter, ...] = (("registers", Type.REGISTERS),) if self.kind is Kind.STUB else ()
        return _prototype(self.result, self.target, registers + self.parameters)


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the runtime that emitted code reads, or whose address it takes."""

    name: str
    ir_type: str
    c_type: str
    dimension: str
    """Of an array: how many elements, in C."""
    doc: str

    def ir(self) -> str:
        """LLVM's declaration."""
        return f"@{self.name} = external hidden global {self.ir_type}"

    def c(self) -> str:
        """C's declaration."""
        return f"extern {_declared(self.c_type, self.name)}{f'[{self.dimension}]' if self.dimension else ''}"


def _prototype(result: Type, name: str, parameters: tuple[Parameter, ...]) -> str:
    listed = ", ".join(_declared(type_.c, parameter) for parameter, type_ in parameters)
    return f"{_declared(result.c, name)}({listed or 'void'})"


def _declared(type_: str, name: str) -> str:
    return f"{type_}{name}" if type_.endswith("*") else f"{type_} {name}"

"""A module as a C library: the functions for its exports, as LLVM IR, and their header.

Every C name begins with a prefix that the user chooses.  Behind it an export has its own
name, in which any byte but letters, digits and ``_`` is written ``Zxx`` (lower-case
hexadecimal), and so is the letter Z.  Where a C name would be taken already, by a function
of the instance or by an earlier export, the first character is written so, too: no two
exports share a name, as no plain character is written ``Zxx`` otherwise.

Functions of the instance and of exported functions return a `Status`; what an exported
function returns goes through pointers, which may be null.  v128 is passed by address: how C
passes structures differs between instruction sets.  The C side is ``runtime/front/embed.c``.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wanco.abi.functions import Function, Type
from wanco.abi.layout import SLOT_SIZE, TABLE, ExternKind, Status
from wanco.abi.runtime import EMBED_CALL, EMBED_INSTANCE, EMBED_MEMORY_AT
from wanco.abi.symbols import GLOBAL
from wanco.abi.symbols import TABLE as TABLE_STATE
from wanco.emit.ir.prelude import Attributes
from wanco.emit.ir.values import CODE, IR_TYPE, V128, codes, slot
from wanco.wasm.module import Export, Module

_PLAIN = frozenset((string.ascii_letters + string.digits + "_").replace("Z", "").encode())

C_TYPE = ("int32_t", "int64_t", "float", "double", "wanco_v128", "wanco_funcref", "wanco_externref")
"""C type of each value code."""


@dataclass(frozen=True, slots=True)
class _InstanceFunction:
    """One of the functions that every library has, with its type and its comment in the header."""

    name: str
    result: str
    parameters: str
    doc: str

    @property
    def runtime(self) -> Function:
        """The runtime's function for it."""
        return _EMBED_INSTANCE["wanco_embed_" + self.name.removeprefix("instance_")]


_EMBED_INSTANCE = {function.name: function for function in EMBED_INSTANCE}

_INSTANCE = (
    _InstanceFunction(
        "instance_create", "enum wanco_status", "int argc, const char *const *argv, const char *snapshot",
        "Makes the instance, of which there is one in a process, and runs the module's start function. The arguments\n"
        "   are those of an executable: argv[0] the program's name, then its own arguments and the runtime's options\n"
        "   (--wanco-dir, --wanco-env, ...). snapshot is the path of one to go on from, or NULL.",
    ),
    _InstanceFunction(
        "instance_pending", "const char *", "void",
        "Name of the exported function in which a restored instance was stopped: instance_continue() goes on with it.\n"
        "   NULL: it was stopped between two calls.",
    ),
    _InstanceFunction(
        "instance_continue", "enum wanco_status", "union wanco_value *results, size_t count",
        "Runs that function to its end, and stores its first `count` results; results may be NULL.",
    ),
    _InstanceFunction(
        "instance_save", "enum wanco_status", "const char *path",
        "Saves a snapshot. Not from within a call.",
    ),
    _InstanceFunction(
        "instance_request_checkpoint", "void", "void",
        "Asks for a checkpoint, from a signal handler or any thread: at its next safepoint the call that runs, or else\n"
        "   the next one, saves the state (to the file that --wanco-snapshot names) and returns WANCO_CHECKPOINTED.",
    ),
    _InstanceFunction("instance_message", "const char *", "void", "What the last trap or error was."),
    _InstanceFunction(
        "instance_exit_status", "int", "void", "The status that the program gave to proc_exit (WANCO_EXIT)."
    ),
)  # fmt: skip


class Library:
    """Names, IR and header of one module.

    ``undefined`` are the symbols of host functions that the embedder has to define, by import.
    """

    def __init__(self, module: Module, prefix: str, undefined: Mapping[tuple[str, str], str]) -> None:
        self.module = module
        self.prefix = prefix
        self.undefined = undefined
        self.names = list(self._c_names())

    def _c_names(self) -> Iterator[str]:
        taken = {function.name for function in _INSTANCE}
        for export in self.module.exports:
            data = export.name.encode()
            name = _mangled(data)
            if taken & set(_derived(name, export.kind)):
                name = (f"Z{data[0]:02x}" if data else "") + _mangled(data[1:])
            taken.update(_derived(name, export.kind))
            yield name

    # ---- LLVM IR --------------------------------------------------------------------------

    def ir(self) -> str:
        """IR text that follows the module's descriptor, whose symbols it uses."""
        lines = [EMBED_CALL.ir(), EMBED_MEMORY_AT.ir()]
        for function in _INSTANCE:
            runtime = function.runtime
            lines.append(runtime.ir())
            arguments = ", ".join(f"{type_.as_parameter} %a{i}" for i, (_, type_) in enumerate(runtime.parameters))
            call = f"call {runtime.result.as_result} @{runtime.name}({arguments})"
            body = [f"  {call}", "  ret void"] if runtime.result is Type.NOTHING else [f"  %r = {call}", f"  ret {runtime.result.ir} %r"]
            lines += self._define(runtime.result.as_result, function.name, arguments, body)
        for number, (export, name) in enumerate(zip(self.module.exports, self.names, strict=True)):
            lines += _EXPORT_IR[export.kind](self, number, export, name)
        return "\n".join(lines) + "\n"

    def _define(self, result: str, name: str, parameters: str, body: Sequence[str]) -> list[str]:
        return [f"define {result} @{self.prefix}_{name}({parameters}) {Attributes.WASM} {{", *body, "}"]

    def _function_ir(self, number: int, export: Export, name: str) -> list[str]:
        signature = self.module.func_type(export.index)
        taken, given = codes(signature.params), codes(signature.results)
        parameters = [f"{_PASSED[code]} %a{i}" for i, code in enumerate(taken)] + [f"ptr %r{i}" for i in range(len(given))]
        body = [f"  %slots = alloca [{SLOT_SIZE * max(len(taken), len(given), 1)} x i8], align 16"]
        for i, code in enumerate(taken):
            value = f"%a{i}"
            if code == V128:
                value = f"%v{i}"
                body.append(f"  {value} = load {IR_TYPE[code]}, ptr %a{i}, align 1")
            body += [f"  %p{i} = {slot('%slots', i)}", f"  store {IR_TYPE[code]} {value}, ptr %p{i}, align 16"]
        body += [f"  %status = call signext i32 @{EMBED_CALL.name}(i32 signext {number}, ptr %slots)"]
        body += ["  %good = icmp eq i32 %status, 0", "  br i1 %good, label %results0, label %end"]
        for i, code in enumerate(given):
            body += [
                f"results{i}:",
                f"  %wanted{i} = icmp ne ptr %r{i}, null",
                f"  br i1 %wanted{i}, label %store{i}, label %results{i + 1}",
                f"store{i}:",
                f"  %q{i} = {slot('%slots', i)}",
                f"  %s{i} = load {IR_TYPE[code]}, ptr %q{i}, align 16",
                f"  store {IR_TYPE[code]} %s{i}, ptr %r{i}, align {1 if code == V128 else _ALIGNMENT[code]}",
                f"  br label %results{i + 1}",
            ]
        body += [f"results{len(given)}:", "  br label %end", "end:", "  ret i32 %status"]
        return self._define("signext i32", name, ", ".join(parameters), body)

    def _memory_ir(self, number: int, export: Export, name: str) -> list[str]:
        base, size = (f"getelementptr (i8, ptr @wanco_memory_{what}, i64 {8 * export.index})" for what in ("base", "bytes"))
        at = f"  %r = call ptr @{EMBED_MEMORY_AT.name}(i32 signext {export.index}, i32 signext %address, i64 %size)"
        return [
            *self._define("ptr", name, "", [f"  %r = load ptr, ptr {base}", "  ret ptr %r"]),
            *self._define("i64", f"{name}_size", "", [f"  %r = load i64, ptr {size}", "  ret i64 %r"]),
            *self._define("ptr", f"{name}_at", "i32 signext %address, i64 %size", [at, "  ret ptr %r"]),
        ]

    def _global_ir(self, number: int, export: Export, name: str) -> list[str]:
        type_ = self.module.globals[export.index].type
        code = CODE[type_.value]
        ir_type, place = IR_TYPE[code], f"ptr @{GLOBAL(export.index)}"
        load = f"  %v = load {ir_type}, {place}"
        if code == V128:
            lines = self._define("void", name, "ptr %r", [load, f"  store {ir_type} %v, ptr %r, align 1", "  ret void"])
        else:
            lines = self._define(_PASSED[code].rpartition(" ")[2] if code else "signext i32", name, "", [load, f"  ret {ir_type} %v"])
        if type_.mutable:
            value = [f"  %v = load {ir_type}, ptr %a, align 1"] if code == V128 else []
            source = "%v" if code == V128 else "%a"
            lines += self._define(
                "void", f"{name}_set", f"{_PASSED[code]} %a", [*value, f"  store {ir_type} {source}, {place}", "  ret void"]
            )
        return lines

    def _table_ir(self, number: int, export: Export, name: str) -> list[str]:
        body = [f"  %r = load i32, ptr getelementptr (i8, ptr @{TABLE_STATE(export.index)}, i64 {TABLE.offsets()['size']})", "  ret i32 %r"]
        return self._define("signext i32", f"{name}_size", "", body)

    # ---- the header -----------------------------------------------------------------------

    def header(self, module_name: str, version: str) -> str:
        """Text of the C header, usable from C++ too."""
        guard = f"WANCO_LIBRARY_{self.prefix.upper()}_H"
        statuses = ", ".join(f"WANCO_{status.name} = {status.value}" for status in Status)
        lines = [
            f"/* {_comment(module_name)}, a WebAssembly module, as a library. Made by wanco {version} (docs/embedding.md). */",
            f"#ifndef {guard}\n#define {guard}\n\n#include <stddef.h>\n#include <stdint.h>\n",
            "#ifndef WANCO_LIBRARY_TYPES\n#define WANCO_LIBRARY_TYPES",
            "/* How a call ended: well, by a trap, by the program's own exit, not possible, or stopped by a checkpoint. */",
            f"enum wanco_status {{ {statuses} }};",
            _TYPES + "#endif\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n/* ---- the instance ---- */\n",
        ]
        for function in _INSTANCE:
            space = "" if function.result.endswith("*") else " "
            lines.append(f"/* {function.doc} */\n{function.result}{space}{self.prefix}_{function.name}({function.parameters});\n")
        lines.append("/* ---- exports ---- */\n")
        for export, name in zip(self.module.exports, self.names, strict=True):
            lines += _EXPORT_HEADER[export.kind](self, export, f"{self.prefix}_{name}")
        if self.undefined:
            lines.append("/* ---- imported functions, which your program defines: see wanco.h ---- */\n\nstruct wanco_instance;\n")
            lines += self._imports()
        lines.append("#ifdef __cplusplus\n}\n#endif\n#endif")
        return "\n".join(lines) + "\n"

    def _imports(self) -> Iterator[str]:
        for index, item in enumerate(self.module.imported(ExternKind.FUNCTION)):
            symbol = self.undefined.get((item.module, item.name))
            if symbol is not None:
                signature = self.module.func_type(index)
                parameters = "".join(f", {C_TYPE[code]} a{i}" for i, code in enumerate(codes(signature.params)))
                result = C_TYPE[CODE[signature.results[0]]] if signature.results else "void"
                yield f"{_quoted(f'{item.module}.{item.name}')}\n{result} {symbol}(struct wanco_instance *instance{parameters});\n"

    def _function_header(self, export: Export, name: str) -> list[str]:
        signature = self.module.func_type(export.index)
        taken, given = codes(signature.params), codes(signature.results)
        numbered = len(given) > 1
        parameters = [f"{_parameter(code)}a{i}" for i, code in enumerate(taken)]
        parameters += [f"{C_TYPE[code]} *result{i if numbered else ''}" for i, code in enumerate(given)]
        return [_quoted(export.name), f"enum wanco_status {name}({', '.join(parameters) or 'void'});\n"]

    def _memory_header(self, export: Export, name: str) -> list[str]:
        return [
            f"{_quoted(export.name)[:-3]}: a memory, which never moves; its size in bytes; the `size` bytes at an address, or\n"
            "   NULL if they do not lie inside */",
            f"uint8_t *{name}(void);\nuint64_t {name}_size(void);\nvoid *{name}_at(uint32_t address, uint64_t size);\n",
        ]

    def _global_header(self, export: Export, name: str) -> list[str]:
        type_ = self.module.globals[export.index].type
        code = CODE[type_.value]
        get = f"void {name}(wanco_v128 *result);" if code == V128 else f"{C_TYPE[code]} {name}(void);"
        kind = "a global" if type_.mutable else "a constant"
        lines = [f"{_quoted(export.name)[:-3]}: {kind} */", get]
        if type_.mutable:
            lines.append(f"void {name}_set({_parameter(code)}value);")
        return [*lines, ""]

    def _table_header(self, export: Export, name: str) -> list[str]:
        return [f"{_quoted(export.name)[:-3]}: a table; its number of elements */", f"uint32_t {name}_size(void);\n"]


_EXPORT_IR: dict[ExternKind, Callable[[Library, int, Export, str], list[str]]] = {
    ExternKind.FUNCTION: Library._function_ir,
    ExternKind.MEMORY: Library._memory_ir,
    ExternKind.GLOBAL: Library._global_ir,
    ExternKind.TABLE: Library._table_ir,
}
_EXPORT_HEADER: dict[ExternKind, Callable[[Library, Export, str], list[str]]] = {
    ExternKind.FUNCTION: Library._function_header,
    ExternKind.MEMORY: Library._memory_header,
    ExternKind.GLOBAL: Library._global_header,
    ExternKind.TABLE: Library._table_header,
}

_SUFFIXES = {
    ExternKind.FUNCTION: ("",),
    ExternKind.MEMORY: ("", "_size", "_at"),
    ExternKind.GLOBAL: ("", "_set"),
    ExternKind.TABLE: ("_size",),
}
"""What the C functions for an export of a kind have behind its name."""

_PASSED = ("i32 signext", "i64", "float", "double", "ptr", "ptr", "ptr")
"""How a parameter of each value code is passed."""

_ALIGNMENT = (4, 8, 4, 8, 1, 8, 8)

_TYPES = """typedef struct wanco_v128 {
  uint8_t bytes[16]; /* lane 0 first, little-endian */
} wanco_v128;
typedef const struct wanco_function_reference *wanco_funcref; /* NULL is null */
typedef uintptr_t wanco_externref;                            /* any number; 0 is null */
union wanco_value {
  int32_t i32;
  int64_t i64;
  float f32;
  double f64;
  wanco_v128 v128;
  wanco_funcref funcref;
  wanco_externref externref;
};
"""


def _derived(name: str, kind: ExternKind) -> list[str]:
    return [name + suffix for suffix in _SUFFIXES[kind]]


def _mangled(data: bytes) -> str:
    return "".join(chr(byte) if byte in _PLAIN else f"Z{byte:02x}" for byte in data)


def _parameter(code: int) -> str:
    return "const wanco_v128 *" if code == V128 else f"{C_TYPE[code]} "


def _comment(text: str) -> str:
    """Text that cannot end a comment, nor garble a line."""
    return "".join(c if c.isprintable() else "?" for c in text).replace("*/", "*?").replace("/*", "?*").replace("\\", "?")


def _quoted(name: str) -> str:
    return f'/* "{_comment(name)}" */'

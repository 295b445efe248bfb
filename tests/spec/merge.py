"""Linked modules as one module.

An executable holds one instance.  Where scripts link several, the modules are merged: their
index spaces follow each other, an import from another component becomes the index of what
is exported, and every import from elsewhere is taken over once, so that it is shared.
Instantiation stays a step of its own, at its time: segments become passive, and a function
``init/N`` does for component N what instantiation does (WebAssembly 2.0, section 4.5.4).
Exports are called ``N/NAME``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.wasm.binary import func_type, module, name, section, vector
from wanco.abi.layout import ExternKind, SegmentMode
from wanco.abi.leb128 import read_sleb, sleb, uleb
from wanco.wasm.columns import Imm
from wanco.wasm.decode import decode_body
from wanco.wasm.module import Code, ConstExpr, DataSegment, ElementSegment, Import, Module
from wanco.wasm.opcodes import BY_NAME, OPERATORS, PREFIX_SHIFT
from wanco.wasm.reader import VAL_TYPES
from wanco.wasm.types import FuncType, GlobalType, Limits, MemoryType, TableType

FUNCTION, TABLE, MEMORY, GLOBAL = ExternKind


@dataclass(frozen=True, slots=True)
class Component:
    """A module, and for names of modules it imports from the numbers of earlier components."""

    module: Module
    links: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Merged:
    """``first_exports`` has the number of each component's first export, ``inits`` of its ``init/N``."""

    data: bytes
    first_exports: list[int]
    inits: list[int]


def merge(components: Sequence[Component]) -> Merged:
    """One module of all components."""
    return _Merger(components).run()


class _Merger:
    def __init__(self, components: Sequence[Component]) -> None:
        self.components = components
        self.imports: dict[ExternKind, dict[tuple[str, str], tuple[Import, int]]] = {kind: {} for kind in ExternKind}
        for number, component in enumerate(components):
            for item in component.module.imports:
                if item.module not in component.links:
                    self.imports[item.kind].setdefault((item.module, item.name), (item, number))
        self.bases: list[dict[ExternKind, int]] = []
        self.types, self.elements, self.data = ([0] for _ in range(3))
        ends = {kind: len(self.imports[kind]) for kind in ExternKind}
        for component in components:
            m = component.module
            self.bases.append(dict(ends))
            for kind in ExternKind:
                ends[kind] += len(_space(m, kind)) - len(m.imported(kind))
            self.types.append(self.types[-1] + len(m.types))
            self.elements.append(self.elements[-1] + len(m.elements))
            self.data.append(self.data[-1] + len(m.data))
        self.first_init = ends[FUNCTION]

    def run(self) -> Merged:
        sections = [
            section(1, vector([*(_func_type(t) for c in self.components for t in c.module.types), func_type()])),
            section(2, vector(self._imports())),
            section(3, vector(self._functions())),
            section(4, vector(_table(t) for t in self._own(TABLE))),
            section(5, vector(_limits(m.limits) for m in self._own(MEMORY))),
            section(6, vector(self._globals())),
            section(7, vector(self._exports())),
            section(9, vector(self._element_segment(n, s) for n, c in enumerate(self.components) for s in c.module.elements)),
            section(12, uleb(self.data[-1])),
            section(10, vector([*self._bodies(), *map(self._init, range(len(self.components)))])),
            section(11, vector(b"\x01" + uleb(len(s.data)) + s.data for c in self.components for s in c.module.data)),
        ]
        counts = [len(c.module.exports) for c in self.components]
        first_exports = [sum(counts[:n]) for n in range(len(counts))]
        return Merged(module(*sections), first_exports, [sum(counts) + n for n in range(len(counts))])

    # ---- indices ----------------------------------------------------------------------

    def index(self, number: int, kind: ExternKind, index: int) -> int:
        """Index in the merged module of what a component calls ``index``."""
        component = self.components[number]
        imported = component.module.imported(kind)
        if index >= len(imported):
            return self.bases[number][kind] + index - len(imported)
        item = imported[index]
        if item.module not in component.links:
            return list(self.imports[kind]).index((item.module, item.name))
        exporter = component.links[item.module]
        export = next(e for e in self.components[exporter].module.exports if (e.kind, e.name) == (kind, item.name))
        return self.index(exporter, kind, export.index)

    def _own(self, kind: ExternKind) -> Iterable[Any]:
        for component in self.components:
            yield from _space(component.module, kind)[len(component.module.imported(kind)) :]

    # ---- sections ---------------------------------------------------------------------

    def _imports(self) -> Iterable[bytes]:
        for kind, items in self.imports.items():
            for (module_name, item_name), (item, number) in items.items():
                if kind is FUNCTION:
                    m = self.components[number].module
                    position = m.imported(FUNCTION).index(item)
                    description = uleb(self.types[number] + m.functions[position])
                else:
                    description = _DESCRIPTIONS[kind](item.type)
                yield name(module_name) + name(item_name) + bytes([kind]) + description

    def _functions(self) -> Iterable[bytes]:
        for number, component in enumerate(self.components):
            for type_index in component.module.functions[component.module.imported_functions :]:
                yield uleb(self.types[number] + type_index)
        for _ in self.components:
            yield uleb(self.types[-1])

    def _globals(self) -> Iterable[bytes]:
        for number, component in enumerate(self.components):
            for item in component.module.globals[component.module.imported_globals :]:
                assert item.init is not None
                yield _global_type(item.type) + self._const(number, item.init) + _END

    def _exports(self) -> Iterable[bytes]:
        for number, component in enumerate(self.components):
            for export in component.module.exports:
                yield name(f"{number}/{export.name}") + bytes([export.kind]) + uleb(self.index(number, export.kind, export.index))
        for number in range(len(self.components)):
            yield name(f"init/{number}") + bytes([FUNCTION]) + uleb(self.first_init + number)

    def _element_segment(self, number: int, segment: ElementSegment) -> bytes:
        flags = 7 if segment.mode is SegmentMode.DECLARATIVE else 5
        items = vector(self._const(number, item) + _END for item in segment.items)
        return bytes([flags, segment.type]) + items

    # ---- code -------------------------------------------------------------------------

    def _const(self, number: int, expression: ConstExpr) -> bytes:
        """A constant expression, without its end."""
        return b"".join(_opcode(op) + self._const_immediate(number, op, immediate) for op, _, immediate in expression)

    def _const_immediate(self, number: int, op: int, immediate: Any) -> bytes:
        kind = OPERATORS[op].immediate
        renumber = self._renumberings(number).get(kind)
        return renumber(immediate) if renumber else _CONST_IMMEDIATES[kind](immediate)

    def _renumberings(self, number: int) -> dict[Imm, Callable[[Any], bytes]]:
        """Encoders of the immediates that hold indices."""

        def index(kind: ExternKind, i: int) -> bytes:
            return uleb(self.index(number, kind, i))

        def memarg(immediate: tuple[int, ...]) -> bytes:
            memory, align, offset, *lane = immediate
            target = self.index(number, MEMORY, memory)
            return (uleb(align | 0x40) + uleb(target) if target else uleb(align)) + uleb(offset) + bytes(lane)

        types, elements, data = self.types[number], self.elements[number], self.data[number]
        return {
            Imm.FUNCTION: lambda i: index(FUNCTION, i),
            Imm.GLOBAL: lambda i: index(GLOBAL, i),
            Imm.TABLE: lambda i: index(TABLE, i),
            Imm.MEMORY: lambda i: index(MEMORY, i),
            Imm.TYPE_TABLE: lambda i: uleb(types + i[0]) + index(TABLE, i[1]),
            Imm.DATA: lambda i: uleb(data + i),
            Imm.ELEMENT: lambda i: uleb(elements + i),
            Imm.DATA_MEMORY: lambda i: uleb(data + i[0]) + index(MEMORY, i[1]),
            Imm.ELEMENT_TABLE: lambda i: uleb(elements + i[0]) + index(TABLE, i[1]),
            Imm.MEMORY_MEMORY: lambda i: index(MEMORY, i[0]) + index(MEMORY, i[1]),
            Imm.TABLE_TABLE: lambda i: index(TABLE, i[0]) + index(TABLE, i[1]),
            Imm.MEMARG: memarg,
            Imm.MEMARG_LANE: memarg,
        }

    def _bodies(self) -> Iterable[bytes]:
        for number, component in enumerate(self.components):
            renumberings = self._renumberings(number)
            for code in component.module.code:
                body = self._body(number, component.module, code, renumberings)
                yield uleb(len(body)) + body

    def _body(self, number: int, m: Module, code: Code, renumberings: Mapping[Imm, Callable[[Any], bytes]]) -> bytes:
        instrs = decode_body(m, code)
        parts = [code.body[: code.first]]
        for (op, start, immediate), stop in zip(instrs, [*(i[1] for i in instrs[1:]), len(code.body)], strict=True):
            kind = OPERATORS[op].immediate
            if kind is Imm.BLOCK and code.body[start + 1] != 0x40 and code.body[start + 1] not in VAL_TYPES:
                type_index, _ = read_sleb(code.body, start + 1, 33)
                parts.append(_opcode(op) + sleb(self.types[number] + type_index))
            elif kind in renumberings:
                parts.append(_opcode(op) + renumberings[kind](immediate))
            else:
                parts.append(code.body[start:stop])
        return b"".join(parts)

    def _init(self, number: int) -> bytes:
        m = self.components[number].module
        parts = [self._fill_table(number, i, s) for i, s in enumerate(m.elements)]
        parts += [self._fill_memory(number, i, s) for i, s in enumerate(m.data)]
        if m.start is not None:
            parts.append(_instr("call", self.index(number, FUNCTION, m.start)))
        body = uleb(0) + b"".join(parts) + _END
        return uleb(len(body)) + body

    def _fill_table(self, number: int, position: int, segment: ElementSegment) -> bytes:
        if segment.offset is None:
            return b""
        index = self.elements[number] + position
        table = self.index(number, TABLE, segment.table)
        whole = self._const(number, segment.offset) + _i32_const(0) + _i32_const(len(segment.items))
        return whole + _instr("table.init", index, table) + _instr("elem.drop", index)

    def _fill_memory(self, number: int, position: int, segment: DataSegment) -> bytes:
        if segment.offset is None:
            return b""
        index = self.data[number] + position
        memory = self.index(number, MEMORY, segment.memory)
        whole = self._const(number, segment.offset) + _i32_const(0) + _i32_const(len(segment.data))
        return whole + _instr("memory.init", index, memory) + _instr("data.drop", index)


# ---- encoding -----------------------------------------------------------------------------

_END = b"\x0b"


def _space(m: Module, kind: ExternKind) -> list[Any]:
    """An index space of a module."""
    spaces: dict[ExternKind, list[Any]] = {FUNCTION: m.functions, TABLE: m.tables, MEMORY: m.memories, GLOBAL: m.globals}
    return spaces[kind]


def _opcode(op: int) -> bytes:
    return bytes([op]) if op < 256 else bytes([op >> PREFIX_SHIFT]) + uleb(op & ((1 << PREFIX_SHIFT) - 1))


def _instr(operator: str, *indices: int) -> bytes:
    return _opcode(BY_NAME[operator].code) + b"".join(map(uleb, indices))


def _i32_const(value: int) -> bytes:
    return _opcode(BY_NAME["i32.const"].code) + sleb(value)


_CONST_IMMEDIATES: dict[Imm, Callable[[Any], bytes]] = {
    Imm.NONE: lambda _: b"",
    Imm.I32: sleb,
    Imm.I64: sleb,
    Imm.F32: lambda bits: bits.to_bytes(4, "little"),
    Imm.F64: lambda bits: bits.to_bytes(8, "little"),
    Imm.V128: bytes,
    Imm.REF_TYPE: lambda type_: bytes([type_]),
}


def _func_type(type_: FuncType) -> bytes:
    return func_type(bytes(type_.params), bytes(type_.results))


def _limits(limits: Limits) -> bytes:
    return b"\x00" + uleb(limits.minimum) if limits.maximum is None else b"\x01" + uleb(limits.minimum) + uleb(limits.maximum)


def _table(type_: TableType) -> bytes:
    return bytes([type_.element]) + _limits(type_.limits)


def _memory(type_: MemoryType) -> bytes:
    return _limits(type_.limits)


def _global_type(type_: GlobalType) -> bytes:
    return bytes([type_.value, type_.mutable])


_DESCRIPTIONS: dict[ExternKind, Callable[[Any], bytes]] = {TABLE: _table, MEMORY: _memory, GLOBAL: _global_type}

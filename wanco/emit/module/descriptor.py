"""The module descriptor: LLVM constants of all that the runtime knows of the program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wanco.abi import layout
from wanco.abi.layout import NULL_FUNCTION, ExternKind, SegmentMode
from wanco.abi.structs import Struct, ir_bytes
from wanco.abi.symbols import (
    ANCHORS,
    DATA,
    ELEMENTS,
    ENTRY,
    FUNCTION,
    FUNCTION_REFERENCES,
    GLOBAL,
    MODULE,
    RESUME_FRAME,
    RESUME_FUNCTION,
    RESUMED_ENTRY,
    SAFEPOINTS_OF,
    STRING,
    TABLE,
    TABLE_ENTRIES,
)
from wanco.analysis.safepoints import SafepointPlan
from wanco.emit.addresses import most_pages
from wanco.emit.ir.values import CODE, IR_TYPE, codes
from wanco.emit.module import tail_wrappers
from wanco.emit.module.constants import constant_operand
from wanco.emit.module.entries import COMMAND, EntryPoint, resumes_entry
from wanco.wasm.constexpr import Value, evaluate
from wanco.wasm.module import Module

FrameSizes = dict[int, tuple[int, int]]
"""Of the functions that have a resume function: locals, and slots of a frame in all."""


class Descriptor:
    """Writes the descriptor of one module."""

    def __init__(
        self,
        module: Module,
        plan: SafepointPlan,
        checkpoint: bool,
        poll_interval: int,
        entries: Sequence[EntryPoint],
        globals_: Mapping[int, Value],
        tables: Mapping[int, Sequence[int | None]],
        units: int,
    ) -> None:
        self.module = module
        self.plan = plan
        self.checkpoint = checkpoint
        self.poll_interval = poll_interval
        self.entries = entries
        self.globals = globals_
        self.tables = tables
        self.units = units
        self.out: list[str] = []
        self.strings: dict[str, str] = {}

    def text(self, sites: bytes, site_index: Sequence[int], site_hash: bytes, resumable: FrameSizes, all_globals: bool) -> str:
        """IR text; symbols of functions, wrappers and tables are declared as external."""
        module = self.module
        arrays = {
            "units": (self._units(), self.units * 2),
            "functions": (self._functions(resumable), len(module.functions)),
            "globals": (self._globals(all_globals), len(module.globals)),
            "memories": (self._memories(), len(module.memories)),
            "tables": (self._tables(), len(module.tables)),
            "data": (self._data(), len(module.data)),
            "elements": (self._elements(), len(module.elements)),
            "exports": (self._exports(resumable), len(self.entries)),
        }
        self._funcrefs()
        if self.checkpoint:
            self.out.append(f"@{RESUME_FRAME} = hidden global ptr null")
        if self.plan.tail_calls.common:
            entries = self.plan.tail_calls.common_entries
            most = max(len(module.func_type(function).params) for function in entries)
            self.out += tail_wrappers.definitions(len(module.functions), entries & self.plan.escaped, most)
        self.out.append(f"@wanco_sites = internal constant [{len(sites)} x i8] {ir_bytes(sites)}")
        self.out.append(f"@wanco_site_index = internal constant {_words(site_index)}")
        start = next((e.number for e in self.entries if e.name is None), NULL_FUNCTION)
        command = next((e.number for e in self.entries if e.name == COMMAND and e.wrapped), NULL_FUNCTION)
        record = layout.MODULE.ir_constant(
            layout_version=layout.LAYOUT_VERSION,
            checkpointable=int(self.checkpoint),
            module_hash=module.sha256,
            site_table_hash=site_hash,
            name=self._string(module.names.module or ""),
            **{name: symbol for name, (symbol, _) in arrays.items()},
            funcrefs=f"@{FUNCTION_REFERENCES}",
            sites="@wanco_sites",
            site_index="@wanco_site_index",
            unit_count=arrays["units"][1],
            function_count=len(module.functions),
            imported_functions=module.imported_functions,
            global_count=len(module.globals),
            memory_count=len(module.memories),
            table_count=len(module.tables),
            data_count=len(module.data),
            element_count=len(module.elements),
            export_count=len(self.entries),
            site_count=len(site_index),
            start_export=start,
            command_export=command,
            poll_interval=self.poll_interval,
        )
        self.out.append(f"@{MODULE} = hidden constant {layout.MODULE.ir_type()} {record}")
        return "\n".join(self.out) + "\n"

    # ---- helpers ----------------------------------------------------------------------

    def _string(self, text: str) -> str:
        """Symbol of a NUL-terminated string; control characters would garble a message."""
        text = "".join(c if c.isprintable() else "?" for c in text)
        if text not in self.strings:
            data = text.encode("utf-8", "replace") + b"\0"
            symbol = self.strings[text] = f"@{STRING(len(self.strings))}"
            self.out.append(f"{symbol} = private unnamed_addr constant [{len(data)} x i8] {ir_bytes(data)}")
        return self.strings[text]

    def _array(self, name: str, kind: Struct, records: Sequence[str]) -> str:
        """Symbol of an array of records."""
        items = ", ".join(f"{kind.ir_type()} {record}" for record in records)
        self.out.append(f"@wanco_{name} = internal constant [{len(records)} x {kind.ir_type()}] [{items}]")
        return f"@wanco_{name}"

    def _declare(self, symbol: str) -> str:
        """Declare a function of another object; only its address matters."""
        self.out.append(f"declare hidden void @{symbol}()")
        return f"@{symbol}"

    # ---- arrays -----------------------------------------------------------------------

    def _units(self) -> str:
        records = []
        for unit in range(self.units):
            for anchor in ANCHORS:
                text, table = self._declare(anchor(unit)), f"@{SAFEPOINTS_OF[anchor](unit)}"
                records.append(layout.UNIT.ir_constant(text=text, table=table))
        return self._array("unit_list", layout.UNIT, records)

    def _functions(self, resumable: FrameSizes) -> str:
        module, records = self.module, []
        for index, type_index in enumerate(module.functions):
            defined = index >= module.imported_functions
            locals_, slots = resumable.get(index, (0, 0))
            records.append(
                layout.FUNCTION.ir_constant(
                    name=self._string(module.function_name(index)),
                    resume=self._declare(RESUME_FUNCTION(index)) if index in resumable else "null",
                    type=self.plan.canonical[type_index],
                    body_offset=module.code_of(index).offset if defined else 0,
                    local_count=locals_,
                    slot_count=slots,
                    tail_class=self.plan.tail_calls.classes.get(index, 0),
                    pad=0,
                )
            )
        return self._array("function_list", layout.FUNCTION, records)

    def _globals(self, all_globals: bool) -> str:
        records = []
        for index, item in enumerate(self.module.globals):
            code, mutable = CODE[item.type.value], item.type.mutable
            stored = mutable or all_globals
            if stored:
                value = constant_operand(code, self.globals[index])
                self.out.append(f"@{GLOBAL(index)} = hidden global {IR_TYPE[code]} {value}, align 16")
            address = f"@{GLOBAL(index)}" if stored else "null"
            records.append(layout.GLOBAL.ir_constant(address=address, type=code, is_mutable=int(mutable), pad=0, pad2=0))
        return self._array("global_list", layout.GLOBAL, records)

    def _memories(self) -> str:
        records = [
            layout.MEMORY.ir_constant(
                min_pages=memory.limits.minimum, max_pages=most_pages(memory.limits.minimum, memory.limits.maximum)
            )
            for memory in self.module.memories
        ]
        return self._array("memory_list", layout.MEMORY, records)

    def _tables(self) -> str:
        records = []
        for index, table in enumerate(self.module.tables):
            limits, entries = table.limits, self.tables.get(index)
            maximum = 0xFFFFFFFF if limits.maximum is None else limits.maximum
            place = "null"
            if entries is not None:
                place = f"@{TABLE_ENTRIES(index)}"
                items = ", ".join(self._entry(function) for function in entries)
                self.out.append(f"{place} = hidden constant [{len(entries)} x {layout.FUNCREF.ir_type()}] [{items}], align 16")
            state = layout.TABLE.ir_constant(entries=place, size=0 if entries is None else len(entries), max=maximum)
            self.out.append(f"@{TABLE(index)} = hidden global {layout.TABLE.ir_type()} {state}, align 16")
            constant, element = int(entries is not None), CODE[table.element]
            records.append(
                layout.TABLE_TYPE.ir_constant(
                    state=f"@{TABLE(index)}", min=limits.minimum, max=maximum, element=element, is_constant=constant
                )
            )
        return self._array("table_list", layout.TABLE_TYPE, records)

    def _entry(self, function: int | None) -> str:
        """A table entry or function reference record, with its type."""
        if function is None:
            record = layout.FUNCREF.ir_constant(code="null", type=0, function=NULL_FUNCTION)
        else:
            escaped = function in self.plan.escaped
            record = layout.FUNCREF.ir_constant(
                code=f"@{FUNCTION(function)}" if escaped else "null",
                type=self.plan.canonical[self.module.functions[function]] + 1,
                function=function,
            )
        return f"{layout.FUNCREF.ir_type()} {record}"

    def _funcrefs(self) -> None:
        for function in sorted(self.plan.escaped):
            self._declare(FUNCTION(function))
        count = len(self.module.functions)
        items = ", ".join(self._entry(function) for function in range(count))
        self.out.append(f"@{FUNCTION_REFERENCES} = hidden constant [{count} x {layout.FUNCREF.ir_type()}] [{items}], align 16")

    def _data(self) -> str:
        records = []
        for index, segment in enumerate(self.module.data):
            self.out.append(f"@{DATA(index)} = internal constant [{len(segment.data)} x i8] {ir_bytes(segment.data)}")
            offset = evaluate(segment.offset, self.module, self.globals) if segment.offset is not None else 0
            records.append(
                layout.DATA.ir_constant(
                    bytes=f"@{DATA(index)}", size=len(segment.data), offset=offset or 0, memory=segment.memory, mode=int(segment.mode)
                )
            )
        return self._array("data_list", layout.DATA, records)

    def _elements(self) -> str:
        records = []
        for index, segment in enumerate(self.module.elements):
            functions = [evaluate(item, self.module, self.globals) for item in segment.items]
            self.out.append(f"@{ELEMENTS(index)} = internal constant {_words([NULL_FUNCTION if f is None else f for f in functions])}")
            active = segment.mode == SegmentMode.ACTIVE and segment.offset is not None
            offset = evaluate(segment.offset, self.module, self.globals) if active and segment.offset is not None else 0
            records.append(
                layout.ELEMENT.ir_constant(
                    functions=f"@{ELEMENTS(index)}", size=len(functions), offset=offset or 0, table=segment.table, mode=int(segment.mode)
                )
            )
        return self._array("element_list", layout.ELEMENT, records)

    def _exports(self, resumable: FrameSizes) -> str:
        records = []
        for entry in self.entries:
            signature = ""
            if entry.kind == ExternKind.FUNCTION:
                type_ = self.module.func_type(entry.index)
                parameters, results = ("".join(map(str, codes(types))) for types in (type_.params, type_.results))
                signature = f"{parameters}>{results}"
            resumes = entry.wrapped and resumes_entry(entry, self.plan, resumable)
            records.append(
                layout.EXPORT.ir_constant(
                    name=self._string(entry.name or ""),
                    signature=self._string(signature),
                    invoke=self._declare(ENTRY(entry.number)) if entry.wrapped else "null",
                    resume=self._declare(RESUMED_ENTRY(entry.number)) if resumes else "null",
                    kind=int(entry.kind),
                    index=entry.index,
                )
            )
        return self._array("export_list", layout.EXPORT, records)


def _words(values: Sequence[int]) -> str:
    return f"[{len(values)} x i32] [{', '.join(f'i32 {value}' for value in values)}]"

"""The C side of the contract: headers, and the stubs of anchored functions, made from the tables of this package.

The build makes them with ``python -m wanco.abi FOLDER``, before any dependency is installed: nothing
here, nor what it imports, needs more than the standard library.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from pathlib import Path

from wanco.abi import layout
from wanco.abi.functions import Function, Kind
from wanco.abi.runtime import CHECKPOINT, EMBED_FUNCTIONS, FUNCTIONS, VARIABLES
from wanco.abi.wasi import WASI_FUNCTIONS


def _opening(source: str) -> str:
    return f"/* Generated from wanco/abi/{source}; do not edit. */"


def _c_prefix(enum_type: type[enum.IntEnum]) -> str:
    return "".join("_" + c if c.isupper() else c.upper() for c in enum_type.__name__).upper()


def layout_header() -> str:
    """Numbers and structures."""
    out = [_opening("layout.py"), "#pragma once", "#include <stddef.h>", "#include <stdint.h>", ""]
    for name in layout.CONSTANTS:
        value = getattr(layout, name)
        out.append(f"#define WANCO_{name} {value:#x}{'ull' if value > 0xFFFFFFFF else 'u'}")
    magic = "".join(f"\\{b:03o}" for b in layout.SNAPSHOT_MAGIC)
    out += [f'#define WANCO_SNAPSHOT_MAGIC "{magic}"', ""]
    for enum_type in layout.ENUMS:
        prefix = "WANCO" + _c_prefix(enum_type)
        out.append(f"enum {{ {', '.join(f'{prefix}_{m.name} = {m.value}' for m in enum_type)} }};")
    messages = " ".join(f'"{layout.TRAP_MESSAGES[t]}",' for t in layout.Trap)
    sections = ", ".join(f'[{s.value}] = "{s.name}"' for s in layout.Section)
    out += ["", f"#define WANCO_TRAP_MESSAGES {{ {messages} }}", f"#define WANCO_NAMES_OF_SECTIONS {{ {sections} }}"]
    out += [f"#define WANCO_SECTION_COUNT {len(layout.Section)}", ""]
    out += [s.c_source() for s in layout.STRUCTS]
    return "\n".join(out)


def runtime_header() -> str:
    """Prototypes of what the runtime has for emitted code, and of the C functions behind its stubs."""
    lines = [
        _opening("runtime.py"),
        "#pragma once",
        "#include <stddef.h>",
        "#include <stdint.h>",
        '#include "wanco_layout.h"',
        "",
        "struct wanco_instance;",
        "struct wanco_registers;",
        "",
        *(f"{variable.c()}; /* {variable.doc} */" for variable in VARIABLES),
        "",
    ]
    for function in (*FUNCTIONS, CHECKPOINT, *EMBED_FUNCTIONS):
        if function.kind is Kind.STUB:
            lines.append(f"{function.c()};")
        lines.append(f"{function.c_target()};")
    return "\n".join([*lines, ""])


def wasi_header() -> str:
    """Prototypes of the WASI functions. Pointers, sizes and descriptors are guest ones."""
    prototypes = (f"{function.runtime.c_target()};" for function in WASI_FUNCTIONS.values())
    return "\n".join([_opening("wasi.py"), "#pragma once", "#include <stdint.h>", "", "struct wanco_instance;", "", *prototypes, ""])


def anchored_functions() -> Iterator[Function]:
    """The functions that emitted code reaches through stubs which note its registers."""
    known = (*(function.runtime for function in WASI_FUNCTIONS.values()), CHECKPOINT, *FUNCTIONS)
    return (function for function in known if function.kind in (Kind.BLOCKING, Kind.ANCHORED))


def anchored_stubs() -> str:
    """A macro's call for each stub: ``ANCHORED name, target`` notes the caller's registers in the anchor and goes on in
    the target; ``BLOCKING`` also tells ``wanco_on_host_call()``, if such calls are counted."""
    return "\n".join([_opening("headers.py"), *(f"{f.kind.name} {f.name}, {f.target}" for f in anchored_functions()), ""])


FILES: dict[str, Callable[[], str]] = {
    "wanco_layout.h": layout_header,
    "wanco_runtime.h": runtime_header,
    "wanco_wasi.h": wasi_header,
    "wanco_anchored.inc": anchored_stubs,
}
"""What the runtime's sources include, by name."""


def write_headers(folder: Path) -> None:
    """Write all of them into a folder."""
    for name, text in FILES.items():
        (folder / name).write_text(text())

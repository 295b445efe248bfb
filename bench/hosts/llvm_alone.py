"""What LLVM alone takes for a module's IR: ``llvm_alone.py LEVEL SECONDS_FILE [--no-checkpoint] MODULE``.

The front end makes the IR as it does in a compilation, with the same units. SECONDS_FILE then
gets the CPU time, of one process, in which LLVM parses, optimises and generates code for
all of them, one after the other; no tables are made and nothing is linked.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from wanco.codegen.llvmlite import compile_ir
from wanco.emit import EmitOptions, emit_module
from wanco.targets import native
from wanco.wasm.decode import decode
from wanco.wasm.validate import validate


def main(level: str, seconds: str, *rest: str) -> int:
    """Measure; the exit status."""
    *options, path = rest
    module = decode(Path(path).read_bytes())
    validate(module)
    emitted = emit_module(module, EmitOptions(checkpoint="--no-checkpoint" not in options))
    started = time.process_time()
    for unit in emitted.units:
        compile_ir(unit.ir, native(), opt=int(level), cf_protection=True)
    Path(seconds).write_text(str(time.process_time() - started))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""LLVM IR, as text, for a validated WebAssembly module.

The text is the same for every ISA.  Function bodies are translated straight into SSA form:
WebAssembly's structured control tells where values meet, so phis are placed exactly there.
"""

from wanco.emit.modes.forms import ResumeForm
from wanco.emit.module.library import Library
from wanco.emit.module.module import emit_module
from wanco.emit.module.options import EmitOptions, EmittedModule, EmittedUnit

__all__ = ["EmitOptions", "EmittedModule", "EmittedUnit", "Library", "ResumeForm", "emit_module"]

"""Facts about a module that decide where safepoints are and what they record.

Everything here depends on the WebAssembly module alone, never on an ISA or an
optimisation level: it is the contract that lets a snapshot move between them.
"""

"""Wanco: WebAssembly to native executables that can be checkpointed and moved between ISAs."""

__version__ = "0.1.0"

"""WebAssembly modules: operator table, decoder, validator.  Knows nothing of LLVM or of any ISA."""

"""The sections of a module: what their bytes mean (WebAssembly 2.0, section 5.5)."""

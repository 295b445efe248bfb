"""The contract between emitted code, the runtime and the compiler: layouts, symbols, the system interface."""

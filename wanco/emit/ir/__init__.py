"""LLVM IR: instructions as values in blocks, the types and constants of values, and what every unit begins with."""

"""From LLVM IR to objects for one instruction set, in worker processes."""

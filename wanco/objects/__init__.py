"""Object files: reading and writing ELF, LLVM's stack maps and unwinding data, archives, safepoint tables, links."""

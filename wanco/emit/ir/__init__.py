"""LLVM IR as text: what all that is emitted has in common."""

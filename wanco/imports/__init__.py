"""What a module imports: settled at compile time, or resolved to host functions in C."""

"""A whole module: codegen units of functions, wrappers of exports, the descriptor, the functions of a library."""

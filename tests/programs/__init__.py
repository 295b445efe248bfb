"""Programs that nobody here wrote, obtained from package registries and compiled: see README.md."""

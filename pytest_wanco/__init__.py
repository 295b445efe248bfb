"""The pytest plugin of Wanco: cross-ISA checkpoint and restore tests."""

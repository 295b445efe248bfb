"""A whole program as a syntax tree."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_wanco.strategies.ast import Function, Start
from pytest_wanco.strategies.render import render


@dataclass(frozen=True, slots=True)
class Command:
    """A program: its functions, and the calls that ``_start`` makes."""

    functions: tuple[Function, ...]
    starts: tuple[Start, ...]

    def wat(self) -> str:
        """As WebAssembly text."""
        return render(self.functions, self.starts)

    def __str__(self) -> str:
        return self.wat()

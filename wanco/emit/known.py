"""What is known of integer values: where they come from, and how large they are.

A value is defined once, so what is noted here of a value holds wherever it is known.
"""

from __future__ import annotations

from wanco.emit.addresses import signed


class KnownValues:
    """Facts of SSA values, by name."""

    def __init__(self) -> None:
        self.boolean: dict[str, str] = {}
        """The i1 that an i32 was widened from."""
        self.compare: dict[str, tuple[str, int, str, str]] = {}
        """The integer comparison that an i1 is: predicate, value code, operands."""
        self.increment: dict[str, tuple[str, int]] = {}
        """Sums with a constant: the value and the constant."""
        self.masked: dict[str, int] = {}
        """Values that are the `and` of something with a constant, not negative."""

    def sum_of(self, operand: str) -> tuple[str, int]:
        """An i32 as a value and a constant that is added to it, modulo 2^32."""
        distance = 0
        while operand in self.increment:
            operand, step = self.increment[operand]
            distance += step
        return operand, signed(distance)

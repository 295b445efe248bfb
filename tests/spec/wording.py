"""Whether a refusal has the reason that the test suite expects."""

from __future__ import annotations

from wanco.errors import LinkError, WancoError

# (message of the suite, ours): both are right, the bytes can be read in two ways.
OTHER_WORDING = {
    ("END opcode expected", "unexpected end of section or function"),
    ("section size mismatch", "unexpected end of section or function"),
    ("length out of bounds", "unexpected end of section or function"),
    ("integer too large", "unexpected end of section or function"),
    ("integer representation too long", "unexpected end of section or function"),
    ("unexpected end of section or function", "length out of bounds"),
    ("integer too large", "malformed section id"),
    ("integer representation too long", "malformed section id"),
}


def fits(error: WancoError, expected: str) -> bool:
    """Whether an error starts with the expected words, or with others that mean the same."""
    reason = str(error) if isinstance(error, LinkError) else getattr(error, "reason", "")
    return reason.startswith(expected) or any(expected == suite and reason.startswith(ours) for suite, ours in OTHER_WORDING)


def trap_fits(trap: str, expected: str) -> bool:
    """Whether a trap's message is the expected one, which may be more detailed ("uninitialized element 2")."""
    return bool(trap) and (trap.startswith(expected) or expected.startswith(trap))

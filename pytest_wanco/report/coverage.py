"""What a session covered, summed up for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_wanco.result import Verification, pair


def isas_of(verifications: Iterable[Verification]) -> list[str]:
    """All ISAs, in the order in which they were first used."""
    return list(dict.fromkeys(isa for found in verifications for isa in found.isas))


def verified(found: Verification, saved_on: str, continued_on: str) -> list[int]:
    """Sites that went on correctly on an ordered pair."""
    return found.verified.get(pair(saved_on, continued_on), [])


def matrix(verifications: Sequence[Verification]) -> list[list[str]]:
    """Rows of a table: ISAs that saved, columns those that continued; cells verified / reached safepoints."""
    isas = isas_of(verifications)
    rows = [["saved on / continued on", *isas]]
    for saved_on in isas:
        row = [saved_on]
        for continued_on in isas:
            here = [found for found in verifications if {saved_on, continued_on} <= set(found.isas)]
            row.append(f"{sum(len(verified(found, saved_on, continued_on)) for found in here)}/{sum(len(found.reached) for found in here)}")
        rows.append(row)
    return rows


def everywhere(found: Verification) -> set[int]:
    """Sites that went on correctly on every ordered pair."""
    sets = [set(verified(found, a, b)) for a in found.isas for b in found.isas]
    return set.intersection(*sets) if sets else set()

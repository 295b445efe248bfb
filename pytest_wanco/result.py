"""What a verification found, in a form that test reports can carry (JSON types only inside)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["capture", "restore", "output", "status", "files", "final state", "safepoints"]


@dataclass
class Failure:
    """The first thing that went wrong.

    ``saved_on`` and ``continued_on`` are the pair of ISAs, ``stop`` the checkpoint (0: none),
    ``site`` where that is, ``diverged_at`` the first stop whose state differs (0: none does)
    and ``diverged_site`` where it is.  ``differences`` are one line each, expected value
    first; ``expected`` and ``actual`` the two states or outputs in full; ``kept`` the files
    that show it, ``replay`` the command that runs just this again.
    """

    kind: Kind
    program: str
    saved_on: str
    continued_on: str
    summary: str
    stop: int = 0
    site: str = ""
    diverged_at: int = 0
    diverged_site: str = ""
    differences: list[str] = field(default_factory=list)
    expected: str = ""
    actual: str = ""
    kept: dict[str, str] = field(default_factory=dict)
    replay: str = ""

    def tell_how_to_compare(self) -> None:
        """Add the command that compares the states that are kept."""
        if "expected" in self.kept and "actual" in self.kept:
            self.kept["compare"] = f"wanco diff {self.kept['expected']} {self.kept['actual']}"

    def __str__(self) -> str:
        lines = [f"{self.program}: {self.summary}"]
        if self.stop:
            lines.append(f"  checkpoint at stop {self.stop}, {self.site}")
        if self.diverged_at:
            lines.append(f"  first differing state at stop {self.diverged_at}, {self.diverged_site}")
        lines += [f"  {line}" for line in self.differences[:_LINES]]
        if len(self.differences) > _LINES:
            lines.append(f"  ... and {len(self.differences) - _LINES} differences more")
        lines += [f"  {what}: {path}" for what, path in self.kept.items()]
        if self.replay:
            lines.append(f"  to run just this again: {self.replay}")
        return "\n".join(lines)


_LINES = 12


@dataclass
class Verification:
    """The result of verifying one program.

    ``stops`` of the uninterrupted run; ``points`` the stops that became checkpoints, with
    ``point_sites`` the innermost site of each; ``sites`` all static safepoints as [function,
    offset, kind], ``names`` the functions' names; ``reached`` the sites that the run reaches;
    ``verified`` for each ordered pair "saved>continued" the sites that were in a frame of a
    snapshot that went on correctly.
    """

    program: str
    isas: list[str]
    mode: str
    settings: str
    stops: int = 0
    points: list[int] = field(default_factory=list)
    point_sites: list[int] = field(default_factory=list)
    sites: list[list[int]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    reached: list[int] = field(default_factory=list)
    verified: dict[str, list[int]] = field(default_factory=dict)
    runs: int = 0
    seconds: float = 0.0
    failure: Failure | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Verification:
        """The inverse of `to_json`."""
        failure = data["failure"]
        return cls(**{**data, "failure": Failure(**failure) if failure else None})


def pair(saved_on: str, continued_on: str) -> str:
    """The key of an ordered pair in `Verification.verified`."""
    return f"{saved_on}>{continued_on}"

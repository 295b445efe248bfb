"""The table that ``wanco compile --stats`` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wanco.artifact import Artifact

_WIDTH = 24


def print_stats(artifacts: Sequence[Artifact]) -> None:
    """Print the front end's numbers, then those of each target."""
    front_end = artifacts[0].front_end
    _print("front end", front_end.seconds, {"module": front_end.module_size, "IR": front_end.ir_size})
    for name, number in front_end.emitter.items():
        print(f"  {name:{_WIDTH}} {number:>12}" if isinstance(number, int) else f"  {name:{_WIDTH}} {number:>12.3f}")
    for artifact in artifacts:
        if artifact.target is not None:
            _print(artifact.target.name, artifact.stats.seconds, artifact.stats.sizes)


def _print(title: str, seconds: Mapping[str, float], sizes: Mapping[str, int]) -> None:
    print(title)
    for name, value in seconds.items():
        print(f"  {name:{_WIDTH}} {value:>10.3f} s")
    for name, size in sizes.items():
        print(f"  {name:{_WIDTH}} {size:>12}")

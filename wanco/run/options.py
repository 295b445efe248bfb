"""The options that a compiled program's runtime takes, as Python values."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class RunOptions:
    """What ``--wanco-...`` options a program is started with; the defaults are the runtime's.

    ``dirs`` are the host folders that the program sees, as texts ``HOST[::GUEST]`` or
    (host, guest) pairs; ``listen`` its listening sockets, as ``tcp:127.0.0.1:8080`` or ``fd:3``.
    Times are texts as the runtime reads them (``"5s"``, ``"200ms"``), sizes too (``"64M"``).
    Of several polls to save at, in ascending order, the program leaves at the last; with
    ``count_host_calls`` host calls that can block are numbered among the polls.
    Checkpoints that the program itself asks for go to ``guest_snapshot`` (None: to ``snapshot``).
    """

    dirs: Sequence[PathLike | tuple[PathLike, str]] = ()
    listen: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    inherit_env: bool = False
    max_memory: str | None = None
    stack_size: str | None = None
    snapshot: PathLike | None = None
    guest_snapshot: PathLike | None = None
    restore: PathLike | None = None
    checkpoint_at: int | Sequence[int] | None = None
    count_host_calls: bool = False
    checkpoint_at_exit: PathLike | None = None
    trace_polls: PathLike | None = None
    checkpoint_after: str | None = None
    checkpoint_every: str | None = None
    checkpoint_on_term: bool = False
    checkpoint_exit_status: int | None = None
    allow_changed_files: bool = False
    untrusted: bool = False
    verify: bool = False
    deterministic: bool = False
    incremental: bool = False
    quiet: bool = False
    extra: Sequence[str] = ()

    def arguments(self) -> list[str]:
        """The options in the form in which they go before the program's own arguments."""
        single: list[tuple[str, PathLike | int | None]] = [
            ("max-memory", self.max_memory),
            ("stack-size", self.stack_size),
            ("snapshot", self.snapshot),
            ("guest-snapshot", self.guest_snapshot),
            ("restore", self.restore),
            ("checkpoint-at", None if self.checkpoint_at is None else _polls(self.checkpoint_at)),
            ("checkpoint-at-exit", self.checkpoint_at_exit),
            ("trace-polls", self.trace_polls),
            ("checkpoint-after", self.checkpoint_after),
            ("checkpoint-every", self.checkpoint_every),
            ("checkpoint-exit-status", self.checkpoint_exit_status),
        ]
        pairs = [("dir", f"{os.fspath(d[0])}::{d[1]}" if isinstance(d, tuple) else os.fspath(d)) for d in self.dirs]
        pairs += [("listen", text) for text in self.listen]
        pairs += [("env", f"{name}={value}") for name, value in self.env.items()]
        pairs += [(name, str(value) if isinstance(value, int) else os.fspath(value)) for name, value in single if value is not None]
        flags = [
            ("inherit-env", self.inherit_env),
            ("checkpoint-on-term", self.checkpoint_on_term),
            ("count-host-calls", self.count_host_calls),
            ("allow-changed-files", self.allow_changed_files),
            ("untrusted", self.untrusted),
            ("verify", self.verify),
            ("deterministic", self.deterministic),
            ("incremental", self.incremental),
            ("quiet", self.quiet),
        ]
        return [
            *(word for name, value in pairs for word in (f"--wanco-{name}", value)),
            *(f"--wanco-{name}" for name, wanted in flags if wanted),
            *self.extra,
        ]


def _polls(polls: int | Sequence[int]) -> str:
    return str(polls) if isinstance(polls, int) else ",".join(map(str, polls))


DEFAULTS = RunOptions()


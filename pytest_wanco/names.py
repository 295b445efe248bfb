"""Names that the plugin's parts, and those who write tests, know things by."""

from __future__ import annotations

MARKER = "wanco_cross_isa"
"""The marker, and the fixture: what a test that has one of them needs."""
ENABLE = "wanco_cross_isa"
"""Destination of the option, and the ini option, by which such tests run."""
REPLAY = "wanco_replay"
"""Destination of ``--wanco-replay``, which wins over everything else."""
SESSION = "wanco-session"
"""The session object among pytest's plugins."""
INI_PROGRAMS, PROGRESS = "wanco_ini_programs", "wanco_progress"
"""What xdist's workers are told: whether the ini file's programs are collected; where to tell how far they are."""

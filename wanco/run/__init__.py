"""Run compiled programs, checkpoint and restore them, from Python."""

from wanco.run.elf import target_of
from wanco.run.emulator import find_emulator
from wanco.run.executable import Executable, Result
from wanco.run.options import RunOptions
from wanco.run.process import checkpoint_process

__all__ = ["Executable", "Result", "RunOptions", "checkpoint_process", "find_emulator", "target_of"]

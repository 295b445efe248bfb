"""Hypothesis strategies: WebAssembly programs, and what can be done with them.

`commands` gives programs as syntax trees (`Command`), `wasi_scripts` sequences of file
operations (`Script`); both have ``wat()`` and are programs for `wanco_cross_isa`.
"""

from pytest_wanco.strategies.command import Command
from pytest_wanco.strategies.modules import commands, constants, expressions, functions, statements
from pytest_wanco.strategies.wasi import Script, wasi_scripts

__all__ = ["Command", "Script", "commands", "constants", "expressions", "functions", "statements", "wasi_scripts"]

"""Jobs: codegen units on their way through worker processes: which processes, in what order, and when one takes too long."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from typing import TypeVar

from wanco.codegen.backend import GENERATORS, cpu_limit
from wanco.codegen.workers import Pool
from wanco.errors import CompileError, CpuLimitError
from wanco.options import DEFAULTS, Backend, CodeOptions, CompileOptions
from wanco.report import Report
from wanco.targets import Target

T = TypeVar("T")

_BYTES_PER_WORKER = 1 << 16
"""Module bytes for which one more worker is worth its start."""


def worker_pool(size: int, backend: Backend = DEFAULTS.backend) -> Pool:
    """Worker processes that several compilations can share, ready for a backend."""
    return Pool(size, GENERATORS[backend])


def pool_for(module_size: int, targets: int, options: CompileOptions) -> Pool:
    """As many worker processes as are worth their start for a module of so many bytes."""
    wanted = targets * (1 + module_size // _BYTES_PER_WORKER)
    return worker_pool(min(options.jobs or os.cpu_count() or 1, wanted), options.backend)


@dataclass(frozen=True)
class Job:
    """What a worker process compiles."""

    ir: str
    target: Target
    options: CodeOptions
    functions: Sequence[int] = ()
    """The functions of WebAssembly that there is code of in it, ascending."""

    def overtime(self) -> str:
        """What to say of one whose code generation does not come to an end."""
        match self.functions:
            case []:
                what = "tables"
            case [function]:
                what = f"function {function}"
            case [first, *_, last]:
                what = f"functions {first} to {last}"
        limit = cpu_limit(self.ir, self.options)
        return (
            f"{what} for {self.target.name}: the code generator did not come to an end within {limit} seconds of CPU time: "
            "try another optimisation level (-O)"
        )


def run_jobs(build: Callable[[str, Target, CodeOptions], T], jobs: Sequence[Job], what: str, pool: Pool, report: Report) -> list[T]:
    """The results of ``build``, a function of `wanco.codegen.backend`, in the order of the jobs.

    Raises:
        CompileError, InstallError: the first failure of any, as soon as it happens.
    """
    futures = {pool.submit(build, job.ir, job.target, job.options): job for job in jobs}
    report(what, 0, len(futures))
    for done, future in enumerate(as_completed(futures), 1):
        try:
            future.result()
        except CpuLimitError as error:
            raise CompileError(futures[future].overtime()) from error
        report(what, done, len(futures))
    return [future.result() for future in futures]

"""Worker processes: results, exceptions, and deaths."""

from __future__ import annotations

import itertools
import os
import signal
import time

import pytest

from wanco.codegen.workers import Pool, cpu_time
from wanco.errors import CompileError, CpuLimitError, DecodeError


def _pool(size: int = 1) -> Pool:
    return Pool(size, "wanco.errors")


def test_results_come_back() -> None:
    with _pool(2) as pool:
        futures = [pool.submit(divmod, n, 7) for n in range(20)]
        assert [f.result() for f in futures] == [divmod(n, 7) for n in range(20)]
        assert pool.submit(os.getpid).result() != os.getpid()


def test_exceptions_come_back_with_their_type() -> None:
    with _pool() as pool:
        with pytest.raises(ZeroDivisionError):
            pool.submit(divmod, 1, 0).result()
        with pytest.raises(DecodeError, match="malformed module: bad in code at byte offset 0x10"):
            pool.submit(_raise_decode_error).result()


def _raise_decode_error() -> None:
    raise DecodeError("bad", 16, "code")


def test_a_worker_that_dies_is_an_error_and_is_replaced() -> None:
    with _pool() as pool:
        with pytest.raises(CompileError, match="the code generator ended with signal SIGABRT: no message"):
            pool.submit(os.abort).result()
        assert pool.submit(divmod, 9, 7).result() == (1, 2)


def test_a_worker_that_is_busy_for_too_long_is_ended_and_replaced() -> None:
    with _pool() as pool:
        with pytest.raises(CpuLimitError):
            pool.submit(_never_return, 0.2).result()
        assert pool.submit(_sleep, 0.2).result() == "slept", "it is CPU time that counts"
        assert pool.submit(_work, 0.5).result() == "worked", "the limit is gone when what it was for is done"


def _never_return(limit: float) -> None:
    with cpu_time(limit):
        sum(itertools.repeat(1))


def _sleep(limit: float) -> str:
    with cpu_time(limit):
        time.sleep(2 * limit)
    return "slept"


def _work(seconds: float) -> str:
    start = time.process_time()
    while time.process_time() < start + seconds:
        pass
    return "worked"


def test_what_is_printed_does_not_disturb() -> None:
    with _pool() as pool:
        pool.submit(os.system, "echo hello").result()
        assert pool.submit(divmod, 9, 7).result() == (1, 2)


def test_leaving_ends_a_busy_worker() -> None:
    start = time.monotonic()
    with _pool() as pool:
        pid = pool.submit(os.getpid).result()
        pool.submit(time.sleep, 60)
    assert time.monotonic() - start < 10
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)

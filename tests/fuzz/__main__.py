"""Long campaigns: ``python -m tests.fuzz mutants --count 100000``.

A campaign goes over the seeds from --first on; seeds that were done need not be done again,
and a problem is looked at by its seed alone: ``--first SEED --count 1 --keep FOLDER``.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.campaign import Check, progress, run_campaign, summary
from tests.fuzz.commands import check_command, make_command
from tests.fuzz.corpus import large_corpus
from tests.fuzz.differential import check_modules, make_case
from tests.fuzz.mutants import MEMORY, check_mutant, make_mutant


@dataclass(frozen=True)
class Campaign:
    """``prepare`` fills the folder that checks get; ``generate`` gives the module of a seed."""

    check: Check
    prepare: Callable[[Path], None]
    generate: Callable[[int, Path], bytes]
    count: int
    batch: int
    memory: int = resource.RLIM_INFINITY


def _nothing(_: Path) -> None:
    pass


def _save_corpus(folder: Path) -> None:
    large_corpus().save(folder)


CAMPAIGNS = {
    "mutants": Campaign(check_mutant, _save_corpus, make_mutant, 100_000, 100, MEMORY),
    "commands": Campaign(check_command, _nothing, make_command, 2000, 20),
    "smith": Campaign(check_modules, _nothing, lambda seed, _: make_case(seed).data, 2000, 5),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("campaign", choices=CAMPAIGNS)
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first seed (default: 0)")
    parser.add_argument("--count", type=int, help="number of seeds")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="child processes (default: 1)")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="keep what the campaign prepares here, and use it again")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write the modules of problems here")
    options = parser.parse_args()
    campaign = CAMPAIGNS[options.campaign]
    count = campaign.count if options.count is None else options.count
    with tempfile.TemporaryDirectory(prefix="wanco-fuzz-") as temporary:
        folder = options.data or Path(temporary)
        if not folder.is_dir() or not any(folder.iterdir()):
            campaign.prepare(folder)
        seeds = range(options.first, options.first + count)
        found = run_campaign(
            campaign.check, seeds, folder, jobs=options.jobs, batch=campaign.batch, memory=campaign.memory, report=progress(count)
        )
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            for seed, _ in found.problems:
                (options.keep / f"{options.campaign}-{seed}.wasm").write_bytes(campaign.generate(seed, folder))
    print(f"{options.campaign} {seeds.start} to {seeds.stop - 1}: {summary(found)}; {len(found.problems)} problems")
    return 1 if found.problems else 0


if __name__ == "__main__":
    sys.exit(main())

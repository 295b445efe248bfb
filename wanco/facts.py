"""What the CMake package asks of the Python one: ``python -m wanco.facts`` prints it as JSON.

Keys: ``version``; ``compiler``, a hash over everything that can change what is compiled;
``isas`` whose runtime is installed; ``native_isa``; ``emulators``, the command that runs
programs of each instruction set here; ``zig``, the compiler for C sources; ``cmake_dir`` and
``include_dir``; ``has_pytest``; ``tracked``, files of which some change when the package is
upgraded.  What there is none of is an empty string or list.
"""

from __future__ import annotations

import importlib.util
import json
import sys

from wanco.errors import UsageError, WancoError
from wanco.install import cmake_dir, compiler_files, compiler_version, include_dir, installed_targets, records, zig
from wanco.run.emulator import search
from wanco.targets import native
from wanco.version import VERSION


def facts() -> dict[str, object]:
    """The facts; see the module's text for the keys.

    Raises:
        InstallError: files of the installation are missing.
    """
    targets = installed_targets()
    return {
        "version": VERSION,
        "compiler": compiler_version(),
        "isas": [target.name for target in targets],
        "native_isa": _native_isa(),
        "emulators": {target.name: search(target) or () for target in targets},
        "zig": str(zig() or ""),
        "cmake_dir": str(cmake_dir().resolve()),
        "include_dir": str(include_dir().resolve()),
        "has_pytest": importlib.util.find_spec("pytest") is not None,
        # The record too: the times of the files may be older than what was built.
        "tracked": sorted(map(str, [*compiler_files(), *records()])),
    }


def _native_isa() -> str:
    try:
        return native().name
    except UsageError:
        return ""


def main() -> int:
    """Print the facts; the exit status."""
    try:
        print(json.dumps(facts(), indent=1))
    except WancoError as error:
        print(f"wanco: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

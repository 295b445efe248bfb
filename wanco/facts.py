"""What the CMake package asks of the Python one: ``python -m wanco.facts`` prints it as JSON.

Keys: ``version``; ``compiler``, a hash over everything that can change what is compiled;
``isas`` whose runtime is installed; ``native_isa``; ``emulators``, the command that runs
programs of each instruction set here; ``zig``, the compiler for C sources; ``cmake_dir`` and
``include_dir``; ``has_pytest``; ``tracked``, files of which some change when the package is
upgraded.  What there is none of is an empty string or list.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import sys
from pathlib import Path

import wanco
from wanco.cache import compiler_version
from wanco.errors import UsageError, WancoError
from wanco.install import cmake_dir, include_dir, installed_targets, runtime_archive, zig
from wanco.run.emulator import search
from wanco.targets import native


def facts() -> dict[str, object]:
    """The facts; see the module's text for the keys.

    Raises:
        InstallError: files of the installation are missing.
    """
    targets = installed_targets()
    return {
        "version": wanco.__version__,
        "compiler": compiler_version(),
        "isas": [target.name for target in targets],
        "native_isa": _native_isa(),
        "emulators": {target.name: search(target) or () for target in targets},
        "zig": str(zig() or ""),
        "cmake_dir": str(cmake_dir().resolve()),
        "include_dir": str(include_dir().resolve()),
        "has_pytest": importlib.util.find_spec("pytest") is not None,
        "tracked": _tracked(),
    }


def _native_isa() -> str:
    try:
        return native().name
    except UsageError:
        return ""


def _tracked() -> list[str]:
    """The package's files and, as their times may be older than what was built, the record of the installation,
    whose path has the version in it."""
    files = [*Path(__file__).parent.rglob("*.py"), *map(runtime_archive, installed_targets())]
    try:
        distribution = importlib.metadata.distribution("wanco")
    except importlib.metadata.PackageNotFoundError:
        pass
    else:
        files += [Path(str(distribution.locate_file(file))) for file in distribution.files or () if file.name == "RECORD"]
    return sorted(map(str, files))


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

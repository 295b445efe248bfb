"""Safepoint tables: what they cannot be made of, and empty ones. What they say is tested by walks (test_walk.py)."""

from __future__ import annotations

import pytest

from tests.codegen.conftest import CompileIr
from wanco.errors import CompileError
from wanco.objects.elf import Object
from wanco.objects.safepoint_table import build_tables, table_ir
from wanco.targets import TARGETS, Target

POLL = "declare void @poll()\n"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ('define void @f() { call void @poll() [ "deopt"(i64 1) ] ret void }', "a safepoint lies in section .text, which has no anchor"),
        (
            'define void @f() section "wanco_text" { call void @poll() [ "deopt"(i64 1) ] ret void }\n'
            'define hidden void @wanco_text_0() section "wanco_text" { ret void }',
            "f lies before wanco_text_0",
        ),
        (
            'define hidden void @wanco_text_0() section "wanco_text" { ret void }\n'
            'define void @f() nounwind section "wanco_text" { call void @poll() [ "deopt"(i64 1) ] ret void }\n',
            "a function with a safepoint has no unwind information",
        ),
    ],
)
def test_what_no_table_can_be_made_of(code: str, message: str, compile_ir: CompileIr) -> None:
    target = TARGETS["x86_64"]
    with pytest.raises(CompileError, match=f"^no safepoint table can be made for x86_64: {message}"):
        build_tables(compile_ir(POLL + code, target), target)


def test_tables_of_another_target(compile_ir: CompileIr) -> None:
    with pytest.raises(CompileError, match="an object for ELF machine 183"):
        build_tables(compile_ir(POLL, TARGETS["aarch64"]), TARGETS["x86_64"])


def test_section_without_safepoints(target: Target, compile_ir: CompileIr) -> None:
    anchor = 'define hidden void @wanco_resume_text_7() section "wanco_resume" { ret void }'
    (table,) = build_tables(compile_ir(anchor, target), target).tables
    assert (table.symbol, table.anchor, table.records) == ("wanco_resume_table_7", "wanco_resume_text_7", 0)
    assert Object(compile_ir(table_ir([table]), target)).symbols[-1].name == "wanco_resume_table_7"

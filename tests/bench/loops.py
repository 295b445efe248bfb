"""Loops whose cost under checkpointing is known in instructions, as modules in text form.

Each runs some millions of instructions, next to which what a process starts with is nothing.
"""

from __future__ import annotations

_ROUNDS = 400
_BOUNDS = 70000
_END, _ROWS, _ROW = (f"(local.get ${name})" for name in ("end", "rows", "row_end"))
"""4096, 32 and 4096: bytes of an array, four times the rows, bytes of a row."""


def _module(body: str, functions: str = "", locals_: str = "") -> str:
    """A program that runs ``body`` again and again, with $i = 0; memory has something other than zeros in it.

    Bounds come from memory, so that no compiler knows them.
    """
    return f"""(module
      (memory (export "memory") 2)
      (data (i32.const 64) "\\01\\02\\03\\3f some bytes to begin with \\3f")
      (data (i32.const {_BOUNDS}) "\\00\\10\\00\\00" "\\20\\00\\00\\00" "\\00\\10\\00\\00")
      {functions}
      (func (export "_start") (local $round i32) (local $i i32)
        (local $end i32) (local $rows i32) (local $row_end i32) {locals_}
        (loop $rounds
          (local.set $i (i32.const 0))
          (local.set $end (i32.load (i32.const {_BOUNDS})))
          (local.set $rows (i32.load offset=4 (i32.const {_BOUNDS})))
          (local.set $row_end (i32.load offset=8 (i32.const {_BOUNDS})))
          {body}
          (br_if $rounds (i32.ne (local.tee $round (i32.add (local.get $round) (i32.const 1))) (i32.const {_ROUNDS}))))))
    """


def _counted(label: str, variable: str, body: str, end: str = _END, step: int = 4) -> str:
    stepped = f"(local.tee {variable} (i32.add (local.get {variable}) (i32.const {step})))"
    return f"(loop {label} {body} (br_if {label} (i32.ne {stepped} {end})))"


_OTHER = "(i32.add (local.get $i) (i32.const 32768))"

LOOPS = {
    "sum": _module(
        _counted("$l", "$i", "(local.set $sum (i32.add (local.get $sum) (i32.load (local.get $i))))")
        + "(i32.store (i32.const 8) (local.get $sum))",
        locals_="(local $sum i32)",
    ),
    "add_arrays": _module(
        _counted("$l", "$i", f"(i32.store (local.get $i) (i32.add (i32.load (local.get $i)) (i32.load {_OTHER})))"),
    ),
    "scaled_sum_of_floats": _module(
        _counted(
            "$l",
            "$i",
            f"(f32.store (local.get $i) (f32.add (f32.load (local.get $i)) (f32.mul (f32.const 0.5) (f32.load {_OTHER}))))",
        ),
    ),
    "nested": _module(
        _counted(
            "$r",
            "$row",
            "(local.set $i (i32.const 0))"
            + _counted(
                "$l",
                "$i",
                f"(i32.store (local.get $i) (i32.add (i32.load (local.get $i)) (i32.mul (local.get $row) (i32.load {_OTHER}))))",
                end=_ROW,
            ),
            end=_ROWS,
        )
        + "(local.set $row (i32.const 0))",
        locals_="(local $row i32)",
    ),
    "unrolled": _module(
        "(local.set $j (i32.const 32768))"
        + _counted(
            "$l",
            "$i",
            "".join(
                f"""(f32.store offset={n} (local.get $i)
                  (f32.add (f32.load offset={n} (local.get $i)) (f32.mul (f32.const 0.5) (f32.load offset={n} (local.get $j)))))"""
                for n in (0, 4)
            )
            + "(local.set $j (i32.add (local.get $j) (i32.const 8)))",
            step=8,
        ),
        locals_="(local $j i32)",
    ),
    "calls": _module(
        _counted("$l", "$i", "(local.set $sum (call $f (local.get $sum) (local.get $i)))") + "(i32.store (i32.const 8) (local.get $sum))",
        functions="""(func $f (param i32 i32) (result i32)
          (i32.xor (i32.mul (local.get 0) (i32.const 16777619)) (i32.load (local.get 1))))""",
        locals_="(local $sum i32)",
    ),
}
VECTORISED = {"sum": "paddd", "add_arrays": "paddd", "scaled_sum_of_floats": "mulps", "unrolled": "mulps", "nested": "pmulld"}
"""The instruction that shows it."""

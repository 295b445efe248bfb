"""The plugin's tests run pytest inside pytest; other tests of the process have wasmtime's traps caught by signals."""

from __future__ import annotations

import pytest
import wasmtime

DIVISION = '(module (func (export "f") (result i32) (i32.div_s (i32.const 1) (i32.const 0))))'


def test_traps_are_caught_after_a_run_inside(pytester: pytest.Pytester) -> None:
    """If not, this process ends."""
    store = wasmtime.Store(wasmtime.Engine())
    divide = wasmtime.Instance(store, wasmtime.Module(store.engine, DIVISION), []).exports(store)["f"]
    assert isinstance(divide, wasmtime.Func)
    pytester.makepyfile("def test_nothing(): pass")
    pytester.runpytest().assert_outcomes(passed=1)
    with pytest.raises(wasmtime.Trap, match="divide by zero"):
        divide(store)

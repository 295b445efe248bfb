"""Constants of test scripts: to the driver's notation, and compared with what it answers.

A constant is what json-from-wast writes: a type and a value; integers and the bits of
floats in decimal, v128 as a list of lanes, references as "null", a number, or no value (any
reference that is not null).  The driver writes bits in hexadecimal and "null".

NaNs: WebAssembly lets ``nan:canonical`` have either sign and ``nan:arithmetic`` any payload.
Wanco promises the same bits everywhere: what arithmetic makes is the canonical NaN with
positive sign.
"""

from __future__ import annotations

from typing import Any

BITS = {"i8": 8, "i16": 16, "i32": 32, "i64": 64, "f32": 32, "f64": 64}
CANONICAL_NAN = {"f32": 0x7FC00000, "f64": 0x7FF8000000000000}
TYPES = frozenset({"i32", "i64", "f32", "f64", "v128", "funcref", "externref"})
"""Types of values that the driver knows."""
NAN_PATTERNS = ("nan:canonical", "nan:arithmetic")

Constant = dict[str, Any]


def encode(constant: Constant) -> str:
    """A constant as an argument in the driver's notation."""
    type_ = constant["type"]
    if type_ in ("funcref", "externref"):
        value: str = constant["value"]
        return value if value == "null" else f"{int(value):x}"
    return f"{_bits(constant):x}"


def _bits(constant: Constant) -> int:
    type_: str = constant["type"]
    if type_ == "v128":
        width = BITS[constant["lane_type"]]
        return sum(_scalar(constant["lane_type"], lane) << (width * i) for i, lane in enumerate(constant["value"]))
    return _scalar(type_, constant["value"])


def _scalar(type_: str, value: str) -> int:
    if value in NAN_PATTERNS:
        return CANONICAL_NAN[type_]
    return int(value) & ((1 << BITS[type_]) - 1)


def agrees(expected: Constant, answer: str) -> bool:
    """Whether a result in the driver's notation is an expected one."""
    type_: str = expected["type"]
    if type_ == "either":
        return any(agrees(choice, answer) for choice in expected["values"])
    if type_ == "refnull" or expected.get("value") == "null":
        return answer == "null"
    if type_.endswith("ref"):
        return answer != "null" and ("value" not in expected or int(answer, 16) == int(expected["value"]))
    return answer != "null" and not (int(answer, 16) ^ _bits(expected)) & ~_open_bits(expected)


def _open_bits(constant: Constant) -> int:
    """The sign bits of the lanes that are ``nan:canonical``: neg makes a negative one."""
    lane_type: str = constant.get("lane_type") or constant["type"]
    lanes = constant["value"] if constant["type"] == "v128" else [constant["value"]]
    width = BITS.get(lane_type, 0)
    return sum(1 << (width * (i + 1) - 1) for i, lane in enumerate(lanes) if lane == "nan:canonical")


def show(expected: Constant) -> str:
    """An expected value for messages, in the driver's notation where that has one."""
    type_ = expected["type"]
    if type_ == "either":
        return " or ".join(map(show, expected["values"]))
    if type_ == "refnull" or type_.endswith("ref"):
        return f"{type_} {expected.get('value', '')}".rstrip()
    return f"{_bits(expected):x}"

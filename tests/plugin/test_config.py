"""Settings, points and what is chosen of them."""

from __future__ import annotations

import pytest

from pytest_wanco.config import PointSpec, Settings
from pytest_wanco.verify.narrow import first_difference
from pytest_wanco.verify.points import SiteUse, choose_points

SITES = {0: SiteUse(1, 900, 500), 1: SiteUse(40, 40, 1), 2: SiteUse(700, 1000, 30)}


@pytest.mark.parametrize("text", ["all", "auto", "17", "every:5", "at:3,8,21"])
def test_points_are_written_as_they_are_read(text: str) -> None:
    assert str(PointSpec.parse(text)) == text


@pytest.mark.parametrize("text", ["", "0", "every:0", "every:", "at:", "at:0", "at:1,,2", "any", "-3"])
def test_wrong_points(text: str) -> None:
    with pytest.raises(ValueError, match="is not all, auto"):
        PointSpec.parse(text)


def chosen(text: str, seed: int = 0, stops: int = 1000) -> list[int]:
    return choose_points(PointSpec.parse(text), stops, SITES, seed)


def test_auto_covers_every_safepoint() -> None:
    points = chosen("auto")
    assert {1, 900, 40, 700, 1000} <= set(points)
    assert points == sorted(set(points))
    assert len(points) > 5
    assert chosen("auto") == points
    assert chosen("auto", seed=1) != points
    assert chosen("auto", stops=20) == list(range(1, 21))


def test_a_number_covers_first() -> None:
    assert set(chosen("3")) == {1, 40, 700}
    assert len(chosen("2")) == 2
    assert {1, 40, 700} < set(chosen("50"))
    assert len(chosen("50")) == 50
    assert chosen("50", stops=7) == [1, 2, 3, 4, 5, 6, 7] or len(chosen("50", stops=7)) == 7


def test_other_choices() -> None:
    assert chosen("all", stops=5) == [1, 2, 3, 4, 5]
    assert chosen("every:300") == [300, 600, 900]
    assert chosen("at:5,2000,3") == [3, 5]


def test_levels_go_round() -> None:
    settings = Settings(isas=("x86_64", "aarch64", "riscv64"), opt_level=(0, 3))
    assert [settings.level(isa) for isa in settings.isas] == [0, 3, 0]


class FakeState:
    def __init__(self, digest: bytes) -> None:
        self.digest = digest


@pytest.mark.parametrize("wrong", [1, 2, 50, 99, 100])
def test_narrowing(wrong: int) -> None:
    asked: list[int] = []

    def actual(stop: int) -> FakeState | None:
        asked.append(stop)
        return FakeState(b"wrong" if stop >= wrong else b"right")

    found = first_difference(lambda _: FakeState(b"right"), actual, 0, 100)  # type: ignore[arg-type, return-value]
    assert found == wrong
    assert len(asked) <= 8
    assert first_difference(lambda _: None, lambda _: None, 0, 100) is None

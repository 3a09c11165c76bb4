"""Ratios in words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archcalc.report.network.ratio import factor, times, times_and_percent


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (Fraction(1), "the same"),
        (Fraction(6_998_552, 138_357_544), "19.8x fewer"),  # 19.769
        (Fraction(2), "2x more"),
        (Fraction(5, 4), "25 % more"),
        (Fraction(943, 1000), "5.7 % fewer"),
        (Fraction(3, 2), "1.5x more"),
        (Fraction(2, 3), "1.5x fewer"),
        (Fraction(1011), "1,011x more"),
    ],
)
def test_times(ratio, expected):
    assert times(ratio) == expected


def test_factor():
    assert [factor(Fraction(1, 20)), factor(Fraction(2726)), factor(Fraction(1))] == ["0.05x", "2,726x", "1x"]


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (Fraction(27, 49), "1.81x fewer, 44.9 % fewer"),  # three 3x3 for one 7x7: 1 - 27/49 = 22/49
        (Fraction(11, 20), "1.82x fewer, 45 % fewer"),
        (Fraction(4, 5), "20 % fewer"),  # once is enough
        (Fraction(2), "2x more, 100 % more"),
        (Fraction(11), "11x more"),
        (Fraction(1, 2500), "2,500x fewer, 99.96 % fewer"),  # not 100 %
        (Fraction(1), "the same"),
    ],
)
def test_percent_beside_the_ratio(ratio, expected):
    assert times_and_percent(ratio) == expected

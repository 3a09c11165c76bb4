"""Ratios in words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archcalc.report.network.ratio import factor, times


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

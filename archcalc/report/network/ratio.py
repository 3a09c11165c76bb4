"""Ratios in words: 19.8x fewer, 2.36x more, 3.8 % more."""

from __future__ import annotations

from fractions import Fraction


def times(ratio: Fraction, fewer: str = "fewer", more: str = "more") -> str:
    """How the second compares with the first; percents where they are close."""
    if ratio == 1:
        return "the same"
    if Fraction(2, 3) < ratio < Fraction(3, 2):
        percent = abs(ratio - 1) * 100
        return f"{_three_digits(percent)} % {more if ratio > 1 else fewer}"
    return f"{_three_digits(ratio)}x {more}" if ratio > 1 else f"{_three_digits(1 / ratio)}x {fewer}"


def factor(ratio: Fraction) -> str:
    """0.0506x, 2.36x, 1,011x."""
    return f"{_three_digits(ratio)}x"


def _three_digits(value: Fraction) -> str:
    return f"{float(value):,.0f}" if value >= 100 else f"{float(value):.3g}"

"""Ratios in words: 19.8x fewer, 2.36x more, 3.8 % more; 1.81x fewer, 44.9 % fewer."""

from __future__ import annotations

from fractions import Fraction


def times(ratio: Fraction, fewer: str = "fewer", more: str = "more") -> str:
    """How the second compares with the first; percents where they are close."""
    if ratio == 1:
        return "the same"
    if Fraction(2, 3) < ratio < Fraction(3, 2):
        return f"{percent(ratio)} % {more if ratio > 1 else fewer}"
    return f"{_three_digits(ratio)}x {more}" if ratio > 1 else f"{_three_digits(1 / ratio)}x {fewer}"


def times_and_percent(ratio: Fraction) -> str:
    """`1.81x fewer, 44.9 % fewer`: the percents beside a factor, where a reader does not see them at once."""
    said = times(ratio)
    if "%" in said or ratio == 1 or ratio > _MOST_PERCENT:
        return said
    return f"{said}, {percent(ratio)} % {'more' if ratio > 1 else 'fewer'}"


def percent(ratio: Fraction) -> str:
    """How much more or less than the whole: 44.9 of 0.551, 90 of 1/10, 99.96 of 1/2,500."""
    change = abs(ratio - 1) * 100
    return _near_all(100 - change) if 99 < change < 100 else _three_digits(change)


_MOST_PERCENT = 10
"""A change to more than so many times is not said in percents."""


def _near_all(rest: Fraction) -> str:
    """All but `rest` percent, with the digits that tell it from all."""
    digits = next(digits for digits in range(1, 20) if rest * 10**digits >= 1)
    return f"{float(100 - rest):.{digits}f}"


def factor(ratio: Fraction) -> str:
    """0.0506x, 2.36x, 1,011x."""
    return f"{_three_digits(ratio)}x"


def _three_digits(value: Fraction) -> str:
    return f"{float(value):,.0f}" if value >= 100 else f"{float(value):.3g}"

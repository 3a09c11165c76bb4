"""Slips: right thinking, wrong writing. Looked for after the catalogue has no explanation."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from archcalc.analysis.origins.slips import AS_IT_IS, FACTORS, Slip, Written, digit_slip, slips
from archcalc.homework.diagnosis.misconceptions.mistake import Value
from archcalc.homework.reading.answer import Answer
from archcalc.tables.marks import Remark

FEWEST_DIGITS = 4
"""Shorter numbers are too near each other for a typing slip to be told."""

LARGEST_POWER = 12


def slip(value: Value, right: Value, typed: bool = True) -> Remark | None:
    """What slip turns the right answer into this value; None where none is known.

    Args:
        typed: whether the value was written down, and not computed from a working.
    """
    if isinstance(value, Fraction) and isinstance(right, Fraction):
        return _magnitude(value, right) or (_typing(value, right) if typed else None)
    return None


def swapped(value: Value | None, others: Mapping[str, Value]) -> Remark | None:
    """What is said of the right answer to another question of the sheet; None where it is none."""
    for question, right in others.items():
        if value == right:
            return Remark(("slip.swapped_answers",), (), f"That is the answer to {question}.")
    return None


def _magnitude(value: Fraction, right: Fraction) -> Remark | None:
    if not value or not right:
        return None
    ratios = (value / right, "large"), (right / value, "small")
    for power in range(1, LARGEST_POWER + 1):
        for ratio, verb in ratios:
            if ratio == 10**power:
                return Remark(("slip.magnitude",), (), f"Your answer is {10**power:,} times too {verb}.")
    return None


def _typing(value: Fraction, right: Fraction) -> Remark | None:
    """One digit swapped with its neighbour, dropped, doubled or mistyped."""
    if value < 0 or value.denominator != 1 or right.denominator != 1 or len(str(right)) < FEWEST_DIGITS:
        return None
    found = digit_slip(Written(int(value), Fraction(1)), int(right))
    if found is None:
        return None
    what = "Two digits look swapped" if found.kind == "swapped" else "One digit looks wrong"
    return Remark(("slip.typo",), (), f"{what}: compare your answer with your own working.")


def coarse_slip(written: Written | None, right: Value) -> Remark | None:
    """Of a number with noughts at its end: that it is the right one rounded, cut off, or in thousands as well."""
    if written is None or not isinstance(right, Fraction) or right < 10**FEWEST_DIGITS or right.denominator != 1:
        return None
    for found in slips(written, int(right)):
        if found.factor in _MAGNITUDES:
            return Remark(*_coarsely(found))
    return None


def _coarsely(found: Slip) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """The ids, the layers and the words of a remark."""
    times = found.factor.times
    size = "large" if times > 1 else "small"
    by = "" if times == 1 else f"Your answer is {int(max(times, 1 / times)):,} times too {size}"
    if not found.kind:
        return ("slip.magnitude",), (), f"{by}."
    how = _CUT if found.kind == "cut" else _ROUNDED
    if not by:
        return ("slip.rounded",), (), how
    return ("slip.magnitude",), (), f"{by}. {how}"


_CUT = "You cut the digits off: round to the nearest, or give the exact number."
_ROUNDED = "Give the exact number, not a rounded one."
_MAGNITUDES = tuple(factor for factor in FACTORS if factor is AS_IT_IS or factor.unit)
"""Factors that are a matter of units alone; others the catalogue knows."""


def written_of(answer: Answer) -> Written | None:
    """The number as it stands there; None for a shape, a fraction and what was computed from a working."""
    value = answer.value
    if not isinstance(value, Fraction) or answer.computed:
        return None
    step = Fraction(1) if answer.claimed is None else answer.claimed[1] - answer.claimed[0]
    mantissa = value / step if step else value
    return Written(int(mantissa), step) if step and mantissa.denominator == 1 and mantissa > 0 else None

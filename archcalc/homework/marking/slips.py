"""Slips: right thinking, wrong writing. Looked for after the catalogue has no explanation."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from archcalc.homework.diagnosis.misconceptions.catalogue import Value
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
    written, meant = str(value), str(right)
    if _neighbours_swapped(written, meant):
        message = "Two digits look swapped: compare your answer with your own working."
    elif _one_edit(written, meant):
        message = "One digit looks wrong: compare your answer with your own working."
    else:
        return None
    return Remark(("slip.typo",), (), message)


def _neighbours_swapped(a: str, b: str) -> bool:
    return len(a) == len(b) and any(
        a[i : i + 2] == b[i : i + 2][::-1] and a[:i] == b[:i] and a[i + 2 :] == b[i + 2 :] for i in range(len(a) - 1)
    )


def _one_edit(a: str, b: str) -> bool:
    """Whether one digit more, less or other makes a into b."""
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) == 1
    longer, shorter = sorted((a, b), key=len, reverse=True)
    return len(longer) == len(shorter) + 1 and any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))

"""Ranges of numbers as people write them: `8..64`, `8..96 step 8`, or `0.25:2:0.25` as slices are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from archcalc.core.record import record

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:/[0-9]+)?"
_RANGE = re.compile(
    rf"\s*({_NUMBER})\s*(?:\.\.\s*({_NUMBER})(?:\s+step\s+({_NUMBER}))?|:\s*({_NUMBER})(?:\s*:\s*({_NUMBER}))?)\s*"
)


@record
class Range:
    """From the first number up to the last one, which counts."""

    first: Fraction
    last: Fraction
    step: Fraction

    @property
    def goes_up(self) -> bool:
        """Whether it holds numbers."""
        return self.step > 0 and self.last >= self.first

    def __len__(self) -> int:
        return int((self.last - self.first) // self.step) + 1

    def __iter__(self) -> Iterator[Fraction]:
        return (self.first + index * self.step for index in range(len(self)))


def read_range(text: str) -> Range | None:
    """The range that a text is; None for any other text."""
    match = _RANGE.fullmatch(text)
    if match is None:
        return None
    first, dotted, dotted_step, sliced, sliced_step = match.groups()
    try:
        return Range(Fraction(first), Fraction(dotted or sliced), Fraction(dotted_step or sliced_step or "1"))
    except ZeroDivisionError:
        return None

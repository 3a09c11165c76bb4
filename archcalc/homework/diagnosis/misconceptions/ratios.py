"""Misconceptions about how many times one figure is another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import isqrt

from archcalc.homework.asking.question import Question
from archcalc.homework.diagnosis.misconceptions.mistake import Candidate, Value

Wrong = Mapping[Value, Sequence[Candidate]]
"""The wrong values of a figure, and where they come from."""

TAKEN = ("all", "one", "net")
"""Scopes of misconceptions that also stand behind a ratio."""


def ratio_candidates(question: Question, above: Wrong, below: Wrong) -> Iterator[Candidate]:
    """What answers about a ratio could be."""
    ratio = question.actual
    assert isinstance(ratio, Fraction)
    if ratio:
        yield Candidate(1 / ratio, "ratio.inverse", (), "net", "Turn the ratio round.")
    side = _root(ratio)
    if side is not None:
        feedback = "A map so many times smaller on each side has that number squared times fewer values."
        yield Candidate(side, "ratio.linear_not_square", (), "net", feedback)
    yield from _of_wrong_figures(question, above, below)


def _root(ratio: Fraction) -> Fraction | None:
    """The square root, where it is a ratio of whole numbers."""
    if ratio <= 0:
        return None
    root = Fraction(isqrt(ratio.numerator), isqrt(ratio.denominator))
    return root if root * root == ratio else None


def _of_wrong_figures(question: Question, above: Wrong, below: Wrong) -> Iterator[Candidate]:
    """The same misconception in both figures, or in one of them."""
    firsts, seconds = _simple(above), _simple(below)
    for id in dict.fromkeys((*firsts, *seconds)):
        first, second = firsts.get(id), seconds.get(id)
        for pair in dict.fromkeys(((first, second), (first, None), (None, second))):
            yield from _divided(question, *pair)


def _divided(question: Question, first: Candidate | None, second: Candidate | None) -> Iterator[Candidate]:
    """The ratio with the wrong figures in the place of the right ones."""
    above, below = question.parts
    divided = above.actual if first is None else first.value
    divisor = below.actual if second is None else second.value
    wrong = first or second
    if wrong is not None and isinstance(divided, Fraction) and isinstance(divisor, Fraction) and divisor:
        feedback = _discreet(wrong.feedback, question.actual)
        yield Candidate(divided / divisor, wrong.id, wrong.layers, "net", feedback, wrong.convention)


def _discreet(feedback: str, ratio: object) -> str:
    """The feedback on a figure, where it does not happen to have the ratio in it."""
    return "One of the two figures is wrong." if re.search(rf"\b{ratio}\b", feedback) else feedback


def _simple(wrong: Wrong) -> dict[str, Candidate]:
    """The first candidate of each misconception in one layer or all."""
    found: dict[str, Candidate] = {}
    for candidates in wrong.values():
        for candidate in candidates:
            if candidate.scope in TAKEN:
                found.setdefault(candidate.id, candidate)
    return found

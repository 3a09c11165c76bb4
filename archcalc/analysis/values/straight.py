"""Functions of one number that are straight between finitely many bends, in exact fractions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise

from archcalc.core.record import record

Knot = tuple[Fraction, Fraction]
"""Where it bends, and its value there."""


@record
class StraightLines:
    """A function by its bends from left to right; every bend is one: the slopes beside it differ."""

    knots: tuple[Knot, ...]
    slopes: tuple[Fraction, ...]
    """Before, between and behind the bends: one more than these."""
    level: Fraction = Fraction(0)
    """Its value at 0, where it has no bends."""

    @classmethod
    def through(cls, knots: Sequence[Knot], left: Fraction, right: Fraction) -> StraightLines:
        """The function through these points, of which some may be no bends, with the slopes outside them."""
        between = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(knots)]
        slopes = [left, *between, right]
        kept = [number for number in range(len(knots)) if slopes[number] != slopes[number + 1]]
        x, y = knots[0]
        return cls(
            tuple(knots[number] for number in kept),
            (left, *(slopes[number + 1] for number in kept)),
            y - left * x if not kept else Fraction(0),
        )

    def at(self, x: Fraction) -> Fraction:
        """Its value."""
        if not self.knots:
            return self.level + self.slopes[0] * x
        number = bisect_right(self.knots, x, key=lambda knot: knot[0])
        bend, value = self.knots[max(number - 1, 0)]
        return value + self.slopes[number] * (x - bend)

    def crossings(self, value: Fraction) -> Iterable[Fraction]:
        """Where it is `value` on a stretch that is not flat."""
        edges = [None, *(x for x, _ in self.knots), None]
        for number, slope in enumerate(self.slopes):
            if not slope:
                continue
            bend, level = self.knots[max(number - 1, 0)] if self.knots else (Fraction(0), self.level)
            x = bend + (value - level) / slope
            start, stop = edges[number], edges[number + 1]
            if (start is None or x >= start) and (stop is None or x <= stop):
                yield x


STRAIGHT_LINE = StraightLines((), (Fraction(1),))
"""y = x."""


def added(terms: Sequence[tuple[Fraction, StraightLines]], offset: Fraction) -> StraightLines:
    """The weighted sum of functions and a number: it bends where one of them does, unless the bends cancel."""
    turns: dict[Fraction, Fraction] = {}
    slope = sum((weight * line.slopes[0] for weight, line in terms), Fraction(0))
    for weight, line in terms:
        for (x, _), (before, after) in zip(line.knots, pairwise(line.slopes), strict=True):
            turns[x] = turns.get(x, Fraction(0)) + weight * (after - before)
    bends = sorted(x for x, turn in turns.items() if turn)
    start = bends[0] if bends else Fraction(0)
    value = offset + sum((weight * line.at(start) for weight, line in terms), Fraction(0))
    knots, slopes, last = [], [slope], start
    for x in bends:
        value, last = value + slopes[-1] * (x - last), x
        knots.append((x, value))
        slopes.append(slopes[-1] + turns[x])
    return StraightLines(tuple(knots), tuple(slopes), Fraction(0) if knots else value)


def behind(function: StraightLines, line: StraightLines) -> StraightLines:
    """function(line(x)): it bends where the line does, and where the line crosses a bend of the function."""
    bends = {x for x, _ in line.knots}
    for _, value in ((0, knot[0]) for knot in function.knots):
        bends.update(line.crossings(value))
    points = sorted(bends) or [Fraction(0)]
    knots = [(x, function.at(line.at(x))) for x in points]
    left, right = _outer(function, line, points[0], -1), _outer(function, line, points[-1], 1)
    return StraightLines.through(knots, left, right)


def _outer(function: StraightLines, line: StraightLines, x: Fraction, step: int) -> Fraction:
    """The slope on the far side of the outermost point, where nothing bends any more."""
    return (function.at(line.at(x + step)) - function.at(line.at(x))) / step

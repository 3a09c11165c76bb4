"""The receptive field along one axis, borders aside: which pixels of the input the units of a layer see.

The affine form: unit p sees the pixels lo + p j up to hi + p j, with jump j and size r = hi - lo + 1; pixel 0 is the
first real one, negative pixels lie in the padding. After a transposed convolution or an upsampling the units of
one period differ from each other: a `Field` keeps one span for each, and the affine form is the period of 1.
Where no such form exists (a whole axis, branches with different jumps) see core/field_mask.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any

from archcalc.core.record import record
from archcalc.core.window import (
    AdaptiveWindow,
    AxisWindow,
    CubicWindow,
    InterpolatingWindow,
    NearestWindow,
    SampledWindow,
    TransposedWindow,
    Window,
)

Span = tuple[int, int] | None
"""First and last pixel of one unit; None where it sees none."""

LONGEST_PERIOD = 4096
"""Forms with a longer period are given up: they explain nothing any more."""


@record
class Field:
    """The field of every unit of an axis, as if the input had no borders."""

    advance: int
    """Pixels from a unit to the one a period later; the jump j where the period is 1."""
    spans: tuple[Span, ...]
    """First and last pixel of the units 0, 1, ... of one period."""

    @property
    def period(self) -> int:
        """Units after which the pattern repeats; 1 in the affine form."""
        return len(self.spans)

    @property
    def jump(self) -> Fraction:
        """Pixels between neighbouring units, on average over a period."""
        return Fraction(self.advance, len(self.spans))

    @property
    def sizes(self) -> tuple[int, ...]:
        """r = hi - lo + 1 of each unit of a period."""
        return tuple(0 if span is None else span[1] - span[0] + 1 for span in self.spans)

    def span(self, unit: int) -> Span:
        """First and last pixel of a unit; negative units stand in the padding of the map."""
        turns, phase = divmod(unit, len(self.spans))
        span = self.spans[phase]
        return None if span is None else (span[0] + turns * self.advance, span[1] + turns * self.advance)

    def through(self, window: AxisWindow, length: int) -> Field | None:
        """The field after a layer that reads this one through `window`; None where no such form exists.

        For a `Window` on an affine form: j' = j s, lo' = lo - j p, hi' = hi + j (K_eff - 1 - p).
        """
        if type(window) is Window and len(self.spans) == 1 and self.spans[0] is not None:
            before, jump = window.padding[0], self.advance
            lo, hi = self.spans[0]
            return Field(jump * window.stride, ((lo - jump * before, hi + jump * (window.extent - 1 - before)),))
        taps = taps_of(window, length)
        return None if taps is None else self._composed(taps)

    @property
    def mean_centre(self) -> Fraction | None:
        """The centre (lo + hi)/2, averaged over the units of a period that see anything."""
        ends = [span[0] + span[1] for span in self.spans if span is not None]
        return Fraction(sum(ends), 2 * len(ends)) if ends else None

    def _composed(self, taps: Taps) -> Field | None:
        turns = self.period // gcd(self.period, taps.advance)
        period = len(taps.cells) * turns
        if period > LONGEST_PERIOD:
            return None
        spans = []
        for unit in range(period):
            turn, phase = divmod(unit, len(taps.cells))
            spans.append(_hull(self.span(cell + turn * taps.advance) for cell in taps.cells[phase]))
        return _shortest(taps.advance * turns * self.advance // self.period, tuple(spans))


PIXEL = Field(1, ((0, 0),))
"""The field of the input itself."""


@record
class Taps:
    """The input cells that the units of one period read, as if the axis had no ends."""

    advance: int
    """Input cells from a unit to the one a period later."""
    cells: tuple[Sequence[int], ...]


def taps_of(window: AxisWindow, length: int) -> Taps | None:
    """The taps of a window over an axis of `length` cells; None for a window that sees the whole axis."""
    rule = _TAPS.get(type(window))
    return None if rule is None else rule(window, length)


def merge(fields: Sequence[Field]) -> Field | None:
    """The field of a layer that reads all of these: min start, max end. None where their jumps differ."""
    first = fields[0]
    if all(field == first for field in fields):
        return first
    if any(field.advance * first.period != first.advance * field.period for field in fields):
        return None  # different jumps
    period = lcm(*(field.period for field in fields))
    if period > LONGEST_PERIOD:
        return None
    spans = tuple(_hull(field.span(unit) for field in fields) for unit in range(period))
    return _shortest(first.advance * period // first.period, spans)


def aligned(a: Field, b: Field) -> bool:
    """Whether two branches look at the same places: equal jumps, and equal centres on average over a period."""
    if a.advance * b.period != b.advance * a.period:
        return False
    period = lcm(a.period, b.period)
    if period == 1 and a.spans[0] and b.spans[0]:
        return sum(a.spans[0]) == sum(b.spans[0])
    return _stretched(a, period).mean_centre == _stretched(b, period).mean_centre


def _stretched(field: Field, period: int) -> Field:
    return Field(field.advance * period // field.period, tuple(field.span(unit) for unit in range(period)))


def _hull(spans: Iterable[Span]) -> Span:
    seen = [span for span in spans if span is not None]
    return (min(lo for lo, _ in seen), max(hi for _, hi in seen)) if seen else None


def _shortest(advance: int, spans: tuple[Span, ...]) -> Field:
    """The same field with the shortest period that says it."""
    length = len(spans)
    for period in range(1, length):
        if length % period or advance * period % length:
            continue
        field = Field(advance * period // length, spans[:period])
        if all(field.span(unit) == spans[unit] for unit in range(period, length)):
            return field
    return Field(advance, spans)


def _sliding(window: Window, _length: int) -> Taps:
    start = -window.padding[0]
    return Taps(window.stride, (range(start, start + window.extent, window.dilation),))


def _transposed(window: TransposedWindow, _length: int) -> Taps:
    """Cell q reaches unit p where p = q s - before + t d: so q = (p + before - t d)/s, where that is whole."""
    cells = []
    for unit in range(window.stride):
        places = [unit + window.padding[0] - tap * window.dilation for tap in reversed(range(window.kernel))]
        cells.append([place // window.stride for place in places if place % window.stride == 0])
    return Taps(1, tuple(cells))


def _nearest(window: NearestWindow, _length: int) -> Taps:
    return Taps(1, ((0,),) * window.factor)


def _sampled(window: SampledWindow, length: int) -> Taps | None:
    cells, units = window.step or (length, window.size)
    return _proportional(cells, units, lambda unit: (unit * cells // units,))


def _adaptive(window: AdaptiveWindow, length: int) -> Taps | None:
    if window.size == 1:  # the whole axis
        return Taps(1, ((0,),)) if length == 1 else None
    return _proportional(length, window.size, lambda unit: window.reads(unit, length))


def _interpolating(window: InterpolatingWindow, length: int) -> Taps | None:
    """Each unit reads the cell at or before its place (a fraction of cells), and the next where it lies between."""

    def reads(unit: int) -> Sequence[int]:
        numerator, denominator = window.place(unit, length)
        left, rest = divmod(numerator, denominator)
        return (left, left + 1) if rest else (left,)

    return _resampled(window, length, reads)


def _cubic(window: CubicWindow, length: int) -> Taps | None:
    return _resampled(window, length, lambda unit: window.taps(unit, length))


def _resampled(
    window: InterpolatingWindow | CubicWindow, length: int, reads: Callable[[int], Sequence[int]]
) -> Taps | None:
    if not window.align_corners:
        return _proportional(*(window.step or (length, window.size)), reads)
    return _proportional(length - 1, window.size - 1, reads) if min(window.size, length) > 1 else None


def _proportional(cells: int, units: int, reads: Callable[[int], Sequence[int]]) -> Taps | None:
    """Taps of a rule that repeats after every cells/g input cells and units/g units, g their divisor."""
    common = gcd(cells, units)
    period = units // common
    return Taps(cells // common, tuple(reads(unit) for unit in range(period))) if period <= LONGEST_PERIOD else None


_TAPS: dict[type, Callable[[Any, int], Taps | None]] = {
    Window: _sliding,
    TransposedWindow: _transposed,
    NearestWindow: _nearest,
    SampledWindow: _sampled,
    AdaptiveWindow: _adaptive,
    InterpolatingWindow: _interpolating,
    CubicWindow: _cubic,
}
"""Sort of window -> its taps. WholeAxis and SpreadAxis are not here: they have no form without the axis' ends."""

"""Scales of charts: where a value stands between two ends, and the round values that are written there."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10

from archcalc.core.record import record

_STEPS = (1, 2, 5, 10)
"""Ticks stand this far apart, times a power of ten."""

_FEW_DECADES = 2.2
"""A logarithmic scale over less than this has ticks between its powers of ten."""

_SPREAD = 20
"""Values that differ by more than this factor are shown on a logarithmic scale."""


@record
class AxisScale:
    """From its least to its most value, in equal steps or in equal ratios."""

    least: float
    most: float
    log: bool = False

    def share(self, value: float) -> float:
        """How far along the scale a value is: 0 at the least, 1 at the most."""
        if self.log:
            return (log10(value) - log10(self.least)) / (log10(self.most) - log10(self.least))
        return (value - self.least) / (self.most - self.least)

    def ticks(self, about: int = 5) -> tuple[float, ...]:
        """Round values on the scale, some `about` of them; of a logarithmic one 1, 10, 100, or 1, 2, 5, 10."""
        return _log_ticks(self.least, self.most) if self.log else _linear_ticks(self.least, self.most, about)


def from_zero(most: float) -> AxisScale:
    """For bars: from 0 to the longest."""
    return AxisScale(0, most or 1)


def around(values: Sequence[float], log: bool | None = None) -> AxisScale:
    """For points: from the least to the most; logarithmic where the values differ a lot, unless that is said."""
    least, most = min(values), max(values)
    if log is None:
        log = least > 0 and most > _SPREAD * least
    if least < most:
        return AxisScale(least, most, log)
    room = abs(most) / 10 or 1
    return AxisScale(least / 2, most * 2, True) if log else AxisScale(least - room, most + room)


def widened(scale: AxisScale, before: float, after: float) -> AxisScale:
    """The scale with more room at its ends, in shares of its length."""
    if scale.log:
        decades = log10(scale.most) - log10(scale.least)
        return AxisScale(scale.least / 10 ** (before * decades), scale.most * 10 ** (after * decades), True)
    length = scale.most - scale.least
    return AxisScale(scale.least - before * length, scale.most + after * length)


def _linear_ticks(least: float, most: float, about: int) -> tuple[float, ...]:
    rough = (most - least) / about
    power: float = 10 ** floor(log10(rough))
    step = next(step * power for step in _STEPS if step * power >= rough * 0.999)
    return tuple(number * step for number in range(ceil(least / step - 1e-9), floor(most / step + 1e-9) + 1))


def _log_ticks(least: float, most: float) -> tuple[float, ...]:
    decades = log10(most) - log10(least)
    factors = (1, 2, 5) if decades < _FEW_DECADES else (1,)
    powers = range(floor(log10(least)), ceil(log10(most)) + 1)
    found = [factor * 10.0**power for power in powers for factor in factors]
    ticks = tuple(tick for tick in found if least * 0.9999 <= tick <= most * 1.0001)
    return ticks if len(ticks) > 1 else _linear_ticks(least, most, 4)

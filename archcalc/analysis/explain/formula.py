"""The rule of an axis, run on traced ints: the formula behind a size, as the lecture writes it."""

from __future__ import annotations

from archcalc.core import AxisWindow, TransposedWindow, Window
from archcalc.core.record import replace
from archcalc.core.traced import TracedInt, trace


def size_formula(window: AxisWindow, length: int) -> str | None:
    """`⌊(227 − 11 + 2·0)/4⌋ + 1` for a sliding window; None where the rule has no formula to show."""
    if not isinstance(window, Window | TransposedWindow):
        return None
    size = traced(window).output(trace(length, "W"))
    return size.formula() if isinstance(size, TracedInt) else str(size)


def traced(window: Window | TransposedWindow) -> Window | TransposedWindow:
    """The same window with lengths that remember where they come from."""
    before, after = window.padding
    padding = (trace(before, "P"), trace(after, "P")) if before == after else (trace(before, "P1"), trace(after, "P2"))
    return replace(
        window,
        kernel=trace(window.kernel, "K"),
        stride=trace(window.stride, "s"),
        padding=padding,
        dilation=window.dilation if window.dilation == 1 else trace(window.dilation, "d"),
    )

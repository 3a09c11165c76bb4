"""A set of cells carried through one window: the cells that some units read, and the units that read some cells.

Sets are those of core/field_mask.py. The work grows with what a set spans and not with the axis.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from archcalc.core import field_mask
from archcalc.core.window import (
    AxisWindow,
    CubicWindow,
    InterpolatingWindow,
    PickedAxis,
    SampledWindow,
    TransposedWindow,
    Window,
    WrappedAxis,
    real_cells,
)

SCATTERED = (WrappedAxis, PickedAxis, CubicWindow)
"""Windows whose next unit may read cells before those of the last one."""


def read_by(units: int, window: AxisWindow, length: int) -> int:
    """The cells of an axis of `length` that any of these units reads."""
    if isinstance(window, Window):
        cells, before = _spread(units, window), window.padding[0]
        inside = field_mask.moved(cells, -before) & field_mask.full(length)
        return inside if window.mode == "zeros" else inside | _folded(cells, window, length)
    if isinstance(window, TransposedWindow):
        return _gathered(units, window) & field_mask.full(length)
    skips = isinstance(window, SampledWindow | InterpolatingWindow) and window.size < length
    skips = skips or isinstance(window, SCATTERED)
    stretches = []
    for first, last in field_mask.ranges(units):
        parts = [(unit, unit) for unit in range(first, last + 1)] if skips else [(first, last)]
        stretches += [(window.reads(a, length)[0], window.reads(b, length)[-1]) for a, b in parts]
    return field_mask.of_ranges(field_mask.joined(stretches))


def readers(cells: int, window: AxisWindow, length: int, count: int) -> int:
    """Of the `count` units after a window those that read any of these cells of an axis of `length`."""
    if isinstance(window, Window):
        inside = _gathered(cells, window) & field_mask.full(count)
        return inside if window.mode == "zeros" else inside | _folding(cells, window, length, count)
    if isinstance(window, TransposedWindow):
        return field_mask.moved(_spread(cells, window), -window.padding[0]) & field_mask.full(count)
    if isinstance(window, SCATTERED):
        reading = [(u, u) for u in range(count) if any(cells >> cell & 1 for cell in window.reads(u, length))]
        return field_mask.of_ranges(field_mask.joined(reading))
    stretches = []
    for first, last in field_mask.ranges(cells):
        start = bisect_left(range(count), first, key=lambda unit: window.reads(unit, length)[-1])
        stop = bisect_right(range(count), last, key=lambda unit: window.reads(unit, length)[0])
        stretches += [(start, stop - 1)] if start < stop else []
    return field_mask.of_ranges(field_mask.joined(stretches))


def _spread(places: int, window: Window | TransposedWindow) -> int:
    """All p s + t d for the places p and the taps t."""
    start = field_mask.lowest(places)
    if window.stride > 1:
        places = int(("0" * (window.stride - 1)).join(bin(places >> start)[2:]), 2) << start * window.stride
    taps = 1
    while taps < window.kernel:
        more = min(taps, window.kernel - taps)
        places |= places << more * window.dilation
        taps += more
    return places


def _gathered(places: int, window: Window | TransposedWindow) -> int:
    """All q with q s - before + t d among the places for a tap t."""
    places = field_mask.moved(places, window.padding[0])
    taps = 1
    while taps < window.kernel:
        more = min(taps, window.kernel - taps)
        places |= places >> more * window.dilation
        taps += more
    if window.stride == 1:
        return places
    start = field_mask.lowest(places) // window.stride
    signs = bin(places >> start * window.stride)[:1:-1][:: window.stride]
    return int(signs[::-1], 2) << start


def _folded(cells: int, window: Window, length: int) -> int:
    """The cells behind those in the padding; of `cells` number 0 is the first before the axis."""
    before = window.padding[0]
    outside = [cell - before for cell in field_mask.members(cells & field_mask.full(max(0, before)))]
    beyond = length + before
    outside += [cell + length for cell in field_mask.members(cells >> beyond if beyond > 0 else cells)]
    return field_mask.union([1 << real for cell in outside for real in real_cells(cell, length, window.mode)])


def _folding(cells: int, window: Window, length: int, count: int) -> int:
    """The units that read any of the cells through the padding: those at both ends."""
    first = min(count, -(-window.padding[0] // window.stride))
    last = max(first, (length - window.extent + window.padding[0]) // window.stride + 1)
    ends = [*range(first), *range(max(0, last), count)]
    return field_mask.union([1 << u for u in ends if any(cells >> cell & 1 for cell in window.reads(u, length))])

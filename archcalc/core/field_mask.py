"""The exact receptive field along one axis: for each unit the set of real pixels it sees, bit n for pixel n.

Right at borders, with holes, ceil mode, transposed convolutions, crops and branches that do not line up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from operator import or_

from archcalc.core.window import AxisWindow, Window

_ONES = re.compile("1+")

Masks = Sequence[int]
"""One set of pixels a unit, in the order of the units."""


def pixels(length: int) -> list[int]:
    """The field of the input itself: each pixel sees itself."""
    return [1 << pixel for pixel in range(length)]


def through(masks: Masks, window: AxisWindow, length: int) -> Masks:
    """The masks after a layer that reads `length` units with these masks through `window`."""
    if type(window) is Window and window.mode == "zeros":
        return _slid(masks, window, length)
    if window == _SAME_PLACE:
        return masks
    return [_union(masks[cell] for cell in window.reads(unit, length)) for unit in range(window.output(length))]


def merge(branches: Sequence[Masks]) -> Masks:
    """The masks of a layer that reads all of these at the same place."""
    first = branches[0]
    for other in branches[1:]:
        if other is not first:
            first = list(map(or_, first, other))
    return first


def union(masks: Masks) -> int:
    """The pixels that any of the units sees."""
    return reduce(or_, masks, 0)


def span(mask: int) -> tuple[int, int] | None:
    """First and last pixel of a set."""
    return ((mask & -mask).bit_length() - 1, mask.bit_length() - 1) if mask else None


def extent(mask: int) -> int:
    """Pixels from the first to the last, holes included."""
    return mask.bit_length() - (mask & -mask).bit_length() + 1 if mask else 0


def members(mask: int) -> Iterator[int]:
    """The pixels of a set, ascending."""
    for first, last in ranges(mask):
        yield from range(first, last + 1)


def ranges(mask: int) -> list[tuple[int, int]]:
    """The stretches of a set: first and last pixel of each."""
    return [(found.start(), found.end() - 1) for found in _ONES.finditer(bin(mask)[:1:-1])]


def of_ranges(stretches: Iterable[tuple[int, int]]) -> int:
    """The set of these stretches, which stand in order and apart."""
    signs = []
    stop = 0
    for first, last in stretches:
        signs.append("0" * (first - stop) + "1" * (last + 1 - first))
        stop = last + 1
    return int("".join(signs)[::-1] or "0", 2)


def joined(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches that touch or overlap, as one; in order."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(stretches):
        if found and first <= found[-1][1] + 1:
            if last > found[-1][1]:
                found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found


def full(length: int) -> int:
    """All pixels of an axis."""
    return (1 << length) - 1


def lowest(mask: int) -> int:
    """The first pixel of a set; 0 of an empty one."""
    return max(0, (mask & -mask).bit_length() - 1)


def moved(mask: int, distance: int) -> int:
    """A set further on, or back without what falls off before pixel 0."""
    return mask << distance if distance >= 0 else mask >> -distance


_SAME_PLACE = Window(1)


def _slid(masks: Masks, window: Window, length: int) -> Masks:
    """Tap t of unit i reads cell i s - before + t d: one strided slice a tap, all joined by `or`."""
    units, (before, _), stride = window.output(length), window.padding, window.stride
    if window.kernel == 1 and stride == 1 and before == 0 and units == length:
        return masks
    reach = (units - 1) * stride + window.extent - before
    padded = [*([0] * before), *masks[max(0, -before) :], *([0] * max(0, reach - length))]
    stop = (units - 1) * stride + 1
    slid: Masks = padded[0:stop:stride]
    for tap in range(1, window.kernel):
        first = tap * window.dilation
        slid = list(map(or_, slid, padded[first : first + stop : stride]))
    return slid


def _union(masks: Iterator[int]) -> int:
    return reduce(or_, masks, 0)

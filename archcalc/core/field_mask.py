"""The exact receptive field along one axis: for each unit the set of real pixels it sees, bit n for pixel n.

Right at borders, with holes, ceil mode, transposed convolutions, crops and branches that do not line up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_

from archcalc.core.window import AxisWindow, Window

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
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def ranges(mask: int) -> list[tuple[int, int]]:
    """The stretches of a set: first and last pixel of each."""
    found = []
    offset = 0
    while mask:
        gap = (mask & -mask).bit_length() - 1
        mask >>= gap
        run = (~mask & (mask + 1)).bit_length() - 1
        found.append((offset + gap, offset + gap + run - 1))
        mask >>= run
        offset += gap + run
    return found


def reads(window: AxisWindow, length: int) -> tuple[int, ...]:
    """For each unit of one layer the set of cells it reads directly."""
    return tuple(through(pixels(length), window, length))


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

"""How many units of a layer see each pixel: those at the border are seen by fewer.

Along each axis the exact sets say it. Where all branches lie inside one, a unit sees every pair of a row and a column
that it sees, and the counts of the axes multiply; else (a 1x3 beside a 3x1) each unit is followed through the graph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import product
from math import prod

from archcalc.analysis.fields.cells import unit_field
from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.core import field_mask, field_units
from archcalc.core.record import record
from archcalc.core.result import Result
from archcalc.errors import UsageError

MOST_UNITS = 4096
"""Units that are followed one by one, at most."""


@record
class PixelUses(Result):
    """The units of one layer that see each pixel of the input."""

    spec: str
    layer: str
    lengths: tuple[int, ...]
    """Size of the input along each axis."""
    units: tuple[int, ...]
    """How many units the layer has along each axis."""
    axes: tuple[tuple[int, ...], ...]
    """For each axis and pixel the units that see it; their product is the count. Empty where counts are no product."""
    cells: tuple[int, ...]
    """The counts of all pixels, row by row, where they are no product."""

    @property
    def name(self) -> str:
        """The layer's."""
        return self.layer

    @property
    def most(self) -> int:
        """The largest count."""
        return prod(map(max, self.axes)) if self.axes else max(self.cells)

    @property
    def least(self) -> int:
        """The smallest count."""
        return prod(map(min, self.axes)) if self.axes else min(self.cells)

    def count(self, pixel: Sequence[int]) -> int:
        """The units that see a pixel."""
        if self.axes:
            return prod(counts[place] for place, counts in zip(pixel, self.axes, strict=True))
        index = 0
        for place, length in zip(pixel, self.lengths, strict=True):
            index = index * length + place
        return self.cells[index]


def pixel_uses(fields: ReceptiveFields, name: str) -> PixelUses:
    """Count the units. Raises UsageError where they can neither be multiplied nor followed one by one."""
    layer, value = fields.placed(name)
    units = fields.units(value)
    head = (fields.graph.name, layer, fields.origin.lengths, units)
    if _is_product(fields, value):
        masks = zip(fields.masks_of(value), fields.origin.lengths, strict=True)
        return PixelUses(*head, tuple(tuple(field_units.seen_by(*axis)) for axis in masks), ())
    count = prod(units)
    if count > MOST_UNITS:
        help = "take a smaller --input, or a layer before the branches"
        raise UsageError(f"{layer} has {count:,} units of branches, at most {MOST_UNITS:,} are counted", help=help)
    seen: Counter[tuple[int, ...]] = Counter()
    for unit in product(*map(range, units)):
        for place, mask in unit_field(fields, name, unit).cells.items():
            seen.update((*place, last) for last in field_mask.members(mask))
    return PixelUses(*head, (), tuple(seen[pixel] for pixel in product(*map(range, fields.origin.lengths))))


def _is_product(fields: ReceptiveFields, value: int) -> bool:
    """Whether at every merge that the value depends on one branch sees all that the others do, along each axis."""
    if fields.origin.axes == 1:
        return True
    graph = fields.graph
    waiting, seen = [value], set()
    while waiting:
        current = waiting.pop()
        node = graph.maker(current)
        if node is None or current in seen or current in fields.origin.values:
            continue
        seen.add(current)
        arriving = [
            source for number, source in enumerate(node.inputs)
            if fields.reaches(source) and (current, number) not in fields.skipped
        ]  # fmt: skip
        waiting += arriving
        if len({*arriving}) > 1 and not _covered(fields, current, arriving):
            return False
    return True


def _covered(fields: ReceptiveFields, value: int, arriving: Sequence[int]) -> bool:
    """Whether the masks of one input are, along each axis, those of the merge."""
    made = fields.masks_of(value)
    return any(
        all([*mine] == [*merged] for mine, merged in zip(fields.masks_of(source), made, strict=True))
        for source in arriving
        if fields.units(source) == fields.units(value)
    )

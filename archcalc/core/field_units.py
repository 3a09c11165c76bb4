"""The exact fields of all units of an axis, one set a unit, whether all are kept or only those that differ."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from archcalc.core import field_mask
from archcalc.core.field_mask import Masks
from archcalc.core.field_runs import Runs, Spans


def sizes(masks: Masks) -> list[int]:
    """Pixels from the first to the last that a unit sees, at least once each size there is."""
    if isinstance(masks, Runs):
        kept = masks.one_by_one()
        return [max(0, last - first + 1) for first, last in zip(kept.first, kept.last, strict=True)]
    return [field_mask.extent(mask) for mask in masks]


def alike(masks: Masks) -> bool:
    """Whether all units see the same."""
    if isinstance(masks, Runs):
        kept = masks.one_by_one()
        units = zip(kept.first, kept.last, kept.bits(), strict=True)
        different = {(first, last, bits) if bits else None for first, last, bits in units}
        return len(different) == 1 and (not masks.advance or None in different)
    return all(mask == masks[0] for mask in masks)


def seen(masks: Masks) -> list[tuple[int, int]]:
    """The stretches of pixels that any unit sees."""
    if isinstance(masks, Runs):
        return masks.stretches(0, len(masks))
    return field_mask.ranges(field_mask.union(masks))


def each(masks: Masks) -> Iterator[tuple[int | None, int | None, int]]:
    """Of each unit the first and last pixel, and how many it sees."""
    if isinstance(masks, Runs):
        yield from _each(masks.units(0, len(masks)))
        return
    for mask in masks:
        first, last = field_mask.span(mask) or (None, None)
        yield first, last, mask.bit_count()


def seen_by(masks: Masks, length: int) -> list[int]:
    """For each pixel of an axis how many units see it: one more where a stretch begins, one less after it."""
    steps = [0] * (length + 1)
    for first, last in _stretches(masks):
        steps[first] += 1
        steps[last + 1] -= 1
    return [*accumulate(steps[:-1])]


def _stretches(masks: Masks) -> Iterator[tuple[int, int]]:
    """Those of every unit."""
    if not isinstance(masks, Runs):
        for mask in masks:
            yield from field_mask.ranges(mask)
        return
    units = masks.units(0, len(masks))
    for first, last, bits in zip(units.first, units.last, units.sets or [0] * len(masks), strict=True):
        if units.sets is not None:
            yield from ((first + a, first + b) for a, b in field_mask.ranges(bits))
        elif last >= first:
            yield first, last


def _each(units: Spans) -> Iterator[tuple[int | None, int | None, int]]:
    for first, last, bits in zip(units.first, units.last, units.bits(), strict=True):
        yield (first, last, bits.bit_count()) if bits else (None, None, 0)

"""The exact fields of all units of an axis, one set a unit, whether all are kept or only those that differ."""

from __future__ import annotations

from collections.abc import Iterator

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


def _each(units: Spans) -> Iterator[tuple[int | None, int | None, int]]:
    for first, last, bits in zip(units.first, units.last, units.bits(), strict=True):
        yield (first, last, bits.bit_count()) if bits else (None, None, 0)

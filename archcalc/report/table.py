"""What every renderer draws: columns, rows of plain values, a footer and notes. No numbers are made here."""

from __future__ import annotations

from archcalc.core import Shape
from archcalc.core.record import record

Cell = int | float | str | Shape | None
"""A value as it is; each format writes it in its own way. None is an empty cell."""


@record
class Column:
    """A column's heading for people and its key for machines."""

    title: str
    key: str
    numeric: bool = False


@record
class Table:
    """A table with what stands under it."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    footer: tuple[tuple[str, str], ...] = ()
    """Lines `Total params: 61,706`, already in words."""
    notes: tuple[str, ...] = ()
    """Sentences a reader should see: `note: ...`."""
    provenance: str = ""
    """archcalc's version, the spec, its input, batch and convention."""


def cell_text(cell: Cell) -> str:
    """A cell for people: exact integers with thousands commas."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Shape):
        return str(cell)
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def plain_text(cell: Cell) -> str:
    """A cell for machines: plain numbers."""
    return "" if cell is None else str(cell)

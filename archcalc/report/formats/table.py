"""What every renderer draws: columns, rows of plain values, a footer and notes. No numbers are made here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from archcalc.core import Shape
from archcalc.core.record import record

if TYPE_CHECKING:
    from fractions import Fraction

Number: TypeAlias = "int | float | Fraction"
Cell: TypeAlias = "int | float | Fraction | str | Shape | Span | Sides | None"
"""A value as it is; each format writes it in its own way. None is an empty cell."""


@record
class Span:
    """From the least value to the largest."""

    first: Number | None
    last: Number | None


@record
class Sides:
    """A value for each axis."""

    values: tuple[Number | Span | None, ...]


@record
class Column:
    """A column's heading for people and its key for machines, and how its values read."""

    title: str
    key: str
    numeric: bool = False
    drop: int = 0
    """Where a terminal is too narrow, columns are left out in this order: 1 first; 0 never."""
    wraps: int = 0
    """Columns of prose that may be broken at spaces, down to so many signs; 0 where it stays on one line."""
    decimals: int | None = None
    """Digits behind the point, for people; machines get them all."""
    unit: str = ""
    """Behind every value, for people."""
    missing: str = ""
    """What people read where there is no value."""


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


PLAIN = Column("", "")


def cell_text(cell: Cell, column: Column = PLAIN) -> str:
    """A cell for people: exact integers with thousands commas, one value where all axes have the same."""
    if cell is None:
        return column.missing
    if isinstance(cell, Sides):
        text = _joined([_side(value, column) for value in cell.values])
        return text if text == column.missing else text + column.unit
    if isinstance(cell, Span):
        return _side(cell, column) + column.unit
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, str | Shape):
        return str(cell)
    if isinstance(cell, int):
        return f"{cell:,}{column.unit}"
    return _number(cell, column.decimals) + column.unit


def row_texts(table: Table) -> list[list[str]]:
    """All cells for people."""
    return [[cell_text(cell, column) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows]


def plain_text(cell: Cell) -> str:
    """A cell for machines: plain numbers, and nothing where there is no value."""
    if isinstance(cell, Sides):
        parts = [plain_text(value) for value in cell.values]
        return _joined(parts) if any(parts) else ""
    if isinstance(cell, Span):
        return plain_text(cell.first) if cell.first == cell.last else f"{cell.first}..{cell.last}"
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell) if isinstance(cell, int | float | str | Shape) else str(plain_number(cell))


def plain_value(cell: Cell) -> object:
    """A cell for JSON: a list where the axes differ, and the two ends of a span that has them."""
    if isinstance(cell, Sides):
        values = [plain_value(value) for value in cell.values]
        return values[0] if all(value == values[0] for value in values) else values
    if isinstance(cell, Span):
        ends = [plain_value(cell.first), plain_value(cell.last)]
        return ends[0] if ends[0] == ends[1] else ends
    return cell if cell is None or isinstance(cell, str | Shape) else plain_number(cell)


def plain_number(value: Number) -> int | float:
    """A fraction as JSON and CSV have it: 2, 4.5, 0.3333333333333333."""
    if isinstance(value, int | float):
        return value
    return int(value) if value.denominator == 1 else float(value)


def _side(value: Number | Span | None, column: Column) -> str:
    """5, 4.5, 1/3, 3..5: without commas, for several stand in one cell."""
    if isinstance(value, Span):
        first, last = _side(value.first, column), _side(value.last, column)
        return first if first == last else f"{first}..{last}"
    if value is None:
        return column.missing
    return str(value) if isinstance(value, int) else _number(value, column.decimals)


def _number(value: float | Fraction, decimals: int | None) -> str:
    if decimals is not None:
        return f"{float(value):,.{decimals}f}"
    if isinstance(value, float):
        return str(value)
    return str(float(value)) if value.denominator == 2 else str(value)


def _joined(texts: Sequence[str]) -> str:
    """One text where all axes agree, else height x width."""
    if len(set(texts)) == 1:
        return texts[0]
    return (" x " if any(".." in text for text in texts) else "x").join(texts)

"""Small arrays as they are drawn on a board, and as machines read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archcalc.core.arrays import Array, Number
from archcalc.report.formats.table import cell_text


def number(value: Number) -> str:
    """−3, 0.5, 1/3."""
    return cell_text(value).replace("-", "−")


def bracketed(value: Number) -> str:
    """A number as a part of a sum or product: negative ones in brackets."""
    return f"({number(value)})" if value < 0 else number(value)


def lines(array: Array) -> list[str]:
    """An array as it is drawn: columns under each other, a blank line between channels, two between filters."""
    texts_ = [number(cell) for cell in array.cells]
    width = max(map(len, texts_))
    found = []
    shape = array.shape
    for first in range(0, len(texts_), shape[-1]):
        row = first // shape[-1]
        height = shape[-2] if len(shape) > 2 else 1
        if row and row % height == 0 and len(shape) > 2:
            found.append("")
        found.append(" ".join(text.rjust(width) for text in texts_[first : first + shape[-1]]))
    return found


def beside(blocks: Sequence[tuple[str, Array]], width: int) -> list[str]:
    """Arrays beside each other under their names, or below each other where the page is too narrow."""
    columns = [[name, *lines(array)] for name, array in blocks]
    widths = [max(map(len, column)) for column in columns]
    if sum(widths) + 3 * (len(widths) - 1) > width:
        return [line for column in columns for line in [*column, ""]][:-1]
    height = max(map(len, columns))
    padded = [[*column, *[""] * (height - len(column))] for column in columns]
    return [
        "   ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in zip(*padded, strict=True)
    ]


def nested(array: Array) -> Any:
    """The array as lists in lists."""
    found: list[Any] = [*map(exact, array.cells)]
    for size in reversed(array.shape[1:]):
        found = [found[first : first + size] for first in range(0, len(found), size)]
    return found


def exact(value: Number) -> int | str:
    return value if isinstance(value, int) else str(value)


def cell(value: Number) -> int | str:
    """A number as the cell of a table: exact in every format."""
    return value if isinstance(value, int) else cell_text(value)

"""Small arrays of exact numbers, as people write them: `1 2 0;3 4 1`, `[[1, 2], [3, 4]]`, channels between `|`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import prod
from typing import TypeAlias

from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import UsageError

Number: TypeAlias = "int | Fraction"

LARGEST_NUMBER = 30
"""Digits of a number, at most."""

MOST_CELLS = 1000
"""Cells of an array that is written out; larger ones are for `archcalc run`."""


@record
class Array:
    """Numbers in the order of their places, the last axis first to move."""

    shape: Shape
    cells: tuple[Number, ...]

    def at(self, place: Sequence[int]) -> Number:
        """The number at a place."""
        return self.cells[offset(place, self.shape)]

    def turned(self, axes: int) -> Array:
        """The array with its last axes turned around: a kernel of so many axes, by 180 degrees."""
        size = prod(self.shape[len(self.shape) - axes :])
        parts = [self.cells[first : first + size] for first in range(0, len(self.cells), size)]
        return Array(self.shape, tuple(cell for part in parts for cell in reversed(part)))

    def rows(self) -> Iterator[tuple[Number, ...]]:
        """Its rows, along the last axis."""
        width = self.shape[-1]
        return (self.cells[first : first + width] for first in range(0, len(self.cells), width))


def offset(place: Sequence[int], shape: Shape) -> int:
    """Where a place stands among the cells."""
    found = 0
    for index, size in zip(place, shape, strict=True):
        found = found * size + index
    return found


def map_of(text: str, option: str) -> Array:
    """(C, length) or (C, height, width): rows end with `;`, channels stand between `|`. Raises UsageError."""
    plain = _plain(text, option)
    channels = _channels(plain, option)
    if len({len(channel) for channel in channels}) > 1:
        raise UsageError(f"{option}: its channels have unlike shapes", help="each channel has as many rows and columns")
    return _stacked(channels, 2 if ";" in plain else 1, option)


def kernels_of(text: str, option: str) -> Array:
    """(filters, C, *K): filters stand between `||`, their channels between `|`. Raises UsageError."""
    filters = [map_of(part, option) for part in re.split(r"\|\|", _plain(text, option))]
    if len({array.shape for array in filters}) > 1:
        found = ", ".join(dict.fromkeys(str(array.shape) for array in filters))
        raise UsageError(f"{option}: its filters have unlike shapes: {found}", help="filters stand between ||")
    return Array(Shape((len(filters), *filters[0].shape)), tuple(cell for array in filters for cell in array.cells))


def numbers_of(text: str, option: str) -> tuple[Number, ...]:
    """The numbers of one row. Raises UsageError."""
    return tuple(number_of(word, option) for word in _words(_plain(text, option)))


def number_of(word: str, option: str) -> Number:
    """An exact number: 3, -3, 0.5, 1/3. Raises UsageError."""
    plain = word.replace("−", "-")
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)(/\d+)?", plain) or len(plain) > LARGEST_NUMBER:
        raise UsageError(f"{option}: `{word}` is no number", help="numbers are 3, -3, 0.5 or 1/3")
    top, _, bottom = plain.partition("/")
    if bottom and not int(bottom):
        raise UsageError(f"{option}: `{word}` divides by 0")
    return plainer(Fraction(top) / int(bottom or 1))


def plainer(number: Number) -> Number:
    """A fraction without a denominator as the int it is."""
    return int(number) if number.denominator == 1 else number


def _plain(text: str, option: str) -> str:
    """Nested brackets as rows, channels and filters; all but a single row have two axes."""
    bare = re.sub(r"\s+", " ", text.strip())
    if bare.startswith("["):
        bare = re.sub(r"\s*([\[\],])\s*", r"\1", bare)
        depth = len(bare) - len(bare.lstrip("["))
        if depth > 4 or not bare.endswith("]" * depth) or bare.count("[") != bare.count("]"):
            raise UsageError(f"{option}: the brackets do not match", help="write rows as '1 2;3 4' or [[1, 2], [3, 4]]")
        between = [";||", ";|", ";"][4 - depth :]
        for number, sign in enumerate(between):
            closing = depth - 1 - number
            bare = bare.replace("]" * closing + "," + "[" * closing, sign)
        bare = re.sub(r"[\[\]]", " ", bare) + (";" if depth > 1 else "")
    if not bare:
        raise UsageError(f"{option} is empty", help="write rows as '1 2;3 4'")
    return bare


def _channels(text: str, option: str) -> list[list[list[Number]]]:
    """Channel -> row -> number."""
    return [
        [[number_of(word, option) for word in _words(row)] for row in _rows(channel)] for channel in text.split("|")
    ]


def _rows(channel: str) -> list[str]:
    """Its rows; one row that ends with `;` is a map of one row."""
    return channel.rstrip().removesuffix(";").split(";") if ";" in channel else [channel]


def _words(row: str) -> list[str]:
    return row.replace(",", " ").split()


def _stacked(channels: list[list[list[Number]]], axes: int, option: str) -> Array:
    rows = [row for channel in channels for row in channel]
    widths = [len(row) for row in rows]
    if 0 in widths:
        raise UsageError(f"{option}: row {widths.index(0) + 1} is empty", help="write rows as '1 2;3 4'")
    if len(set(widths)) > 1:
        odd = next(number for number, width in enumerate(widths) if width != widths[0])
        raise UsageError(
            f"{option}: row 1 has {widths[0]} numbers, row {odd + 1} has {widths[odd]}",
            help="all rows are of one length",
        )
    cells = tuple(cell for row in rows for cell in row)
    if len(cells) > MOST_CELLS:
        help = "archcalc run SPEC --input FILE.npy computes larger ones"
        raise UsageError(f"{option} has {len(cells):,} numbers, at most {MOST_CELLS:,} are written out", help=help)
    return Array(Shape((len(channels), *(len(channels[0]), widths[0])[2 - axes :])), cells)

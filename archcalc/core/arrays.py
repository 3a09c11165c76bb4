"""Small arrays of exact numbers, as people write them: `1 2 0;3 4 1`, `[[1, 2], [3, 4]]`, channels between `|`.

Specs, files of numbers and options of the command line are read by this one reader; each says in its own way where a
text is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import prod
from typing import NamedTuple, TypeAlias

from archcalc.core.record import record
from archcalc.core.shape import Shape
from archcalc.errors import SpecError, UsageError

Number: TypeAlias = "int | Fraction"

LARGEST_NUMBER = 30
"""Characters of a number, at most."""

MOST_CELLS = 1000
"""Cells of an array on a command line, at most; larger ones are for `archcalc run`."""

MOST_DEPTH = 4
"""Brackets around a number, at most: filters, channels, rows."""


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

    def transposed(self) -> Array:
        """A matrix with rows and columns swapped."""
        rows, columns = self.shape
        cells = tuple(self.cells[row * columns + column] for column in range(columns) for row in range(rows))
        return Array(Shape((columns, rows)), cells)

    def rows(self) -> Iterator[tuple[Number, ...]]:
        """Its rows, along the last axis."""
        width = self.shape[-1]
        return (self.cells[first : first + width] for first in range(0, len(self.cells), width))

    def fitted(self, shape: Shape) -> Array | None:
        """The array in another shape where they differ in axes of size 1 only; a bare number everywhere; else None."""
        if not self.shape:
            return Array(shape, self.cells * shape.elements)
        same = [size for size in self.shape if size > 1] == [size for size in shape if size > 1]
        return Array(shape, self.cells) if same else None


class ArrayError(SpecError):
    """A text that is no array, and where in it that shows."""

    def __init__(self, what: str, start: int = 0, length: int = 1, help: str | None = None) -> None:
        super().__init__(what, help=help)
        self.start = start
        self.length = length


def offset(place: Sequence[int], shape: Shape) -> int:
    """Where a place stands among the cells."""
    found = 0
    for index, size in zip(place, shape, strict=True):
        found = found * size + index
    return found


def plainer(number: Number) -> Number:
    """A fraction without a denominator as the int it is."""
    return int(number) if number.denominator == 1 else number


def stack(parts: Sequence[Array]) -> Array:
    """Arrays of one shape as one, along a new first axis."""
    return Array(Shape((len(parts), *parts[0].shape)), tuple(cell for part in parts for cell in part.cells))


def map_of(text: str, option: str) -> Array:
    """(C, length) or (C, height, width): rows end with `;`, channels stand between `|`. Raises UsageError."""
    found = kernels_of(text, option)
    if found.shape[0] > 1:
        raise UsageError(f"{option}: `||` stands between filters, this is one map", help="channels stand between |")
    return Array(Shape(found.shape[1:]), found.cells)


def kernels_of(text: str, option: str) -> Array:
    """(filters, C, *K): filters stand between `||`, their channels between `|`. Raises UsageError."""
    try:
        found = read_array(text)
    except ArrayError as error:
        raise UsageError(f"{option}: {error.what}", help=error.help) from None
    if len(found.cells) > MOST_CELLS:
        what = f"{option} has {len(found.cells):,} numbers, at most {MOST_CELLS:,} are written out"
        raise UsageError(what, help="archcalc run SPEC --input FILE.npy computes larger ones")
    return found


def numbers_of(text: str, option: str) -> tuple[Number, ...]:
    """The numbers of one row. Raises UsageError."""
    found = kernels_of(text, option)
    if found.shape[-1] != len(found.cells):
        raise UsageError(f"{option} takes one row of numbers", help="such as '1 2 3'")
    return found.cells


def number_of(word: str) -> Number:
    """An exact number: 3, -3, 0.5, 1e-3, 1/3. Raises ArrayError."""
    plain = word.replace("−", "-")
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2}|/\d+)?", plain) or len(plain) > LARGEST_NUMBER:
        raise ArrayError(f"`{word}` is no number", 0, len(word), help="numbers are 3, -3, 0.5, 1e-3 or 1/3")
    top, _, bottom = plain.partition("/")
    if bottom and not int(bottom):
        raise ArrayError(f"`{word}` divides by 0", 0, len(word))
    return plainer(Fraction(top) / int(bottom or 1))


def read_array(text: str, lines: bool = False) -> Array:
    """(filters, C, length) or (filters, C, height, width); the second where rows end with `;` or stand in brackets.

    Args:
        lines: a line is a row too, and `#` begins a comment.

    Raises ArrayError.
    """
    signs = [*_signs(text, lines)]
    if not any(sign.is_number for sign in signs):
        raise ArrayError("there are no numbers", help="write rows as '1 2;3 4'")
    return _bracketed(signs) if signs[0].text == "[" else _separated(signs)


class _Sign(NamedTuple):
    """A number, a bracket or what separates numbers."""

    text: str
    start: int

    @property
    def is_number(self) -> bool:
        return self.text not in _SIGNS


_SIGNS = ("||", "|", ";", "[", "]", "\n", ",")
_TOKEN = re.compile(r"\|\||[|;,\[\]\n]|[^\s|;,\[\]]+")


def _signs(text: str, lines: bool) -> Iterator[_Sign]:
    """The signs of a text; of commas only those that no number stands before are left, and refused."""
    if lines:
        text = re.sub(r"#[^\n]*", lambda comment: " " * len(comment[0]), text)
    before = ""
    for match in _TOKEN.finditer(text):
        sign = _Sign(match[0], match.start())
        if sign.text == "," and before in ("", ",", ";", "|", "||", "[", "\n"):
            raise ArrayError("a number is missing before the comma", sign.start, help="write 0 where there is nothing")
        before = sign.text
        if sign.text != "," and (lines or sign.text != "\n"):
            yield sign


def _number(sign: _Sign) -> Number:
    try:
        return number_of(sign.text)
    except ArrayError as error:
        error.start = sign.start
        raise


def _separated(signs: Sequence[_Sign]) -> Array:
    filters, found, start = _split(signs, "||"), [], 0
    two_axes = any(sign.text in (";", "\n") for sign in signs)
    for part in filters:
        channels = [_channel(channel, start, two_axes) for channel in _split(part, "|")]
        start += sum(array.shape[0] if two_axes else 1 for array in channels)
        found.append(
            _alike(channels, part[0].start if part else 0, "channels", "each channel has as many rows and columns")
        )
    return _alike(found, signs[0].start, "filters", "filters stand between ||")


def _channel(signs: Sequence[_Sign], before: int, two_axes: bool) -> Array:
    """Its rows; what ends with `;` has no row behind that, and an empty line is none."""
    rows: list[list[_Sign]] = [[]]
    for sign in signs:
        if sign.text == "\n" and not rows[-1]:
            continue
        if sign.text in (";", "\n"):
            rows.append([])
        else:
            rows[-1].append(sign)
    if len(rows) > 1 and not rows[-1]:
        rows.pop()
    for number, row in enumerate(rows, 1):
        start = row[0].start if row else signs[0].start if signs else 0
        if not row:
            raise ArrayError(f"row {before + number} is empty", start, help="write rows as '1 2;3 4'")
        if len(row) != len(rows[0]):
            what = f"row {before + 1} has {len(rows[0])} numbers, row {before + number} has {len(row)}"
            raise ArrayError(what, start, row[-1].start + len(row[-1].text) - start, help="all rows are of one length")
    found = stack([_row(row) for row in rows])
    return found if two_axes else Array(Shape(found.shape[1:]), found.cells)


def _row(signs: Sequence[_Sign]) -> Array:
    wrong = next((sign for sign in signs if sign.text in ("[", "]")), None)
    if wrong is not None:
        raise ArrayError("the brackets do not match", wrong.start, help=_ROWS)
    return Array(Shape((len(signs),)), tuple(map(_number, signs)))


_ROWS = "write rows as '1 2;3 4' or [[1, 2], [3, 4]]"


def _alike(parts: Sequence[Array], start: int, what: str, help: str) -> Array:
    if len({part.shape for part in parts}) > 1:
        shapes = ", ".join(dict.fromkeys(str(part.shape) for part in parts))
        raise ArrayError(f"its {what} have unlike shapes: {shapes}", start, help=help)
    return stack(parts)


def _split(signs: Sequence[_Sign], separator: str) -> list[list[_Sign]]:
    parts: list[list[_Sign]] = [[]]
    for sign in signs:
        if sign.text == separator:
            parts.append([])
        else:
            parts[-1].append(sign)
    return parts


def _joined(parts: Sequence[Array], start: int) -> Array:
    """What stands between two brackets as one array."""
    odd = next((number for number, part in enumerate(parts) if part.shape != parts[0].shape), None)
    if odd is not None and len(parts[0].shape) == len(parts[odd].shape) == 1:
        what = f"row 1 has {parts[0].shape} numbers, row {odd + 1} has {parts[odd].shape}"
        raise ArrayError(what, start, help="all rows are of one length")
    if odd is not None and len(parts[0].shape) != len(parts[odd].shape):
        raise ArrayError("the brackets do not match", start, help=_ROWS)
    return _alike(parts, start, "channels", "each channel has as many rows and columns")


def _bracketed(signs: Sequence[_Sign]) -> Array:
    """Brackets in brackets: filters, channels, rows; all but a single row have two axes."""
    stacks: list[list[Array]] = [[]]
    for sign in signs:
        if sign.text == "[":
            stacks.append([])
        elif sign.text == "]":
            if len(stacks) < 2 or not stacks[-1]:
                raise ArrayError("the brackets do not match", sign.start, help=_ROWS)
            inner = stacks.pop()
            stacks[-1].append(_joined(inner, sign.start))
        elif sign.is_number:
            stacks[-1].append(Array(Shape(()), (_number(sign),)))
        elif sign.text != "\n":
            raise ArrayError(f"`{sign.text}` stands inside brackets", sign.start, help=_ROWS)
    depth = len(stacks[0][0].shape) if len(stacks) == 1 and len(stacks[0]) == 1 else 0
    if not 0 < depth <= MOST_DEPTH:
        raise ArrayError("the brackets do not match", signs[-1].start, help=_ROWS)
    found = stacks[0][0]
    axes = max(3 if depth == 1 else 4, depth)
    return Array(Shape((1,) * (axes - depth) + tuple(found.shape)), found.cells)

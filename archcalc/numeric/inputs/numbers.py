"""Small arrays in text files, written as `archcalc calc --values` reads them: a line is a row."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from archcalc.core import Shape
from archcalc.core.arrays import Array as Exact
from archcalc.core.arrays import ArrayError, read_array
from archcalc.errors import Source, SpecError
from archcalc.numeric.namespace import Array

NUMBERS = (".csv", ".txt")
"""The endings of such files."""

LARGEST = 1_000_000
"""Bytes of such a file; larger arrays are for .npy."""


def read_numbers(path: Path, shape: Shape, dtype: str) -> Array:
    """(N, *shape): one example, or a row each, or a map each between `||`. Raises SpecError with line and column."""
    text = _text(path)
    try:
        found = read_array(text, lines=True)
    except ArrayError as error:
        raise _placed(error, text, path) from None
    one = found.fitted(shape)
    if one is not None:
        return as_array(Exact(Shape((1, *shape)), one.cells), dtype, str(path))
    sizes = [size for size in found.shape if size > 1]
    batch = found.fitted(Shape((sizes[0], *shape))) if sizes else None
    if batch is None:
        written = "x".join(map(str, sizes)) or "a single number"
        help = f"{_layout(shape)}; several examples stand one after the other, between ||"
        raise SpecError(f"{path} is {written}, the input is {shape}", help=help)
    return as_array(batch, dtype, str(path))


def as_array(found: Exact, dtype: str, what: str) -> Array:
    """Exact numbers as an array of a type; `what` they are the numbers of. Raises SpecError where one is too large."""
    values = np.array([float(cell) for cell in found.cells]).reshape(found.shape)
    with np.errstate(over="ignore"):  # told below
        cast = values.astype(dtype, copy=False)
    if not np.isfinite(cast).all():
        raise SpecError(f"{what} holds {values.flat[abs(values).argmax()]}, too large for {dtype}", help=_WIDER)
    return cast


_WIDER = "--dtype float64"


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise SpecError(f"{path} has more than {LARGEST:,} bytes", help="write larger arrays as .npy")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SpecError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SpecError(f"{path} is no text", help="lines of numbers, in UTF-8") from None


def _placed(error: ArrayError, text: str, path: Path) -> SpecError:
    """The error with its file, line and column."""
    line = text.count("\n", 0, error.start) + 1
    column = error.start - (text.rfind("\n", 0, error.start) + 1) + 1
    place = Source(text, str(path)).place(line, column, error.length)
    return SpecError(error.what, help=error.help, place=place)


def _layout(shape: Shape) -> str:
    """In words how an example is written."""
    if len(shape) == 1:
        return f"a row of {shape[0]} numbers"
    rows = f"{shape[-2]} rows of {shape[-1]} numbers" if len(shape) > 2 else f"a row of {shape[-1]} numbers"
    return rows + (f", {shape[0]} channels between |" if shape[0] > 1 else "")

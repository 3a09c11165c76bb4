"""What is said of fields: their axes, their figures as text, and the stretches that nobody sees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from archcalc.analysis.fields.receptive import Unseen
from archcalc.report.formats.table import plain_number

AXIS_NAMES = {1: ("column",), 2: ("row", "column"), 3: ("frame", "row", "column")}


def joined(texts: Iterable[str]) -> str:
    """One text where all axes agree, else height x width."""
    values = list(texts)
    if len(set(values)) == 1:
        return values[0]
    return (" x " if any(".." in value for value in values) else "x").join(values)


def bound_text(layers: Sequence[str]) -> str:
    """Of layers that take joined channels apart."""
    take = "takes" if len(layers) == 1 else "take"
    return f"{few(layers)} {take} joined channels apart again: from there on fields are bounds, of all channels"


def unknown_text(layer: str) -> str:
    """Of a layer that has too many units with a field of their own."""
    return f"which pixels {layer} never sees is not told: too many of its units see something of their own"


MOST_STRETCHES = 8
"""Stretches of pixels that are named."""


def stretches_text(unseen: Unseen) -> str:
    """`rows 219..223 and columns 219..223 of 224x224`."""
    names = AXIS_NAMES.get(len(unseen.lengths), ())
    parts = []
    for name, stretches in zip(names, unseen.stretches, strict=True):
        pixels = ", ".join(range_text(first, last) for first, last in stretches[:MOST_STRETCHES])
        more = len(stretches) - MOST_STRETCHES
        pixels += f" and {more:,} more such stretches" if more > 0 else ""
        if stretches:
            single = len(stretches) == 1 and stretches[0][0] == stretches[0][1]
            parts.append(f"{name} {pixels}" if single else f"{name}s {pixels}")
    return f"{' and '.join(parts)} of {'x'.join(map(str, unseen.lengths))}"


def few(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def range_text(first: int, last: int) -> str:
    """`3..7`, or one number."""
    return str(first) if first == last else f"{first}..{last}"


def between(least: Fraction | int | None, largest: Fraction | int | None) -> str:
    return number_text(least) if least == largest else f"{number_text(least)}..{number_text(largest)}"


def number_text(value: Fraction | int | None) -> str:
    """5, 4.5, 1/3, or - where there is none."""
    if value is None:
        return "-"
    value = Fraction(value)
    return str(float(value)) if value.denominator == 2 else str(value)


def number(value: Fraction | int | None) -> int | float | None:
    return None if value is None else plain_number(value)

"""What a sweep varies: params of a spec, or its input, over lists and ranges of values."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from archcalc.core import Shape
from archcalc.core.ranges import read_range
from archcalc.core.record import record
from archcalc.core.units import parse_shape
from archcalc.errors import SpecError, UsageError
from archcalc.spec.document import Document
from archcalc.spec.expression import parse
from archcalc.spec.names import did_you_mean, listed, nearest

INPUT = "input"
MOST_VALUES = 100_000


@record
class VariedAxis:
    """One thing that is varied: a param of the spec, or `input`."""

    name: str
    values: tuple[str, ...]
    """As they are written: `0.25`, `3x160x160`."""


def axis(document: Document, text: str) -> VariedAxis:
    """Read `width=0.25:2:0.25`, `w=8..64`, `depth=11,16` or `input=160,192`. Raises UsageError."""
    name, equals, values = text.partition("=")
    name = name.strip()
    if not equals or not name or not values.strip():
        raise UsageError(f"--vary {text} is not NAME=VALUES", help="write --vary width=0.25:2:0.25 or input=160,192")
    known = [*document.params, INPUT]
    if name not in known:
        help = did_you_mean(nearest(name, known)) or f"{document.name} has {listed(known)}"
        raise UsageError(f"--vary {text}: {document.name} has no param `{name}`", help=help)
    written = [*_written(name, values, text)]
    if name == INPUT:
        written = [_shape(document, value, text) for value in written]
    else:
        for value in written:
            value_of(value, text)
    return VariedAxis(name, tuple(dict.fromkeys(written)))


def value_of(value: str, text: str) -> Any:
    """A value of a param. Raises UsageError."""
    try:
        return parse(value).evaluate(lambda word: word)
    except SpecError as error:
        raise UsageError(f"--vary {text}: {error.what}", help=error.help) from None


def _written(name: str, values: str, text: str) -> Iterator[str]:
    """The values of `a,b,c`, of `8..64 step 8` or of `start:stop:step`, the stop included."""
    found = read_range(values)
    if found is None:
        if ":" in values or ".." in values:
            raise UsageError(
                f"--vary {text}: `{values.strip()}` is no range", help=f"{name}=8..64, or {name}=0.25:2:0.25"
            )
        yield from (value.strip() for value in values.split(",") if value.strip())
        return
    if not found.goes_up:
        raise UsageError(f"--vary {text}: a range goes up, from start to stop", help=f"{name}=0.25:2:0.25")
    if len(found) > MOST_VALUES:
        raise UsageError(f"--vary {text}: {len(found):,} values are over the limit of {MOST_VALUES:,}")
    yield from map(_decimal, found)


def _decimal(value: Fraction) -> str:
    """0.25, 2 or, where no decimals end, 1/3."""
    for digits in range(7):
        scaled = value * 10**digits
        if scaled.denominator == 1:
            whole = f"{abs(scaled.numerator):0{digits + 1}}"
            sign = "-" if value < 0 else ""
            return sign + (f"{whole[:-digits]}.{whole[-digits:]}" if digits else whole)
    return str(value)


def _shape(document: Document, value: str, text: str) -> str:
    """`160` is 160 along every axis of the only input, its channels kept."""
    if len(document.inputs) != 1:
        raise UsageError(f"--vary {text}: {document.name} has several inputs", help="vary its params")
    usual = next(iter(document.inputs.values()))
    try:
        shape = parse_shape(value)
    except SpecError as error:
        raise UsageError(f"--vary {text}: {error.what}", help=error.help) from None
    if len(shape) == 1 < len(usual):
        shape = Shape((usual.channels, *shape * len(usual.spatial)))
    return str(shape)

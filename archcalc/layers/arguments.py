"""The types of a layer's arguments: what may stand in a spec, and what the layer gets.

A spec's text is evaluated to a plain value (an int, a fraction, a flag, a word, or for `3x5` and `0:1x2:3`
a tuple); `convert` checks it and spreads a single number over the axes. Errors say what is expected and what
stands there, without a place: the caller knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any, Literal

from archcalc.core.record import MISSING, RecordField, record
from archcalc.errors import SpecError

Sizes = tuple[int, ...]
"""One number per axis: height and width of a map."""

Sides = tuple[tuple[int, int], ...]
"""Cells before and after, for each axis."""

Padding = Sides | Literal["same", "valid", "full", "causal"]

CAUSAL = "causal"
"""The padding after which no cell reads what comes after it."""

Links = tuple[tuple[int, ...], ...]
"""For each output channel the input channels it reads."""


class ArgumentType:
    """How a value of a spec becomes an attribute of a layer."""

    expects = ""
    """What the messages and `archcalc layers` call it: 'a whole number of at least 1'."""

    schema: Mapping[str, Any] = {"type": "string"}
    """JSON Schema of the text that may stand there."""

    literal = False
    """Whether the text that stands there is the value: no expression is read in it."""

    def convert(self, value: Any, axes: int) -> Any:
        """The attribute for `value` on an input with `axes` spatial axes. Raises SpecError."""
        raise NotImplementedError

    def refuse(self, value: Any, help: str | None = None) -> SpecError:
        """The error for a value of another type."""
        return SpecError(f"expected {self.expects}, got {show(value)}", help=help)


@record
class Whole(ArgumentType):
    """A whole number with a lower bound, and an upper one where it counts what must be written out."""

    least: int = 1
    most: int | None = None
    schema = {"type": ["integer", "string"]}

    @property
    def expects(self) -> str:  # type: ignore[override]
        if self.most is None:
            return f"a whole number of at least {self.least}"
        return f"a whole number from {self.least} to {self.most:,}"

    def convert(self, value: Any, axes: int) -> int:
        number = whole(value)
        if number is None:
            hint = "round it: round_to(x, 8), floor(x) or ceil(x)" if _is_fraction(value) and isfinite(value) else None
            raise self.refuse(value, hint)
        if number < self.least or (self.most is not None and number > self.most):
            raise self.refuse(value)
        return number


@record
class PerAxis(ArgumentType):
    """A whole number for each axis; one number serves all of them."""

    least: int = 1
    schema = {"type": ["integer", "string"]}

    @property
    def expects(self) -> str:  # type: ignore[override]
        return f"a size such as 3 or 3x5, each at least {self.least}"

    def convert(self, value: Any, axes: int) -> Sizes:
        numbers = value if isinstance(value, tuple) else (value,) * axes
        sizes = tuple(number for number in map(whole, numbers) if number is not None)
        if len(sizes) != len(numbers) or any(size < self.least for size in sizes):
            raise self.refuse(value)
        _one_per_axis(value, sizes, axes)
        return sizes


class FactorsType(ArgumentType):
    """A number above 0 for each axis; one number serves all of them. Whole ones stay ints."""

    expects = "a factor above 0 such as 2, 0.5 or 1.5x2"
    schema = {"type": ["number", "string"]}

    def convert(self, value: Any, axes: int) -> tuple[float, ...]:
        numbers = value if isinstance(value, tuple) else (value,) * axes
        if any(isinstance(number, bool | str | tuple) or number is None or number <= 0 for number in numbers):
            raise self.refuse(value)
        _one_per_axis(value, numbers, axes)
        return tuple([float(number) if whole(number) is None else int(number) for number in numbers])


class PaddingType(ArgumentType):
    """`same`, `valid`, `full`, `causal`, or cells: 2, 2x3, or per side 0:1 and 0:1x2:3 (before:after).

    Cells below 0 are cut off.
    """

    expects = "cells (2, 2x3, or before:after as 0:1x0:1), same, valid, full or causal"
    words: tuple[str, ...] = ("same", "valid", "full", "causal")
    cuts = True
    """Whether it may be below 0."""
    schema = {"type": ["integer", "string"]}

    def convert(self, value: Any, axes: int) -> Padding:
        if isinstance(value, str):
            if value == CAUSAL and value in self.words and axes > 1:
                help = f"for each axis before:after, as {'x'.join(['2:0', *['1:1'] * (axes - 1)])}"
                raise SpecError(f"padding=causal goes along one axis, the input has {axes} spatial axes", help=help)
            if value in self.words:
                return value  # type: ignore[return-value]
            raise self.refuse(value)
        if isinstance(value, bool):
            raise self.refuse(value, "say how many cells: padding=1, or padding=same")
        items = value if isinstance(value, tuple) else (value,)
        sides = tuple(item if isinstance(item, tuple) else (item, item) for item in items)
        if any(len(side) != 2 or any(whole(cell) is None for cell in side) for side in sides):
            raise self.refuse(value)
        if not self.cuts and any(cell < 0 for side in sides for cell in side):
            raise self.refuse(value)
        if len(sides) == 1:
            sides *= axes
        _one_per_axis(value, sides, axes)
        return sides


class Number(ArgumentType):
    """A number with decimals."""

    expects = "a number"
    schema = {"type": ["number", "string"]}

    def convert(self, value: Any, axes: int) -> float:
        if isinstance(value, bool | str | tuple) or not isfinite(value):
            raise self.refuse(value)
        return float(value)


class Endless(Number):
    """A number, or one that no other is above or below."""

    expects = "a number, inf or -inf"

    def convert(self, value: Any, axes: int) -> float:
        return float(value) if isinstance(value, float) else super().convert(value, axes)


class Numbers(ArgumentType):
    """A number for all channels, or one for each: 0.5x2x0.25."""

    expects = "a number, or one for each channel joined by x: 0.5x2x0.25"
    schema = {"type": ["number", "string"]}

    def convert(self, value: Any, axes: int) -> tuple[float, ...]:
        numbers = value if isinstance(value, tuple) else (value,)
        if any(isinstance(n, bool | str | tuple) or n is None or not isfinite(n) for n in numbers):
            raise self.refuse(value)
        return tuple(float(number) for number in numbers)


class Flag(ArgumentType):
    """yes or no."""

    expects = "yes or no"
    schema = {"type": ["boolean", "string"]}

    def convert(self, value: Any, axes: int) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, int) and value in (0, 1):
            return value == 1
        raise self.refuse(value)


@record
class Literally(ArgumentType):
    """A word that is taken as it stands; it is no expression."""

    form: str
    literal = True

    @property
    def expects(self) -> str:  # type: ignore[override]
        return self.form

    def convert(self, value: Any, axes: int) -> str:
        if isinstance(value, str):
            return value
        raise self.refuse(value)


class OwnAxes(PerAxis):
    """A whole number for each axis of the output, whatever the axes of the input."""

    def convert(self, value: Any, axes: int) -> Sizes:
        return super().convert(value, len(value) if isinstance(value, tuple) else 1)


@record
class Choice(ArgumentType):
    """One of a few words; yes and no may be among them."""

    words: tuple[str, ...]
    schema = {"type": ["boolean", "string"]}

    @property
    def expects(self) -> str:  # type: ignore[override]
        return " or ".join([", ".join(self.words[:-1]), self.words[-1]])

    def convert(self, value: Any, axes: int) -> str:
        word = ("yes" if value else "no") if isinstance(value, bool) else value
        if word in self.words:
            return str(word)
        raise self.refuse(value)


class ShapeType(ArgumentType):
    """Sizes joined by x: 64x7x7. A single -1 stands for the size that is left."""

    expects = "a shape such as 64x7x7"

    def convert(self, value: Any, axes: int) -> Sizes:
        numbers = value if isinstance(value, tuple) else (value,)
        sizes = tuple(number for number in map(whole, numbers) if number is not None)
        wild = sum(size == -1 for size in sizes)
        if len(sizes) != len(numbers) or wild > 1 or any(size < 1 and size != -1 for size in sizes):
            raise self.refuse(value)
        return sizes


@record
class Wholes(ArgumentType):
    """Whole numbers joined by x, as many as are written."""

    expects: str
    least: int | None = None
    schema = {"type": ["integer", "string"]}

    def convert(self, value: Any, axes: int) -> tuple[int, ...]:
        numbers = value if isinstance(value, tuple) else (value,)
        found = tuple(number for number in map(whole, numbers) if number is not None)
        if len(found) != len(numbers) or (self.least is not None and min(found) < self.least):
            raise self.refuse(value)
        return found


class FreeWord(ArgumentType):
    """Any one word; it is only read by people."""

    expects = "a word such as non_max_suppression"

    def convert(self, value: Any, axes: int) -> str:
        if isinstance(value, str):
            return value
        raise self.refuse(value)


class LinksType(ArgumentType):
    """The name of a connection table of the spec's `tables:` section."""

    expects = "the name of a table under `tables:`"

    def convert(self, value: Any, axes: int) -> Links | None:
        if value is None or (isinstance(value, tuple) and all(isinstance(row, tuple) for row in value)):
            return value
        raise self.refuse(value)


COUNT = Whole(1)
FEW = Whole(1, 10_000)
NON_NEGATIVE = Whole(0)
SIZES = PerAxis(1)
FACTORS = FactorsType()
NON_NEGATIVE_SIZES = PerAxis(0)
OWN_SIZES = OwnAxes(1)
OWN_NON_NEGATIVE_SIZES = OwnAxes(0)
PADDING = PaddingType()
NUMBER = Number()
ENDLESS = Endless()
NUMBERS = Numbers()
FLAG = Flag()
SHAPE = ShapeType()
COUNTS = Wholes("whole numbers of at least 1 joined by x: 1x2x3", 1)
AXES = Wholes("axes joined by x: 1x2, or -1 for the last")
SHIFTS = Wholes("whole numbers joined by x: 3, or -3x-3")
WORD = FreeWord()
INDICES = Wholes("whole numbers joined by x: 2x0x1")
LINKS = LinksType()

REQUIRED = MISSING


@record
class Parameter:
    """One row of the table of kinds: an argument that a call may carry."""

    name: str
    type: ArgumentType
    doc: str
    default: Any = REQUIRED
    positional: bool = False
    variadic: bool = False
    """Takes all positional arguments that are left."""

    @property
    def required(self) -> bool:
        return self.default is REQUIRED


def argument(type: ArgumentType, doc: str, default: Any = REQUIRED, variadic: bool = False) -> Any:
    """A field that may stand without its name: `conv 64 3x3`."""
    return _field(type, doc, default, positional=True, variadic=variadic)


def option(type: ArgumentType, default: Any, doc: str) -> Any:
    """A field that is written `name=value`."""
    return _field(type, doc, default, positional=False, variadic=False)


def whole(value: Any) -> int | None:
    """The value as an int (a traced int stays one), or None where it is no whole number."""
    if isinstance(value, bool | str | tuple) or value is None:
        return None
    if isinstance(value, int):
        return value
    return int(value) if isfinite(value) and value == int(value) else None


def show(value: Any) -> str:
    """A value as it stood in the spec: yes, 3x5, 12.8."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "x".join(":".join(map(str, v)) if isinstance(v, tuple) else show(v) for v in value)
    if _is_fraction(value):
        return f"{float(value):g}"
    return str(value) if not isinstance(value, str) else f"`{value}`"


def _is_fraction(value: Any) -> bool:
    return not isinstance(value, int | str | tuple) and whole(value) is None and value is not None


def _one_per_axis(value: Any, items: tuple[Any, ...], axes: int) -> None:
    if axes and len(items) != axes:  # where there are none, the layer says that it needs a map
        plural = "axis" if axes == 1 else "axes"
        raise SpecError(
            f"{show(value)} has {len(items)} sizes, the input has {axes} spatial {plural}",
            help="one number serves all axes" if axes > 1 else None,
        )


def _field(type: ArgumentType, doc: str, default: Any, positional: bool, variadic: bool) -> Any:
    metadata = {"type": type, "doc": doc, "positional": positional, "variadic": variadic}
    return RecordField(default, metadata=metadata)


class AxisType(ArgumentType):
    """An axis of the example: 0 is the first (the channels of a map), -1 the last."""

    expects = "an axis: 0 (the channels), 1, ... or -1 (the last)"
    schema = {"type": ["integer", "string"]}

    def convert(self, value: Any, axes: int) -> int:
        number = whole(value)
        if number is None:
            raise self.refuse(value)
        return number


class RangeType(ArgumentType):
    """Cells from a start up to a stop, which is left out: 0:58; with a step 0:58:2."""

    expects = "a range start:stop such as 0:58, the stop left out, or start:stop:step"

    def convert(self, value: Any, axes: int) -> Sizes:
        if not (isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], tuple)):
            raise self.refuse(value)
        start, stop, *step = value[0]
        if start < 0 or any(cells < 1 for cells in step):
            raise self.refuse(value)
        if stop <= start:
            raise self.refuse(value, f"the stop comes after the start: {start}:{start + 1} is one cell")
        return (start, stop, *step)


class CellsType(PaddingType):
    """Cells on each side of each axis: 2, 2x3, or per side 0:1 and 0:1x2:3 (before:after)."""

    expects = "cells (2, 2x3, or before:after as 0:1x0:1)"

    def convert(self, value: Any, axes: int) -> Sides:
        if isinstance(value, str | bool):
            raise self.refuse(value)
        sides = super().convert(value, axes)
        assert isinstance(sides, tuple)
        return sides


class CutCellsType(CellsType):
    """Cells on each side of each axis that are cut off: below 0 they would be added."""

    cuts = False


class SidesType(ArgumentType):
    """Cells before and after along one axis: 8 on both sides, or 0:16."""

    expects = "cells on both sides (8), or before:after as 0:16"
    schema = {"type": ["integer", "string"]}

    def convert(self, value: Any, axes: int) -> tuple[int, int]:
        written_apart = isinstance(value, tuple) and len(value) == 1 and show(value).count(":") == 1
        before, after = (whole(cells) for cells in (value[0] if written_apart else (value, value)))
        if before is None or after is None or min(before, after) < 0:
            raise self.refuse(value)
        return before, after


AXIS = AxisType()
RANGE = RangeType()
CELLS = CellsType()
CUT_CELLS = CutCellsType()
SIDES = SidesType()

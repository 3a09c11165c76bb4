"""Whether a layer fits its input: the checks that several families share."""

from __future__ import annotations

from archcalc.core import Shape
from archcalc.errors import ShapeError


def axis_of(axis: int, x: Shape) -> int:
    """The axis counted from 0; -1 is the last. Raises ShapeError where x has no such axis."""
    if not -len(x) <= axis < len(x):
        raise ShapeError(
            f"there is no axis {axis}, the input is {x}",
            help=f"axis of 0 to {len(x) - 1}" if len(x) > 1 else "axis=0",
        )
    return axis % len(x)


def axes_of(axes: tuple[int, ...], x: Shape) -> tuple[int, ...]:
    """The axes counted from 0, each once. Raises ShapeError."""
    found = tuple([axis_of(axis, x) for axis in axes])
    twice = next((axis for place, axis in enumerate(found) if axis in found[:place]), None)
    if twice is not None:
        raise ShapeError(f"axis {twice} of {x} is named twice", help="each axis once")
    return found


def feature_axis(axis: int | None, x: Shape) -> int:
    """The named axis; by default the channels of a map, the features of a sequence or a vector."""
    if axis is None:
        return 0 if len(x) > 2 else len(x) - 1
    return axis_of(axis, x)


def resized(x: Shape, axis: int, size: int) -> Shape:
    """x with another size on one axis."""
    return Shape((*x[:axis], size, *x[axis + 1 :]))


def needs_sequence(x: Shape, kind: str) -> None:
    """Refuse all but tokens x features; a map is offered its repair."""
    if len(x) == 2:
        return
    help = f"tokens turns it into {Shape.of(x.elements // x.channels, x.channels)}" if len(x) > 2 else None
    raise ShapeError(f"{kind} needs tokens x features, its input is {x}", help=help)


def divisors(number: int) -> str:
    """The divisors of a number, as a message lists them; of a large one the first few."""
    found = [n for n in range(1, min(number, 10_000) + 1) if number % n == 0]
    if number > 10_000:
        found = [*found[:6], number]
    shown = found if len(found) < 9 and number <= 10_000 else [*found[:6], "...", found[-1]]
    return ", ".join(map(str, shown))

"""One unknown of a layer's rule along one axis, found by halving.

Every candidate is put through the layer's own rule. Along one unknown the sizes only grow or only shrink, and a layer
refuses values only at the ends: so the ends of a stretch of solutions are found by halving, whatever the numbers.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import SpecError
from archcalc.layers import Kind, Layer
from archcalc.layers.traits import TRANSPOSED

UNKNOWNS = {
    "kernel": "kernel_size", "stride": "stride", "padding": "padding", "dilation": "dilation", "input": "input",
}  # fmt: skip
"""What `--find` may ask for -> the attribute."""


@record
class RuleAxis:
    """The rule of one axis with some attributes unknown."""

    kind: Kind
    values: Mapping[str, Any]
    length: int
    wanted: int

    def size(self, unknowns: Sequence[str], values: Sequence[int]) -> int | None:
        """The output size with these values; None where the layer refuses them."""
        given = {**self.values, **dict(zip(map(UNKNOWNS.__getitem__, unknowns), values, strict=True))}
        length = given.pop("input", self.length)
        try:
            layer = self.kind.make(1, **given)
            assert isinstance(layer, Layer)
            return layer.output(Shape.of(1, length))[1]
        except SpecError:
            return None


Sizes = tuple[Sequence[int], Callable[[int], int]]
"""The values of one unknown that the layer takes, and the size that each gives."""


FARTHEST = 10**30
"""An input in which every window fits."""


def sizes_along(axis: RuleAxis, unknown: str, values: Sequence[int], given: Callable[[int], Any] = int) -> Sizes:
    """The values between those that the layer refuses: the small ones for one reason, the large ones for another.

    Args:
        given: the attribute that a value stands for.
    """

    def size(value: int, length: int = axis.length) -> int | None:
        return RuleAxis(axis.kind, axis.values, length, axis.wanted).size((unknown,), (given(value),))

    def is_enough(value: int) -> bool:
        return size(value) is not None or not _too_little(axis.kind, unknown, size(value, FARTHEST) is not None)

    def is_too_much(value: int) -> bool:
        return size(value) is None

    def known(value: int) -> int:
        found = size(value)
        assert found is not None
        return found

    enough = values[bisect_left(values, True, key=is_enough) :]
    return enough[: bisect_left(enough, True, key=is_too_much)], known


def _too_little(kind: Kind, unknown: str, fits_somewhere: bool) -> bool:
    """Whether a value that the layer refuses is too small, and not too large.

    Small are an input, a padding and a stride (that rounds up) where the window does not fit in; and a kernel
    that fits nowhere, of a pool that is padded by more than half of it. Of a transposed convolution only a padding
    is ever too large: it cuts away the output.
    """
    if kind.traits.slides == TRANSPOSED:
        return unknown != "padding"
    return {"padding": fits_somewhere, "kernel": not fits_somewhere}.get(unknown, unknown != "dilation")


def giving(sizes: Sizes, wanted: int) -> Sequence[int]:
    """The values that give a size: the stretch before which all are too small, or all too large."""
    values, size = sizes
    if not values:
        return values
    sign = 1 if size(values[0]) <= size(values[-1]) else -1
    first = bisect_left(values, sign * wanted, key=lambda value: sign * size(value))
    stop = bisect_left(values, sign * wanted + 1, key=lambda value: sign * size(value))
    return values[first:stop]


def around(sizes: Sizes, wanted: int) -> Iterator[tuple[int, int]]:
    """The sizes next to one that no value gives, each with the first value that gives it."""
    values, size = sizes
    if not values:
        return
    sign = 1 if size(values[0]) <= size(values[-1]) else -1
    place = bisect_left(values, sign * wanted, key=lambda value: sign * size(value))
    for value in values[max(0, place - 1) : place + 1]:
        yield size(value), giving(sizes, size(value))[0]

"""Flattening, reshaping and reordering axes: no value changes."""

from __future__ import annotations

from math import prod

from archcalc.core import WHOLE, AxisWindow, Shape
from archcalc.core.record import record
from archcalc.errors import ShapeError
from archcalc.layers.arguments import NON_NEGATIVE, SHAPE, Sizes, argument
from archcalc.layers.base import Layer, needs_map, pointwise, register
from archcalc.layers.traits import ANEW, CHANNELS, ELSEWHERE, IN_ORDER, TOKENS


@register("flatten", view=IN_ORDER)
@record
class Flatten(Layer):
    """All values in a row, channel by channel.

    Formula   F = C * prod(spatial)
    Shape     (C, *spatial) -> (F)
    Params    none
    Work      none (values only move)
    Field     the whole map: a vector has no place
    Differs   Keras flattens with the channels last, so weights after it stand in another order
    Source    PyTorch, Flatten
    """

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        return _placeless(x)

    def output(self, x: Shape) -> Shape:
        return Shape.of(x.elements)


@register("reshape", gives=ANEW, view=IN_ORDER)
@record
class Reshape(Layer):
    """The same values under another shape, read in the same order.

    Formula   the product of the sizes stays; -1 is the size that is left
    Shape     x -> shape
    Params    none
    Work      none (values only move)
    Field     the whole map: a place before is no place after
    Differs   the batch is not part of the shape, as in Keras; PyTorch's view names it
    Source    Keras, Reshape
    """

    shape: Sizes = argument(SHAPE, "the shape after: 1024x4x4; -1 for the size that is left")

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        return _placeless(x)

    def output(self, x: Shape) -> Shape:
        known = prod(size for size in self.shape if size != -1)
        rest, left_over = divmod(x.elements, known)
        if left_over or (rest != 1 and -1 not in self.shape):
            raise ShapeError(
                f"{x} holds {x.elements:,} values, {_written(self.shape)} {_holds(self.shape, known)}",
                help=None if left_over else f"a further axis of {rest:,}, or -1 for one of the sizes",
            )
        return Shape(rest if size == -1 else size for size in self.shape)


@register("permute", gives=ANEW, view=ELSEWHERE)
@record
class Permute(Layer):
    """The axes in another order.

    Formula   axis i after is axis dims[i] before; 0 are the channels
    Shape     permute 1 2 0: (C, H, W) -> (H, W, C)
    Params    none
    Work      none (values only move)
    Field     the whole map, unless the order stays: another axis has another place
    Differs   the batch is not an axis: PyTorch's permute(0, 2, 3, 1) is permute 1 2 0
    Source    PyTorch, permute
    """

    dims: tuple[int, ...] = argument(NON_NEGATIVE, "the axes before, in the order after", variadic=True)

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        return pointwise(x) if self.dims == tuple(range(len(x))) else _placeless(x)

    def output(self, x: Shape) -> Shape:
        if sorted(self.dims) != list(range(len(x))):
            raise ShapeError(
                f"{' '.join(map(str, self.dims))} is no order of the {len(x)} axes of {x}",
                help=f"each of {', '.join(map(str, range(len(x))))} once",
            )
        return Shape(x[axis] for axis in self.dims)


@register("tokens", reads=CHANNELS, gives=TOKENS, view=ELSEWHERE)
@record
class Tokens(Layer):
    """A map as a sequence: one token per place, row by row, its channels as features.

    Formula   N = prod(spatial)
    Shape     (C, *spatial) -> (N, C)
    Params    none
    Work      none (values only move)
    Field     the whole map: a token's place is its index, which no window slides along
    Source    Dosovitskiy et al. 2021 (ViT)
    """

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        return _placeless(x)

    def output(self, x: Shape) -> Shape:
        needs_map(x, "tokens")
        return Shape.of(prod(x.spatial), x.channels)


def _placeless(x: Shape) -> tuple[AxisWindow, ...]:
    return (WHOLE,) * len(x.spatial)


def _written(shape: Sizes) -> str:
    return "x".join(map(str, shape))


def _holds(shape: Sizes, known: int) -> str:
    return f"holds a multiple of {known:,}" if -1 in shape else f"holds {known:,}"

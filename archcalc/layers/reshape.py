"""Layers that only move values: other axes, another order, or a part of them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from math import prod

from archcalc.core import NO_WORK, WHOLE, AxisWindow, NearestWindow, Shape, Window, Work
from archcalc.core.record import record
from archcalc.errors import ShapeError
from archcalc.layers.arguments import AXIS, COUNT, NON_NEGATIVE, RANGE, SHAPE, Sizes, argument, option
from archcalc.layers.base import NO_WEIGHTS, Composite, Layer, Weights, needs_map, pointwise, register, slide
from archcalc.layers.fitting import axis_of, divisors, resized


@register("flatten")
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

    def weights(self, x: Shape) -> Weights:
        return NO_WEIGHTS

    def work(self, x: Shape, y: Shape) -> Work:
        return NO_WORK


@register("reshape")
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

    def weights(self, x: Shape) -> Weights:
        return NO_WEIGHTS

    def work(self, x: Shape, y: Shape) -> Work:
        return NO_WORK


@register("permute")
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

    def weights(self, x: Shape) -> Weights:
        return NO_WEIGHTS

    def work(self, x: Shape, y: Shape) -> Work:
        return NO_WORK


@register("slice")
@record
class Slice(Layer):
    """The cells start to stop of one axis, by default of the channels.

    Formula   O = stop - start; cell i is cell start + i before
    Shape     (C, *spatial) -> (stop - start, *spatial)
    Params    none
    Work      none (values only move)
    Field     1, shifted by start where the axis is spatial
    Source    Python's x[start:stop]
    """

    cells: tuple[int, int] = argument(RANGE, "start:stop, counted from 0, the stop left out")
    axis: int = option(AXIS, 0, "axis that is cut; 0 are the channels of a map")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        axis = axis_of(self.axis, x)
        start, stop = self.cells
        cut = Window(1, padding=(-start, stop - x[axis]))
        return tuple(cut if i == axis else Window(1) for i in range(1, len(x)))

    def output(self, x: Shape) -> Shape:
        axis = axis_of(self.axis, x)
        start, stop = self.cells
        if stop > x[axis]:
            raise ShapeError(
                f"the slice {start}:{stop} ends after axis {axis} of {x}, which has {x[axis]} cells",
                help=f"a stop of at most {x[axis]}",
            )
        return resized(x, axis, stop - start)

    def weights(self, x: Shape) -> Weights:
        return NO_WEIGHTS

    def work(self, x: Shape, y: Shape) -> Work:
        return NO_WORK


@register("chunk")
@record
class Chunk(Composite):
    """Equal parts of one axis, by default of the channels; the parts are called 0, 1 and so on

    Formula   O = C / chunks
    Shape     (C, *spatial) -> chunks times (C / chunks, *spatial)
    Params    none
    Work      none (values only move)
    Field     as slice
    Differs   PyTorch makes the last chunk smaller where chunks does not divide; we refuse
    Source    PyTorch, chunk
    """

    chunks: int = argument(COUNT, "how many parts")
    axis: int = option(AXIS, 0, "axis that is divided; 0 are the channels of a map")

    def parts(self, x: Shape) -> Mapping[str, Layer]:
        length = x[axis_of(self.axis, x)]
        if length % self.chunks:
            raise ShapeError(
                f"{self.chunks} chunks do not divide axis {axis_of(self.axis, x)} of {x}, which has {length} cells",
                help=f"chunks must divide {length}: {divisors(length)}",
            )
        return _slices((length // self.chunks,) * self.chunks, self.axis)


@register("split")
@record
class Split(Composite):
    """Parts of the stated sizes of one axis, by default of the channels; the parts are called 0, 1 and so on

    Formula   the sizes add up to the axis
    Shape     (C, *spatial) -> (size, *spatial) for each size
    Params    none
    Work      none (values only move)
    Field     as slice
    Differs   a single size is one part; PyTorch's split(size) repeats it (our chunk)
    Source    PyTorch, split
    """

    split_sizes: tuple[int, ...] = argument(COUNT, "the size of each part", variadic=True)
    axis: int = option(AXIS, 0, "axis that is divided; 0 are the channels of a map")

    def parts(self, x: Shape) -> Mapping[str, Layer]:
        axis = axis_of(self.axis, x)
        *first, last = self.split_sizes
        total = sum(self.split_sizes)
        if total != x[axis]:
            fitting = x[axis] - sum(first)
            raise ShapeError(
                f"the parts {' '.join(map(str, self.split_sizes))} add up to {total}, "
                f"axis {axis} of {x} has {x[axis]} cells",
                help=f"a last part of {fitting} instead of {last}" if fitting > 0 else None,
            )
        return _slices(self.split_sizes, self.axis)


@register("channel_shuffle")
@record
class ChannelShuffle(Layer):
    """Channels dealt out anew, so that the next groups see channels of every group.

    Formula   channel g * (C / groups) + i goes to i * groups + g
    Shape     (C, *spatial) -> the same
    Params    none
    Work      none (values only move)
    Field     1 (each cell from the cell at its own place)
    Source    Zhang et al. 2018 (ShuffleNet)
    """

    groups: int = argument(COUNT, "groups of channels before")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pointwise(x)

    def output(self, x: Shape) -> Shape:
        if x.channels % self.groups:
            raise ShapeError(
                f"{self.groups} groups do not divide {x.channels} channels",
                help=f"groups must divide {x.channels}: {divisors(x.channels)}",
            )
        return x

    def weights(self, x: Shape) -> Weights:
        return NO_WEIGHTS

    def work(self, x: Shape, y: Shape) -> Work:
        return NO_WORK


@register("pixel_shuffle")
@record
class PixelShuffle(Layer):
    """Channels spread into space: each group of r * r channels becomes a block of r x r cells.

    Formula   y[c, h * r + i, w * r + j] = x[c * r * r + i * r + j, h, w], r = upscale_factor
    Shape     (C, H, W) -> (C / r^2, H * r, W * r); on one axis C / r, on three C / r^3
    Params    none
    Work      none (values only move)
    Field     1 (all cells of a block from the cell at its place)
    Differs   PyTorch knows two axes only
    Source    Shi et al. 2016
    """

    upscale_factor: int = argument(COUNT, "cells of a block along each axis")

    def windows(self, x: Shape) -> tuple[NearestWindow, ...]:
        needs_map(x, "pixel_shuffle")
        return (NearestWindow(self.upscale_factor),) * len(x.spatial)

    def output(self, x: Shape) -> Shape:
        windows = self.windows(x)
        block = self.upscale_factor ** len(windows)
        if x.channels % block:
            power = "" if len(windows) == 1 else f" = {self.upscale_factor}^{len(windows)}"
            raise ShapeError(
                f"pixel_shuffle needs a multiple of {block}{power} channels, its input is {x}",
                help=f"{-(-x.channels // block) * block} channels",
            )
        return Shape((x.channels // block, *slide(windows, x.spatial)))

    def weights(self, x: Shape) -> Weights:
        return NO_WEIGHTS

    def work(self, x: Shape, y: Shape) -> Work:
        return NO_WORK


@register("pixel_unshuffle")
@record
class PixelUnshuffle(Layer):
    """Space folded into channels: each block of r x r cells becomes r * r channels; undoes pixel_shuffle.

    Formula   y[c * r * r + i * r + j, h, w] = x[c, h * r + i, w * r + j], r = downscale_factor
    Shape     (C, H, W) -> (C * r^2, H / r, W / r); on one axis C * r, on three C * r^3
    Params    none
    Work      none (values only move)
    Field     r cells at distance r
    Differs   PyTorch knows two axes only
    Source    Shi et al. 2016
    """

    downscale_factor: int = argument(COUNT, "cells of a block along each axis")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return _blocks(x, self.downscale_factor, "pixel_unshuffle")

    def output(self, x: Shape) -> Shape:
        return _folded(x, self.downscale_factor, "pixel_unshuffle")

    def weights(self, x: Shape) -> Weights:
        return NO_WEIGHTS

    def work(self, x: Shape, y: Shape) -> Work:
        return NO_WORK


@register("space_to_depth")
@record
class SpaceToDepth(Layer):
    """Space folded into channels, block position first: the channels of one position stay together.

    Formula   y[(i * b + j) * C + c, h, w] = x[c, h * b + i, w * b + j], b = block_size
    Shape     (C, H, W) -> (C * b^2, H / b, W / b); on one axis C * b, on three C * b^3
    Params    none
    Work      none (values only move)
    Field     b cells at distance b
    Differs   pixel_unshuffle makes the same shape with the channels in another order
    Source    TensorFlow, space_to_depth; Redmon and Farhadi 2017 (YOLOv2)
    """

    block_size: int = argument(COUNT, "cells of a block along each axis")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return _blocks(x, self.block_size, "space_to_depth")

    def output(self, x: Shape) -> Shape:
        return _folded(x, self.block_size, "space_to_depth")

    def weights(self, x: Shape) -> Weights:
        return NO_WEIGHTS

    def work(self, x: Shape, y: Shape) -> Work:
        return NO_WORK


@register("tokens")
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

    def weights(self, x: Shape) -> Weights:
        return NO_WEIGHTS

    def work(self, x: Shape, y: Shape) -> Work:
        return NO_WORK


def _placeless(x: Shape) -> tuple[AxisWindow, ...]:
    return (WHOLE,) * len(x.spatial)


def _written(shape: Sizes) -> str:
    return "x".join(map(str, shape))


def _holds(shape: Sizes, known: int) -> str:
    return f"holds a multiple of {known:,}" if -1 in shape else f"holds {known:,}"


def _slices(sizes: Sizes, axis: int) -> Mapping[str, Layer]:
    stops = tuple(accumulate(sizes))
    return {str(i): Slice((stop - size, stop), axis) for i, (size, stop) in enumerate(zip(sizes, stops, strict=True))}


def _blocks(x: Shape, block: int, kind: str) -> tuple[Window, ...]:
    needs_map(x, kind)
    return (Window(block, stride=block),) * len(x.spatial)


def _folded(x: Shape, block: int, kind: str) -> Shape:
    windows = _blocks(x, block, kind)
    if any(length % block for length in x.spatial):
        fitting = Shape((x.channels, *(-(-length // block) * block for length in x.spatial)))
        raise ShapeError(
            f"{kind} needs sizes that are multiples of {block}, its input is {x}", help=f"pad it to {fitting}"
        )
    return Shape((x.channels * block ** len(windows), *slide(windows, x.spatial)))

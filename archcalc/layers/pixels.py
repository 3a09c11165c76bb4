"""Channels for pixels and back: depth to space, space to depth."""

from __future__ import annotations

from archcalc.core import NearestWindow, Shape, Window
from archcalc.core.record import record
from archcalc.errors import ShapeError
from archcalc.layers.arguments import COUNT, argument
from archcalc.layers.base import Layer, needs_map, register, slide
from archcalc.layers.traits import CHANNELS


@register("pixel_shuffle", reads=CHANNELS)
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


@register("pixel_unshuffle", reads=CHANNELS)
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


@register("space_to_depth", reads=CHANNELS)
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

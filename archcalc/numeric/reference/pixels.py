"""Channels for pixels and back."""

from __future__ import annotations

from archcalc.layers.pixels import PixelShuffle, PixelUnshuffle, SpaceToDepth
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.base import Tensors


def pixel_shuffle(layer: PixelShuffle, _: Tensors, x: Array) -> Array:
    """(N, C r^n, *spatial) -> (N, C, *(r spatial)) for n spatial axes."""
    factor, axes = layer.upscale_factor, x.ndim - 2
    spatial = x.shape[2:]
    channels = x.shape[1] // factor**axes
    blocks = x.reshape(len(x), channels, *(factor,) * axes, *spatial)
    order = [axis for i in range(axes) for axis in (2 + axes + i, 2 + i)]
    return blocks.transpose(0, 1, *order).reshape(len(x), channels, *(length * factor for length in spatial))


def pixel_unshuffle(layer: PixelUnshuffle, _: Tensors, x: Array) -> Array:
    """(N, C, *(r spatial)) -> (N, C r^n, *spatial): a channel's block stays together."""
    return _folded(x, layer.downscale_factor, channel_first=True)


def space_to_depth(layer: SpaceToDepth, _: Tensors, x: Array) -> Array:
    """(N, C, *(b spatial)) -> (N, C b^n, *spatial): the channels of one place of the block stay together."""
    return _folded(x, layer.block_size, channel_first=False)


def _folded(x: Array, block: int, channel_first: bool) -> Array:
    axes = x.ndim - 2
    spatial = [length // block for length in x.shape[2:]]
    blocks = x.reshape(*x.shape[:2], *(size for length in spatial for size in (length, block)))
    places, within = range(2, 2 + 2 * axes, 2), range(3, 3 + 2 * axes, 2)
    order = (1, *within) if channel_first else (*within, 1)
    return blocks.transpose(0, *order, *places).reshape(len(x), x.shape[1] * block**axes, *spatial)

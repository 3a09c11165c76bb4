"""Parts of an axis, and channels dealt out anew."""

from __future__ import annotations

from archcalc.layers.channels import ChannelShuffle, Slice
from archcalc.layers.fitting import axis_of
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.slide import example


def slice_(layer: Slice, _: Tensors, x: Array) -> Array:
    """The cells start to stop of one axis."""
    axis = 1 + axis_of(layer.axis, example(x))
    return x[(slice(None),) * axis + (slice(*layer.cells),)]


def channel_shuffle(layer: ChannelShuffle, _: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> the same: channel g * (C / groups) + i goes to i * groups + g."""
    channels = x.shape[1]
    dealt = x.reshape(len(x), layer.groups, channels // layer.groups, *x.shape[2:])
    return dealt.swapaxes(1, 2).reshape(x.shape)

"""A convolution whose taps move: where each reads is computed from the map."""

from __future__ import annotations

from math import prod

from archcalc.core import WHOLE, AxisWindow, Shape, Work
from archcalc.core.record import record
from archcalc.errors import GraphError, ShapeError
from archcalc.layers.arguments import COUNT, FLAG, PADDING, REQUIRED, SIZES, Padding, Sizes, option
from archcalc.layers.base import Layer, Weights, positions, register
from archcalc.layers.conv import Conv
from archcalc.layers.traits import CHANNELS

MAP_OFFSETS_MASK = (2, 3)


@register("deform_conv", inputs=MAP_OFFSETS_MASK, sugar=("norm", "act"), reads=CHANNELS)
@record
class DeformConv(Layer):
    """Deformable convolution: offsets move each tap of each stop, a mask may weigh it; both come from other layers.

    Formula   y_fo = sum over c, k of w_fck m_gko x_c(o s - p + k d + offset_gko) + b_f, x between cells bilinear,
              outside the map 0; g the group of offsets that c is in, m the mask (1 without)
    Shape     (C, H, W), offsets (2 G prod(K), *O), perhaps a mask (G prod(K), *O) -> (out_channels, *O); O as in conv
    Params    as conv; the convolutions that give offsets and mask are layers of their own
    Work      as conv; 4 products a tap and channel for the value between cells, with a mask 5; 1 addition an offset
    Field     the whole map: nothing bounds the offsets (at 0 they leave the field of conv)
    Source    Dai et al. 2017; Zhu et al. 2019 (the mask); torchvision, DeformConv2d
    """

    out_channels: int = option(COUNT, REQUIRED, "filters, one output channel each")
    kernel_size: Sizes = option(SIZES, REQUIRED, "cells of the window: 3, or height x width 3x5")
    stride: Sizes = option(SIZES, 1, "cells between two stops")
    padding: Padding = option(PADDING, 0, "cells around the map; same, valid, full; or before:after")
    dilation: Sizes = option(SIZES, 1, "distance of two taps where no offset moves them")
    groups: int = option(COUNT, 1, "groups of channels that see only each other")
    bias: bool = option(FLAG, True, "one bias per filter")

    def windows(self, *x: Shape) -> tuple[AxisWindow, ...]:
        return (WHOLE,) * len(x[0].spatial)

    def output(self, *x: Shape) -> Shape:
        if len(x[0]) != 3:
            raise ShapeError(f"deform_conv needs a map of C x H x W, its input is {x[0]}")
        y = self.resting.output(x[0])
        self._check(x[1], y, 2, "offsets", x[0])
        for mask in x[2:]:
            self._check(mask, y, 1, "a mask", x[0])
            if 2 * mask.channels != x[1].channels:
                raise GraphError(f"the offsets {x[1]} are of {self.offset_groups(x[1])} groups, the mask {mask} is not")
        return y

    def weights(self, *x: Shape) -> Weights:
        return self.resting.weights(x[0])

    def work(self, *x_then_y: Shape) -> Work:
        x, offsets, *mask, y = x_then_y
        still = self.resting.work(x, y)
        taps = x.channels * prod(self.kernel_size) * positions(y)
        return Work(
            macs=still.macs,
            products=(5 if mask else 4) * taps,
            additions=still.additions + offsets.elements,
            connections=still.connections,
        )

    @property
    def resting(self) -> Conv:
        """The convolution that it is while all offsets are 0."""
        bias = "yes" if self.bias else "no"
        return Conv(
            self.out_channels,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.groups,
            bias,
            "zeros",
            None,
        )

    def offset_groups(self, offsets: Shape) -> int:
        """Groups of input channels with offsets of their own."""
        return offsets.channels // (2 * prod(self.kernel_size))

    def _check(self, given: Shape, y: Shape, each: int, what: str, x: Shape) -> None:
        least = each * prod(self.kernel_size)
        if given.spatial != y.spatial or given.channels % least or x.channels % (given.channels // least):
            groups = f"a multiple of {least} channels for groups that divide {x.channels}"
            raise GraphError(
                f"{what} of {given} for an output of {y}", help=f"{Shape((least, *y.spatial))}, or {groups}"
            )

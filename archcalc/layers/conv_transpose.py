"""Transposed convolution: each input cell spreads a window of weights over the output."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

from archcalc.core import ZEROS, Drawn, Shape, TensorSpec, TransposedWindow, Work
from archcalc.core.record import record
from archcalc.core.window import same_padding
from archcalc.errors import ShapeError
from archcalc.layers.arguments import (
    COUNT,
    FLAG,
    NON_NEGATIVE_SIZES,
    SIZES,
    Padding,
    PaddingType,
    Sizes,
    argument,
    option,
)
from archcalc.layers.base import Join, Layer, Weights, needs_map, positions, register, slide
from archcalc.layers.conv import Conv
from archcalc.layers.traits import CHANNELS, CONV, TRANSPOSED


class CutType(PaddingType):
    """Padding that a transposed convolution cuts away; `full` would leave nothing to say."""

    expects = "cells (2, 2x3, or before:after as 0:1x0:1), same or valid"

    words = ("same", "valid")
    cuts = False


CUT = CutType()


@register("conv_transpose", sugar=("norm", "act"), family=CONV, reads=CHANNELS, slides=TRANSPOSED, weighted=True)
@record
class ConvTranspose(Layer):
    """Transposed convolution over 1, 2 or 3 axes: the shape of a convolution run backwards.

    Formula   O = (W - 1)s - P + K_eff + output_padding per axis, K_eff = d(K - 1) + 1
    Shape     (C, *spatial) -> (out_channels, *O)
    Params    C * (out_channels / groups) * prod(K) weights, out_channels biases
    Work      one MAC per weight and input position, one addition per output value with a bias
    Field     the input cells whose window covers the output cell; their number differs from cell to cell
    Differs   padding cuts cells away, as in PyTorch; padding=same gives W * s cells, as in Keras; several tools
              count MACs by output positions, which is s per axis too many
    Source    Zeiler et al. 2010; Dumoulin and Visin 2016, "A guide to convolution arithmetic", chapter 4
    """

    out_channels: int = argument(COUNT, "filters, one output channel each")
    kernel_size: Sizes = argument(SIZES, "cells one input cell spreads over: 4, or height x width 3x5")
    stride: Sizes = option(SIZES, 1, "output cells between the windows of two input cells")
    padding: Padding = option(CUT, 0, "cells cut away around the output; same, valid; or before:after")
    output_padding: Sizes = option(NON_NEGATIVE_SIZES, 0, "cells added after the output; less than stride or dilation")
    dilation: Sizes = option(SIZES, 1, "distance of two taps; 1 is an ordinary window")
    groups: int = option(COUNT, 1, "groups of channels that see only each other")
    bias: bool = option(FLAG, True, "one bias per filter")

    def windows(self, x: Shape) -> tuple[TransposedWindow, ...]:
        needs_map(x, "a transposed convolution")
        return tuple(self.window(axis, length) for axis, length in enumerate(x.spatial))

    def output(self, x: Shape) -> Shape:
        self.pairs(x)
        return Shape((self.out_channels, *slide(self.windows(x), x.spatial)))

    def weights(self, x: Shape) -> Weights:
        kernels = Shape((x.channels, self.out_channels // self.groups, *self.kernel_size))
        fan_in = x.channels * prod(self.kernel_size) // (self.groups * prod(self.stride))
        weight = TensorSpec(kernels, fill=Drawn(fan_in=fan_in))
        if not self.bias:
            return {"weight": weight}
        return {"weight": weight, "bias": TensorSpec(Shape.of(self.out_channels), fill=ZEROS)}

    def work(self, x: Shape, y: Shape) -> Work:
        macs = self.pairs(x) * prod(self.kernel_size) * positions(x)
        biases = y.elements if self.bias else 0
        return Work(macs=macs, additions=biases, connections=macs + biases)

    def grouped(self, x: Shape) -> ConvTranspose:
        """Itself, as of every convolution."""
        return self

    def joins(self, x: Shape) -> Iterator[Join]:
        read, made = x.channels // self.groups, self.out_channels // self.groups
        for channel, kernel in product(range(x.channels), range(made)):
            yield channel // read * made + kernel, channel, (channel, kernel)

    def pairs(self, x: Shape) -> int:
        """Pairs of an input and an output channel that a kernel joins, as in conv. Raises ShapeError."""
        return Conv(self.out_channels, self.kernel_size, groups=self.groups).pairs(x)

    def window(self, axis: int, length: int) -> TransposedWindow:
        """The rule of one axis of `length` input cells. Raises ShapeError."""
        kernel, stride, dilation = self.kernel_size[axis], self.stride[axis], self.dilation[axis]
        extra = self.output_padding[axis]
        if extra >= stride and extra >= dilation:
            raise ShapeError(
                f"output_padding {extra} must be smaller than the stride {stride} or the dilation {dilation}",
                help=f"output_padding up to {max(stride, dilation) - 1}",
            )
        if self.padding == "valid":
            return TransposedWindow(kernel, stride, (0, 0), dilation, extra)
        if self.padding == "same":
            return _same(length, kernel, stride, dilation, extra)
        sides: tuple[int, int] = self.padding[axis]  # type: ignore[assignment]
        return TransposedWindow(kernel, stride, sides, dilation, extra)


def _same(length: int, kernel: int, stride: int, dilation: int, extra: int) -> TransposedWindow:
    """The window that turns `length` cells into length * stride: a `same` convolution backwards."""
    if extra:
        raise ShapeError(
            f"padding=same fixes the output size, output_padding {extra} would change it",
            help="leave output_padding out, or say the padding in cells",
        )
    sides = same_padding(length * stride, kernel, stride, dilation)
    extent = dilation * (kernel - 1) + 1
    return TransposedWindow(kernel, stride, sides, dilation, max(stride - extent, 0))

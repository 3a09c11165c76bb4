"""Convolutions: a window of weights slides over the map."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import gcd, prod

from archcalc.core import ZEROS, Drawn, Shape, TensorSpec, Window, Work
from archcalc.core.record import record
from archcalc.core.tensor import Role
from archcalc.errors import ShapeError
from archcalc.layers.arguments import (
    COUNT,
    FLAG,
    LINKS,
    PADDING,
    SIZES,
    Choice,
    Links,
    Padding,
    Sizes,
    argument,
    option,
)
from archcalc.layers.base import Join, Layer, Weights, needs_map, positions, register, slide, sliding
from archcalc.layers.fitting import divisors
from archcalc.layers.traits import CHANNELS, CONV, FORWARD

BIAS = Choice(("yes", "no", "untied"))
PADDING_MODE = Choice(("zeros", "reflect", "replicate", "circular"))


@register("conv", sugar=("norm", "act"), reads=CHANNELS, slides=FORWARD, weighted=True)
@record
class Conv(Layer):
    """Convolution over 1, 2 or 3 axes (a cross-correlation, as in every framework).

    Formula   O = floor((W - K_eff + P) / s) + 1 per axis, K_eff = d(K - 1) + 1, P both paddings together;
              along one axis y_i = sum_m x_(i+m-1) w_m + b, i and m counted from 1
    Shape     (C, *spatial) -> (out_channels, *O)
    Params    out_channels * (C / groups) * prod(K) weights, out_channels biases; none of them trained with fixed=yes
    Work      one MAC per weight and position, one addition per bias and position
    Field     K_eff cells at distance s
    Differs   a convolution of mathematics turns the kernel around, x_(i-m) w_m: the same layer with its learned weights
              flipped. padding=same puts the odd cell after the axis, as TensorFlow does; links= reads only the listed
              input channels for each output channel (LeNet-5's C3); bias=untied has one bias per unit (LeCun 1989)
    Source    LeCun et al. 1989; Dumoulin and Visin 2016, "A guide to convolution arithmetic"
    """

    out_channels: int = argument(COUNT, "filters, one output channel each")
    kernel_size: Sizes = argument(SIZES, "cells of the window: 3, or height x width 3x5")
    stride: Sizes = option(SIZES, 1, "cells between two stops")
    padding: Padding = option(PADDING, 0, "cells around the map; same, valid, full; or before:after")
    dilation: Sizes = option(SIZES, 1, "distance of two taps; 1 is an ordinary convolution")
    groups: int = option(COUNT, 1, "groups of channels that see only each other")
    bias: str = option(BIAS, "yes", "one bias per filter (yes), none (no), or one per unit (untied)")
    padding_mode: str = option(PADDING_MODE, "zeros", "what stands in the padding")
    links: Links | None = option(LINKS, None, "table of the input channels that each output channel reads")
    fixed: bool = option(FLAG, False, "weights and biases that are never learned: Sobel's, a blur's")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        needs_map(x, "a convolution")
        return sliding(x, self.kernel_size, self.stride, self.padding, self.dilation, mode=self.padding_mode)  # type: ignore[arg-type]

    def output(self, x: Shape) -> Shape:
        self.pairs(x)
        return Shape((self.out_channels, *slide(self.windows(x), x.spatial)))

    def weights(self, x: Shape) -> Weights:
        role: Role = "fixed" if self.fixed else "trainable"
        if self.links is None:
            weight = TensorSpec(Shape((self.out_channels, x.channels // self.groups, *self.kernel_size)), role)
        else:  # one kernel per link
            kernels = Shape((self.pairs(x), *self.kernel_size))
            weight = TensorSpec(kernels, role, fill=Drawn(fan_in=kernels.elements // self.out_channels))
        if self.bias == "no":
            return {"weight": weight}
        bias = self.output(x) if self.bias == "untied" else Shape.of(self.out_channels)
        return {"weight": weight, "bias": TensorSpec(bias, role, ZEROS)}

    def work(self, x: Shape, y: Shape) -> Work:
        macs = self.pairs(x) * prod(self.kernel_size) * positions(y)
        biases = 0 if self.bias == "no" else y.elements
        return Work(macs=macs, additions=biases, connections=macs + biases)

    def shorter(self, x: Shape) -> str:
        if self.groups != x.channels or self.groups == 1:
            return ""
        multiplier = self.out_channels // self.groups
        more = f" multiplier={multiplier}" if multiplier > 1 else ""
        return f"depthwise_conv {'x'.join(map(str, self.kernel_size))}{more}"

    def grouped(self, x: Shape) -> Conv:
        """Itself: what a depthwise convolution is too, as one with groups."""
        return self

    def joins(self, x: Shape) -> Iterator[Join]:
        if self.links is not None:
            links = [(out, channel) for out, row in enumerate(self.links) for channel in row]
            yield from ((out, channel, (kernel,)) for kernel, (out, channel) in enumerate(links))
            return
        read, made = x.channels // self.groups, self.out_channels // self.groups
        for out, kernel in product(range(self.out_channels), range(read)):
            yield out, out // made * read + kernel, (out, kernel)

    def pairs(self, x: Shape) -> int:
        """Pairs of an input and an output channel that a kernel joins. Raises ShapeError."""
        if self.links is not None:
            return _linked_pairs(self.links, x.channels, self.out_channels)
        if x.channels % self.groups or self.out_channels % self.groups:
            raise ShapeError(
                f"{self.groups} groups do not divide {x.channels} input and {self.out_channels} output channels",
                help=f"groups must divide both: {divisors(gcd(x.channels, self.out_channels))}",
            )
        return x.channels // self.groups * self.out_channels


@register("depthwise_conv", sugar=("norm", "act"), family=CONV, reads=CHANNELS, slides=FORWARD, weighted=True)
@record
class DepthwiseConv(Layer):
    """Depthwise convolution: each channel has its own filters and sees only itself.

    Formula   O as in conv; groups = C
    Shape     (C, *spatial) -> (C * multiplier, *O)
    Params    C * multiplier * prod(K) weights, C * multiplier biases
    Work      as conv with groups = C
    Field     as conv
    Differs   PyTorch writes it conv with groups = C; Keras has a kind of its own, as here
    Source    Sifre 2014; Howard et al. 2017 (MobileNets)
    """

    kernel_size: Sizes = argument(SIZES, "cells of the window: 3, or height x width 3x5")
    stride: Sizes = option(SIZES, 1, "cells between two stops")
    padding: Padding = option(PADDING, 0, "cells around the map; same, valid, full; or before:after")
    dilation: Sizes = option(SIZES, 1, "distance of two taps; 1 is an ordinary convolution")
    multiplier: int = option(COUNT, 1, "filters per channel")
    bias: str = option(BIAS, "yes", "one bias per filter (yes), none (no), or one per unit (untied)")
    padding_mode: str = option(PADDING_MODE, "zeros", "what stands in the padding")
    fixed: bool = option(FLAG, False, "weights and biases that are never learned: a blur's")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return self.grouped(x).windows(x)

    def output(self, x: Shape) -> Shape:
        return self.grouped(x).output(x)

    def weights(self, x: Shape) -> Weights:
        return self.grouped(x).weights(x)

    def work(self, x: Shape, y: Shape) -> Work:
        return self.grouped(x).work(x, y)

    def joins(self, x: Shape) -> Iterator[Join]:
        return self.grouped(x).joins(x)

    def grouped(self, x: Shape) -> Conv:
        """The same layer as a grouped convolution."""
        needs_map(x, "a depthwise convolution")
        return Conv(
            x.channels * self.multiplier, self.kernel_size, self.stride, self.padding, self.dilation,
            x.channels, self.bias, self.padding_mode, None, self.fixed,
        )  # fmt: skip


def _linked_pairs(links: Links, channels: int, out_channels: int) -> int:
    if len(links) != out_channels:
        raise ShapeError(
            f"the table of links has {len(links)} rows, the layer has {out_channels} output channels",
            help="one row per output channel, with the input channels it reads",
        )
    largest = max((max(row, default=0) for row in links), default=0)
    if largest >= channels:
        raise ShapeError(
            f"the table of links names input channel {largest}, the input has {channels}",
            help=f"channels count from 0: 0 to {channels - 1}",
        )
    return sum(len(row) for row in links)

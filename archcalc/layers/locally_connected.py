"""A convolution that shares nothing: each place of the map has kernels of its own."""

from __future__ import annotations

from math import prod

from archcalc.core import ZEROS, Drawn, Shape, TensorSpec, Window, Work
from archcalc.core.record import record
from archcalc.layers.arguments import COUNT, FLAG, PADDING, SIZES, Padding, Sizes, argument, option
from archcalc.layers.base import Layer, Weights, needs_map, register, slide, sliding
from archcalc.layers.traits import CHANNELS, FORWARD


@register("locally_connected", sugar=("norm", "act"), reads=CHANNELS, slides=FORWARD)
@record
class LocallyConnected(Layer):
    """Convolution without weight sharing: every unit has a kernel and a bias of its own.

    Formula   O as in conv; y_fo = sum over c, k of x_c(cell of tap k at o) w_fock + b_fo
    Shape     (C, *spatial) -> (out_channels, *O)
    Params    out_channels * prod(O) * C * prod(K) weights, out_channels * prod(O) biases
    Work      one MAC per weight, one addition per bias: as a convolution of the same windows
    Field     as conv
    Differs   Keras dropped it in version 3; Darknet calls it local and has as many biases
    Source    LeCun 1989; Taigman et al. 2014 (DeepFace); Keras 2, LocallyConnected2D
    """

    out_channels: int = argument(COUNT, "units at each place, one output channel each")
    kernel_size: Sizes = argument(SIZES, "cells of the window: 3, or height x width 3x5")
    stride: Sizes = option(SIZES, 1, "cells between two stops")
    padding: Padding = option(PADDING, 0, "cells around the map; same, valid, full; or before:after")
    dilation: Sizes = option(SIZES, 1, "distance of two taps")
    bias: bool = option(FLAG, True, "one bias a unit")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        needs_map(x, "locally_connected")
        return sliding(x, self.kernel_size, self.stride, self.padding, self.dilation)

    def output(self, x: Shape) -> Shape:
        return Shape((self.out_channels, *slide(self.windows(x), x.spatial)))

    def weights(self, x: Shape) -> Weights:
        y, read = self.output(x), x.channels * prod(self.kernel_size)
        kernel = TensorSpec(Shape((*y, x.channels, *self.kernel_size)), fill=Drawn(fan_in=read))
        return {"kernel": kernel, "bias": TensorSpec(y, fill=ZEROS)} if self.bias else {"kernel": kernel}

    def work(self, x: Shape, y: Shape) -> Work:
        macs = y.elements * x.channels * prod(self.kernel_size)
        biases = y.elements if self.bias else 0
        return Work(macs=macs, additions=biases, connections=macs + biases)

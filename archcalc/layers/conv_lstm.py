"""A recurrent layer whose products are convolutions: sequences of maps."""

from __future__ import annotations

from math import prod
from typing import Any, TypeVar

from archcalc.core import WHOLE, ZEROS, AxisWindow, Drawn, Shape, TensorSpec, Window, Work
from archcalc.core.record import record
from archcalc.errors import ShapeError
from archcalc.layers.arguments import (
    COUNT,
    FLAG,
    OWN_SIZES,
    Choice,
    Padding,
    PaddingType,
    Sizes,
    argument,
    option,
    show,
)
from archcalc.layers.base import Layer, Weights, positions, register
from archcalc.layers.conv import Conv

_Items = TypeVar("_Items", bound=tuple[Any, ...])


class FramePadding(PaddingType):
    """Padding of each map of a sequence, whose axes are fewer than those of the input."""

    expects = "cells (2, 2x3, or before:after as 0:1x0:1), same or valid"
    words = ("same", "valid")

    def convert(self, value: Any, axes: int) -> Padding:
        return super().convert(value, len(value) if isinstance(value, tuple) else 1)


FRAME_PADDING = FramePadding()
RETURNS = Choice(("sequence", "last"))


@register("conv_lstm")
@record
class ConvLSTM(Layer):
    """LSTM over a sequence of maps: the products of its gates are convolutions of the map and of the state.

    Formula   c' = f c + i g, h' = o tanh(c'); i, f, o sigmoids and g a tanh of W_ih * x + W_hh * h + b, * convolves;
              peephole=yes adds w_ci c to i, w_cf c to f and w_co c' to o, cell by cell
    Shape     (T, C, *spatial) -> (T, F, *O), F = out_channels, O as in conv; returns=last: (F, *O)
    Params    4F * C * prod(K) and 4F * F * prod(K) weights, 4F biases; peepholes 3F * prod(O)
    Work      per step 1 MAC per weight and place of O, 1 addition per bias and place, 1 product per peephole;
              per cell of the state 5 exponentials, 3 additions, 3 divisions, 3 products
    Field     K_eff + s(T - 1)(K - 1) cells at distance s: each step lets the state see K - 1 of its cells more
    Differs   Keras has no peepholes (usual here too), Shi et al. have them; the state is always padded to keep its size
    Source    Shi et al. 2015; Keras, ConvLSTM2D
    """

    out_channels: int = argument(COUNT, "channels of the state")
    kernel_size: Sizes = argument(OWN_SIZES, "cells of both windows: 3, or height x width 3x5")
    stride: Sizes = option(OWN_SIZES, 1, "cells of the input between two stops")
    padding: Padding = option(FRAME_PADDING, 0, "cells around each map of the input; same, valid; or before:after")
    dilation: Sizes = option(OWN_SIZES, 1, "distance of two taps in the input")
    bias: bool = option(FLAG, True, "one bias a gate and channel")
    peephole: bool = option(FLAG, False, "the gates see the cell state, with a weight for each of its cells")
    returns: str = option(RETURNS, "sequence", "the state at every step, or only the last one")

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        steps, frame = x[0], _frame(x)
        state = self.of_state(frame).windows(self._state(frame))
        stops = self.of_input(frame).windows(frame)
        return (WHOLE, *(_widened(stop, seen, steps - 1) for stop, seen in zip(stops, state, strict=True)))

    def output(self, x: Shape) -> Shape:
        state = self._state(_frame(x))
        return state if self.returns == "last" else Shape((x[0], *state))

    def weights(self, x: Shape) -> Weights:
        frame = _frame(x)
        state = self._state(frame)
        kernels = {"ih": self.of_input(frame).weights(frame), "hh": self.of_state(frame).weights(state)}
        tensors = {f"weight_{name}": tensor["weight"] for name, tensor in kernels.items()}
        if self.bias:
            tensors["bias"] = TensorSpec(Shape.of(4 * self.out_channels), fill=ZEROS)
        if self.peephole:
            tensors |= {f"weight_c{gate}": TensorSpec(state, fill=Drawn(fan_in=1)) for gate in "ifo"}
        return tensors

    def work(self, x: Shape, y: Shape) -> Work:
        frame = _frame(x)
        taps = prod(_each(self.kernel_size, frame))
        units = x[0] * self.out_channels * positions(self._state(frame))
        macs = 4 * units * (frame.channels + self.out_channels) * taps
        biases = 4 * units if self.bias else 0
        peepholes = 3 * units if self.peephole else 0
        return Work(
            macs=macs,
            products=3 * units + peepholes,
            additions=3 * units + biases,
            divisions=3 * units,
            exponentials=5 * units,
            connections=macs + biases + peepholes,
        )

    def of_input(self, frame: Shape) -> Conv:
        """The convolution of a map to its four gates."""
        kernel, stride, dilation = (_each(sizes, frame) for sizes in (self.kernel_size, self.stride, self.dilation))
        padding = self.padding if isinstance(self.padding, str) else _each(self.padding, frame)
        return Conv(4 * self.out_channels, kernel, stride, padding, dilation, 1, "no", "zeros", None)

    def of_state(self, frame: Shape) -> Conv:
        """The convolution of the state to the same gates."""
        kernel, ones = _each(self.kernel_size, frame), (1,) * len(frame.spatial)
        return Conv(4 * self.out_channels, kernel, ones, "same", ones, 1, "no", "zeros", None)

    def _state(self, frame: Shape) -> Shape:
        return Shape((self.out_channels, *self.of_input(frame).output(frame).spatial))


def _frame(x: Shape) -> Shape:
    """One map of the sequence. Raises ShapeError."""
    if len(x) < 3:
        raise ShapeError(f"conv_lstm needs steps x channels x a map, its input is {x}", help="such as 10x3x64x64")
    return Shape(x[1:])


def _each(sizes: _Items, frame: Shape) -> _Items:
    """A size for each axis of the map. Raises ShapeError."""
    axes = len(frame.spatial)
    if len(sizes) not in (1, axes):
        raise ShapeError(
            f"{show(sizes)} has {len(sizes)} sizes, a map of the sequence has {axes} spatial axes: {frame}"
        )
    return sizes * (axes // len(sizes))  # type: ignore[return-value]


def _widened(stop: Window, seen: Window, steps: int) -> Window:
    """The window of the last step: each step before it lets the state reach as far as its own window does."""
    before, after = (steps * side for side in seen.padding)
    first, last = stop.padding
    return Window(
        stop.extent + stop.stride * (before + after),
        stop.stride,
        (first + stop.stride * before, last + stop.stride * after),
    )

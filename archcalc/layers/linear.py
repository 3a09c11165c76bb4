"""Fully connected layer: every output reads every feature."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

from archcalc.core import WHOLE, ZEROS, Shape, TensorSpec, WholeAxis, Work
from archcalc.core.record import record
from archcalc.errors import ShapeError
from archcalc.layers.arguments import COUNT, FLAG, argument, option
from archcalc.layers.base import Join, Layer, Weights, register
from archcalc.layers.traits import TOKENS


@register("linear", sugar=("norm", "act"), reads=TOKENS, weighted=True)
@record
class Linear(Layer):
    """Fully connected layer: y = W x + b.

    Formula   y_i = sum_j w_ij x_j + b_i
    Shape     (features) -> (out_features); (tokens, features) -> (tokens, out_features), each token alone
    Params    out_features * features weights, out_features biases
    Work      one MAC per weight and token, one addition per bias and token
    Field     all features
    Differs   a map (3 axes or more) is an error: Keras multiplies its channels, PyTorch its last axis, Caffe
              flattens it first
    Source    Rosenblatt 1958; Rumelhart, Hinton and Williams 1986
    """

    out_features: int = argument(COUNT, "units, one output value each")
    bias: bool = option(FLAG, True, "one bias per unit")

    def windows(self, x: Shape) -> tuple[WholeAxis, ...]:
        return (WHOLE,) * len(x.spatial)

    def output(self, x: Shape) -> Shape:
        if len(x) > 2:
            raise ShapeError(
                f"linear needs features, or tokens x features, its input is the map {x}",
                help=f"flatten it first ({x.elements:,} features), or global_avg_pool ({x.channels:,} features)",
            )
        return Shape((*x[:-1], self.out_features))

    def weights(self, x: Shape) -> Weights:
        weight = TensorSpec(Shape.of(self.out_features, x.features))
        if not self.bias:
            return {"weight": weight}
        return {"weight": weight, "bias": TensorSpec(Shape.of(self.out_features), fill=ZEROS)}

    def joins(self, x: Shape) -> Iterator[Join]:
        return ((out, feature, (out, feature)) for out, feature in product(range(self.out_features), range(x.features)))

    def work(self, x: Shape, y: Shape) -> Work:
        macs = x.features * self.out_features * prod(x[:-1])
        biases = y.elements if self.bias else 0
        return Work(macs=macs, additions=biases, connections=macs + biases)

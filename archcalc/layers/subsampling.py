"""The two kinds that only LeNet-5 of 1998 has: trainable subsampling and its output units."""

from __future__ import annotations

from math import inf, prod

from archcalc.core import WHOLE, ZEROS, Drawn, Shape, TensorSpec, WholeAxis, Window, Work
from archcalc.core.record import record
from archcalc.errors import ShapeError
from archcalc.layers.arguments import COUNT, FLAG, SIZES, Sizes, argument, option
from archcalc.layers.base import Layer, Weights, needs_map, register, slide, sliding
from archcalc.layers.traits import CHANNELS, DISTANCES, FORWARD, POOL


@register("subsample", sugar=("act",), family=POOL, reads=CHANNELS, slides=FORWARD)
@record
class Subsample(Layer):
    """Subsampling of 1998: the sum of each window times a trainable coefficient, plus a trainable bias.

    Formula   y = coefficient_c * sum over the window + bias_c; O = floor((W - K) / s) + 1 per axis
    Shape     (C, *spatial) -> (C, *O)
    Params    C coefficients, C biases
    Work      per output prod(K) additions (prod(K) - 1 of the sum, 1 of the bias) and 1 product;
              prod(K) + 1 connections
    Field     K cells at distance s
    Differs   not avg_pool, which learns nothing; no MACs: tools count those of conv and linear only
    Source    LeCun et al. 1998, section II.B (layers S2 and S4)
    """

    kernel_size: Sizes = argument(SIZES, "cells of the window: 2, or height x width 2x3")
    stride: Sizes = option(SIZES, None, "cells between two stops; the kernel size where none is given")

    def __post_init__(self) -> None:
        if self.stride is None:
            object.__setattr__(self, "stride", self.kernel_size)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        needs_map(x, "subsample")
        return sliding(x, self.kernel_size, self.stride, "valid", (1,) * len(x.spatial))

    def output(self, x: Shape) -> Shape:
        return Shape((x.channels, *slide(self.windows(x), x.spatial)))

    def weights(self, x: Shape) -> Weights:
        per_map, mean = Shape.of(x.channels), 1 / prod(self.kernel_size)
        return {"coefficient": TensorSpec(per_map, fill=mean), "bias": TensorSpec(per_map, fill=ZEROS)}

    def work(self, x: Shape, y: Shape) -> Work:
        cells = prod(self.kernel_size)
        return Work(
            products=y.elements,
            additions=cells * y.elements,
            connections=(cells + 1) * y.elements,
        )


@register("rbf", bounds=(0.0, inf), scores=DISTANCES)
@record
class RBF(Layer):
    """Euclidean radial basis output: the squared distance of the input to one code per class.

    Formula   y_i = sum_j (x_j - w_ij)^2
    Shape     (features) -> (out_features)
    Params    out_features * features centres, fixed (set by hand, never learned) unless trainable=yes
    Work      one addition and one product per centre and feature; as many connections
    Field     all features
    Differs   the smallest output is the answer, not the largest; no MACs: tools count those of conv and linear only
    Source    LeCun et al. 1998, section II.B (the output layer)
    """

    out_features: int = argument(COUNT, "units, one per class")
    trainable: bool = option(FLAG, False, "learn the centres")

    def windows(self, x: Shape) -> tuple[WholeAxis, ...]:
        return (WHOLE,) * len(x.spatial)

    def output(self, x: Shape) -> Shape:
        if len(x) > 1:
            raise ShapeError(
                f"rbf needs a vector of features, its input is {x}",
                help=f"flatten it first ({x.elements:,} features)",
            )
        return Shape.of(self.out_features)

    def weights(self, x: Shape) -> Weights:
        centres = Shape.of(self.out_features, x.features)
        return {"centres": TensorSpec(centres, "trainable" if self.trainable else "fixed", Drawn(1.0))}

    def work(self, x: Shape, y: Shape) -> Work:
        links = x.features * self.out_features
        return Work(products=links, additions=links, connections=links)

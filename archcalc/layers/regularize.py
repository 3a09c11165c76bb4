"""Layers that matter in training and pass their input on, or only scale it, at inference."""

from __future__ import annotations

from typing import Any

from archcalc.core import NO_WORK, Shape, TensorSpec, Window, Work
from archcalc.core.record import record
from archcalc.errors import ShapeError
from archcalc.layers.arguments import NUMBER, NUMBERS, Number, argument, option
from archcalc.layers.base import Layer, Weights, pointwise, register
from archcalc.layers.traits import SAME, TOKENS


class ProbabilityType(Number):
    """A number from 0 to 1."""

    expects = "a probability from 0 to 1"

    def convert(self, value: Any, axes: int) -> float:
        number = super().convert(value, axes)
        if not 0 <= number <= 1:
            raise self.refuse(value)
        return number


PROBABILITY = ProbabilityType()


@register("dropout", view=SAME)
@record
class Dropout(Layer):
    """Dropout: in training each value is set to zero with probability p.

    Formula   training: y = x / (1 - p) or 0; inference: y = x
    Shape     any -> the same
    Params    none
    Work      none at inference
    Field     1
    Differs   the paper scales by 1 - p at inference; every framework scales in training instead; so do we
    Source    Srivastava et al. 2014
    """

    p: float = argument(PROBABILITY, "probability of zero", 0.5)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pointwise(x)

    def output(self, x: Shape) -> Shape:
        return x


@register("drop_path", view=SAME)
@record
class DropPath(Layer):
    """Stochastic depth: in training a whole residual branch is set to zero with probability p.

    Formula   training: y = x / (1 - p) or 0, for the example as a whole; inference: y = x
    Shape     any -> the same
    Params    none
    Work      none at inference
    Field     1
    Differs   the paper scales by 1 - p at inference; torchvision and timm scale in training instead; so do we
    Source    Huang et al. 2016
    """

    p: float = argument(PROBABILITY, "probability of dropping the branch")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pointwise(x)

    def output(self, x: Shape) -> Shape:
        return x


@register("identity", view=SAME)
@record
class Identity(Layer):
    """Identity: the input itself, a named place in the graph.

    Formula   y = x
    Shape     any -> the same
    Params    none
    Work      none
    Field     1
    Source    He et al. 2016 (the shortcut of a residual block)
    """

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pointwise(x)

    def output(self, x: Shape) -> Shape:
        return x


@register("layer_scale", reads=TOKENS)
@record
class LayerScale(Layer):
    """Layer scale: a learned factor per channel on a residual branch.

    Formula   y_c = weight_c * x_c
    Shape     (features), (tokens, features) or (C, *spatial) -> the same
    Params    one weight per feature or channel; on a map of shape (C, 1, ..., 1), as in torchvision
    Work      1 product an element
    Field     1
    Source    Touvron et al. 2021 (CaiT); Liu et al. 2022 (ConvNeXt)
    """

    init: float = option(NUMBER, 1e-6, "value of the weights before training")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pointwise(x)

    def output(self, x: Shape) -> Shape:
        return x

    def weights(self, x: Shape) -> Weights:
        if len(x) < 3:
            return {"weight": TensorSpec(Shape.of(x.features), fill=self.init)}
        return {"weight": TensorSpec(Shape((x.channels, *(1,) * len(x.spatial))), fill=self.init)}

    def work(self, x: Shape, y: Shape) -> Work:
        return Work(products=x.elements)


@register("scale")
@record
class Scale(Layer):
    """Scale and shift by fixed numbers: nothing is learned.

    Formula   y_c = by_c * x_c + plus_c
    Shape     (features), (tokens, features) or (C, *spatial) -> the same
    Params    none
    Work      by a factor: 1 product an element; a shift alone: 1 addition an element
    Field     1
    Differs   layer_scale and batch_norm learn their factors; scale never does
    Source    Szegedy et al. 2016, section 3.3 (residuals scaled by 0.1 to 0.3)
    """

    by: tuple[float, ...] = option(NUMBERS, (1.0,), "factor of all channels, or one for each: 0.5x2x0.25")
    plus: tuple[float, ...] = option(NUMBERS, (0.0,), "what is added afterwards, likewise")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pointwise(x)

    def output(self, x: Shape) -> Shape:
        channels = x.features if len(x) < 3 else x.channels
        for word, numbers in (("by", self.by), ("plus", self.plus)):
            if len(numbers) not in (1, channels):
                raise ShapeError(f"`{word}` has {len(numbers)} numbers, the input has {channels} channels")
        return x

    def work(self, x: Shape, y: Shape) -> Work:
        if set(self.by) != {1.0}:
            return Work(products=x.elements)
        return NO_WORK if set(self.plus) == {0.0} else Work(additions=x.elements)

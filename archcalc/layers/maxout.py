"""Maxout: the largest of several linear pieces."""

from __future__ import annotations

from archcalc.core import Shape, Window, Work
from archcalc.core.record import record
from archcalc.errors import ShapeError
from archcalc.layers.arguments import AXIS, COUNT, argument, option
from archcalc.layers.base import Layer, register
from archcalc.layers.fitting import divisors, feature_axis, resized
from archcalc.layers.traits import ACTIVATION, TOKENS


@register("maxout", family=ACTIVATION, reads=TOKENS)
@record
class Maxout(Layer):
    """Maxout: the largest of each k neighbouring channels, the pieces of one unit.

    Formula   y_c = max over j < pieces of x_(c * pieces + j)
    Shape     (C, *spatial) -> (C / pieces, *spatial); of a sequence or a vector the features
    Params    none (those of the layer before it, which makes the pieces)
    Work      pieces - 1 comparisons an output element
    Field     1 along the channels; pieces cells where the axis is spatial
    Source    Goodfellow et al. 2013, "Maxout networks"; Paddle, Maxout
    """

    pieces: int = argument(COUNT, "channels of which the largest is kept")
    axis: int | None = option(AXIS, None, "axis of the pieces; the channels of a map, the features of a sequence")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        axis = feature_axis(self.axis, x)
        return tuple(Window(self.pieces, self.pieces) if i == axis else Window(1) for i in range(1, len(x)))

    def output(self, x: Shape) -> Shape:
        axis = feature_axis(self.axis, x)
        if x[axis] % self.pieces:
            raise ShapeError(
                f"{self.pieces} pieces do not divide axis {axis} of {x}, which has {x[axis]} cells",
                help=f"pieces must divide {x[axis]}: {divisors(x[axis])}",
            )
        return resized(x, axis, x[axis] // self.pieces)

    def work(self, x: Shape, y: Shape) -> Work:
        return Work(comparisons=(self.pieces - 1) * y.elements)

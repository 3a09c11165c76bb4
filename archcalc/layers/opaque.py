"""A layer that nothing here computes: its shape and its counts are what the spec says."""

from __future__ import annotations

from archcalc.core import NO_WORK, WHOLE, ZEROS, AxisWindow, Shape, TensorSpec, Work
from archcalc.core.record import record
from archcalc.layers.arguments import COUNTS, NON_NEGATIVE, WORD, Sizes, argument, option
from archcalc.layers.base import NO_WEIGHTS, ONE_OR_MORE, Layer, Weights, register
from archcalc.layers.traits import ANEW


@register("opaque", inputs=ONE_OR_MORE, gives=ANEW, stated=True)
@record
class Opaque(Layer):
    """A layer that no kind here is: its shape, params and MACs are what the spec states, nothing is computed.

    Formula   unknown
    Shape     any -> shape
    Params    as stated: params
    Work      as stated: macs
    Field     the whole input
    Differs   every total that holds one says so, an exact claim over it is refused, and it cannot be run
    Source    detection layers, operations of a model that was imported
    """

    shape: Sizes = argument(COUNTS, "the shape after it: 300x6")
    params: int = option(NON_NEGATIVE, 0, "how many params it has")
    macs: int = option(NON_NEGATIVE, 0, "how many MACs it does on one example")
    note: str | None = option(WORD, None, "what it is, in one word: non_max_suppression")

    def windows(self, *x: Shape) -> tuple[AxisWindow, ...]:
        return (WHOLE,) * len(x[0].spatial)

    def output(self, *x: Shape) -> Shape:
        return Shape(self.shape)

    def weights(self, *x: Shape) -> Weights:
        return {"weight": TensorSpec(Shape.of(self.params), fill=ZEROS)} if self.params else NO_WEIGHTS

    def work(self, *x_then_y: Shape) -> Work:
        return Work(macs=self.macs) if self.macs else NO_WORK

"""Values from nowhere: learned tensors that belong to no layer, and constants. A source reads no layer."""

from __future__ import annotations

from math import prod

from archcalc.core import Drawn, Fill, Shape, TensorSpec, Window
from archcalc.core.record import record
from archcalc.errors import ShapeError
from archcalc.layers.arguments import COUNTS, NUMBER, NUMBERS, Sizes, argument, option
from archcalc.layers.base import NONE, Layer, Weights, register
from archcalc.layers.traits import ANEW


@register("parameter", inputs=NONE, gives=ANEW)
@record
class LearnedTensor(Layer):
    """A learned tensor that belongs to no layer: a class token, ReZero's factor, a table of positions.

    Formula   y = weight, the same for every example
    Shape     no input -> shape
    Params    prod(shape)
    Work      none (a merge that reads it has the work)
    Field     none: it sees nothing of the input
    Differs   PyTorch's nn.Parameter has a shape with the batch, as in (1, 1, 768); ours is that of one example
    Source    PyTorch, nn.Parameter; Bachlechner et al. 2021 (ReZero); Devlin et al. 2019 (BERT, the class token)
    """

    shape: Sizes = argument(COUNTS, "its shape, without the batch: 1x768, or 1 for a single number")
    init: float | None = option(NUMBER, None, "value before training; drawn with deviation 0.02 unless told")

    def windows(self) -> tuple[Window, ...]:
        return ()

    def output(self) -> Shape:
        return Shape(self.shape)

    def weights(self) -> Weights:
        return {"weight": TensorSpec(Shape(self.shape), fill=Drawn(0.02) if self.init is None else self.init)}


@register("constant", inputs=NONE, gives=ANEW)
@record
class Constant(Layer):
    """Fixed numbers: a mean to subtract, a table that is computed once and never learned.

    Formula   y = value, the same for every example
    Shape     no input -> shape
    Params    prod(shape) buffers, which are no params
    Work      none (a merge that reads it has the work)
    Field     none: it sees nothing of the input
    Differs   scale by= plus= multiplies and adds fixed numbers without a layer of their own; numbers that the spec
              does not hold come from a weight file, and are drawn at random without one, as weights are
    Source    PyTorch, register_buffer; ONNX, Constant
    """

    shape: Sizes = argument(COUNTS, "its shape, without the batch: 3x1x1")
    value: tuple[float, ...] | None = option(NUMBERS, None, "one number, or one for each value: 0.485x0.456x0.406")

    def windows(self) -> tuple[Window, ...]:
        return ()

    def output(self) -> Shape:
        values = prod(self.shape)
        if self.value is not None and len(self.value) not in (1, values):
            raise ShapeError(
                f"`value` has {len(self.value)} numbers, {Shape(self.shape)} holds {values:,}",
                help=f"one number for all, or {values:,}",
            )
        return Shape(self.shape)

    def weights(self) -> Weights:
        return {"value": TensorSpec(Shape(self.shape), "buffer", self._fill)}

    @property
    def _fill(self) -> Fill:
        if self.value is None:
            return Drawn(1.0)
        return self.value[0] if len(self.value) == 1 else self.value

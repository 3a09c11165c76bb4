"""Functions of mathematics, value by value: what models write out where no activation is meant."""

from __future__ import annotations

from functools import partial
from math import inf

from archcalc.core import Shape, Window, Work
from archcalc.core.record import record
from archcalc.errors import SpecError
from archcalc.layers.activation import ActivationRow, documented, times
from archcalc.layers.arguments import NUMBER, argument
from archcalc.layers.base import Layer, add_kind, pointwise, register
from archcalc.layers.traits import Bends


@record
class PlainFunction(Layer):
    """A row of `FUNCTIONS` as a layer."""

    kind: str

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pointwise(x)

    def output(self, x: Shape) -> Shape:
        return x

    def work(self, x: Shape, y: Shape) -> Work:
        return times(FUNCTIONS[self.kind].work, y.elements)


@register("pow")
@record
class Pow(Layer):
    """Power: every value to the same exponent.

    Formula   y = x^exponent
    Shape     any shape -> the same
    Params    none
    Work      1 power an element
    Field     1 (each cell from the cell at its own place)
    Differs   a negative value has no power of a fraction: the result is no number, as in every framework
    Source    PyTorch, pow
    """

    exponent: float = argument(NUMBER, "the exponent: 2, 0.5, -1")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pointwise(x)

    def output(self, x: Shape) -> Shape:
        return x

    def work(self, x: Shape, y: Shape) -> Work:
        return Work(exponentials=y.elements)


@register("clamp")
@record
class Clamp(Layer):
    """Values cut off at a least and a largest one.

    Formula   y = min(max(x, min), max), either bound may be missing
    Shape     any shape -> the same
    Params    none
    Work      1 comparison an element and bound
    Field     1 (each cell from the cell at its own place)
    Differs   clamp 0 is relu, clamp 0 6 is relu6
    Source    PyTorch, clamp; ONNX, Clip
    """

    min: float | None = argument(NUMBER, "the least value", None)
    max: float | None = argument(NUMBER, "the largest value", None)

    def __post_init__(self) -> None:
        if self.min is None and self.max is None:
            raise SpecError("clamp has no bound", help="such as clamp 0 1, clamp min=0 or clamp max=6")
        if self.min is not None and self.max is not None and self.min > self.max:
            help = f"the smaller first: clamp {self.max:g} {self.min:g}"
            raise SpecError(f"clamp from {self.min:g} to {self.max:g} holds no value", help=help)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pointwise(x)

    def output(self, x: Shape) -> Shape:
        return x

    def work(self, x: Shape, y: Shape) -> Work:
        bounds = (self.min is not None) + (self.max is not None)
        return Work(comparisons=bounds * y.elements)


FUNCTIONS: dict[str, ActivationRow] = {
    "exp": ActivationRow(
        "Exponential function", "y = e^x", Work(exponentials=1), "PyTorch, exp", traits={"bounds": (0.0, inf)}
    ),
    "log": ActivationRow(
        "Natural logarithm", "y = ln(x)", Work(exponentials=1), "PyTorch, log",
        differs="of a value that is not above 0 the result is no finite number, as in every framework",
    ),
    "sqrt": ActivationRow(
        "Square root", "y = sqrt(x)", Work(exponentials=1), "PyTorch, sqrt",
        differs="of a negative value the result is no number, as in every framework",
    ),
    "rsqrt": ActivationRow(
        "One through the square root", "y = 1 / sqrt(x)", Work(exponentials=1, divisions=1), "PyTorch, rsqrt",
        differs="of a value that is not above 0 the result is no finite number, as in every framework",
    ),
    "square": ActivationRow(
        "Square of the value", "y = x * x", Work(products=1), "PyTorch, square", traits={"bounds": (0.0, inf)}
    ),
    "reciprocal": ActivationRow("One through the value", "y = 1 / x", Work(divisions=1), "PyTorch, reciprocal"),
    "abs": ActivationRow(
        "Absolute value", "y = |x|", Work(comparisons=1), "PyTorch, abs",
        traits={"bounds": (0.0, inf), "bends": Bends(-1, ((0, 0),), 1)},
    ),
    "sign": ActivationRow(
        "Sign of the value", "y = 1 for x > 0, -1 for x < 0, 0 for x = 0", Work(comparisons=2), "PyTorch, sign",
        traits={"bounds": (-1.0, 1.0)},
    ),
    "neg": ActivationRow(
        "Negative value", "y = -x", Work(additions=1), "PyTorch, neg", traits={"bends": Bends(-1, ((0, 0),), -1)}
    ),
    "sin": ActivationRow(
        "Sine of the value in radians", "y = sin(x)", Work(exponentials=1), "PyTorch, sin",
        traits={"bounds": (-1.0, 1.0)},
    ),
    "cos": ActivationRow(
        "Cosine of the value in radians", "y = cos(x)", Work(exponentials=1), "PyTorch, cos",
        traits={"bounds": (-1.0, 1.0)},
    ),
}  # fmt: skip
"""Kind -> what it is."""


def _enter_rows() -> None:
    for name, row in FUNCTIONS.items():
        add_kind(name, partial(PlainFunction, name), (), documented(row), __name__, **row.traits)


_enter_rows()

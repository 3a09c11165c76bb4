"""Activations: one function on every value; most differ only in data and are rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import inf
from typing import Any

from archcalc.core import SPREAD, AxisWindow, Shape, TensorSpec, Window, Work
from archcalc.core.record import record
from archcalc.errors import ShapeError, SpecError
from archcalc.layers.arguments import AXIS, COUNT, NUMBER, Choice, argument, option
from archcalc.layers.base import Layer, Weights, add_kind, parameters_of, pointwise, register
from archcalc.layers.fitting import feature_axis, resized
from archcalc.layers.traits import LOG_PROBABILITIES, PROBABILITIES, TOKENS, Bends


@record
class Activation(Layer):
    """A row of `ACTIVATIONS` as a layer; of the two numbers it has those that its row names."""

    kind: str
    negative_slope: float = argument(NUMBER, "slope left of 0", 0.01)
    alpha: float = argument(NUMBER, "the function falls to -alpha on the left", 1.0)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pointwise(x)

    def output(self, x: Shape) -> Shape:
        return x

    def work(self, x: Shape, y: Shape) -> Work:
        return times(ACTIVATIONS[self.kind].work, y.elements)


OVER = Choice(("channels", "all"))


@register("prelu")
@record
class PReLU(Layer):
    """Parametric rectified linear unit: the slope left of 0 is learned.

    Formula   y = x for x > 0, else weight * x
    Shape     any shape -> the same
    Params    num_parameters slopes: 1 for all channels, or one per channel; with over=all one per cell
    Work      1 comparison, 1 product an element
    Field     1 (each cell from the cell at its own place)
    Source    He et al. 2015, "Delving deep into rectifiers"
    """

    num_parameters: int = argument(COUNT, "slopes: 1, or one per channel", 1)
    over: str = option(OVER, "channels", "what has a slope of its own: channels, or all (each cell, as in Keras)")

    def __post_init__(self) -> None:
        if self.over == "all" and self.num_parameters != 1:
            raise SpecError("over=all gives each cell a slope of its own", help="leave num_parameters out")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pointwise(x)

    def output(self, x: Shape) -> Shape:
        if self.num_parameters not in (1, x.channels):
            raise ShapeError(
                f"prelu has {self.num_parameters} slopes, its input has {x.channels} channels",
                help=f"num_parameters=1 (one slope for all) or {x.channels} (one per channel)",
            )
        return x

    def weights(self, x: Shape) -> Weights:
        return {"weight": TensorSpec(x if self.over == "all" else Shape.of(self.num_parameters), fill=0.25)}

    def work(self, x: Shape, y: Shape) -> Work:
        return Work(comparisons=y.elements, products=y.elements)


@register("glu", reads=TOKENS)
@record
class GLU(Layer):
    """Gated linear unit: the first half of an axis, gated by the sigmoid of the second.

    Formula   y = a / (1 + exp(-b)), a and b the halves of x along the axis
    Shape     half as many channels (map) or features (sequence, vector); the rest as it was
    Params    none
    Work      1 exponential, 1 addition, 1 division an output element
    Field     1; along a spatial axis the two cells half the axis apart
    Differs   PyTorch halves the last axis unless told; we halve the channels of a map (3 or more axes)
    Source    Dauphin et al. 2017
    """

    axis: int | None = option(AXIS, None, "axis to halve; the channels of a map, the features of a sequence")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        axis = feature_axis(self.axis, x)
        halves = Window(2, dilation=x[axis] // 2)
        return tuple(halves if i == axis else Window(1) for i in range(1, len(x)))

    def output(self, x: Shape) -> Shape:
        axis = feature_axis(self.axis, x)
        if x[axis] % 2:
            raise ShapeError(
                f"glu halves axis {axis}, which has {x[axis]} cells in {x}",
                help=f"an even number: {x[axis] + 1} or {x[axis] - 1}" if x[axis] > 1 else "an even number: 2",
            )
        return resized(x, axis, x[axis] // 2)

    def work(self, x: Shape, y: Shape) -> Work:
        return times(SIGMOID, y.elements)


@record
class Softmax(Layer):
    """A row of `NORMALIZED` as a layer: exponentials that sum to 1 along an axis."""

    kind: str
    axis: int | None = option(AXIS, None, "axis to normalize; the channels of a map, the features of a sequence")

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        axis = feature_axis(self.axis, x)
        return tuple(SPREAD if i == axis else Window(1) for i in range(1, len(x)))

    def output(self, x: Shape) -> Shape:
        feature_axis(self.axis, x)
        return x

    def work(self, x: Shape, y: Shape) -> Work:
        return NORMALIZED[self.kind].work(y.elements, y.elements // y[feature_axis(self.axis, x)])


@record
class ActivationRow:
    """What one activation is: the data of a kind."""

    summary: str
    formula: str
    work: Work
    """Operations an element, on the costlier side of 0."""
    source: str
    options: tuple[str, ...] = ()
    """Which numbers of `Activation` it takes."""
    differs: str = ""
    traits: Mapping[str, Any] = {}


@record
class NormalizedRow:
    """What a softmax is: its work counts the elements and the groups that are normalized together."""

    summary: str
    formula: str
    cost: str
    work: Callable[[int, int], Work]
    source: str
    traits: Mapping[str, Any]


SIGMOID = Work(exponentials=1, additions=1, divisions=1)

ACTIVATIONS: dict[str, ActivationRow] = {
    "relu": ActivationRow(
        "Rectified linear unit",
        "y = max(0, x)",
        Work(comparisons=1),
        "Nair and Hinton 2010",
        traits={"in_place": True, "bounds": (0.0, inf), "clips": True, "bends": Bends(0, ((0, 0),), 1)},
    ),
    "relu6": ActivationRow(
        "Rectified linear unit cut off at 6",
        "y = min(max(0, x), 6)",
        Work(comparisons=2),
        "Krizhevsky 2010; Howard et al. 2017 (MobileNets)",
        traits={"in_place": True, "bounds": (0.0, 6.0), "clips": True, "bends": Bends(0, ((0, 0), (6, 6)), 0)},
    ),
    "leaky_relu": ActivationRow(
        "Rectified linear unit with a small slope left of 0",
        "y = x for x > 0, else negative_slope * x",
        Work(comparisons=1, products=1),
        "Maas et al. 2013",
        ("negative_slope",),
        traits={"in_place": True, "bends": Bends("negative_slope", ((0, 0),), 1)},
    ),
    "elu": ActivationRow(
        "Exponential linear unit",
        "y = x for x > 0, else alpha * (exp(x) - 1)",
        Work(comparisons=1, exponentials=1, additions=1, products=1),
        "Clevert et al. 2016",
        ("alpha",),
        traits={"in_place": True},
    ),
    "selu": ActivationRow(
        "Scaled exponential linear unit, which keeps mean 0 and variance 1",
        "y = 1.0507010 * x for x > 0, else 1.7580993 * (exp(x) - 1)",
        Work(comparisons=1, exponentials=1, additions=1, products=1),
        "Klambauer et al. 2017",
        traits={"in_place": True},
    ),
    "celu": ActivationRow(
        "Exponential linear unit with a continuous slope",
        "y = x for x > 0, else alpha * (exp(x / alpha) - 1)",
        Work(comparisons=1, exponentials=1, additions=1, products=1, divisions=1),
        "Barron 2017",
        ("alpha",),
        traits={"in_place": True},
    ),
    "gelu": ActivationRow(
        "Gaussian error linear unit, exact",
        "y = 1/2 * x * (1 + erf(x / sqrt(2)))",
        Work(exponentials=1, additions=1, products=3),
        "Hendrycks and Gimpel 2016",
        differs="the approximation with tanh is gelu_tanh; PyTorch has one module with approximate=tanh",
    ),
    "gelu_tanh": ActivationRow(
        "Gaussian error linear unit, approximated with tanh",
        "y = 1/2 * x * (1 + tanh(sqrt(2/pi) * (x + 0.044715 * x^3)))",
        Work(exponentials=1, additions=1, products=6),
        "Hendrycks and Gimpel 2016",
        differs="PyTorch writes it gelu with approximate=tanh",
    ),
    "silu": ActivationRow(
        "Sigmoid linear unit (swish)",
        "y = x / (1 + exp(-x))",
        SIGMOID,
        "Elfwing et al. 2018; Ramachandran et al. 2017",
    ),
    "mish": ActivationRow(
        "Mish, a smooth unit that dips below 0",
        "y = x * tanh(log(1 + exp(x)))",
        Work(exponentials=3, additions=1, products=1),
        "Misra 2020",
    ),
    "sigmoid": ActivationRow(
        "Logistic sigmoid",
        "y = 1 / (1 + exp(-x))",
        SIGMOID,
        "Rumelhart et al. 1986",
        traits={"bounds": (0.0, 1.0), "scores": PROBABILITIES},
    ),
    "tanh": ActivationRow(
        "Hyperbolic tangent",
        "y = tanh(x)",
        Work(exponentials=1),
        "LeCun et al. 1998, \"Efficient BackProp\"",
        traits={"bounds": (-1.0, 1.0)},
    ),
    "scaled_tanh": ActivationRow(
        "Scaled hyperbolic tangent of LeNet-5, which maps 1 to 1 and -1 to -1",
        "y = 1.7159 * tanh(2/3 * x)",
        Work(exponentials=1, products=2),
        "LeCun et al. 1998, \"Gradient-based learning applied to document recognition\", appendix A",
        traits={"bounds": (-1.7159, 1.7159)},
    ),
    "hard_sigmoid": ActivationRow(
        "Sigmoid of straight lines",
        "y = min(max(0, x + 3), 6) / 6",
        Work(additions=1, comparisons=2, divisions=1),
        "Howard et al. 2019 (MobileNetV3)",
        traits={"bounds": (0.0, 1.0), "scores": PROBABILITIES, "bends": Bends(0, ((-3, 0), (3, 1)), 0)},
        differs="Keras before version 3 has slope 1/5; PyTorch and Keras 3 have 1/6, and so do we",
    ),
    "hard_swish": ActivationRow(
        "Swish with a sigmoid of straight lines",
        "y = x * min(max(0, x + 3), 6) / 6",
        Work(additions=1, comparisons=2, products=1, divisions=1),
        "Howard et al. 2019 (MobileNetV3)",
    ),
    "softplus": ActivationRow(
        "Smooth rectified linear unit",
        "y = log(1 + exp(x))",
        Work(exponentials=2, additions=1),
        "Dugas et al. 2001",
        traits={"bounds": (0.0, inf)},
    ),
    "log_sigmoid": ActivationRow(
        "Logarithm of the logistic sigmoid",
        "y = -log(1 + exp(-x))",
        Work(exponentials=2, additions=1),
        "PyTorch, LogSigmoid",
        traits={"bounds": (-inf, 0.0), "scores": LOG_PROBABILITIES},
    ),
    "softsign": ActivationRow(
        "Softsign, a slower tanh",
        "y = x / (1 + |x|)",
        Work(additions=1, divisions=1),
        "Glorot and Bengio 2010",
        traits={"bounds": (-1.0, 1.0)},
    ),
}  # fmt: skip
"""Kind -> what it is."""

NORMALIZED: dict[str, NormalizedRow] = {
    "softmax": NormalizedRow(
        "Softmax: positive values that sum to 1 along an axis",
        "y_i = exp(x_i) / sum_j exp(x_j), j along the axis",
        "1 exponential, 1 addition, 1 division an element",
        lambda elements, _: Work(exponentials=elements, additions=elements, divisions=elements),
        "Bridle 1990",
        {"bounds": (0.0, 1.0), "scores": PROBABILITIES},
    ),
    "log_softmax": NormalizedRow(
        "Logarithm of the softmax along an axis",
        "y_i = x_i - log(sum_j exp(x_j)), j along the axis",
        "1 exponential, 2 additions an element, 1 exponential (the log) for each sum",
        lambda elements, groups: Work(exponentials=elements + groups, additions=2 * elements),
        "PyTorch, LogSoftmax",
        {"bounds": (-inf, 0.0), "scores": LOG_PROBABILITIES},
    ),
}
"""Kind -> what it is, for those that look along an axis."""

_OPERATIONS = {
    "exponentials": "exponential",
    "comparisons": "comparison",
    "additions": "addition",
    "products": "product",
    "divisions": "division",
}


def times(work: Work, elements: int) -> Work:
    return Work(
        products=work.products * elements,
        additions=work.additions * elements,
        comparisons=work.comparisons * elements,
        divisions=work.divisions * elements,
        exponentials=work.exponentials * elements,
    )


def _enter_rows() -> None:
    numbers = {p.name: p for p in parameters_of(Activation)}
    for name, row in ACTIVATIONS.items():
        options = tuple(numbers[o] for o in row.options)
        add_kind(name, partial(Activation, name), options, documented(row), __name__, **row.traits)
    for name, softmax in NORMALIZED.items():
        doc, traits = _normalized_doc(softmax), {"reads": TOKENS, **softmax.traits}
        add_kind(name, partial(Softmax, name), parameters_of(Softmax), doc, __name__, **traits)


def documented(row: ActivationRow) -> str:
    counts = {word: getattr(row.work, field) for field, word in _OPERATIONS.items()}
    work = ", ".join(f"{n} {word}{'s' if n > 1 else ''}" for word, n in counts.items() if n)
    return "\n".join([
        f"{row.summary}.",
        "",
        f"Formula   {row.formula}",
        "Shape     any shape -> the same",
        "Params    none",
        f"Work      {work} an element",
        "Field     1 (each cell from the cell at its own place)",
        *([f"Differs   {row.differs}"] if row.differs else []),
        f"Source    {row.source}",
    ])  # fmt: skip


def _normalized_doc(row: NormalizedRow) -> str:
    return "\n".join([
        f"{row.summary}.",
        "",
        f"Formula   {row.formula}",
        "Shape     any shape -> the same",
        "Params    none",
        f"Work      {row.cost}",
        "Field     1 along the channels; the whole axis where the axis is spatial",
        "Differs   PyTorch asks for the axis; we take the channels of a map (3 or more axes), else the last axis",
        f"Source    {row.source}",
    ])  # fmt: skip


_enter_rows()

"""Activations: shapes, slopes and counts against hand arithmetic and PyTorch; formulas against PyTorch's values."""

from __future__ import annotations

import math
import re

import pytest

from archcalc.core import SPREAD, Shape, Window, Work
from archcalc.errors import ShapeError, SpecError
from archcalc.layers import find
from archcalc.layers.activation import ACTIVATIONS

MAP = Shape.of(3, 11, 13)  # 3 * 11 * 13 = 429 elements
N = 429

WORK = {
    "relu": Work(comparisons=N),  # x > 0?
    "relu6": Work(comparisons=2 * N),  # below 0? above 6?
    "leaky_relu": Work(comparisons=N, products=N),
    "elu": Work(comparisons=N, exponentials=N, additions=N, products=N),
    "selu": Work(comparisons=N, exponentials=N, additions=N, products=N),
    "celu": Work(comparisons=N, exponentials=N, additions=N, products=N, divisions=N),
    "gelu": Work(exponentials=N, additions=N, products=3 * N),  # erf; 1 +; three products
    "gelu_tanh": Work(exponentials=N, additions=N, products=6 * N),  # x^2, c x^2 + 1, twice times, half x, times
    "silu": Work(exponentials=N, additions=N, divisions=N),
    "mish": Work(exponentials=3 * N, additions=N, products=N),  # exp, log, tanh
    "sigmoid": Work(exponentials=N, additions=N, divisions=N),
    "tanh": Work(exponentials=N),
    "scaled_tanh": Work(exponentials=N, products=2 * N),
    "hard_sigmoid": Work(additions=N, comparisons=2 * N, divisions=N),
    "hard_swish": Work(additions=N, comparisons=2 * N, products=N, divisions=N),
    "softplus": Work(exponentials=2 * N, additions=N),  # exp, log
    "log_sigmoid": Work(exponentials=2 * N, additions=N),
    "softsign": Work(additions=N, divisions=N),
}

TORCH = {
    "relu": "ReLU", "relu6": "ReLU6", "leaky_relu": "LeakyReLU", "elu": "ELU", "selu": "SELU", "celu": "CELU",
    "gelu": "GELU", "silu": "SiLU", "mish": "Mish", "sigmoid": "Sigmoid", "tanh": "Tanh",
    "hard_sigmoid": "Hardsigmoid", "hard_swish": "Hardswish", "softplus": "Softplus", "log_sigmoid": "LogSigmoid",
    "softsign": "Softsign",
}  # fmt: skip


def test_the_table_of_work_names_every_row():
    assert set(WORK) == set(ACTIVATIONS)


@pytest.mark.parametrize("kind", WORK)
def test_an_activation_keeps_the_shape_and_counts_per_element(build, kind):
    layer = build(kind, 2)
    assert layer.kind == kind
    assert layer.output(MAP) == MAP
    assert layer.windows(MAP) == (Window(1), Window(1))
    assert layer.weights(MAP) == {}
    assert layer.work(MAP, MAP) == WORK[kind]


@pytest.mark.parametrize("kind", WORK)
def test_an_activation_takes_a_vector_and_a_sequence(build, kind):
    assert build(kind, 0).output(Shape.of(7)) == (7,)
    assert build(kind, 1).output(Shape.of(7, 5)) == (7, 5)


@pytest.mark.parametrize(
    ("kind", "name", "default"),
    [("leaky_relu", "negative_slope", 0.01), ("elu", "alpha", 1.0), ("celu", "alpha", 1.0)],
)
def test_a_row_has_only_its_own_number(build, kind, name, default):
    assert [p.name for p in find(kind).parameters] == [name]
    assert getattr(build(kind, 2), name) == default
    assert getattr(build(kind, 2, **{name: 0.2}), name) == 0.2
    assert build(kind, 2, **{name: 0.2}) != build(kind, 2)


def test_rows_without_numbers_have_no_parameters():
    with_numbers = {kind for kind in ACTIVATIONS if find(kind).parameters}
    assert with_numbers == {"leaky_relu", "elu", "celu"}


def test_two_rows_are_two_layers(build):
    assert build("relu", 2) == build("relu", 2) != build("tanh", 2)


def test_the_doc_of_a_row_is_in_the_fixed_form():
    assert find("sigmoid").doc == (
        "Logistic sigmoid.\n"
        "\n"
        "Formula   y = 1 / (1 + exp(-x))\n"
        "Shape     any shape -> the same\n"
        "Params    none\n"
        "Work      1 exponential, 1 addition, 1 division an element\n"
        "Field     1 (each cell from the cell at its own place)\n"
        "Source    Rumelhart et al. 1986"
    )


def test_lenets_tanh_maps_one_to_one():
    """LeCun et al. 1998, appendix A: A and S are chosen so that f(1) = 1 and f(-1) = -1."""
    assert evaluate("scaled_tanh", 1.0) == pytest.approx(1.0, abs=1e-4)
    assert evaluate("scaled_tanh", -1.0) == pytest.approx(-1.0, abs=1e-4)


@pytest.mark.parametrize(
    ("kind", "numbers", "x", "y"),
    [
        ("relu", {}, -1, 0),
        ("relu6", {}, 7, 6),
        ("leaky_relu", {"negative_slope": 0.2}, -1, -0.2),
        ("elu", {"alpha": 2}, -1, -1.2642411),  # 2 (1/e - 1)
        ("selu", {}, -1, -1.1113307),  # 1.7580993 (1/e - 1), Klambauer et al. 2017
        ("celu", {"alpha": 2}, -1, -0.7869387),  # 2 (exp(-1/2) - 1)
        ("gelu", {}, 1, 0.8413447),  # the normal distribution at 1
        ("gelu_tanh", {}, 1, 0.8411920),
        ("silu", {}, 1, 0.7310586),  # 1 / (1 + 1/e)
        ("mish", {}, 1, 0.8650984),  # tanh(1.3132617)
        ("sigmoid", {}, 1, 0.7310586),
        ("tanh", {}, 1, 0.7615942),
        ("scaled_tanh", {}, 3, 1.6541750),  # 1.7159 tanh(2) = 1.7159 * 0.9640276 (a table of tanh)
        ("hard_sigmoid", {}, 1, 2 / 3),  # 4/6
        ("hard_swish", {}, 2, 5 / 3),  # 2 * 5/6
        ("softplus", {}, 1, 1.3132617),  # log(1 + e)
        ("log_sigmoid", {}, 1, -0.3132617),  # log 0.7310586
        ("softsign", {}, -1, -0.5),
    ],
)
def test_the_stated_formula_by_hand(kind, numbers, x, y):
    assert evaluate(kind, x, **numbers) == pytest.approx(y, rel=1e-6)


@pytest.mark.torch
@pytest.mark.parametrize("kind", [*TORCH, "gelu_tanh"])
def test_the_stated_formula_gives_pytorchs_values(kind):
    torch = pytest.importorskip("torch", reason="the values are PyTorch's")
    module = torch.nn.GELU(approximate="tanh") if kind == "gelu_tanh" else getattr(torch.nn, TORCH[kind])()
    points = [-7.0, -2.9, -1.3, -0.4, 0.0, 0.7, 2.1, 3.5, 6.5]
    expected = module(torch.tensor(points, dtype=torch.float64)).tolist()
    assert [evaluate(kind, x) for x in points] == pytest.approx(expected, rel=1e-6, abs=1e-7)


@pytest.mark.torch
@pytest.mark.parametrize("slopes", [1, 3])
def test_prelu_has_pytorchs_weight(build, slopes):
    torch = pytest.importorskip("torch", reason="names and shapes are PyTorch's")
    module = torch.nn.PReLU(slopes)
    weights = build("prelu", 2, num_parameters=slopes).weights(MAP)
    assert shapes(weights) == {name: tuple(p.shape) for name, p in module.named_parameters()}
    assert tuple(module(torch.zeros(2, *MAP)).shape[1:]) == build("prelu", 2, num_parameters=slopes).output(MAP)


def test_prelu_has_one_slope_or_one_per_channel(build):
    assert shapes(build("prelu", 2).weights(MAP)) == {"weight": (1,)}
    assert shapes(build("prelu", 2, num_parameters=3).weights(MAP)) == {"weight": (3,)}
    assert build("prelu", 2).work(MAP, MAP) == Work(comparisons=N, products=N)


def test_prelu_refuses_another_number_of_slopes(build):
    with pytest.raises(ShapeError) as caught:
        build("prelu", 2, num_parameters=7).output(MAP)
    assert caught.value.what == "prelu has 7 slopes, its input has 3 channels"
    assert caught.value.help == "num_parameters=1 (one slope for all) or 3 (one per channel)"


@pytest.mark.parametrize(
    ("values", "x", "y"),
    [
        pytest.param({}, (6, 11, 13), (3, 11, 13), id="channels of a map"),
        pytest.param({}, (7, 10), (7, 5), id="features of a sequence"),
        pytest.param({}, (14,), (7,), id="features of a vector"),
        pytest.param({"axis": 0}, (6, 13), (3, 13), id="channels of a map with one axis"),
        pytest.param({"axis": 1}, (3, 22, 13), (3, 11, 13), id="a spatial axis"),
        pytest.param({"axis": -1}, (3, 11, 26), (3, 11, 13), id="the last axis"),
    ],
)
def test_glu_halves_an_axis(build, values, x, y):
    layer = build("glu", len(x) - 1, **values)
    assert layer.output(Shape(x)) == y
    assert layer.work(Shape(x), Shape(y)) == Work(
        exponentials=math.prod(y), additions=math.prod(y), divisions=math.prod(y)
    )


def test_glu_reads_the_two_cells_half_an_axis_apart(build):
    rows, columns = build("glu", 2, axis=1).windows(Shape.of(3, 22, 13))
    assert (rows.output(22), columns.output(13)) == (11, 13)
    assert [list(rows.reads(i, 22)) for i in (0, 4, 10)] == [[0, 11], [4, 15], [10, 21]]
    assert columns == Window(1)


@pytest.mark.torch
@pytest.mark.parametrize(("axis", "x"), [(0, (6, 11, 13)), (1, (3, 22, 13)), (2, (3, 11, 26))])
def test_glu_reads_what_pytorchs_reads(build, axis, x):
    torch = pytest.importorskip("torch", reason="the cells read are PyTorch's")
    module, layer = torch.nn.GLU(dim=axis + 1), build("glu", 2, axis=axis)
    data = torch.rand(1, *x, requires_grad=True)
    y = module(data)
    assert tuple(y.shape[1:]) == layer.output(Shape(x))
    assert [w.output(n) for w, n in zip(layer.windows(Shape(x)), x[1:], strict=True)] == list(y.shape[2:])
    y[0, 0, 4, 5].backward()
    touched = data.grad[0].abs().sum(0).nonzero()
    assert sorted(set(touched[:, 0].tolist())) == list(layer.windows(Shape(x))[0].reads(4, x[1]))
    assert sorted(set(touched[:, 1].tolist())) == list(layer.windows(Shape(x))[1].reads(5, x[2]))


def test_glu_refuses_an_odd_axis(build):
    with pytest.raises(ShapeError) as caught:
        build("glu", 2).output(MAP)
    assert caught.value.what == "glu halves axis 0, which has 3 cells in 3x11x13"
    assert caught.value.help == "an even number: 4 or 2"


@pytest.mark.parametrize(
    ("x", "values", "groups", "windows"),
    [
        pytest.param(MAP, {}, 143, (Window(1), Window(1)), id="over the channels at each of 11 * 13 places"),
        pytest.param(MAP, {"axis": 1}, 39, (SPREAD, Window(1)), id="over the rows, 3 * 13 times"),
        pytest.param(MAP, {"axis": -1}, 33, (Window(1), SPREAD), id="over the columns, 3 * 11 times"),
        pytest.param(Shape.of(7, 5), {}, 7, (SPREAD,), id="over the features of 7 tokens"),
        pytest.param(Shape.of(7), {}, 1, (), id="over a vector"),
    ],
)
def test_softmax_counts_elements_and_sums(build, x, values, groups, windows):
    n = math.prod(x)
    softmax, log_softmax = (build(kind, len(x) - 1, **values) for kind in ("softmax", "log_softmax"))
    assert softmax.output(x) == log_softmax.output(x) == x
    assert softmax.windows(x) == log_softmax.windows(x) == windows
    assert softmax.work(x, x) == Work(exponentials=n, additions=n, divisions=n)
    assert log_softmax.work(x, x) == Work(exponentials=n + groups, additions=2 * n)


def test_softmax_refuses_an_axis_that_is_not_there(build):
    with pytest.raises(ShapeError) as caught:
        build("softmax", 2, axis=3).output(MAP)
    assert caught.value.what == "there is no axis 3, the input is 3x11x13"
    assert caught.value.help == "axis of 0 to 2"


def test_an_axis_is_a_whole_number(build):
    with pytest.raises(SpecError) as caught:
        build("softmax", 2, axis="last")
    assert caught.value.what == "`axis`: expected an axis: 0 (the channels), 1, ... or -1 (the last), got `last`"


def evaluate(kind: str, x: float, **values: float) -> float:
    """The stated formula at x, its numbers at their defaults unless given."""
    formula = ACTIVATIONS[kind].formula.removeprefix("y = ").replace("^", "**")
    formula = re.sub(r"\|(\w+)\|", r"abs(\1)", formula)
    formula = re.sub(r"^(.*) for (.*), else (.*)$", r"(\1) if (\2) else (\3)", formula)
    numbers = {p.name: p.default for p in find(kind).parameters} | values
    return eval(formula, vars(math) | {"x": x, "max": max, "min": min, "abs": abs} | numbers)


def shapes(weights) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in weights.items()}


def test_prelu_per_cell(facts):
    """Keras' PReLU without shared axes: 3 * 11 * 13 slopes."""
    assert facts("prelu", (3, 11, 13), over="all").weights == {"weight": (3, 11, 13)}
    with pytest.raises(SpecError) as caught:
        facts("prelu", (3, 11, 13), over="all", num_parameters=3)
    assert (caught.value.what, caught.value.help) == (
        "over=all gives each cell a slope of its own", "leave num_parameters out",
    )  # fmt: skip

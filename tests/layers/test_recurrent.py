"""Recurrent layers: counts by hand, names and shapes by PyTorch; messages word for word."""

from __future__ import annotations

import pytest

from archcalc.core import WHOLE, Shape, Work
from archcalc.errors import ShapeError, SpecError
from archcalc.layers import find

X = Shape.of(7, 10)  # 7 steps of 10 features

# hidden size 20: 7 * 20 = 140 units, 30 inputs each, for every gate
WORK = {
    "rnn": Work(macs=4_200, additions=280, exponentials=140, connections=4_480),
    "lstm": Work(
        macs=16_800,  # 4 * 4,200
        products=420,  # f c, i g, o tanh(c')
        additions=1_540,  # 2 * 4 * 140 = 1,120 biases, 3 * 140 in the sigmoids
        divisions=420,
        exponentials=700,  # 3 sigmoids, 2 tanh
        connections=17_920,
    ),
    "gru": Work(
        macs=12_600,  # 3 * 4,200
        products=420,  # r (W h), (1 - z) n, z h
        additions=1_260,  # 2 * 3 * 140 = 840 biases, 2 * 140 in the sigmoids, 140 in 1 - z
        divisions=280,
        exponentials=420,  # 2 sigmoids, 1 tanh
        connections=13_440,
    ),
}

GATES = {"rnn": 1, "lstm": 4, "gru": 3}


@pytest.mark.parametrize("kind", WORK)
def test_a_recurrent_layer_by_hand(build, kind):
    layer = build(kind, 1, hidden_size=20)
    rows = GATES[kind] * 20
    assert layer.kind == kind
    assert layer.output(X) == (7, 20)
    assert layer.windows(X) == (WHOLE,)
    assert layer.work(X, layer.output(X)) == WORK[kind]
    assert shapes(layer.weights(X)) == {
        "weight_ih_l0": (rows, 10),
        "weight_hh_l0": (rows, 20),
        "bias_ih_l0": (rows,),
        "bias_hh_l0": (rows,),
    }


def test_without_bias_only_the_gates_add(build):
    work = build("lstm", 1, hidden_size=20, bias=False).work(X, Shape.of(7, 20))
    assert (work.macs, work.additions, work.connections) == (16_800, 420, 16_800)


@pytest.mark.parametrize(
    ("kind", "hidden", "x", "params"),
    [
        # g(n + m + 1)m: g gates, n inputs, m units
        ("lstm", 9, (20, 1), 396),
        ("lstm", 256, (20, 4096), 4_457_472),
        ("rnn", 50, (20, 1), 2_600),
        ("rnn", 10, (20, 1), 120),
        ("gru", 20, (20, 13), 2_040),
    ],
)
def test_one_bias_a_gate(build, kind, hidden, x, params):
    """As textbooks and Keras count them; Keras' gru has two with reset_after, 3(n + m + 2)m."""
    layer, x = build(kind, 1, hidden_size=hidden, biases=1), Shape(x)
    rows = GATES[kind] * hidden
    weights = layer.weights(x)
    assert shapes(weights)["bias_l0"] == (rows,)
    assert list(weights) == ["weight_ih_l0", "weight_hh_l0", "bias_l0"]
    assert sum(tensor.elements for tensor in weights.values()) == params
    two = build(kind, 1, hidden_size=hidden)
    assert sum(tensor.elements for tensor in two.weights(x).values()) == params + rows
    y = layer.output(x)
    assert two.work(x, y).additions - layer.work(x, y).additions == x[0] * rows
    assert two.work(x, y).connections - layer.work(x, y).connections == x[0] * rows


def test_one_bias_a_gate_in_every_pass(build):
    weights = build("gru", 1, hidden_size=5, biases=1, num_layers=2, bidirectional=True).weights(X)
    names = [name for name in weights if "bias" in name]
    assert names == ["bias_l0", "bias_l0_reverse", "bias_l1", "bias_l1_reverse"]
    assert not any("bias" in name for name in build("gru", 1, hidden_size=5, biases=1, bias=False).weights(X))


@pytest.mark.parametrize("biases", [0, 3])
def test_a_gate_has_one_bias_or_two(build, biases):
    with pytest.raises(SpecError) as caught:
        build("lstm", 1, hidden_size=5, biases=biases)
    assert caught.value.what == f"`biases`: expected a whole number from 1 to 2, got {biases}"


def test_where_r_stands_costs_nothing(build):
    """r (W h) and W (r h): a product a unit either way, and the same weights."""
    before, after = (build("gru", 1, hidden_size=20, reset_after=after) for after in (False, True))
    assert before.work(X, Shape.of(7, 20)) == after.work(X, Shape.of(7, 20)) == WORK["gru"]
    assert shapes(before.weights(X)) == shapes(after.weights(X))
    assert {kind for kind in WORK if find(kind).parameter("reset_after")} == {"gru"}


def test_a_relu_compares_instead(build):
    work = build("rnn", 1, hidden_size=20, nonlinearity="relu").work(X, Shape.of(7, 20))
    assert work == Work(macs=4_200, additions=280, comparisons=140, connections=4_480)


def test_only_the_simple_layer_has_a_nonlinearity():
    assert {kind for kind in WORK if find(kind).parameter("nonlinearity")} == {"rnn"}


def test_two_layers_both_ways_by_hand(build):
    """First layer: 2 passes of 4 * 5 * (10 + 5) weights; second: 2 passes of 4 * 5 * (10 + 5), its input 2 * 5."""
    layer = build("lstm", 1, hidden_size=5, num_layers=2, bidirectional=True)
    assert layer.output(X) == (7, 10)
    assert list(layer.weights(X))[::4] == [
        "weight_ih_l0", "weight_ih_l0_reverse", "weight_ih_l1", "weight_ih_l1_reverse",
    ]  # fmt: skip
    work = layer.work(X, Shape.of(7, 10))
    assert work.macs == 8_400  # 7 * 4 * 300
    assert work.exponentials == 700  # 5 for each of 7 * 5 units in 4 passes


def test_a_projected_state_by_hand(build):
    """4 * 20 rows of 10 features and 6 of the state, and a matrix of 6 x 20, at each of 7 steps."""
    layer = build("lstm", 1, hidden_size=20, proj_size=6)
    assert layer.output(X) == (7, 6)
    assert shapes(layer.weights(X)) == {
        "weight_ih_l0": (80, 10), "weight_hh_l0": (80, 6), "bias_ih_l0": (80,), "bias_hh_l0": (80,),
        "weight_hr_l0": (6, 20),
    }  # fmt: skip
    work, plain = layer.work(X, Shape.of(7, 6)), WORK["lstm"]
    assert work.macs == 7 * (80 * 16 + 120)
    assert (work.additions, work.exponentials) == (plain.additions, plain.exponentials)
    assert {kind for kind in WORK if find(kind).parameter("proj_size")} == {"lstm"}


@pytest.mark.parametrize("size", [5, 6])
def test_a_projection_makes_the_state_smaller(build, size):
    with pytest.raises(SpecError) as caught:
        build("lstm", 1, hidden_size=5, proj_size=size)
    assert caught.value.what == f"a proj_size of {size} is not below the hidden_size of 5"
    assert caught.value.help == "the projection makes the state smaller; without it leave proj_size out"


PLAIN = [
    pytest.param({}, id="plain"),
    pytest.param({"bias": False}, id="without bias"),
    pytest.param({"num_layers": 3}, id="three layers"),
    pytest.param({"bidirectional": True}, id="both ways"),
    pytest.param({"num_layers": 2, "bidirectional": True, "bias": False}, id="two layers both ways"),
]


@pytest.mark.torch
@pytest.mark.parametrize("kind", WORK)
@pytest.mark.parametrize("values", PLAIN)
def test_a_recurrent_layer_is_pytorchs(build, kind, values):
    same_as_torch(build, kind, values)


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
@pytest.mark.parametrize("more", PLAIN)
def test_a_projected_lstm_is_pytorchs(build, more):
    same_as_torch(build, "lstm", {"proj_size": 3, **more})


def same_as_torch(build, kind, values):
    torch = pytest.importorskip("torch", reason="names and shapes are PyTorch's")
    module = getattr(torch.nn, kind.upper())(10, 5, batch_first=True, **values)
    layer = build(kind, 1, hidden_size=5, **values)
    sequence, state = module(torch.rand(2, *X))
    assert layer.output(X) == tuple(sequence.shape[1:])
    expected = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    assert shapes(layer.weights(X)) == expected
    assert list(layer.weights(X)) == list(expected)
    hidden = state[0] if kind == "lstm" else state
    last = torch.cat(list(hidden[-2:]), -1) if values.get("bidirectional") else hidden[-1]
    assert build(kind, 1, hidden_size=5, returns="last", **values).output(X) == tuple(last.shape[1:])


def test_the_last_state_is_a_vector(build):
    assert build("gru", 1, hidden_size=20, returns="last").output(X) == (20,)
    assert build("gru", 1, hidden_size=20, returns="last", bidirectional=True).output(X) == (40,)
    assert build("gru", 1, hidden_size=20, returns="last").work(X, Shape.of(20)) == WORK["gru"]


@pytest.mark.parametrize(
    ("x", "what", "help"),
    [
        ((3, 11, 13), "lstm needs tokens x features, its input is 3x11x13", "tokens turns it into 143x3"),
        ((7,), "lstm needs tokens x features, its input is 7", None),
    ],
)
def test_a_recurrent_layer_needs_a_sequence(build, x, what, help):
    with pytest.raises(ShapeError) as caught:
        build("lstm", len(x) - 1, hidden_size=20).output(Shape(x))
    assert (caught.value.what, caught.value.help) == (what, help)


def test_returns_is_one_of_two_words(build):
    with pytest.raises(SpecError) as caught:
        build("lstm", 1, hidden_size=20, returns="all")
    assert caught.value.what == "`returns`: expected sequence or last, got `all`"


def shapes(weights) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in weights.items()}

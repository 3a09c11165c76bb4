"""What the engine can do besides computing: types, watching, several inputs and outputs, memory given back."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

np = pytest.importorskip("numpy", reason="the numeric extra is not installed")

from archcalc.errors import UnsupportedError  # noqa: E402
from archcalc.network import load, loads  # noqa: E402
from archcalc.numeric.engine import Engine  # noqa: E402
from archcalc.numeric.inputs.inputs import random_input  # noqa: E402
from archcalc.numeric.run.forward import forward  # noqa: E402

SHARED = """
inputs:
  left: 72x29x31
  right: 72x29x31
layers:
  a: conv 70 3x3 padding=1 act=relu from=left
  b: conv 70 3x3 padding=1 act=relu from=right share=a
  d: subtract a b
  e: add a b
output: [d, e]
"""

ACTIVATIONS = ("relu", "relu6", "hard_swish", "silu", "leaky_relu negative_slope=0.1", "gelu")
LAYERS = [
    "conv 8 1x1",
    "conv 8 3x3 padding=1",
    "conv 8 3x3 padding=1 groups=2 bias=no",
    "depthwise_conv 3x3 padding=1",
    "batch_norm",
    "max_pool 3x3 stride=1 padding=1",
    "avg_pool 3x3 stride=1 padding=1",
    "dropout",
    "local_response_norm 3",
    *ACTIVATIONS,
]


@st.composite
def nets(draw):
    """Layers that all give 8x6x9, each after any value before it, with sums, products and concats among them."""
    names, lines = ["stem"], ["  stem: conv 8 3x3 padding=1"]
    for number in range(draw(st.integers(1, 7))):
        name = f"v{number}"
        if draw(st.booleans()):
            lines.append(f"  {name}: {draw(st.sampled_from(LAYERS))} from={draw(st.sampled_from(names))}")
        else:
            join = draw(st.sampled_from(["add", "multiply", "concat"]))
            a, b = draw(st.sampled_from(names)), draw(st.sampled_from(names))
            lines.append(f"  {name}: {join} {a} {b}" if join != "concat" else f"  {name}c: concat {a} {b}")
            if join == "concat":
                lines.append(f"  {name}: conv 8 1x1 from={name}c")
        names.append(name)
    outputs = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    return "\n".join(["input: 3x6x9", "layers:", *lines, f"output: [{', '.join(outputs)}]"])


@settings(max_examples=60)
@given(nets(), st.sampled_from(["", "all", "stem"]))
def test_any_net_is_the_reference(text, keep):
    graph = loads(text).graph
    weights = _weights(graph)
    x = [random_input(graph, "input", 3, 2, "float64")]
    engine = Engine(graph, dict(weights), batch=2, dtype="float64", keep=keep if keep == "all" else [keep] * bool(keep))
    engine.run([x[0] + 1])
    for y, right in zip(engine.run(x), forward(graph, x, weights), strict=True):
        np.testing.assert_allclose(y, right, rtol=1e-9, atol=1e-9 * abs(right).max())


def test_shared_weights_two_inputs_two_outputs(compare):
    compare(loads(SHARED).graph)


def test_shared_weights_are_transformed_once(weights_of):
    graph = loads(SHARED).graph
    engine = Engine(graph, weights_of(graph))
    first, second = [step for step in engine.plan.steps if step.name == "winograd 4x4"]
    assert first.operation is not second.operation
    # float32: 36 frequencies of 72 x 70 values, and 70 biases; the net's only tensors
    assert engine.weight_bytes == 4 * (36 * 72 * 70 + 70)


def test_an_output_that_is_an_input_or_passes_it_on(compare):
    compare(loads("input: 3x5x7\nlayers:\n  d: dropout\n  a: conv 4 1x1\noutput: [d, a]").graph)


def test_inputs_that_are_no_maps(compare):
    compare(loads("input: 11\nlayers:\n  a: linear 7 act=relu\n  b: linear 5").graph)


def test_consumed_weights_are_gone(weights_of):
    graph = load("resnet20").graph
    weights = weights_of(graph, "float32")
    Engine(graph, weights, consume=True)
    assert weights == {}


def test_weights_stay_unless_consumed(weights_of):
    graph = load("lenet5").graph
    weights = weights_of(graph, "float32")
    before = {name: tensor.copy() for name, tensor in weights.items()}
    Engine(graph, weights).run([random_input(graph, "input", 0, 1)])
    assert weights.keys() == before.keys()
    assert all((weights[name] == before[name]).all() for name in before)


def test_a_watched_run_shows_every_layer_that_is_kept(weights_of):
    graph = load("resnet20").graph
    weights = weights_of(graph)
    x = [random_input(graph, "input", 0, 2, "float64")]
    expected = {}
    forward(graph, x, weights, lambda step: expected.update({step.node.name: step.output}))
    seen = {}
    engine = Engine(graph, weights, batch=2, dtype="float64", keep="all")
    engine.run(x, lambda ran: seen.update({ran.nodes[-1].name: ran.output} if ran.nodes else {}))
    assert seen.keys() == expected.keys()
    for name, output in expected.items():
        np.testing.assert_allclose(seen[name], output, rtol=1e-9, atol=1e-9)


def test_a_timed_run_has_a_time_for_every_step(weights_of):
    graph = load("lenet5").graph
    engine = Engine(graph, weights_of(graph, "float32"))
    assert engine.timings == ()
    engine.run([random_input(graph, "input", 0, 1)], timed=True)
    assert [ran.kernel for ran in engine.timings] == [step.name for step in engine.plan.steps]
    assert all(ran.seconds > 0 for ran in engine.timings)
    assert sum(ran.macs for ran in engine.timings) == 416_520  # expect: of the spec


def test_half_precision_rounds_what_is_stored(weights_of):
    """One product: weights, inputs and the sum rounded to 16 bits, each to half of its last bit: 2^-11."""
    graph = loads("input: 7\nlayers:\n  a: linear 5 bias=no").graph
    weights = weights_of(graph, "float32")
    x = random_input(graph, "input", 0, 3)
    (y,) = Engine(graph, dict(weights), batch=3, dtype="float16").run([x])
    halves = x.astype(np.float16).astype(np.float64) @ weights["a.weight"].astype(np.float16).astype(np.float64).T
    assert y.dtype == np.float32
    assert (y == y.astype(np.float16)).all()
    np.testing.assert_allclose(y, halves, rtol=2**-10)


def test_half_precision_is_near_the_reference(compare):
    compare(load("resnet20").graph, dtype="float32", within=1e-3)
    graph = load("resnet20").graph
    with pytest.raises(AssertionError):  # float16 is not that near
        _half(graph, 1e-4)
    _half(graph, 3e-2)


def _half(graph, within):
    weights = {name: tensor.astype("float32") for name, tensor in _weights(graph).items()}
    x = [random_input(graph, "input", 0, 2)]
    (y,) = Engine(graph, dict(weights), batch=2, dtype="float16").run(x)
    (right,) = forward(graph, x, weights)
    assert abs(y - right).max() < within * abs(right).max()


def test_outputs_are_copies(weights_of):
    graph = load("lenet5").graph
    engine = Engine(graph, weights_of(graph, "float32"))
    (first,) = engine.run([random_input(graph, "input", 0, 1)])
    before = first.copy()
    engine.run([random_input(graph, "input", 1, 1)])
    assert (first == before).all()


def test_nan_stays_nan(weights_of):
    graph = loads("input: 3x5x7\nlayers:\n  a: conv 4 1x1 act=relu6\n  b: max_pool 2").graph
    x = random_input(graph, "input", 0, 1)
    x[0, 1, 2, 3] = np.nan
    (y,) = Engine(graph, weights_of(graph, "float32")).run([x])
    assert np.isnan(y[0, :, 1, 1]).all()
    assert not np.isnan(y[0, :, 0, 0]).any()


def _weights(graph):
    from archcalc.numeric.weights.weights import he_weights

    rng = np.random.default_rng(2)
    drawn = he_weights(graph, 1, "float64")
    return {name: rng.uniform(0.5, 1.5, w.shape) if w.ndim == 1 else w for name, w in drawn.items()}


# The error of one 3x3 layer in float32, max / RMS, bounds a little above what a sum of 9 C products of either sign
# rounds to: float32 keeps 24 bits (6e-8 each), Winograd's transforms cost a factor of about 2 and 10.
BOUNDS = {"direct": 3e-6, "2": 5e-6, "4": 2.5e-5}


@pytest.mark.parametrize(("way", "channels"), [*product(BOUNDS, (16, 64))])
def test_the_error_of_each_way(way, channels, monkeypatch, weights_of, error):
    graph = loads(f"input: {channels}x17x23\nlayers:\n  a: conv 32 3x3 padding=1").graph
    monkeypatch.setattr("archcalc.numeric.engine.choose._tile", lambda *_: {"direct": 0, "2": 2, "4": 4}[way])
    weights, x = weights_of(graph), [random_input(graph, "input", 0, 1, "float64")]
    weights = {name: w.astype("float32").astype("float64") for name, w in weights.items()}
    x = [x[0].astype("float32").astype("float64")]
    single = {name: w.astype("float32") for name, w in weights.items()}
    (y,) = Engine(graph, single).run([x[0].astype("float32")])
    assert error(y, forward(graph, x, weights)[0]) < BOUNDS[way]


def test_a_kind_without_a_forward_is_refused(monkeypatch):
    graph = loads("input: 3x5x7\nlayers:\n  a: tanh").graph
    monkeypatch.delitem(forward.__globals__["FORWARD"], "tanh")
    with pytest.raises(UnsupportedError) as raised:
        Engine(graph, {})
    assert raised.value.what == "a: the kind tanh cannot be run yet"

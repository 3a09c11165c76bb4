"""Whole graphs: branches, shared weights, unpooling, several inputs and outputs, and every bundled spec."""

from __future__ import annotations

import tracemalloc
from io import StringIO

import numpy as np
import pytest

import archcalc
from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.errors import ArchcalcError, BackendError, SpecError, UnsupportedError
from archcalc.numeric.inputs.inputs import random_input
from archcalc.numeric.run import forward as module
from archcalc.numeric.run.forward import forward
from archcalc.numeric.weights.weights import he_weights
from archcalc.spec.catalog import bundled
from tests.lighter import LIGHTER


def graph_of(layers, input="2x3x5", more=""):
    return archcalc.loads(f"input: {input}\nlayers: {layers}\n{more}", name="net").graph


def run(graph, *inputs, weights=None, **options):
    arrays = [np.asarray(x, float) for x in inputs]
    return forward(graph, arrays, he_weights(graph, 0, "float64") if weights is None else weights, **options)


X = np.arange(2.0 * 2 * 3 * 5).reshape(2, 2, 3, 5) - 7


def test_branches_read_the_same_value():
    (y,) = run(graph_of("{a: relu, b: add a in, c: concat b a}"), X)
    np.testing.assert_array_equal(y, np.concatenate([np.maximum(X, 0) + X, np.maximum(X, 0)], 1))


def test_shared_layers_use_one_set_of_weights():
    graph = graph_of("{a: linear 5, b: {op: linear 5, share: a}}", "5")
    weights = he_weights(graph, 3, "float64")
    assert sorted(weights) == ["a.bias", "a.weight"]
    x = np.arange(10.0).reshape(2, 5)
    (y,) = run(graph, x, weights=weights)
    np.testing.assert_allclose(y, x @ weights["a.weight"].T @ weights["a.weight"].T)


def test_several_inputs_and_outputs_keep_their_order():
    text = "inputs: {left: 3, right: 3}\nlayers: {d: subtract left right, s: {op: add left right}}\noutput: [s, d]\n"
    graph = archcalc.loads(text, name="two").graph
    s, d = run(graph, [[1, 2, 3]], [[10, 20, 30]])
    assert (s.tolist(), d.tolist()) == ([[11, 22, 33]], [[-9, -18, -27]])


def test_watch_sees_every_layer_in_order():
    steps = []
    run(graph_of("{a: relu, b: flatten}"), X, watch=steps.append)
    assert [(step.index, step.node.name, step.output.shape) for step in steps] == [
        (0, "a", (2, 2, 3, 5)),
        (1, "b", (2, 30)),
    ]
    assert all(step.seconds > 0 for step in steps)


def test_values_are_dropped_after_their_last_reader():
    """A chain of 40 layers of 8 MB holds a few of them at once, not all."""
    graph = graph_of("{a: relu repeat=40}", "1000x1000")
    x = np.ones((1, 1000, 1000))
    tracemalloc.start()
    forward(graph, [x], {})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 2 * x.nbytes < peak < 4 * x.nbytes


def test_max_unpool_finds_its_pool():
    graph = graph_of("{p1: max_pool 2, p2: max_pool 2, u2: max_unpool 2, u1: max_unpool 2}", "1x4x8")
    x = np.random.default_rng(0).permutation(32).reshape(1, 1, 4, 8) + 1.0
    (y,) = run(graph, x)
    blocks = x.reshape(4, 8)
    kept = [blocks[:, :4].max(), blocks[:, 4:].max()]  # the largest of each 4x4 block stays where it stood
    assert sorted(y[y != 0]) == sorted(kept)
    assert all(y[0, 0][blocks == value] == value for value in kept)


@pytest.mark.parametrize(
    ("layers", "what", "help"),
    [
        ("{u: max_unpool 2}",
         "u puts values back where its max_pool took them; no max_pool before it turns 2x8x12 into 2x4x6",
         "it needs one max_pool with the same kernel, stride and padding"),
        ("{r: relu, p: {op: max_pool 2, from: r}, q: {op: max_pool 2, from: r}, s: add p q, u: max_unpool 2}",
         "u puts values back where its max_pool took them; 2 max_pools before it turn 2x4x6 into 2x2x3",
         "it needs one max_pool with the same kernel, stride and padding"),
    ],
)  # fmt: skip
def test_max_unpool_without_its_pool_is_unsupported(layers, what, help):
    ran = []
    with pytest.raises(UnsupportedError) as caught:
        run(graph_of(layers, "2x4x6"), np.ones((1, 2, 4, 6)), watch=ran.append)
    assert (caught.value.what, caught.value.help, caught.value.layer, ran) == (what, help, "u", [])
    assert caught.value.exit_code == 6


def test_a_kind_without_a_forward_is_unsupported_before_anything_runs(monkeypatch):
    monkeypatch.delitem(module.FORWARD, "flatten")
    ran = []
    with pytest.raises(UnsupportedError) as caught:
        run(graph_of("{a: relu, b: flatten}"), X, watch=ran.append)
    assert (caught.value.what, caught.value.layer, ran) == ("b: the kind flatten cannot be run yet", "b", [])


def test_too_little_memory_is_no_traceback(monkeypatch):
    def full(*_):
        raise MemoryError

    monkeypatch.setitem(module.FORWARD, "flatten", full)
    with pytest.raises(BackendError) as caught:
        run(graph_of("{a: relu, b: flatten}"), X)
    assert caught.value.what == "the memory is too small for the output of b"
    assert caught.value.help == "a smaller --batch or --input"


def test_values_that_a_layer_refuses_name_it():
    graph = graph_of("{words: embedding 3 2}", "4")
    with pytest.raises(SpecError) as caught:
        run(graph, [[0, 1, 2, 3]])
    assert (caught.value.what, caught.value.layer) == ("an embedding of 3 vectors got the index 3", "words")
    assert caught.value.place is not None


def test_indices_are_drawn_where_an_embedding_reads():
    graph = graph_of("{words: embedding 3 2}", "200")
    x = random_input(graph, "input", seed=0, batch=2)
    assert set(np.unique(x)) == {0, 1, 2}
    assert run(graph, x)[0].shape == (2, 200, 2)


def test_float32_stays_float32():
    graph = graph_of("{a: conv 3 3x3 padding=1 act=gelu, n: group_norm 3, u: upsample 2 mode=bilinear, f: flatten}")
    steps = []
    forward(graph, [X.astype(np.float32)], he_weights(graph, 0), steps.append)
    assert {step.output.dtype for step in steps} == {np.dtype("float32")}


def test_a_pixel_outside_the_receptive_field_changes_nothing():
    """A unit after conv 11 stride 4 and pool 3 stride 2 sees 11 + 2*4 = 19 pixels: unit 0 the pixels 0 to 18."""
    graph = graph_of("{c: conv 1 11x11 stride=4 bias=no, p: max_pool 3x3 stride=2}", "1x41x41")
    weights = {"c.weight": np.ones((1, 1, 11, 11))}
    x = np.random.default_rng(1).standard_normal((1, 1, 41, 41))
    (before,) = run(graph, x, weights=weights)
    for pixel, seen in ((18, True), (19, False)):
        changed = x.copy()
        changed[..., 0, pixel] += 1000
        (after,) = run(graph, changed, weights=weights)
        assert bool(before[0, 0, 0, 0] != after[0, 0, 0, 0]) is seen


HEAVY = 300_000_000
"""MACs from which a spec runs on a smaller input: the first of `SMALLER` that it takes."""
SMALLER = (64, 96, 107, 139, 188)


def reduced(name):
    """The --input (and --set) under which a spec is light enough; none where it is so already."""
    if name in LIGHTER:
        params, shape = LIGHTER[name]
        sets = [word for param, value in params.items() for word in ("--set", f"{param}={value}")]
        return [*sets, *(["--input", shape] if shape else [])]
    network = archcalc.load(name)
    _, shape = network.graph.inputs[0]
    if network.summary().totals.macs < HEAVY or len(network.graph.inputs) > 1:
        return []
    for size in SMALLER:
        smaller = "x".join(map(str, [shape[0], *[8] * (len(shape) - 3), size, size]))
        try:
            archcalc.load(name, input=smaller)
        except ArchcalcError:
            continue
        return ["--input", smaller]
    return []


MAGNIFYING = ("efficientnet_v2_m", "efficientnet_v2_s")
"""With random weights their float32 outputs are rounding and nothing else; float64 can be compared."""


SMALL = ("bottleneck", "conv1d", "inception_module", "lenet1_1989", "lenet5", "mlp", "residual_projection", "vae")
"""Specs that run in no time; the others are left out of the fast part."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in SMALL else pytest.mark.slow)
        for name in [*(path.stem for path in bundled()), "googlenet@aux", "resnet50@paper"]
    ],
)
def test_every_bundled_spec_runs(name):
    out, err = StringIO(), StringIO()
    code = main(["run", name, "--verify", *reduced(name)], Session(out, err, terminal=False, color=False))
    assert (code, err.getvalue()) == (0, "")
    verified = next(line for line in out.getvalue().splitlines() if line.startswith("Verified:"))
    layers = len(archcalc.load(name, set=LIGHTER.get(name, ({}, None))[0]).graph.nodes)
    assert verified.split(None, 1)[1] == f"{layers} of {layers} arrays have the shape of their rule"
    assert "not finite" not in out.getvalue()
    compared = [line for line in out.getvalue().splitlines() if line.startswith("Engine against reference")]
    assert all("they agree" in line or name in MAGNIFYING for line in compared)

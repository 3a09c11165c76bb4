"""The five normalizations. With n values to a mean, statistics and normalization take 2n additions, 2n
products (n more for weight and bias), 3 divisions and 1 root; 3x11x13 has 429 elements, 7x37 has 259.
"""

from __future__ import annotations

import math
from itertools import product
from types import SimpleNamespace

import pytest

from archcalc.core import SPREAD, Window
from archcalc.errors import ShapeError

X = (3, 11, 13)
LEARNED = {"weight": (3,), "bias": (3,)}
RUNNING = {"running_mean": (3,), "running_var": (3,)}


def work(additions, products, divisions, roots):
    return {
        "additions": additions, "products": products, "divisions": divisions, "exponentials": roots,
    }  # fmt: skip


def row(id, kind, x, values, weights, work, make):
    return pytest.param(SimpleNamespace(kind=kind, x=x, values=values, weights=weights, work=work, make=make), id=id)


def channels_last(torch, norm):
    """The module applied over the channels of a map, as ConvNeXt does."""

    class ChannelsLast(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = norm

        def forward(self, x):
            return self.norm(x.movedim(1, -1)).movedim(-1, 1)

    return ChannelsLast()


def turned(torch, norm):
    """The module on an example whose channels stand last."""

    class Last(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = norm

        def forward(self, x):
            return self.norm(x.movedim(-1, 1)).movedim(1, -1)

    return Last()


CASES = [
    row("batch", "batch_norm", X, {}, {**LEARNED, **RUNNING}, {"products": 429}, lambda t: t.nn.BatchNorm2d(3)),
    row("batch, vector", "batch_norm", (3,), {}, {**LEARNED, **RUNNING}, {"products": 3},
        lambda t: t.nn.BatchNorm1d(3)),
    row("batch, one axis, not affine", "batch_norm", (3, 13), {"affine": False}, RUNNING, {"products": 39},
        lambda t: t.nn.BatchNorm1d(3, affine=False)),
    row("batch of features", "batch_norm", (7, 3), {"axis": -1}, {**LEARNED, **RUNNING}, {"products": 21},
        lambda t: turned(t, t.nn.BatchNorm1d(3))),
    row("batch, own statistics", "batch_norm", X, {"track_running_stats": False}, LEARNED, work(858, 1287, 9, 3),
        lambda t: t.nn.BatchNorm2d(3, track_running_stats=False)),
    row("instance", "instance_norm", X, {}, {}, work(858, 858, 9, 3), lambda t: t.nn.InstanceNorm2d(3)),
    row("instance, affine", "instance_norm", X, {"affine": True}, LEARNED, work(858, 1287, 9, 3),
        lambda t: t.nn.InstanceNorm2d(3, affine=True)),
    row("instance, tracked", "instance_norm", (3, 13), {"track_running_stats": True}, RUNNING,
        {"products": 39}, lambda t: t.nn.InstanceNorm1d(3, track_running_stats=True)),
    row("group", "group_norm", (6, 11, 13), {"num_groups": 2}, {"weight": (6,), "bias": (6,)},
        work(1716, 2574, 6, 2), lambda t: t.nn.GroupNorm(2, 6)),
    row("group, not affine", "group_norm", (6, 11, 13), {"num_groups": 3, "affine": False}, {},
        work(1716, 1716, 9, 3), lambda t: t.nn.GroupNorm(3, 6, affine=False)),
    row("layer, vector", "layer_norm", (37,), {}, {"weight": (37,), "bias": (37,)}, work(74, 111, 3, 1),
        lambda t: t.nn.LayerNorm(37)),
    row("layer, sequence", "layer_norm", (7, 37), {}, {"weight": (37,), "bias": (37,)}, work(518, 777, 21, 7),
        lambda t: t.nn.LayerNorm(37)),
    row("layer, no bias", "layer_norm", (7, 37), {"bias": False}, {"weight": (37,)}, work(518, 777, 21, 7),
        lambda t: t.nn.LayerNorm(37, bias=False)),
    row("layer, not affine", "layer_norm", (7, 37), {"elementwise_affine": False}, {}, work(518, 518, 21, 7),
        lambda t: t.nn.LayerNorm(37, elementwise_affine=False)),
    row("layer, map", "layer_norm", X, {}, LEARNED, work(858, 1287, 429, 143),
        lambda t: channels_last(t, t.nn.LayerNorm(3))),
    row("layer, all axes", "layer_norm", X, {"over": "all"}, {"weight": X, "bias": X}, work(858, 1287, 3, 1),
        lambda t: t.nn.LayerNorm(X)),
    row("rms, sequence", "rms_norm", (7, 37), {}, {"weight": (37,)}, work(7, 777, 14, 7),
        lambda t: t.nn.RMSNorm(37)),
    row("rms, not affine", "rms_norm", (37,), {"elementwise_affine": False}, {}, work(1, 74, 2, 1),
        lambda t: t.nn.RMSNorm(37, elementwise_affine=False)),
    row("rms, map", "rms_norm", X, {}, {"weight": (3,)}, work(143, 1287, 286, 143),
        lambda t: channels_last(t, t.nn.RMSNorm(3))),
    row("rms, all axes", "rms_norm", X, {"over": "all"}, {"weight": X}, work(1, 1287, 2, 1),
        lambda t: t.nn.RMSNorm(X)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("x", "values", "vectors"), [(X, {}, 143), ((7, 37), {}, 7), ((7,), {}, 1), (X, {"axis": 2}, 33)]
)
def test_l2_normalize(facts, x, values, vectors):
    """n squares and n divisions, a root and a comparison with eps for each vector."""
    n = math.prod(x)
    work = {"products": n, "divisions": n, "exponentials": vectors, "comparisons": vectors}
    found = facts("l2_normalize", x, **values)
    assert (found.output, found.weights, found.work) == (x, {}, work)
    if len(x) == 3:
        assert found.windows == (Window(1), SPREAD if values else Window(1))


@pytest.mark.parametrize("case", CASES)
def test_facts(facts, case):
    found = facts(case.kind, case.x, **case.values)
    assert (found.output, found.weights, found.work) == (case.x, case.weights, case.work)


@pytest.mark.torch
@pytest.mark.parametrize("case", CASES)
def test_torch_agrees(measured, case):
    assert measured(case.make, case.x) == (case.x, case.weights)


@pytest.mark.torch
@pytest.mark.parametrize("case", [case for case in CASES if len(case.values[0].x) == 3])
def test_windows_are_what_torch_depends_on(facts, case):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    torch.manual_seed(0)
    image = torch.randn(1, *case.x, dtype=torch.float64, requires_grad=True)
    y = case.make(torch).double().eval()(image)
    (y[0, :, 4, 5] * torch.randn(case.x[0], dtype=torch.float64)).sum().backward()
    rows, columns = facts(case.kind, case.x, **case.values).windows
    seen = {tuple(place) for place in image.grad[0].abs().sum(0).nonzero().tolist()}
    assert seen == set(product(rows.reads(4, 11), columns.reads(5, 13)))


@pytest.mark.parametrize(
    ("kind", "x", "values", "windows"),
    [
        pytest.param("batch_norm", X, {}, (Window(1), Window(1)), id="batch"),
        pytest.param("batch_norm", (37,), {}, (), id="batch, vector"),
        pytest.param("batch_norm", X, {"track_running_stats": False}, (SPREAD, SPREAD), id="batch, own statistics"),
        pytest.param("instance_norm", X, {}, (SPREAD, SPREAD), id="instance"),
        pytest.param("instance_norm", X, {"track_running_stats": True}, (Window(1), Window(1)), id="tracked"),
        pytest.param("group_norm", X, {"num_groups": 3}, (SPREAD, SPREAD), id="group"),
        pytest.param("layer_norm", X, {}, (Window(1), Window(1)), id="layer, map"),
        pytest.param("layer_norm", X, {"over": "all"}, (SPREAD, SPREAD), id="layer, all axes"),
        pytest.param("layer_norm", (7, 37), {}, (SPREAD,), id="layer, sequence"),
        pytest.param("rms_norm", X, {}, (Window(1), Window(1)), id="rms, map"),
    ],
)
def test_windows(facts, kind, x, values, windows):
    assert facts(kind, x, **values).windows == windows


def test_spread_keeps_the_length_and_reads_every_cell():
    assert SPREAD.output(11) == 11
    assert list(SPREAD.reads(4, 11)) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]


def test_running_statistics_are_buffers(facts):
    assert facts("batch_norm", X).roles == {
        "weight": "trainable", "bias": "trainable", "running_mean": "buffer", "running_var": "buffer",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "x", "values", "what", "help"),
    [
        pytest.param("group_norm", (12, 11, 13), {"num_groups": 5}, "5 groups do not divide 12 channels",
            "num_groups must divide them: 1, 2, 3, 4, 6, 12", id="groups"),
        pytest.param("instance_norm", (37,), {},
            "instance_norm needs channels and at least one spatial axis, its input is 37", None, id="vector"),
    ],
)  # fmt: skip
def test_errors(facts, kind, x, values, what, help):
    with pytest.raises(ShapeError) as caught:
        facts(kind, x, **values)
    assert (caught.value.what, caught.value.help) == (what, help)


@pytest.mark.parametrize(
    ("values", "learned"),
    [
        ({"weight": False}, {"bias"}),  # Keras, scale=False: keras.applications' InceptionV3 and Xception
        ({"bias": False}, {"weight"}),
        ({"weight": False, "bias": False}, set()),
        ({"affine": False}, set()),
    ],
)
def test_batch_norm_learns_what_it_is_told(facts, values, learned):
    found = facts("batch_norm", X, **values)
    assert found.weights == dict.fromkeys([*learned, *RUNNING], (3,))
    assert found.work == {"products": 429}


def test_batch_norm_along_rows(facts):
    found = facts("batch_norm", X, axis=1, track_running_stats=False)
    assert found.weights == {"weight": (11,), "bias": (11,)}
    assert found.windows == (Window(1), SPREAD)
    assert found.work == work(858, 1287, 33, 11)
    with pytest.raises(ShapeError) as caught:
        facts("batch_norm", X, axis=3)
    assert caught.value.what == "there is no axis 3, the input is 3x11x13"


@pytest.mark.parametrize(("axis", "told"), [(0, 1), (-3, 1), (1, 0)])
def test_a_bias_is_taken_away_by_a_norm_of_the_channels_only(axis, told):
    import archcalc

    advice = archcalc.loads(f"input: 3x11x13\nlayers: [conv 4 1, batch_norm axis={axis}]\n").lint()
    assert len([found for found in advice if found.rule == "bias-before-norm"]) == told


@pytest.mark.parametrize("options", ["axis=1", "axis=-1", "weight=no", "bias=no", "axis=0"])
def test_the_engine_norms_as_the_reference_does(options):
    np = pytest.importorskip("numpy", reason="the numeric extra is not installed")
    import archcalc
    from archcalc.numeric.engine import Engine
    from archcalc.numeric.run.forward import forward
    from archcalc.numeric.weights.matching import tensors

    graph = archcalc.loads(f"input: 3x5x7\nlayers: [conv 4 3, batch_norm {options}, relu]\n").graph
    rng = np.random.default_rng(1)
    weights = {tensor.name: rng.uniform(0.5, 2, tensor.shape) for tensor in tensors(graph)}
    x = rng.standard_normal((2, 3, 5, 7))
    (wanted,) = forward(graph, [x], dict(weights))
    (found,) = Engine(graph, weights, batch=2, dtype="float64", backend="numpy", threads=1).run([x])
    np.testing.assert_allclose(found, wanted, rtol=1e-10)

"""parameter and constant: values that read no layer."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.core import NO_WORK, Drawn
from archcalc.errors import ShapeError, SpecErrors
from archcalc.layers import find


@pytest.mark.parametrize(
    ("kind", "values", "role", "fill"),
    [
        ("parameter", {}, "trainable", Drawn(0.02)),
        ("parameter", {"init": 0}, "trainable", 0.0),  # ReZero
        ("constant", {}, "buffer", Drawn(1.0)),
        ("constant", {"value": 0.5}, "buffer", 0.5),
        ("constant", {"value": tuple(range(21))}, "buffer", tuple(map(float, range(21)))),
    ],
)
def test_facts(kind, values, role, fill):
    layer = find(kind).make(0, shape=(3, 7), **values)
    assert (layer.windows(), layer.output(), layer.work(layer.output())) == ((), (3, 7), NO_WORK)
    (tensor,) = layer.weights().values()
    assert (tensor.shape, tensor.role, tensor.fill) == ((3, 7), role, fill)


def test_a_constant_has_one_number_or_all():
    with pytest.raises(ShapeError) as caught:
        find("constant").make(0, shape=(3, 7), value=(1, 2)).output()
    assert (caught.value.what, caught.value.help) == (
        "`value` has 2 numbers, 3x7 holds 21",
        "one number for all, or 21",
    )


def test_a_class_token_by_hand():
    """ViT-B/16: a token of 768 before 196 patches."""
    net = archcalc.loads("input: 196x768\nlayers: {cls: parameter 1x768, x: concat cls in}\n")
    totals = net.summary().totals
    assert (totals.params, totals.buffers, totals.macs) == (768, 0, 0)
    assert net.graph.nodes[-1].shape == (197, 768)


def test_a_constant_is_no_param():
    totals = (
        archcalc.loads("input: 3x5x7\nlayers: {m: constant 3x1x1 value=1x2x3, x: subtract in m}\n").summary().totals
    )
    assert (totals.params, totals.buffers) == (0, 3)


def test_rezero_stands_in_a_group():
    """x + alpha F(x), one alpha a block: 2 blocks of 3*3 + 3 and 1."""
    text = """
    input: 3x5x7
    blocks: {res: {layers: {f: conv 3 1, alpha: parameter 1x1x1 init=0, g: multiply alpha f, sum: add in g}}}
    layers: {body: res repeat=2}
    """
    net = archcalc.loads(text.replace("\n    ", "\n"))
    assert net.summary().totals.params == 2 * (9 + 3 + 1)
    assert net.receptive_field("body").size == (1, 1)


def test_a_source_sees_nothing_of_the_input():
    net = archcalc.loads("input: 3x5x7\nlayers: {p: parameter 3x5x7, c: conv 4 3 padding=1 from=p}\n")
    with pytest.raises(archcalc.errors.UsageError) as caught:
        net.receptive_field("c")
    assert caught.value.what == "c does not depend on input"


def test_from_would_change_nothing():
    with pytest.raises(SpecErrors) as caught:
        archcalc.loads("input: 3x5x7\nlayers:\n  a: relu\n  p: parameter 3 from=a\n")
    (error,) = caught.value.errors
    assert (error.what, error.help) == ("`parameter` reads no layer; `from` would change nothing", "delete `from`")


def test_the_weights_of_a_table_are_tied_to_it():
    net = archcalc.loads("input: 9\nlayers: {e: embedding 50 8, p: parameter 50x8 share=e}\noutput: [e, p]\n")
    assert net.summary().totals.params == 400


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("reference", [True, False])
def test_every_example_reads_the_same_values(batch, reference):
    np = pytest.importorskip("numpy", reason="the numeric extra is not installed")
    text = "input: 2x3\nlayers: {p: parameter 1x3, x: concat p in, m: constant 3x3 value=2, y: multiply x m}\n"
    net = archcalc.loads(text)
    x = np.arange(batch * 6.0).reshape(batch, 2, 3)
    from archcalc.numeric.run.forward import forward

    weights = {"p.weight": np.array([[7.0, 8.0, 9.0]]), "m.value": np.full((3, 3), 2.0)}
    if reference:
        (y,) = forward(net.graph, [x], weights)
    else:
        from archcalc.numeric.engine import Engine

        (y,) = Engine(net.graph, weights, batch=batch, dtype="float64", backend="numpy", threads=1).run([x])
    assert np.array_equal(y[:, 0], np.tile([14.0, 16.0, 18.0], (batch, 1)))
    assert np.array_equal(y[:, 1:], 2 * x)


def test_numbers_of_the_spec_stand_in_their_order():
    np = pytest.importorskip("numpy", reason="the numeric extra is not installed")
    from archcalc.numeric.weights.weights import he_weights

    graph = archcalc.loads("input: 2x3\nlayers: {m: constant 2x3 value=1x2x3x4x5x-6, y: add in m}\n").graph
    assert np.array_equal(he_weights(graph, 0, "float64")["m.value"], [[1, 2, 3], [4, 5, -6]])

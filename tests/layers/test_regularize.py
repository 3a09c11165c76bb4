"""dropout, drop_path, identity, layer_scale and scale: the shape stays, and only the last two cost anything."""

from __future__ import annotations

import pytest

from archcalc.core import Window
from archcalc.errors import ShapeError, SpecError

X = (3, 11, 13)


@pytest.mark.parametrize("x", [pytest.param((37,), id="vector"), pytest.param((7, 37), id="sequence"), X])
@pytest.mark.parametrize(("kind", "values"), [("dropout", {}), ("drop_path", {"p": 0.1}), ("identity", {})])
def test_nothing_happens_at_inference(facts, kind, values, x):
    found = facts(kind, x, **values)
    assert (found.output, found.weights, found.work) == (x, {}, {})
    assert found.windows == (Window(1),) * (len(x) - 1)


@pytest.mark.parametrize(
    ("x", "weight", "products"),
    [
        pytest.param((37,), (37,), 37, id="vector"),
        pytest.param((7, 37), (37,), 259, id="sequence"),
        pytest.param(X, (3, 1, 1), 429, id="map, as torchvision's ConvNeXt"),
    ],
)
def test_layer_scale(facts, x, weight, products):
    found = facts("layer_scale", x)
    assert (found.output, found.weights, found.work) == (x, {"weight": weight}, {"products": products})
    assert found.windows == (Window(1),) * (len(x) - 1)


@pytest.mark.parametrize(
    ("values", "work"),
    [
        ({"by": 0.17}, {"products": 429}),  # 3 * 11 * 13
        ({"by": (1, 2, 3), "plus": -1}, {"products": 429}),
        ({"plus": 0.5}, {"additions": 429}),
        ({}, {}),
    ],
)
def test_scale(facts, values, work):
    found = facts("scale", X, **values)
    assert (found.output, found.weights, found.work) == (X, {}, work)
    assert found.windows == (Window(1),) * 2


@pytest.mark.parametrize(("x", "channels"), [((37,), 37), ((7, 37), 37), (X, 3)])
def test_scale_has_a_number_for_each_channel(facts, x, channels):
    assert facts("scale", x, by=tuple(range(channels))).output == x
    with pytest.raises(ShapeError) as caught:
        facts("scale", x, plus=(1, 2))
    assert caught.value.what == f"`plus` has 2 numbers, the input has {channels} channels"


def test_scale_takes_numbers(build):
    with pytest.raises(SpecError) as caught:
        build("scale", 2, by="half")
    assert caught.value.what == "`by`: expected a number, or one for each channel joined by x: 0.5x2x0.25, got `half`"


def test_defaults(build):
    assert build("dropout", 0).p == 0.5  # PyTorch's Dropout
    assert build("layer_scale", 0).init == 1e-6  # ConvNeXt


@pytest.mark.parametrize(("kind", "p", "shown"), [("dropout", 1.5, "1.5"), ("drop_path", -1, "-1")])
def test_a_probability_lies_between_0_and_1(build, kind, p, shown):
    with pytest.raises(SpecError) as caught:
        build(kind, 0, p=p)
    assert caught.value.what == f"`p`: expected a probability from 0 to 1, got {shown}"


@pytest.mark.torch
@pytest.mark.parametrize(
    "make", [pytest.param(lambda t: t.nn.Dropout(), id="dropout"), pytest.param(lambda t: t.nn.Identity(), id="id")]
)
def test_torch_agrees(measured, make):
    assert measured(make, X) == (X, {})

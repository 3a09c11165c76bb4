"""subsample and rbf, held against the figures that LeCun et al. 1998 print for each layer of LeNet-5."""

from __future__ import annotations

from math import prod

import pytest

from archcalc.core import Window
from archcalc.errors import ShapeError


@pytest.mark.parametrize(
    ("x", "output", "connections"),
    [
        pytest.param((6, 28, 28), (6, 14, 14), 5_880, id="S2: 12 parameters, 5,880 connections"),
        pytest.param((16, 10, 10), (16, 5, 5), 2_000, id="S4: 32 parameters, 2,000 connections"),
    ],
)
def test_subsample(facts, x, output, connections):
    found = facts("subsample", x, kernel_size=2)
    assert (found.output, found.weights) == (output, {"coefficient": x[:1], "bias": x[:1]})
    assert found.work == {
        "products": prod(output), "additions": 4 * prod(output), "connections": connections,
    }  # fmt: skip
    assert found.windows == (Window(2, 2), Window(2, 2))


def test_subsample_with_a_stride(facts):
    found = facts("subsample", (3, 11, 13), kernel_size=(2, 3), stride=(1, 2))
    assert found.output == (3, 10, 6)
    assert found.work == {"products": 180, "additions": 6 * 180, "connections": 7 * 180}


def test_rbf(facts):
    found = facts("rbf", (84,), out_features=10)
    assert (found.output, found.weights, found.roles) == ((10,), {"centres": (10, 84)}, {"centres": "fixed"})
    assert found.work == {"products": 840, "additions": 840, "connections": 840}
    assert found.windows == ()
    assert facts("rbf", (84,), out_features=10, trainable=True).roles == {"centres": "trainable"}


@pytest.mark.parametrize(
    ("kind", "x", "values", "what", "help"),
    [
        pytest.param("rbf", (7, 4, 3), {"out_features": 10},
            "rbf needs a vector of features, its input is 7x4x3", "flatten it first (84 features)", id="rbf on a map"),
        pytest.param("subsample", (84,), {"kernel_size": 2},
            "subsample needs channels and at least one spatial axis, its input is 84", None, id="subsample"),
    ],
)  # fmt: skip
def test_errors(facts, kind, x, values, what, help):
    with pytest.raises(ShapeError) as caught:
        facts(kind, x, **values)
    assert (caught.value.what, caught.value.help) == (what, help)


def test_lenet5_of_1998_adds_up(facts):
    """60,000 trainable parameters and 340,908 connections, as the paper says."""
    links = tuple(tuple(range(count)) for count in [3] * 6 + [4] * 9 + [6])  # the numbers of table I
    layers = [
        facts("conv", (1, 32, 32), out_channels=6, kernel_size=5),
        facts("subsample", (6, 28, 28), kernel_size=2),
        facts("conv", (6, 14, 14), out_channels=16, kernel_size=5, links=links),
        facts("subsample", (16, 10, 10), kernel_size=2),
        facts("conv", (16, 5, 5), out_channels=120, kernel_size=5),
        facts("linear", (120,), out_features=84),
        facts("rbf", (84,), out_features=10),
    ]
    trainable = sum(prod(f.weights[name]) for f in layers for name, role in f.roles.items() if role == "trainable")
    assert trainable == 60_000
    assert sum(f.work["connections"] for f in layers) == 340_908

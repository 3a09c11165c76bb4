"""The steps of a layer on a small array: sums written out by hand, and the reference forward as the oracle."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import archcalc
from archcalc.core import Shape
from archcalc.errors import SpecError, UsageError
from archcalc.layers import find
from archcalc.numeric.reference import FORWARD


def rows(array):
    return [list(row) for row in array.rows()]


@pytest.mark.parametrize(
    ("kind", "x", "options", "y"),
    [
        # 1·1 − 4 = −3, 2·1 − 1 = 1, 3·1 − 1 = 2, 4·1 − 2 = 2
        ("conv", "1 2 0;3 4 1;0 1 2", {"weights": "1 0;0 -1"}, [[-3, 1], [2, 2]]),
        # turned: −1 0; 0 1, so each sign is the other
        ("conv", "1 2 0;3 4 1;0 1 2", {"weights": "1 0;0 -1", "flip": True}, [[3, -1], [-2, -2]]),
        # (1 + 2z)(3 + 4z + 5z²) = 3 + 10z + 13z² + 10z³: full convolution multiplies polynomials
        ("conv", "3 4 5", {"weights": "1 2", "flip": True, "padding": "full"}, [[3, 10, 13, 10]]),
        ("conv", "1 2 3 4 5 6 7", {"weights": "1 1 1", "stride": 2, "dilation": 2}, [[9, 15]]),  # 1+3+5, 3+5+7
        ("conv", "1 2|3 4", {"weights": "1|10||100|1000"}, [[31, 42], [3100, 4200]]),
        ("conv", "1 2", {"weights": "1||1", "bias": "1/2 -1"}, [[Fraction(3, 2), Fraction(5, 2)], [0, 1]]),
        ("conv", "1 2 3", {"weights": "1 1", "padding": ((1, 1),)}, [[1, 3, 5, 3]]),
        ("conv", "1 2 3", {"weights": "1 10", "padding": ((2, 0),), "padding_mode": "reflect"}, [[23, 12, 21, 32]]),
        ("depthwise_conv", "1 2|3 4", {"weights": "1 1||1 -1"}, [[3], [-1]]),
        ("conv_transpose", "1 2;3 4", {"weights": "1 1;1 1", "stride": 1}, [[1, 3, 2], [4, 10, 6], [3, 7, 4]]),
        ("linear", "1 2 3", {"weights": "1 0 -1;2 2 2", "bias": "1 0"}, [[-1, 12]]),
        ("pool", "1 2 0 5;3 4 1 1", {"kernel_size": 2}, [[4, 5]]),
        ("max_pool", "-1 -2 -3", {"kernel_size": 2, "padding": ((1, 1),), "stride": 1}, [[-1, -1, -2, -3]]),
        ("avg_pool", "1 2 0 5;3 4 1 1", {"kernel_size": 2}, [[Fraction(5, 2), Fraction(7, 4)]]),
        ("avg_pool", "1 2 3", {"kernel_size": 2, "ceil_mode": True}, [[Fraction(3, 2), 3]]),
        ("avg_pool", "1 2 3", {"kernel_size": 3, "stride": 1, "padding": ((1, 1),)}, [[1, 2, Fraction(5, 3)]]),
        (
            "avg_pool", "1 2 3", {"kernel_size": 3, "stride": 1, "padding": ((1, 1),), "count_include_pad": False},
            [[Fraction(3, 2), 2, Fraction(5, 2)]],
        ),
    ],
)  # fmt: skip
def test_by_hand(kind, x, options, y):
    found = archcalc.values(kind, x, **options)
    assert rows(found.output) == y
    assert all(isinstance(cell, int | Fraction) for cell in found.output.cells)


CALLS = [
    ("conv", {"out_channels": 4, "kernel_size": (2, 3), "stride": (1, 2), "padding": ((1, 0), (2, 1))}),
    ("conv", {"out_channels": 4, "kernel_size": (3, 2), "groups": 2, "dilation": (2, 1), "bias": False}),
    ("conv", {"out_channels": 2, "kernel_size": (2, 3), "padding": "same", "padding_mode": "circular"}),
    ("depthwise_conv", {"kernel_size": (2, 3), "multiplier": 3, "padding": "full"}),
    ("conv_transpose", {"out_channels": 4, "kernel_size": (2, 3), "stride": (2, 1), "padding": ((1, 0), (0, 1)),
                        "groups": 2}),
    ("max_pool", {"kernel_size": (2, 3), "stride": (1, 2), "padding": ((1, 1), (1, 1)), "ceil_mode": True}),
    ("avg_pool", {"kernel_size": (2, 3), "stride": (1, 2), "padding": ((1, 1), (1, 1)), "ceil_mode": True}),
    ("avg_pool", {"kernel_size": (2, 3), "padding": ((1, 0), (1, 1)), "count_include_pad": False}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "options"), CALLS, ids=[f"{kind} {number}" for number, (kind, _) in enumerate(CALLS)])
def test_as_the_reference_forward(kind, options):
    """Whole numbers from −5 to 5 on a map of 2x5x7: both are exact."""
    rng = np.random.default_rng(3)
    x = rng.integers(-5, 6, (2, 5, 7))
    made = find(kind).make(2, **options)
    tensors = {name: rng.integers(-5, 6, spec.shape) for name, spec in made.weights(Shape(x.shape)).items()}
    y = FORWARD[kind](made, {name: tensor.astype(float) for name, tensor in tensors.items()}, x[None].astype(float))[0]
    given = {
        name: value
        for name, value in options.items()
        if name not in ("out_channels", "kernel_size", "bias", "multiplier")
    }
    if tensors:
        given["weights"] = tensors["weight"].tolist()
        given |= {"bias": tensors["bias"].tolist()} if "bias" in tensors else {}
    else:
        given["kernel_size"] = options["kernel_size"]
    found = archcalc.values(kind, x.tolist(), **given)
    assert tuple(found.output.shape) == y.shape
    assert [*map(float, found.output.cells)] == pytest.approx(y.ravel().tolist(), abs=1e-12)


def test_every_step_adds_up():
    found = archcalc.values("conv", "1 2 0;3 4 1;0 1 2", weights="1 2;3 4", bias="5", padding=((1, 1), (1, 1)))
    for step in found.steps:
        assert sum(term.value * term.weight for term in step.terms) + step.bias == step.result
        assert len(step.terms) == 4  # the zeros of the padding are among them


@pytest.mark.parametrize(
    ("kind", "x", "options", "what"),
    [
        ("conv", "1 2", {}, "conv --values needs its weights"),
        ("conv", "1 2;3 4", {"weights": "1 1"}, "the kernel has 1 axis, the array has 2 axes"),
        ("conv", "1 2|3 4", {"weights": "1"}, "the weights are 1x1x1, conv on 2x2 has 1x2x1"),
        ("conv", "1 2", {"weights": "1", "bias": "1 2"}, "there are 2 biases for 1 output channels"),
        ("conv", "1 2", {"weights": "1", "kernel_size": 2}, "the weights say another kernel_size than asked for"),
        ("pool", "1 2", {"kernel_size": 2, "weights": "1"}, "max_pool has no weights"),
        ("lp_pool", "1 2", {"kernel_size": 2}, "lp_pool has no steps to write out"),
        ("linear", "1 2;3 4", {"weights": "1"}, "linear reads one row of numbers, got 1x2x2"),
        ("conv", " ".join(["1"] * 300), {"weights": " ".join(["1"] * 100)},
         "that are 20,100 products, at most 20,000 are written out"),
    ],
)  # fmt: skip
def test_what_does_not_fit(kind, x, options, what):
    with pytest.raises(UsageError) as caught:
        archcalc.values(kind, x, **options)
    assert caught.value.what == what


def test_a_kernel_larger_than_the_array():
    with pytest.raises(SpecError) as caught:
        archcalc.values("conv", "1 2", weights="1 1 1")
    assert caught.value.what == "the window spans 3 cells, the padded axis has 2 (2 + 2·0)"

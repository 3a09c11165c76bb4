"""conv_transpose: O = (W - 1)s - P + K_eff + output_padding; the numbers are worked out beside each row."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from archcalc.core import TransposedWindow
from archcalc.errors import ShapeError, SpecError

X = (3, 11, 13)
K = (2, 3)
BOTH = {"weight": (3, 5, 2, 3), "bias": (5,)}
MACS = 3 * 5 * 6 * 143  # each weight once per input position


def work(macs, biases=0):
    counts = {"macs": macs, "additions": biases, "connections": macs + biases}
    return {name: count for name, count in counts.items() if count}


def row(id, x, values, output, weights, work, make=None):
    return pytest.param(
        SimpleNamespace(x=x, values=values, output=output, weights=weights, work=work, make=make), id=id
    )


CASES = [
    row("plain", X, {"out_channels": 5, "kernel_size": K},
        (5, 12, 15), BOTH, work(MACS, 900), lambda t: t.nn.ConvTranspose2d(3, 5, K)),
    row("stride, padding, output_padding", X,
        {"out_channels": 5, "kernel_size": K, "stride": (1, 2), "padding": (1, 2), "output_padding": (0, 1)},
        (5, 10, 24), BOTH, work(MACS, 1200),  # 10 - 2 + 2, 24 - 4 + 3 + 1
        lambda t: t.nn.ConvTranspose2d(3, 5, K, (1, 2), (1, 2), (0, 1))),
    row("output_padding below the dilation", X,
        {"out_channels": 5, "kernel_size": K, "stride": (1, 2), "dilation": (3, 2), "output_padding": (2, 1)},
        (5, 16, 30), BOTH, work(MACS, 2400),  # 10 + 4 + 2, 24 + 5 + 1
        lambda t: t.nn.ConvTranspose2d(3, 5, K, (1, 2), 0, (2, 1), dilation=(3, 2))),
    row("groups, no bias", X, {"out_channels": 6, "kernel_size": K, "groups": 3, "bias": False},
        (6, 12, 15), {"weight": (3, 2, 2, 3)}, work(3 * 2 * 6 * 143),
        lambda t: t.nn.ConvTranspose2d(3, 6, K, groups=3, bias=False)),
    row("one axis", (3, 13), {"out_channels": 5, "kernel_size": 3, "stride": 2},
        (5, 27), {"weight": (3, 5, 3), "bias": (5,)}, work(45 * 13, 135),
        lambda t: t.nn.ConvTranspose1d(3, 5, 3, 2)),
    row("three axes", (3, 5, 7, 11), {"out_channels": 5, "kernel_size": (2, 3, 5)},
        (5, 6, 9, 15), {"weight": (3, 5, 2, 3, 5), "bias": (5,)}, work(450 * 385, 4050),
        lambda t: t.nn.ConvTranspose3d(3, 5, (2, 3, 5))),
    # 16 * 8 * 16 weights at each of 16 * 16 input cells; by output cells it would be 2,097,152
    row("doubling (DCGAN): 524,288 MACs", (16, 16, 16),
        {"out_channels": 8, "kernel_size": 4, "stride": 2, "padding": 1},
        (8, 32, 32), {"weight": (16, 8, 4, 4), "bias": (8,)}, work(524_288, 8_192),
        lambda t: t.nn.ConvTranspose2d(16, 8, 4, 2, 1)),
    row("depthwise: 2,304 MACs", (4, 8, 8), {"out_channels": 4, "kernel_size": 3, "stride": 2, "groups": 4},
        (4, 17, 17), {"weight": (4, 1, 3, 3), "bias": (4,)}, work(2_304, 1_156),
        lambda t: t.nn.ConvTranspose2d(4, 4, 3, 2, groups=4)),
    row("valid", X, {"out_channels": 5, "kernel_size": K, "padding": "valid", "stride": (1, 2)},
        (5, 12, 27), BOTH, work(MACS, 1620), lambda t: t.nn.ConvTranspose2d(3, 5, K, (1, 2))),
    # Keras, Conv2DTranspose: padding same gives W * s
    row("same", X, {"out_channels": 5, "kernel_size": (3, 2), "padding": "same", "stride": (1, 3)},
        (5, 11, 39), {"weight": (3, 5, 3, 2), "bias": (5,)}, work(MACS, 2145),
        lambda t: t.nn.ConvTranspose2d(3, 5, (3, 2), (1, 3), (1, 0), (0, 1))),
    row("padding per side", X,
        {"out_channels": 5, "kernel_size": K, "padding": ((0, 1), (2, 0)), "stride": (1, 2)},
        (5, 11, 25), BOTH, work(MACS, 1375),  # 10 - 1 + 2, 24 - 2 + 3
        lambda t: t.nn.Sequential(t.nn.ConvTranspose2d(3, 5, K, (1, 2)), t.nn.ZeroPad2d((-2, 0, 0, -1)))),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_facts(facts, case):
    found = facts("conv_transpose", case.x, **case.values)
    assert (found.output, found.weights, found.work) == (case.output, case.weights, case.work)


@pytest.mark.torch
@pytest.mark.parametrize("case", CASES)
def test_torch_agrees(measured, case):
    assert measured(case.make, case.x) == (case.output, case.weights)


@pytest.mark.parametrize(
    ("kernel_size", "stride", "window"),
    [
        # Keras: the odd cell of K - s is cut after the axis; what is missing for W * s is added after it
        pytest.param(5, 2, TransposedWindow(5, 2, (1, 2)), id="3 cells too many"),
        pytest.param(2, 5, TransposedWindow(2, 5, (0, 0), output_padding=3), id="3 cells too few"),
    ],
)
def test_same(facts, kernel_size, stride, window):
    found = facts("conv_transpose", (3, 11), out_channels=5, kernel_size=kernel_size, stride=stride, padding="same")
    assert (found.windows, found.output) == ((window,), (5, 11 * stride))


ERRORS = [
    pytest.param((37,), {}, "a transposed convolution needs channels and at least one spatial axis, its input is 37",
        None, id="vector"),
    pytest.param(X, {"groups": 2}, "2 groups do not divide 3 input and 5 output channels",
        "groups must divide both: 1", id="groups"),
    pytest.param(X, {"stride": 2, "dilation": 3, "output_padding": 3},
        "output_padding 3 must be smaller than the stride 2 or the dilation 3", "output_padding up to 2",
        id="output_padding"),
    pytest.param(X, {"padding": "same", "stride": 2, "output_padding": 1},
        "padding=same fixes the output size, output_padding 1 would change it",
        "leave output_padding out, or say the padding in cells", id="same and output_padding"),
    pytest.param(X, {"padding": (7, 1)}, "height: the padding cuts away the whole output: -2 cells are left",
        "height: padding of at most 5", id="padding"),  # 12 - 14 = -2; 12 - 2 * 5 = 2 cells are left
]  # fmt: skip


@pytest.mark.parametrize(("x", "values", "what", "help"), ERRORS)
def test_errors(facts, x, values, what, help):
    with pytest.raises(ShapeError) as caught:
        facts("conv_transpose", x, **{"out_channels": 5, "kernel_size": 2, **values})
    assert (caught.value.what, caught.value.help) == (what, help)


def test_full_is_refused(build):
    with pytest.raises(SpecError) as caught:
        build("conv_transpose", 2, out_channels=5, kernel_size=2, padding="full")
    assert caught.value.what == (
        "`padding`: expected cells (2, 2x3, or before:after as 0:1x0:1), same or valid, got `full`"
    )


@pytest.mark.torch
def test_torch_refuses_the_same_output_padding():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    layer = torch.nn.ConvTranspose2d(3, 5, 2, stride=2, dilation=3, output_padding=3)
    with pytest.raises(RuntimeError, match="output padding must be smaller than either stride or dilation"):
        layer(torch.randn(2, *X))

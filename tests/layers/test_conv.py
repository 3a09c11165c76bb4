"""conv and depthwise_conv: the expected numbers are worked out by hand beside each row; torch must agree.

H: 11 - 2 + 1 = 10 and W: 13 - 3 + 1 = 11 for the plain 2x3 window; 5 filters of 3 * 2 * 3 = 18 weights are 90.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from archcalc.core import Window
from archcalc.errors import ShapeError, SpecError

X = (3, 11, 13)
K = (2, 3)
BOTH = {"weight": (5, 3, 2, 3), "bias": (5,)}

# LeCun et al. 1998, table I: the maps of S2 that each map of C3 reads; 6 * 3 + 9 * 4 + 6 = 60 links
C3 = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5),
)  # fmt: skip


def work(macs, biases=0):
    counts = {"macs": macs, "additions": biases, "connections": macs + biases}
    return {name: count for name, count in counts.items() if count}


def row(id, kind, x, values, output, weights, work, make=None):
    return pytest.param(
        SimpleNamespace(kind=kind, x=x, values=values, output=output, weights=weights, work=work, make=make), id=id
    )


CASES = [
    row("plain", "conv", X, {"out_channels": 5, "kernel_size": K}, (5, 10, 11), BOTH, work(90 * 110, 550),
        lambda t: t.nn.Conv2d(3, 5, K)),
    row("stride, no bias", "conv", X, {"out_channels": 5, "kernel_size": K, "stride": (1, 2), "bias": False},
        (5, 10, 6), {"weight": (5, 3, 2, 3)}, work(90 * 60),  # (13 - 3) // 2 + 1 = 6
        lambda t: t.nn.Conv2d(3, 5, K, (1, 2), bias=False)),
    row("padding and dilation", "conv", X,
        {"out_channels": 5, "kernel_size": K, "padding": (1, 2), "dilation": (3, 2)},
        (5, 10, 13), BOTH, work(90 * 130, 650),  # 11 + 2 - 4 + 1, 13 + 4 - 5 + 1
        lambda t: t.nn.Conv2d(3, 5, K, padding=(1, 2), dilation=(3, 2))),
    row("groups", "conv", X, {"out_channels": 6, "kernel_size": K, "groups": 3},
        (6, 10, 11), {"weight": (6, 1, 2, 3), "bias": (6,)}, work(36 * 110, 660),
        lambda t: t.nn.Conv2d(3, 6, K, groups=3)),
    row("padding per side", "conv", X, {"out_channels": 5, "kernel_size": K, "padding": ((0, 1), (2, 0))},
        (5, 11, 13), BOTH, work(90 * 143, 715),  # 11 + 1 - 2 + 1, 13 + 2 - 3 + 1
        lambda t: t.nn.Sequential(t.nn.ZeroPad2d((2, 0, 0, 1)), t.nn.Conv2d(3, 5, K))),
    row("same", "conv", X, {"out_channels": 5, "kernel_size": (5, 3), "padding": "same", "dilation": (2, 1)},
        (5, 11, 13), {"weight": (5, 3, 5, 3), "bias": (5,)}, work(225 * 143, 715),
        lambda t: t.nn.Conv2d(3, 5, (5, 3), padding="same", dilation=(2, 1))),
    row("same, stride 2 (TensorFlow: ceil(W/s))", "conv", X,
        {"out_channels": 5, "kernel_size": K, "padding": "same", "stride": 2}, (5, 6, 7), BOTH, work(90 * 42, 210)),
    row("valid", "conv", X, {"out_channels": 5, "kernel_size": K, "padding": "valid"},
        (5, 10, 11), BOTH, work(90 * 110, 550), lambda t: t.nn.Conv2d(3, 5, K, padding="valid")),
    row("full", "conv", X, {"out_channels": 5, "kernel_size": K, "padding": "full"},
        (5, 12, 15), BOTH, work(90 * 180, 900), lambda t: t.nn.Conv2d(3, 5, K, padding=(1, 2))),
    *(
        row(f"padding mode {mode}", "conv", X,
            {"out_channels": 5, "kernel_size": K, "padding": (1, 2), "padding_mode": mode},
            (5, 12, 15), BOTH, work(90 * 180, 900),
            lambda t, mode=mode: t.nn.Conv2d(3, 5, K, padding=(1, 2), padding_mode=mode))
        for mode in ("zeros", "reflect", "replicate", "circular")
    ),
    row("one axis", "conv", (3, 13), {"out_channels": 5, "kernel_size": 3, "stride": 2},
        (5, 6), {"weight": (5, 3, 3), "bias": (5,)}, work(45 * 6, 30), lambda t: t.nn.Conv1d(3, 5, 3, 2)),
    row("three axes", "conv", (3, 7, 11, 13), {"out_channels": 5, "kernel_size": (2, 3, 5)},
        (5, 6, 9, 9), {"weight": (5, 3, 2, 3, 5), "bias": (5,)}, work(450 * 486, 2430),
        lambda t: t.nn.Conv3d(3, 5, (2, 3, 5))),
    row("AlexNet conv1: 34,944 params, 105,415,200 MACs", "conv", (3, 227, 227),
        {"out_channels": 96, "kernel_size": 11, "stride": 4}, (96, 55, 55),
        {"weight": (96, 3, 11, 11), "bias": (96,)}, work(105_415_200, 290_400)),
    # LeCun et al. 1998: C3 has 1,516 parameters and 151,600 connections
    row("links (LeNet-5's C3)", "conv", (6, 14, 14), {"out_channels": 16, "kernel_size": 5, "links": C3},
        (16, 10, 10), {"weight": (60, 5, 5), "bias": (16,)}, work(150_000, 1_600)),
    # LeCun et al. 1989: H1 has 768 units, 1,068 parameters and 19,968 connections
    row("untied bias (1989, H1)", "conv", (1, 16, 16),
        {"out_channels": 12, "kernel_size": 5, "stride": 2, "padding": 2, "bias": "untied"},
        (12, 8, 8), {"weight": (12, 1, 5, 5), "bias": (12, 8, 8)}, work(19_200, 768)),
    row("depthwise", "depthwise_conv", X, {"kernel_size": K}, (3, 10, 11),
        {"weight": (3, 1, 2, 3), "bias": (3,)}, work(18 * 110, 330), lambda t: t.nn.Conv2d(3, 3, K, groups=3)),
    row("depthwise, two filters a channel", "depthwise_conv", X,
        {"kernel_size": K, "multiplier": 2, "stride": (1, 2), "bias": False},
        (6, 10, 6), {"weight": (6, 1, 2, 3)}, work(36 * 60),
        lambda t: t.nn.Conv2d(3, 6, K, (1, 2), groups=3, bias=False)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_facts(facts, case):
    found = facts(case.kind, case.x, **case.values)
    assert (found.output, found.weights, found.work) == (case.output, case.weights, case.work)
    assert set(found.roles.values()) == {"trainable"}


@pytest.mark.torch
@pytest.mark.parametrize("case", [case for case in CASES if case.values[0].make])
def test_torch_agrees(measured, case):
    assert measured(case.make, case.x) == (case.output, case.weights)


def test_same_puts_the_odd_cell_after_the_axis(facts):
    # (6 - 1) * 2 + 2 - 11 = 1 cell of padding; (7 - 1) * 2 + 3 - 13 = 2
    found = facts("conv", X, out_channels=5, kernel_size=K, padding="same", stride=2)
    assert found.windows == (Window(2, 2, (0, 1)), Window(3, 2, (1, 1)))


def test_windows_carry_dilation_and_padding_mode(facts):
    found = facts("conv", X, out_channels=5, kernel_size=K, padding=(1, 2), dilation=(3, 2), padding_mode="reflect")
    assert found.windows == (Window(2, 1, (1, 1), 3, mode="reflect"), Window(3, 1, (2, 2), 2, mode="reflect"))


ERRORS = [
    pytest.param("conv", (37,), {"out_channels": 5, "kernel_size": 3},
        "a convolution needs channels and at least one spatial axis, its input is 37", None, id="vector"),
    pytest.param("depthwise_conv", (37,), {"kernel_size": 3},
        "a depthwise convolution needs channels and at least one spatial axis, its input is 37", None,
        id="depthwise on a vector"),
    pytest.param("conv", (12, 11, 13), {"out_channels": 18, "kernel_size": K, "groups": 4},
        "4 groups do not divide 12 input and 18 output channels", "groups must divide both: 1, 2, 3, 6", id="groups"),
    pytest.param("conv", X, {"out_channels": 5, "kernel_size": (2, 17), "padding": (0, 1)},
        "width: the window spans 17 cells, the padded axis has 15 (13 + 2·1)",
        "width: kernel up to 15, or padding of at least 2", id="window too wide"),
    pytest.param("conv", X, {"out_channels": 5, "kernel_size": 15},
        "height: the window spans 15 cells, the padded axis has 11 (11 + 2·0)",
        "height: kernel up to 11, or padding of at least 2; width: kernel up to 13, or padding of at least 1",
        id="window too large on both axes"),
    pytest.param("conv", (3, 11, 11), {"out_channels": 5, "kernel_size": 15},
        "the window spans 15 cells, the padded axis has 11 (11 + 2·0)",
        "kernel up to 11, or padding of at least 2", id="window too large on equal axes"),
    pytest.param("conv", X, {"out_channels": 2, "kernel_size": K, "links": ((0,), (1,), (2,))},
        "the table of links has 3 rows, the layer has 2 output channels",
        "one row per output channel, with the input channels it reads", id="rows of links"),
    pytest.param("conv", X, {"out_channels": 2, "kernel_size": K, "links": ((0,), (1, 3))},
        "the table of links names input channel 3, the input has 3", "channels count from 0: 0 to 2",
        id="channel of links"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "x", "values", "what", "help"), ERRORS)
def test_errors(facts, kind, x, values, what, help):
    with pytest.raises(ShapeError) as caught:
        facts(kind, x, **values)
    assert (caught.value.what, caught.value.help) == (what, help)


def test_a_number_for_each_axis(build):
    with pytest.raises(SpecError) as caught:
        build("conv", 2, out_channels=5, kernel_size=(2, 3, 5))
    assert caught.value.what == "`kernel_size`: 2x3x5 has 3 sizes, the input has 2 spatial axes"
    assert caught.value.help == "one number serves all axes"


@pytest.mark.parametrize(("kind", "values"), [("conv", {"out_channels": 3}), ("depthwise_conv", {})])
def test_a_fixed_kernel_is_a_param_that_is_not_trained(facts, kind, values):
    found = facts(kind, (3, 11, 13), kernel_size=3, fixed=True, **values)
    assert found.roles == {"weight": "fixed", "bias": "fixed"}
    import archcalc

    totals = archcalc.loads("input: 3x11x13\nlayers: [depthwise_conv 3 bias=no fixed, conv 4 1]\n").summary().totals
    assert (totals.params, totals.trainable_params) == (27 + 16, 16)

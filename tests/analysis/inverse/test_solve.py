"""One layer's rule read backwards; every expected value worked out by hand beside it."""

from __future__ import annotations

from itertools import product

import pytest

from archcalc.analysis.inverse.solve import UNKNOWNS, find_kind, one_layer, solve
from archcalc.core import Shape
from archcalc.errors import SpecError, UsageError


def found(kind, x, values, unknowns, *sizes):
    shape = None if x is None else Shape(x)
    return solve(find_kind(kind), shape, values, unknowns, sizes)


def common(*arguments):
    return [solution.values for solution in found(*arguments).common]


@pytest.mark.parametrize(
    ("kind", "x", "values", "unknown", "size", "expected"),
    [
        # 27 - 5 + 2P + 1 = 27: P = 2
        ("conv", (96, 27, 27), {"kernel_size": 5}, "padding", 27, [(2,)]),
        # floor((227 - 11)/s) + 1 = 55: 216/s in [54, 55): s = 4 (216/4 = 54, 216/3 = 72)
        ("conv", (3, 227, 227), {"kernel_size": 11}, "stride", 55, [(4,)]),
        # floor((227 - K)/4) + 1 = 55: 227 - K in [216, 219]: K in 8..11
        ("conv", (3, 227, 227), {"stride": 4}, "kernel", 55, [(8,), (9,), (10,), (11,)]),
        # 33 - (2d + 1) + 1 = 29: d = 2
        ("conv", (3, 33, 33), {"kernel_size": 3}, "dilation", 29, [(2,)]),
        # floor((W - 3)/2) + 1 = 6: W - 3 in [10, 11]
        ("pool", None, {"kernel_size": 3, "stride": 2}, "input", 6, [(13,), (14,)]),
        # ceil(W/2) = 17
        ("conv", None, {"kernel_size": 3, "stride": 2, "padding": "same"}, "input", 17, [(33,), (34,)]),
        # ceil((W - 3)/2) + 1 = 6: W - 3 in [9, 10]
        ("max_pool", None, {"kernel_size": 3, "stride": 2, "ceil_mode": True}, "input", 6, [(12,), (13,)]),
        # (W - 1)*2 - 2 + 4 = 14: W = 7
        ("conv_transpose", None, {"kernel_size": 4, "stride": 2, "padding": 1}, "input", 14, [(7,)]),
        # (7 - 1)*2 - 2P + 3 = 13: P = 1
        ("conv_transpose", (5, 7, 7), {"kernel_size": 3, "stride": 2}, "padding", 13, [(1,)]),
        # a pool without a stride takes its kernel: floor((13 - K)/K) + 1 = 4: K = 3
        ("avg_pool", (5, 13, 13), {}, "kernel", 4, [(3,)]),
        # floor((28 - 2)/s) + 1 = 14: 26/s in [13, 14): s = 2; for 9: 26/s in [8, 9): s = 3
        ("lp_pool", (5, 28, 28), {"kernel_size": 2}, "stride", 14, [(2,)]),
        ("subsample", (5, 28, 28), {"kernel_size": 2}, "stride", 9, [(3,)]),
    ],
)
def test_one_unknown(kind, x, values, unknown, size, expected):
    assert common(kind, x, values, [unknown], size) == expected


def test_axes_of_their_own_sizes():
    # stride 2: floor((11 - 2)/2) + 1 = 5, floor((13 - 3)/2) + 1 = 6
    assert common("conv", (3, 11, 13), {"kernel_size": (2, 3)}, ["stride"], 5, 6) == [(2,)]


def test_a_value_for_each_axis_where_none_serves_all():
    # kernel 1x3 keeps 11x13 with padding 0 and 1
    solutions = found("conv", (3, 11, 13), {"kernel_size": (1, 3)}, ["padding"], 11, 13)
    assert (solutions.common, solutions.per_axis) == ((), ((0,), (1,)))


def test_several_unknowns_keep_to_what_nets_use():
    # dilation d and padding P keep 33 with a kernel of 3 where 2P = 2d
    assert common("conv", (3, 33, 33), {"kernel_size": 3}, ["dilation", "padding"], 33) == [(n, n) for n in range(1, 9)]
    # kernel, stride, padding from 13 to 7 by stride 2 (kernels to 15): 13 - K + 2P in [12, 13]
    expected = [(3, 2, 1), (4, 2, 2), (5, 2, 2), (6, 2, 3), (7, 2, 3), (8, 2, 4), (9, 2, 4), (10, 2, 5), (11, 2, 5)]
    expected += [(12, 2, 6), (13, 2, 6), (14, 2, 7), (15, 2, 7)]
    solutions = common("conv", (3, 13, 13), {}, ["kernel", "stride", "padding"], 7)
    assert [values for values in solutions if values[1] == 2] == [(2, 2, 1), *expected]


@pytest.mark.parametrize(
    ("arguments", "what", "notes", "help_"),
    [
        (
            ("conv", (96, 28, 28), {"kernel_size": 2}, ["padding"], 28),
            "no padding gives 28 from 28",
            ("unequal sides do: padding=0:1 gives 28",),
            "the nearest: padding 0 gives 27, padding 1 gives 29",
        ),
        (
            ("conv", (3, 11, 13), {"kernel_size": 3}, ["stride"], 8),
            "no stride gives 8 from 11",
            (),
            "the nearest: stride 2 gives 5, stride 1 gives 9",
        ),
        (("pool", (3, 11, 13), {}, ["kernel"], 12), "no kernel gives 12 from 11", (), "the nearest: kernel 1 gives 11"),
        (
            ("conv", (3, 2, 2), {"kernel_size": 5}, ["stride"], 3),
            "no stride gives 3 from 2",
            (),
            "no value fits: the window is larger than the padded input",
        ),
        (
            ("conv", (3, 9, 9), {"kernel_size": 3}, ["pading"], 3),
            "--find pading is unknown",
            (),
            "did you mean `padding`?",
        ),
        (
            ("conv", (3, 9, 9), {"kernel_size": 3}, ["kernel"], 3),
            "--find kernel and --kernel are both given",
            (),
            "leave --kernel out",
        ),
        (
            ("conv", None, {"kernel_size": 3}, ["padding"], 3),
            "calc needs --in",
            (),
            "the input's shape: --in 3x227x227",
        ),
        (("avg_pool", (3, 9, 9), {"kernel_size": 3}, ["dilation"], 3), "avg_pool has no dilation", (), None),
        (
            ("linear", (3, 9), {}, ["kernel"], 3),
            "linear has no window to solve for",
            (),
            "--find works for convolutions and pools",
        ),
        (
            ("conv", (9,), {"kernel_size": 3}, ["stride"], 3),
            "--in 9 has no spatial axes",
            (),
            "channels and sizes: --in 3x227x227",
        ),
        (
            ("conv", (3, 9, 9), {"kernel_size": 3}, ["stride"], 3, 4, 5),
            "--size has 3 numbers, the map has 2 axes",
            (),
            "one number serves all",
        ),
    ],
)
def test_bad_questions_say_what_is_possible(arguments, what, notes, help_):
    with pytest.raises(UsageError) as caught:
        found(*arguments)
    assert (caught.value.what, caught.value.notes, caught.value.help) == (what, notes, help_)


def test_one_layer_is_a_graph():
    graph = one_layer(find_kind("conv"), Shape.of(3, 11, 13), {"out_channels": 7, "kernel_size": (2, 3)})
    assert graph.nodes[0].shape == (7, 10, 11)


@pytest.mark.parametrize(
    ("kind", "values", "what", "help_"),
    [
        ("conv", {"out_channels": 7}, "conv needs --kernel", "cells of the window: 3, or height x width 3x5"),
        (
            "pool",
            {"kernel_size": 2, "out_channels": 7},
            "max_pool has no --out",
            "it has `--kernel`, `--stride`, `--padding`, `--dilation` and `--ceil-mode`",
        ),
    ],
)
def test_one_layer_refuses(kind, values, what, help_):
    with pytest.raises(UsageError) as caught:
        one_layer(find_kind(kind), Shape.of(3, 11, 13), values)
    assert (caught.value.what, caught.value.help) == (what, help_)


@pytest.mark.parametrize("kind", ["max_unpool", "relu", "slice", "embedding", "add", "group_norm"])
def test_what_options_do_not_tell_is_refused(kind):
    with pytest.raises(UsageError, match=f"calc has no `{kind}`"):
        find_kind(kind)


def test_unknown_kind():
    with pytest.raises(UsageError) as caught:
        find_kind("Conv2d")
    assert (caught.value.what, caught.value.help) == ("calc has no `Conv2d`", "did you mean `conv`?")


HUGE = 10**15


@pytest.mark.parametrize(
    ("kind", "x", "values", "unknown", "size", "expected"),
    [
        # W - 3 + 1 = 10^15 - 2
        ("conv", None, {"kernel_size": 3}, "input", HUGE - 2, (1, HUGE)),
        # floor((10^15 - 3)/s) + 1 = 10^15/2: (10^15 - 3)/2 lies in [10^15/2 - 2, 10^15/2 - 1), one short
        ("conv", (3, HUGE), {"kernel_size": 3}, "stride", HUGE // 2 - 1, (1, 2)),
        # 10^15 - 3 + 2P + 1 = 10^15
        ("conv", (3, HUGE), {"kernel_size": 3}, "padding", HUGE, (1, 1)),
        # floor((10^15 - K)/7) + 1 = 5: 10^15 - K in [28, 34]
        ("conv", (3, HUGE), {"stride": 7}, "kernel", 5, (7, HUGE - 28)),
        # 10^15 - 2d = 10^15 - 10^12
        ("conv", (3, HUGE), {"kernel_size": 3}, "dilation", HUGE - 10**12, (1, 10**12 // 2)),
        # floor((W - 3)/10^12) + 1 = 3: W - 3 in [2*10^12, 3*10^12)
        ("max_pool", None, {"kernel_size": 3, "stride": 10**12}, "input", 3, (10**12, 3 * 10**12 + 2)),
        # (W - 1)*2 + 2 = 10^15
        ("conv_transpose", None, {"kernel_size": 2, "stride": 2}, "input", HUGE, (1, HUGE // 2)),
    ],
)
def test_sizes_of_fifteen_digits(kind, x, values, unknown, size, expected):
    """How many solutions there are, and the largest."""
    solutions = found(kind, x, values, [unknown], size)
    assert solutions.last is not None
    assert (solutions.count, solutions.last.values[0]) == expected
    assert len(solutions.common) == min(solutions.count, 1000)


def test_every_small_question_is_answered_as_by_trying_all():
    """Every value of the one unknown put through the layer: what gives the size, and no other."""
    asked = 0
    for kind, unknown, kernel, stride, padding, ceil in product(
        ("conv", "max_pool", "conv_transpose"), UNKNOWNS, (1, 2, 4), (1, 3), (0, 2, "full"), (False, True)
    ):
        given = {"kernel_size": kernel, "stride": stride, "padding": padding}
        given |= {"ceil_mode": True} if ceil and kind == "max_pool" else {}
        given.pop(UNKNOWNS[unknown], None)
        for length, size in ((1, 1), (5, 3), (7, 7), (4, 11)):
            tried = [
                value
                for value in range(unknown != "padding", 40)
                if _gives(kind, {**given}, unknown, value, length, size)
            ]
            x = None if unknown == "input" else (1, length)
            try:
                solutions = found(kind, x, given, [unknown], size)
            except UsageError:
                assert tried == [], (kind, unknown, given, length, size)
                continue
            asked += 1
            answered = [value for (value,) in (solution.values for solution in solutions.common)]
            last = solutions.tried[0][2]
            assert answered == [value for value in tried if value <= last], (kind, unknown, given, length, size)
    assert asked > 200


def _gives(kind, given, unknown, value, length, size):
    length = value if unknown == "input" else length
    given |= {} if unknown == "input" else {UNKNOWNS[unknown]: value}
    if kind != "max_pool":
        given |= {"out_channels": 1}
    try:
        return one_layer(find_kind(kind), Shape.of(1, length), given).nodes[0].shape == (1, size)
    except SpecError:
        return False


@pytest.mark.parametrize(
    ("x", "size", "what"),
    [
        ((3, 10), 10**15 + 1, "--size: 1000000000000001 is more than 10^15, the limit"),
        ((3, 10**16), 5, "--in: 10000000000000000 is more than 10^15, the limit"),
    ],
)
def test_larger_sizes_are_refused(x, size, what):
    with pytest.raises(UsageError) as caught:
        found("conv", x, {"kernel_size": 3}, ["padding"], size)
    assert caught.value.what == what


def test_too_many_combinations_are_refused():
    with pytest.raises(UsageError) as caught:
        found("conv", (3, 1000), {"kernel_size": 10**8}, ["stride", "padding"], 5)
    assert caught.value.what == "there are too many values of stride and padding to try"
    assert caught.value.help == "solve for fewer of them at a time"

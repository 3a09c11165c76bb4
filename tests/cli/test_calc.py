"""`archcalc calc`: one layer, its rule backwards, and the input sizes of a spec."""

from __future__ import annotations

import json

import pytest

from archcalc import __version__

SOLUTIONS = f"""\
Kernel  Output
------  ------
     8  55x55
     9  55x55
    10  55x55
    11  55x55

Solutions: 4
Tried:     kernel 1 to 227
archcalc {__version__} · conv stride=4: kernel that gives 55x55 from 3x227x227
"""

PER_AXIS = f"""\
Axis    Padding  Output
------  -------  ------
height        0  11x13
width         1  11x13

Solutions: 2
Tried:     padding 0 to 9
note: no value serves all axes; write one for each, joined by x
archcalc {__version__} · conv kernel=1x3: padding that gives 11x13 from 3x11x13
"""

STEPS = f"""\
Input from  to  Output of pool2  Params
----------  --  ---------------  ------
        16  19  16x1x1           15,626
        20  20  16x2x2           21,386

archcalc {__version__} · lenet5 · sizes equal along all axes
"""

SMALLEST = """\
the smallest input of lenet5 is 1x16x16 (it is made for 1x32x32)
one cell less: pool2 does not fit its input: the window spans 2 cells, the padded axis has 1 (1 + 2·0)
every larger size fits; all were tried up to 32, equal along all axes
"""


def test_one_layer(archcalc):
    run = archcalc("calc", "conv", "--in", "3x227x227", "--out", "96", "--kernel", "11", "--stride", "4")
    lines = run.out.splitlines()
    assert lines[:2] == ["conv: conv 96 11x11 stride=4", "input 3x227x227, output 96x55x55"]
    assert run.code == 0
    assert any(line.startswith("conv params: (11·11·3 + 1)·96 = 34,944") for line in lines)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        # 400*120 + 120
        (("linear", "--in", "400", "--out", "120"), "linear params: (400 + 1)·120 = 48,120"),
        (("linear", "--in", "400", "--out", "120", "--no-bias"), "linear params: 400·120 = 48,000"),
        # floor((13 - 3)/2) + 1
        (
            ("pool", "--in", "5x11x13", "--kernel", "2x3", "--stride", "1x2"),
            "max_pool width: ⌊(13 − 3 + 2·0)/2⌋ + 1 = 6",
        ),
        # ceil((14 - 3)/2) + 1 = 7
        (
            ("avg_pool", "--in", "5x14", "--kernel", "3", "--stride", "2", "--ceil-mode"),
            "avg_pool length: ⌈(14 − 3 + 2·0)/2⌉ + 1 = 7",
        ),
        # (7 - 1)*2 - 2 + 3 + 1
        (
            (
                "conv_transpose",
                "--in",
                "5x7x7",
                "--out",
                "3",
                "--kernel",
                "3",
                "--stride",
                "2",
                "--padding",
                "1",
                "--output-padding",
                "1",
            ),
            "conv_transpose width: (7 − 1)·2 − 2·1 + 3 + 1 = 14",
        ),
        (
            ("depthwise_conv", "--in", "5x7x7", "--kernel", "3", "--multiplier", "2"),
            "depthwise_conv params: (3·3·1 + 1)·5·2 = 100",
        ),
        (
            ("conv", "--in", "6x7x7", "--out", "4", "--kernel", "3", "--groups", "2", "--padding", "same"),
            "conv params: (3·3·(6/2) + 1)·4 = 112",
        ),
    ],
)
def test_kinds_and_options(archcalc, arguments, line):
    run = archcalc("calc", *arguments)
    assert run.code == 0
    assert any(printed.split("   ")[0] == line for printed in run.out.splitlines()), run.out + run.err


def test_all_solutions(archcalc):
    run = archcalc("calc", "conv", "--in", "3x227x227", "--stride", "4", "--find", "kernel", "--size", "55")
    assert (run.out, run.code) == (SOLUTIONS, 0)


def test_a_value_for_each_axis(archcalc):
    run = archcalc("calc", "conv", "--in", "3x11x13", "--kernel", "1x3", "--find", "padding", "--size", "11x13")
    assert (run.out, run.code) == (PER_AXIS, 0)


def test_solutions_as_json(archcalc):
    run = archcalc("calc", "pool", "--kernel", "3", "--stride", "2", "--find", "input", "--size", "6", "-f", "json")
    found = json.loads(run.out)
    assert (found["schema"], found["kind"], found["find"]) == ("archcalc/solve/1", "max_pool", ["input"])
    assert found["solutions"] == [{"input": 13}, {"input": 14}]


def test_the_smallest_input(archcalc):
    run = archcalc("calc", "--smallest-input", "lenet5")
    assert (run.out, run.code) == (SMALLEST, 0)
    found = json.loads(archcalc("calc", "--smallest-input", "lenet5", "-f", "json").out)
    assert (found["schema"], found["smallest"], found["gaps"]) == ("archcalc/smallest-input/1", [1, 16, 16], [])


def test_size_steps(archcalc):
    # pool2 of n: floor((floor((n - 4)/2) - 4)/2): 16 to 19 -> 1, 20 -> 2; fc1 reads 16 or 64 features
    run = archcalc("calc", "--size-steps", "lenet5", "--upto", "20")
    assert (run.out, run.code) == (STEPS, 0)
    found = json.loads(archcalc("calc", "--size-steps", "lenet5", "--upto", "20", "-f", "json").out)
    assert [(step["first"], step["last"]) for step in found["steps"]] == [(16, 19), (20, 20)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "error: calc needs a kind of layer\n= help: such as: calc conv --in 3x227x227 --out 96 --kernel 11\n"),
        (("cnov",), "error: calc has no `cnov`\n= help: did you mean `conv`?\n"),
        (("conv", "--kernel", "3"), "error: calc needs --in\n= help: the input's shape: --in 3x227x227\n"),
        (
            ("conv", "--in", "3x9x9", "--out", "7"),
            "error: conv needs --kernel\n= help: cells of the window: 3, or height x width 3x5\n",
        ),
        (
            ("conv", "--in", "3x9", "--out", "7", "--kernel", "11"),
            "error: conv: the window spans 11 cells, the padded axis has 9 (9 + 2·0)\n"
            "= help: kernel up to 9, or padding of at least 1\n",
        ),
        (("conv", "--in", "3x9x9", "--kernel", "3*", "--out", "7"), "error: --kernel 3*: the expression breaks off\n"),
        (
            ("pool", "--in", "3x9x9", "--kernel", "3", "--size", "3"),
            "error: --size goes with --find\n= help: such as: --find padding --size 27\n",
        ),
        (
            ("conv", "--in", "3x9x9", "--kernel", "3", "--find", "padding"),
            "error: --find padding needs --size\n= help: the size to reach: --size 27\n",
        ),
        (
            ("conv", "--in", "96x28x28", "--kernel", "2", "--find", "padding", "--size", "28"),
            "error: no padding gives 28 from 28\n= unequal sides do: padding=0:1 gives 28\n"
            "= help: the nearest: padding 0 gives 27, padding 1 gives 29\n",
        ),
        (
            ("conv", "--smallest-input", "lenet5"),
            "error: conv and --smallest-input are two questions\n= help: ask one at a time\n",
        ),
        (
            ("pool", "--in", "3x9x9", "--out", "7", "--kernel", "3", "--find", "stride", "--size", "3"),
            "error: max_pool has no --out\n= help: its output has the channels of its input\n",
        ),
    ],
)
def test_wrong_use(archcalc, arguments, message):
    run = archcalc("calc", *arguments)
    assert (run.out, run.err, run.code) == ("", message, 2)


def test_an_input_with_its_channels_last_is_told(archcalc):
    run = archcalc("calc", "conv", "--in", "227x227x4", "--out", "96", "--kernel", "3")
    assert "note: input: 227x227x4 is read as 227 channels of 227x4; channels come first: write 4x227x227" in run.out
    run = archcalc("calc", "conv", "--in", "227x227x3", "--out", "96", "--kernel", "11")
    assert "--in: 227x227x3 is read as 227 channels of 227x3; channels come first: write 3x227x227" in run.err
    assert run.code == 2


def test_a_kernel_written_as_a_product_is_told(archcalc):
    run = archcalc("calc", "conv", "--in", "3x32x32", "--out", "8", "--kernel", "3*3")
    assert "note: 3*3 is 9, its kernel_size is 9x9: write 3x3 for a size" in run.out


def test_a_size_that_does_not_divide_is_told(archcalc):
    """The lecture's 224, 11, 4: 213 is no multiple of 4, and so 54 and not 55."""
    run = archcalc("calc", "conv", "--in", "3x224x224", "--out", "96", "--kernel", "11", "--stride", "4")
    assert "note: 224 − 11 is not a multiple of 4: the last row and column are never read" in run.out.splitlines()
    run = archcalc("calc", "conv", "--in", "3x227x227", "--out", "96", "--kernel", "11", "--stride", "4")
    assert "note:" not in run.out


@pytest.mark.parametrize(
    ("input", "padding", "padded"),
    [("1x2x2", "1", "4x4"), ("1x3x3", "1", "5x5"), ("1x5", "1", "7"), ("1x5x7", "2x0", "9x7"), ("1x5", "1:2", "8")],
)
def test_the_padded_size_is_told(archcalc, input, padding, padded):
    run = archcalc("calc", "conv", "--in", input, "--out", "1", "--kernel", "3", "--padding", padding)
    assert f"note: padded, its input is {padded}" in run.out.splitlines()


def test_filters_may_be_left_out(archcalc):
    """One filter of 3x3 on 3 channels: 27 weights and a bias."""
    run = archcalc("calc", "conv", "--in", "3x8x8", "--kernel", "3")
    lines = run.out.splitlines()
    assert "note: one filter, as there is no --out" in lines
    assert any(line.startswith("conv params: (3·3·3 + 1)·1 = 28 ") for line in lines)
    assert "--out" not in archcalc("calc", "conv", "--in", "3x8x8", "--kernel", "3", "--out", "1").out


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        # 5 + 2*1 = 7; not a word about a padded input: the padding is the layer
        (("pad", "--in", "3x5x5", "--padding", "1"), ["pad height: 5 + 2·1 = 7", "input 3x5x5, output 3x7x7"]),
        (("pad", "--in", "3x5x7", "--padding", "0:1x2:0"), ["input 3x5x7, output 3x6x9"]),
        (("batch_norm", "--in", "16x8x8"), ["batch_norm params: 16 + 16 = 32"]),
        (("global_avg_pool", "--in", "1024x7x7"), ["input 1024x7x7, output 1024"]),
        # the lecture's 51,381,248
        (
            ("linear", "--in", "1024x7x7", "--out", "1024"),
            ["note: flattened from 1024x7x7: (7·7·1024 + 1)·1024 = 51,381,248 params"],
        ),
        (
            ("linear", "--in", "2x3x5", "--out", "7", "--no-bias"),
            ["note: flattened from 2x3x5: 3·5·2·7 = 210 params"],
        ),
        # (55 - 3)/2 + 1 = 27, and floor((55 - 2)/2) + 1 = 27
        (
            ("pool", "--in", "96x55x55", "--kernel", "3", "--stride", "2"),
            ["note: the windows overlap: 2x2 at stride 2 gives 27 too"],
        ),
        (
            ("pool", "--in", "96x55x31", "--kernel", "3", "--stride", "2"),
            ["note: the windows overlap: 2x2 at stride 2 gives 27x15 too"],
        ),
    ],
)
def test_kinds_without_a_window_and_what_else_there_is_to_say(archcalc, arguments, lines):
    run = archcalc("calc", *arguments)
    assert (run.err, run.code) == ("", 0)
    told = [line.split("   ")[0] for line in run.out.splitlines()]
    assert [line for line in lines if line not in told] == []
    assert "note: padded" not in run.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("--in", "96x56x56", "--kernel", "3", "--stride", "2"),  # 27, but 2x2 gives 28
        ("--in", "96x55x55", "--kernel", "2", "--stride", "2"),
        ("--in", "96x55x55", "--kernel", "3", "--stride", "1"),
        ("--in", "96x55x55", "--kernel", "3", "--stride", "2", "--padding", "1"),
    ],
)
def test_no_word_of_overlap_where_the_other_window_gives_another_size(archcalc, arguments):
    assert "overlap" not in archcalc("calc", "pool", *arguments).out

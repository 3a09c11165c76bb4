"""`archcalc calc KIND --values`: what is printed, in each format, and what is refused."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest

import archcalc as library
from archcalc import __version__

CONV = ("calc", "conv", "--values", "1 2 0;3 4 1;0 1 2", "--weights", "1 0;0 -1")

# 1·1 − 4 = −3, 2·1 − 1 = 1, 3·1 − 1 = 2, 4·1 − 2 = 2
STEPS = f"""\
conv 1 2x2 bias=no: input 1x3x3, output 1x2x2

input   weights   output
1 2 0    1  0     −3  1
3 4 1    0 −1      2  2
0 1 2

Output  Window    Computed                  Value
------  --------  ------------------------  -----
0,0     1 2; 3 4  1·1 + 2·0 + 3·0 + 4·(−1)     -3
0,1     2 0; 4 1  2·1 + 0·0 + 4·0 + 1·(−1)      1
1,0     3 4; 0 1  3·1 + 4·0 + 0·0 + 1·(−1)      2
1,1     4 1; 1 2  4·1 + 1·0 + 1·0 + 2·(−1)      2

note: the kernel is used as it stands, as in every framework; --flip turns it around, as in mathematics
archcalc {__version__} · exact numbers
"""

MASK = f"""\
max_pool 2x2 stride=2: input 1x2x4, output 1x1x2

input     output
1 2 0 5   4 5
3 4 1 1

gradient of output   mask      of input
7 9                  0 0 0 1   0 0 0 9
                     0 1 0 0   0 7 0 0

Gradient of  Place  Computed  Value
-----------  -----  --------  -----
input        0,0,0  0             0
input        0,0,1  0             0
input        0,0,2  0             0
input        0,0,3  9             9
input        0,1,0  0             0
input        0,1,1  7             7
input        0,1,2  0             0
input        0,1,3  0             0

note: each window passes its gradient to the first of its largest cells
archcalc {__version__} · exact numbers
"""


def test_the_steps(archcalc):
    run = archcalc(*CONV)
    assert (run.out, run.err, run.code) == (STEPS, "", 0)


def test_the_mask(archcalc):
    run = archcalc("calc", "pool", "--values", "1 2 0 5;3 4 1 1", "--kernel", "2", "--backward", "7 9;")
    assert (run.out, run.err, run.code) == (MASK, "", 0)


def test_arrays_stand_below_each_other_on_a_narrow_terminal(archcalc):
    run = archcalc(*CONV, terminal=True, width=20)
    assert run.out.split("\n\n")[1:3] == ["input\n1 2 0\n3 4 1\n0 1 2", "weights\n 1  0\n 0 −1"]
    assert max(map(len, run.out.splitlines())) <= 20


@pytest.mark.parametrize("format", ["markdown", "csv", "latex", "html", "json"])
@pytest.mark.parametrize("more", [(), ("--backward", "1")])
def test_every_format_has_the_numbers(archcalc, format, more):
    run = archcalc(*CONV, *more, "-f", format)
    assert (run.err, run.code) == ("", 0)
    assert run.out.count("-3" if not more else "-1") >= 1


def test_csv_is_exact(archcalc):
    run = archcalc("calc", "avg_pool", "--values", "1 1 2", "--kernel", "3", "-f", "csv")
    assert [row["value"] for row in csv.DictReader(StringIO(run.out))] == ["4/3"]


def test_json(archcalc):
    found = json.loads(archcalc(*CONV, "-f", "json").out)
    assert (found["schema"], found["output"]) == ("archcalc/values/1", [[[-3, 1], [2, 2]]])
    assert found["steps"][0] == {
        "unit": [0, 0, 0], "window": [1, 2, 3, 4], "weights": [1, 0, 0, -1],
        "computed": "1·1 + 2·0 + 3·0 + 4·(−1)", "value": -3,
    }  # fmt: skip
    found = json.loads(archcalc(*CONV, "--backward", "1/2", "-f", "json").out)
    assert (found["schema"], found["upstream"]) == ("archcalc/values-backward/1", [[["1/2", "1/2"], ["1/2", "1/2"]]])
    assert found["gradients"][0]["array"] == [[["1/2", "1/2", 0], ["1/2", 0, "-1/2"], [0, "-1/2", "-1/2"]]]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--values", "1 a", "--weights", "1"),
         "error: --values: `a` is no number\n= help: numbers are 3, -3, 0.5, 1e-3 or 1/3\n"),
        (("--values", "1 2"), "error: conv --values needs its weights\n= help: such as --weights '1 0;0 -1'\n"),
        (("--weights", "1"), "error: --weights goes with --values\n"
         "= help: such as: calc conv --values '1 2 0;3 4 1;0 1 2' --weights '1 0;0 -1'\n"),
        (("--values", "1 2", "--weights", "1", "--in", "1x2"), "error: --in does not go with --values\n"
         "= help: such as: calc conv --values '1 2 0;3 4 1;0 1 2' --weights '1 0;0 -1'\n"),
        (("--values", "1 2", "--weights", "1 2 3"),
         "error: conv: the window spans 3 cells, the padded axis has 2 (2 + 2·0)\n"
         "= help: kernel up to 2, or padding of at least 1\n"),
        (("--values", "1 2", "--weights", "1", "--out", "3"),
         "error: the weights say another out_channels than asked for\n= help: out_channels is 1\n"),
    ],
)  # fmt: skip
def test_what_is_refused(archcalc, arguments, error):
    run = archcalc("calc", "conv", *arguments)
    assert (run.out, run.err, run.code) == ("", error, 2)


def test_in_python_it_prints_what_the_command_prints():
    found = library.values("conv", "1 2 0;3 4 1;0 1 2", weights="1 0;0 -1")
    assert str(found) == STEPS
    assert str(library.values("pool", [[1, 2, 0, 5], [3, 4, 1, 1]], kernel_size=2, backward=[[7, 9]])) == MASK
    assert repr(found) == "<LayerValues conv>"
    assert found.to_dict()["output"] == [[[-3, 1], [2, 2]]]

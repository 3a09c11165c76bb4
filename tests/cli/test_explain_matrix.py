"""`archcalc explain SPEC LAYER --as-matrix`."""

from __future__ import annotations

import json

import pytest

from archcalc import __version__

NET = "input: 1x3\nlayers:\n  c: conv 1 2 bias=no\n"

TEXT = f"""\
c: conv 1 2 bias=no
input 1x3, output 1x2

as a full connection 3·2 = 6 weights, 4 not zero, 2 different, each used 2 times

a row an output value, a column an input value:
0  w1 w2  0
1   0 w1 w2

Layer             Weights  Biases  Params  MACs
----------------  -------  ------  ------  ----
conv 1 2 bias=no        2       0       2     4
linear 2 bias=no        6       0       6     6

note: N = 2: so many places share a kernel
archcalc {__version__} · net
"""


def test_the_matrix(archcalc, spec):
    run = archcalc("explain", spec(NET), "c", "--as-matrix")
    assert (run.out, run.err, run.code) == (TEXT, "", 0)


def test_with_numbers(archcalc, spec):
    found = json.loads(archcalc("explain", spec(NET), "c", "--as-matrix", "--weights", "1/2 -1", "-f", "json").out)
    assert (found["schema"], found["matrix"]) == ("archcalc/matrix/1", [["1/2", -1, 0], [0, "1/2", -1]])


@pytest.mark.parametrize("format", ["markdown", "csv", "latex", "html"])
def test_formats(archcalc, spec, format):
    run = archcalc("explain", spec(NET), "c", "--as-matrix", "-f", format)
    assert (run.out.count("w1"), run.err, run.code) == (2, "", 0)


def test_a_linear_layer_is_one(archcalc):
    lines = archcalc("explain", "lenet5", "fc1", "--as-matrix").out.splitlines()
    assert lines[3] == "as a full connection 400·120 = 48,000 weights, each of its own: it is one"
    assert sum(line.startswith("linear 120") for line in lines) == 1


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--as-matrix",),
         "error: --as-matrix needs a LAYER\n= help: such as: archcalc explain lenet5 conv1 --as-matrix\n"),
        (("conv1", "--weights", "1"),
         "error: --weights goes with --as-matrix\n= help: explain SPEC LAYER --as-matrix --weights ROWS\n"),
        (("flat", "--as-matrix"), "error: flat has no kernel\n"
         "= help: convolutions and linear layers are special cases of a full connection\n"),
    ],
)  # fmt: skip
def test_what_is_refused(archcalc, arguments, error):
    run = archcalc("explain", "lenet5", *arguments)
    assert (run.out, run.err, run.code) == ("", error, 2)

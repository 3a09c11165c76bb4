"""`archcalc rf --uses`: counts of small inputs, shades of large ones, figures and formats."""

from __future__ import annotations

import json

import pytest

from archcalc import __version__
from archcalc.report.drawing.palette import LIGHT, mixed

NET = "input: 1x3x5\nlayers:\n  c: conv 1 2x3\n"

TEXT = f"""\
c: how many of its 2x3 units see each pixel of 3x5, 1 to 6

1 2 3 2 1
2 4 6 4 2
1 2 3 2 1

archcalc {__version__} · net
"""


def test_a_small_input_is_numbers(archcalc, spec):
    run = archcalc("rf", spec(NET), "--layer", "c", "--uses")
    assert (run.out, run.err, run.code) == (TEXT, "", 0)


def test_a_large_input_is_shades(archcalc):
    lines = archcalc("rf", "alexnet", "--layer", "conv5", "--uses").out.splitlines()
    assert lines[0] == "conv5: how many of its 13x13 units see each pixel of 227x227, 25 to 121"
    assert {len(line) for line in lines[2:25]} == {46}  # 227 pixels, 5 a sign
    assert lines[2][0] == ":"
    assert "@" in lines[13]
    assert lines[25] == "from few units (.) to 121 (@)   a sign is 5 x 10 pixels (w x h)"


def test_csv(archcalc, spec):
    run = archcalc("rf", spec(NET), "--layer", "c", "--uses", "-f", "csv")
    assert run.out.replace("\r", "").splitlines() == [
        "axis,pixels,units", "row,0,1", "row,1,2", "row,2,1", "column,0,1", "column,1,2", "column,2,3", "column,3,2",
        "column,4,1",
    ]  # fmt: skip


def test_json(archcalc, spec):
    found = json.loads(archcalc("rf", spec(NET), "--layer", "c", "--uses", "-f", "json").out)
    assert (found["schema"], found["axes"]) == ("archcalc/rf-uses/1", [[1, 2, 1], [1, 2, 3, 2, 1]])
    assert (found["least"], found["most"]) == (1, 6)


@pytest.mark.parametrize("format", ["markdown", "latex", "html"])
def test_tables(archcalc, spec, format):
    run = archcalc("rf", spec(NET), "--layer", "c", "--uses", "-f", format)
    assert (run.err, run.code) == ("", 0)
    assert "a pixel is seen by the product of its axes" in run.out


def test_a_figure_is_darkest_where_most_units_see(archcalc, spec):
    out = archcalc("rf", spec(NET), "--layer", "c", "--uses", "-f", "svg").out
    # one pixel of the middle is seen by all 6, the corners by one of them; both stand in the legend, too
    assert out.count(f'fill="{LIGHT.most}"') == 2
    assert out.count(f'fill="{mixed(LIGHT.least, LIGHT.most, 1 / 6)}"') == 4 + 1
    assert [f">{said}</text>" in out for said in ("1 unit", "3 units", "6 units")] == [True] * 3


def test_it_needs_a_layer(archcalc):
    run = archcalc("rf", "lenet5", "--uses")
    assert (run.err, run.code) == ("error: --uses needs a --layer\n= help: such as --uses ... --layer conv5\n", 2)

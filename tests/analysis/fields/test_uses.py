"""How many units see each pixel: by hand, and counted from what each unit sees."""

from __future__ import annotations

from itertools import product

import pytest

import archcalc
from archcalc.analysis.fields.cells import pixel_view
from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.analysis.fields.uses import pixel_uses
from archcalc.errors import UsageError


def uses(text, layer="c"):
    return archcalc.loads(text, "net").pixel_uses(layer)


@pytest.mark.parametrize(
    ("text", "axes"),
    [
        # 3 and 5 places: the pixel in the corner is under one window, those inside under three a row
        ("input: 1x5x7\nlayers: {c: conv 1 3}\n", ((1, 2, 3, 2, 1), (1, 2, 3, 3, 3, 2, 1))),
        # stride 2, kernel 3: every other pixel is seen twice, the last by none
        ("input: 1x8\nlayers: {c: conv 1 3 stride=2}\n", ((1, 1, 2, 1, 2, 1, 1, 0),)),
        # padding: units at the border exist, so its pixels are seen by two of three
        ("input: 1x6\nlayers: {c: conv 1 3 padding=1}\n", ((2, 3, 3, 3, 3, 2),)),
        # dilation 2: taps 0 and 2
        ("input: 1x5\nlayers: {c: conv 1 2 dilation=2}\n", ((1, 1, 2, 1, 1),)),
        # a shortcut adds nothing to what its branch sees
        ("input: 1x3x5\nlayers: {a: conv 1 3 padding=1, c: add a in}\n", ((2, 3, 2), (2, 3, 3, 3, 2))),
        ("input: 1x3x5\nlayers: {f: flatten, c: linear 7}\n", ((1, 1, 1), (1, 1, 1, 1, 1))),
    ],
)
def test_along_each_axis(text, axes):
    assert uses(text).axes == axes


def test_a_cross_is_no_product():
    """A 1x3 beside a 3x1: the corner is seen by itself and its two neighbours, the middle by five."""
    text = "input: 1x3x3\nlayers: {a: conv 1 1x3 padding=0x1, b: {op: conv 1 3x1 padding=1x0, from: in}, c: add a b}\n"
    found = uses(text)
    assert (found.axes, found.cells) == ((), (3, 4, 3, 4, 5, 4, 3, 4, 3))
    assert (found.least, found.most, found.count((1, 1))) == (3, 5, 5)


@pytest.mark.parametrize(
    "text",
    [
        "input: 1x7x11\nlayers: {a: conv 1 3 padding=1 stride=1x2, b: max_pool 2 stride=1, c: conv 1 2x3 dilation=2}\n",
        "input: 1x7x11\nlayers: {a: conv 1 3x1 padding=1x0, b: {op: conv 1 5 padding=2, from: in}, c: add a b}\n",
        "input: 1x7x5\nlayers: {a: conv 1 1x3 padding=0x1, b: {op: conv 1 3x1 padding=1x0, from: in}, "
        "d: add a b, c: conv 1 2}\n",
        "input: 1x3x5\nlayers: {c: conv_transpose 1 2x3 stride=2}\n",
    ],
)
def test_as_many_as_the_units_that_see_the_pixel(text):
    fields = ReceptiveFields(archcalc.loads(text, "net").graph)
    found = pixel_uses(fields, "c")
    for pixel in product(*map(range, found.lengths)):
        assert found.count(pixel) == pixel_view(fields, "c", pixel).seeing


def test_a_long_axis():
    """16,000 cells under windows of 3 at stride 2: 7,999 of them."""
    counts = uses("input: 1x16000\nlayers: {c: conv 1 3 stride=2}\n").axes[0]
    assert (counts[:4], counts[-3:], sum(counts)) == ((1, 1, 2, 1), (1, 1, 0), 3 * 7999)


def test_too_many_units_of_branches():
    text = (
        "input: 1x80x80\nlayers: {a: conv 1 1x3 padding=0x1, b: {op: conv 1 3x1 padding=1x0, from: in}, c: add a b}\n"
    )
    with pytest.raises(UsageError) as caught:
        uses(text)
    assert caught.value.what == "c has 6,400 units of branches, at most 4,096 are counted"

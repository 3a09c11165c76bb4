"""maxout: Goodfellow et al. 2013, by hand and by PyTorch's max over the pieces."""

from __future__ import annotations

import pytest

from archcalc.core import Window
from archcalc.errors import ShapeError


@pytest.mark.parametrize(
    ("x", "values", "y", "comparisons"),
    [
        pytest.param((6, 11, 13), {"pieces": 3}, (2, 11, 13), 2 * 2 * 11 * 13, id="channels of a map"),
        pytest.param((7, 10), {"pieces": 2}, (7, 5), 35, id="features of a sequence"),
        pytest.param((240,), {"pieces": 5}, (48,), 4 * 48, id="the paper's MNIST layer of 240 units"),
        pytest.param((3, 11, 14), {"pieces": 7, "axis": 2}, (3, 11, 2), 6 * 66, id="columns"),
    ],
)
def test_maxout(facts, x, values, y, comparisons):
    found = facts("maxout", x, **values)
    assert (found.output, found.weights, found.work) == (y, {}, {"comparisons": comparisons})


def test_along_an_axis_it_is_a_window(build):
    from archcalc.core import Shape

    assert build("maxout", 2, pieces=7, axis=-1).windows(Shape.of(3, 11, 14)) == (Window(1), Window(7, 7))
    assert build("maxout", 2, pieces=3).windows(Shape.of(3, 11, 14)) == (Window(1), Window(1))


def test_the_pieces_divide_the_channels(facts):
    with pytest.raises(ShapeError) as caught:
        facts("maxout", (10, 11, 13), pieces=3)
    assert caught.value.what == "3 pieces do not divide axis 0 of 10x11x13, which has 10 cells"
    assert caught.value.help == "pieces must divide 10: 1, 2, 5, 10"

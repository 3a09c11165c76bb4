"""reduce: shapes and counts by hand, shapes and fields by PyTorch; 3x11x13 has 429 elements."""

from __future__ import annotations

import pytest

from archcalc.core import WHOLE, Shape, Window
from archcalc.errors import ShapeError

X = (3, 11, 13)

CASES = [
    # n = 143 values make each of 3 results: 426 additions
    pytest.param("mean", {"axis": (1, 2)}, (3,), {"additions": 426, "divisions": 3}, id="mean of the map"),
    pytest.param("mean", {"axis": (1, 2), "keepdim": True}, (3, 1, 1), {"additions": 426, "divisions": 3}, id="kept"),
    pytest.param("sum", {"axis": 0}, (11, 13), {"additions": 286}, id="sum of the channels"),
    pytest.param("sum", {"axis": 0, "keepdim": True}, (1, 11, 13), {"additions": 286}, id="channels kept"),
    pytest.param("max", {"axis": -1}, (3, 11), {"comparisons": 396}, id="max of the columns"),
    pytest.param("min", {}, (1,), {"comparisons": 428}, id="min of all"),
    pytest.param("max", {"keepdim": True}, (1, 1, 1), {"comparisons": 428}, id="max of all, kept"),
    pytest.param("prod", {"axis": 1}, (3, 13), {"products": 390}, id="product of the rows"),
    # 143 columns of 3: 286 additions, 143 divisions for the means, 429 to centre, 429 squares, 143 divisions, 143 roots
    pytest.param(
        "std", {"axis": 0}, (11, 13),
        {"additions": 715, "products": 429, "divisions": 286, "exponentials": 143}, id="std",
    ),
    pytest.param(
        "var", {"axis": 0, "correction": 0}, (11, 13),
        {"additions": 715, "products": 429, "divisions": 286}, id="var",
    ),
    pytest.param("norm", {"axis": (0,)}, (11, 13), {"products": 429, "exponentials": 143}, id="norm"),
]  # fmt: skip


@pytest.mark.parametrize(("how", "values", "y", "work"), CASES)
def test_reduce(facts, how, values, y, work):
    found = facts("reduce", X, how=how, **values)
    assert (found.output, found.weights, found.work) == (y, {}, work)


@pytest.mark.parametrize(
    ("values", "windows"),
    [
        ({"axis": (1, 2), "keepdim": True}, (WHOLE, WHOLE)),
        ({"axis": 2, "keepdim": True}, (Window(1), WHOLE)),
        ({"axis": 0, "keepdim": True}, (Window(1), Window(1))),
        ({"axis": 0}, (WHOLE, WHOLE)),  # the rows have become the channels
        ({}, (WHOLE, WHOLE)),
    ],
)
def test_fields(build, values, windows):
    assert build("reduce", 2, how="sum", **values).windows(Shape.of(*X)) == windows


@pytest.mark.parametrize(
    ("values", "what", "help"),
    [
        ({"how": "mean", "axis": (1, 3)}, "there is no axis 3, the input is 3x11x13", "axis of 0 to 2"),
        ({"how": "mean", "axis": (1, -2)}, "axis 1 of 3x11x13 is named twice", "each axis once"),
    ],
)
def test_axes_that_are_none(facts, values, what, help):
    with pytest.raises(ShapeError) as caught:
        facts("reduce", X, **values)
    assert (caught.value.what, caught.value.help) == (what, help)


def test_a_spread_needs_two_values(facts):
    with pytest.raises(ShapeError) as caught:
        facts("reduce", (1, 11, 13), how="std", axis=0)
    assert (caught.value.what, caught.value.help) == (
        "std of 1 value divides by 1 - 1",
        "correction=0, or further axes",
    )
    assert facts("reduce", (1, 11, 13), how="std", axis=0, correction=0).output == (11, 13)

"""Functions value by value: the shape stays, work by the formula; 3x11x13 has 429 elements."""

from __future__ import annotations

import pytest

from archcalc.core import Window
from archcalc.errors import SpecError
from archcalc.layers import find

X = (3, 11, 13)

CASES = [
    ("exp", {}, {"exponentials": 429}),
    ("log", {}, {"exponentials": 429}),
    ("sqrt", {}, {"exponentials": 429}),
    ("rsqrt", {}, {"exponentials": 429, "divisions": 429}),
    ("square", {}, {"products": 429}),
    ("reciprocal", {}, {"divisions": 429}),
    ("abs", {}, {"comparisons": 429}),
    ("sign", {}, {"comparisons": 858}),
    ("neg", {}, {"additions": 429}),
    ("sin", {}, {"exponentials": 429}),
    ("cos", {}, {"exponentials": 429}),
    ("pow", {"exponent": 3}, {"exponentials": 429}),
    ("clamp", {"min": 0}, {"comparisons": 429}),
    ("clamp", {"max": 6}, {"comparisons": 429}),
    ("clamp", {"min": -1, "max": 6}, {"comparisons": 858}),
]


@pytest.mark.parametrize(("kind", "values", "work"), CASES)
def test_the_shape_stays(facts, kind, values, work):
    found = facts(kind, X, **values)
    assert (found.output, found.weights, found.work) == (X, {}, work)
    assert found.windows == (Window(1),) * 2
    assert facts(kind, (7,), **values).windows == ()


def test_none_of_them_is_an_activation():
    assert all(find(kind).traits.family == "maths" for kind, *_ in CASES)


@pytest.mark.parametrize(
    ("values", "what", "help"),
    [
        ({}, "clamp has no bound", "such as clamp 0 1, clamp min=0 or clamp max=6"),
        ({"min": 6, "max": 0.5}, "clamp from 6 to 0.5 holds no value", "the smaller first: clamp 0.5 6"),
    ],
)
def test_clamp_needs_bounds_in_order(build, values, what, help):
    with pytest.raises(SpecError) as caught:
        build("clamp", 2, **values)
    assert (caught.value.what, caught.value.help) == (what, help)

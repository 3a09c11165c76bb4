"""What may stand in a spec for each type of argument, and the whole message where something else does."""

from __future__ import annotations

from fractions import Fraction
from math import inf

import pytest

from archcalc.errors import SpecError
from archcalc.layers.arguments import (
    COUNT,
    CUT_CELLS,
    ENDLESS,
    FLAG,
    LINKS,
    NON_NEGATIVE,
    NON_NEGATIVE_SIZES,
    NUMBER,
    PADDING,
    RANGE,
    SHAPE,
    SIZES,
    Choice,
    show,
    whole,
)

COLOUR = Choice(("red", "green", "yes", "no"))
CELLS = "cells (2, 2x3, or before:after as 0:1x0:1), same, valid, full or causal"


@pytest.mark.parametrize(
    ("type", "value", "axes", "converted"),
    [
        pytest.param(COUNT, 64, 2, 64, id="count"),
        pytest.param(COUNT, Fraction(6, 2), 2, 3, id="whole fraction"),
        pytest.param(NON_NEGATIVE, 0, 2, 0, id="zero"),
        pytest.param(SIZES, 3, 2, (3, 3), id="one size for two axes"),
        pytest.param(SIZES, 3, 0, (), id="one size for no axis"),
        pytest.param(SIZES, (2, 3), 2, (2, 3), id="a size for each axis"),
        pytest.param(NON_NEGATIVE_SIZES, (0, 1), 2, (0, 1), id="sizes with zero"),
        pytest.param(PADDING, "same", 2, "same", id="same"),
        pytest.param(PADDING, "valid", 2, "valid", id="valid"),
        pytest.param(PADDING, "full", 2, "full", id="full"),
        pytest.param(PADDING, 2, 3, ((2, 2), (2, 2), (2, 2)), id="padding of all axes"),
        pytest.param(PADDING, (1, 2), 2, ((1, 1), (2, 2)), id="padding of each axis"),
        pytest.param(PADDING, ((0, 1),), 2, ((0, 1), (0, 1)), id="before and after"),
        pytest.param(PADDING, ((0, 1), (2, 3)), 2, ((0, 1), (2, 3)), id="before and after each axis"),
        pytest.param(PADDING, (1, (2, 3)), 2, ((1, 1), (2, 3)), id="mixed"),
        pytest.param(PADDING, "causal", 1, "causal", id="causal"),
        pytest.param(PADDING, (-1, (2, -3)), 2, ((-1, -1), (2, -3)), id="padding that cuts"),
        pytest.param(RANGE, ((0, 8, 2),), 2, (0, 8, 2), id="range with a step"),
        pytest.param(ENDLESS, -inf, 2, -inf, id="inf"),
        pytest.param(ENDLESS, 2, 2, 2.0, id="a number that may be inf"),
        pytest.param(NUMBER, Fraction(3, 4), 2, 0.75, id="number"),
        pytest.param(NUMBER, 2, 2, 2.0, id="number without decimals"),
        pytest.param(FLAG, True, 2, True, id="yes"),
        pytest.param(FLAG, 0, 2, False, id="0 is no"),
        pytest.param(COLOUR, "red", 2, "red", id="word"),
        pytest.param(COLOUR, True, 2, "yes", id="yes as a word"),
        pytest.param(COLOUR, False, 2, "no", id="no as a word"),
        pytest.param(SHAPE, (64, 7, -1), 2, (64, 7, -1), id="shape"),
        pytest.param(SHAPE, 9216, 2, (9216,), id="shape of one axis"),
        pytest.param(LINKS, ((0, 1), (2,)), 2, ((0, 1), (2,)), id="links"),
    ],
)
def test_convert(type, value, axes, converted):
    found = type.convert(value, axes)
    assert found == converted
    assert found.__class__ is converted.__class__


@pytest.mark.parametrize(
    ("type", "value", "what", "help"),
    [
        pytest.param(COUNT, 0, "expected a whole number of at least 1, got 0", None, id="zero"),
        pytest.param(COUNT, True, "expected a whole number of at least 1, got yes", None, id="flag"),
        pytest.param(COUNT, "abc", "expected a whole number of at least 1, got `abc`", None, id="word"),
        pytest.param(COUNT, (3, 3), "expected a whole number of at least 1, got 3x3", None, id="size"),
        pytest.param(COUNT, Fraction(64, 5), "expected a whole number of at least 1, got 12.8",
            "round it: round_to(x, 8), floor(x) or ceil(x)", id="fraction"),
        pytest.param(NON_NEGATIVE, -1, "expected a whole number of at least 0, got -1", None, id="negative"),
        pytest.param(SIZES, (3, 0), "expected a size such as 3 or 3x5, each at least 1, got 3x0", None, id="size 0"),
        pytest.param(SIZES, "same", "expected a size such as 3 or 3x5, each at least 1, got `same`", None,
            id="size by word"),
        pytest.param(SIZES, ((0, 1),), "expected a size such as 3 or 3x5, each at least 1, got 0:1", None,
            id="size with sides"),
        pytest.param(SIZES, (3, 5, 7), "3x5x7 has 3 sizes, the input has 2 spatial axes",
            "one number serves all axes", id="too many sizes"),
        pytest.param(PADDING, "some", f"expected {CELLS}, got `some`", None, id="padding word"),
        pytest.param(PADDING, True, f"expected {CELLS}, got yes",
            "say how many cells: padding=1, or padding=same", id="padding flag"),
        pytest.param(CUT_CELLS, -1, "expected cells (2, 2x3, or before:after as 0:1x0:1), got -1", None,
            id="negative cells to cut"),
        pytest.param(PADDING, ((0, 1, 2),), f"expected {CELLS}, got 0:1:2", None, id="padding with a step"),
        pytest.param(PADDING, "causal", "padding=causal goes along one axis, the input has 2 spatial axes",
            "for each axis before:after, as 2:0x1:1", id="causal padding of a map"),
        pytest.param(NUMBER, inf, "expected a number, got inf", None, id="inf"),
        pytest.param(COUNT, inf, "expected a whole number of at least 1, got inf", None, id="inf as a count"),
        pytest.param(PADDING, ((0, 1), (2, 3), (4, 5)), "0:1x2:3x4:5 has 3 sizes, the input has 2 spatial axes",
            "one number serves all axes", id="too many sides"),
        pytest.param(NUMBER, "abc", "expected a number, got `abc`", None, id="number"),
        pytest.param(NUMBER, False, "expected a number, got no", None, id="number by flag"),
        pytest.param(FLAG, 2, "expected yes or no, got 2", None, id="flag by number"),
        pytest.param(FLAG, "maybe", "expected yes or no, got `maybe`", None, id="flag by word"),
        pytest.param(COLOUR, "blue", "expected red, green, yes or no, got `blue`", None, id="choice"),
        pytest.param(COLOUR, 7, "expected red, green, yes or no, got 7", None, id="choice by number"),
        pytest.param(SHAPE, (64, -1, -1), "expected a shape such as 64x7x7, got 64x-1x-1", None, id="two unknowns"),
        pytest.param(SHAPE, (64, 0), "expected a shape such as 64x7x7, got 64x0", None, id="empty axis"),
        pytest.param(LINKS, "c3", "expected the name of a table under `tables:`, got `c3`", None, id="links"),
    ],
)  # fmt: skip
def test_refuse(type, value, what, help):
    with pytest.raises(SpecError) as caught:
        type.convert(value, 2)
    assert (caught.value.what, caught.value.help) == (what, help)


def test_one_axis_in_words():
    with pytest.raises(SpecError) as caught:
        SIZES.convert((3, 5), 1)
    assert (caught.value.what, caught.value.help) == ("3x5 has 2 sizes, the input has 1 spatial axis", None)


def test_an_int_that_remembers_its_expression_stays_one():
    class Remembering(int):
        pass

    number = Remembering(3)
    assert whole(number) is number
    assert COUNT.convert(number, 2) is number
    assert SIZES.convert(number, 2)[0] is number


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "yes"), (False, "no"), (7, "7"), ((3, 5), "3x5"), (((0, 1), 2), "0:1x2"), (Fraction(1, 4), "0.25"),
     ("word", "`word`")],
)  # fmt: skip
def test_show(value, text):
    assert show(value) == text

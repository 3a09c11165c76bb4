"""Small arrays as people write them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archcalc.analysis.values.arrays import kernels_of, map_of, number_of, numbers_of
from archcalc.errors import UsageError


@pytest.mark.parametrize(
    ("text", "shape", "cells"),
    [
        ("1 2 3", (1, 3), (1, 2, 3)),
        ("1, 2,3", (1, 3), (1, 2, 3)),
        ("1 2 3;", (1, 1, 3), (1, 2, 3)),
        ("1 2 0; 3 4 1", (1, 2, 3), (1, 2, 0, 3, 4, 1)),
        ("1 2;3 4;5 6;", (1, 3, 2), (1, 2, 3, 4, 5, 6)),
        ("1 2 | 3 4 | 5 6", (3, 2), (1, 2, 3, 4, 5, 6)),
        ("1;2 | 3;4 | 5;6", (3, 2, 1), (1, 2, 3, 4, 5, 6)),
        ("[1, 2, 3]", (1, 3), (1, 2, 3)),
        ("[[1, 2, 3]]", (1, 1, 3), (1, 2, 3)),
        ("[[1, 2, 0], [3, 4, 1]]", (1, 2, 3), (1, 2, 0, 3, 4, 1)),
        ("[[[1, 2]], [[3, 4]], [[5, 6]]]", (3, 1, 2), (1, 2, 3, 4, 5, 6)),
        ("-1 −2 +3 0.5 1/3", (1, 5), (-1, -2, 3, Fraction(1, 2), Fraction(1, 3))),
    ],
)
def test_a_map(text, shape, cells):
    found = map_of(text, "--values")
    assert (tuple(found.shape), found.cells) == (shape, cells)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("1 2 3", (1, 1, 3)),
        ("1 2 || 3 4 || 5 6", (3, 1, 2)),
        ("1 2 | 3 4 || 5 6 | 7 8 || 9 10 | 11 12", (3, 2, 2)),
        ("1 2;3 4;5 6", (1, 1, 3, 2)),
        ("[[[[1, 2]], [[3, 4]], [[5, 6]]], [[[1, 2]], [[3, 4]], [[5, 6]]]]", (2, 3, 1, 2)),
    ],
)
def test_kernels(text, shape):
    assert tuple(kernels_of(text, "--weights").shape) == shape


def test_a_turned_kernel_has_its_last_axes_reversed():
    """[[1, 2, 3], [4, 5, 6]] by 180 degrees is [[6, 5, 4], [3, 2, 1]]; channels and filters stay in their order."""
    found = kernels_of("1 2 3;4 5 6 | 7 8 9;10 11 12", "--weights").turned(2)
    assert found.cells == (6, 5, 4, 3, 2, 1, 12, 11, 10, 9, 8, 7)


def test_a_number_of_no_denominator_is_an_int():
    assert [type(number) for number in numbers_of("4/2 0.50 2.0", "--bias")] == [int, Fraction, int]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "--values is empty"),
        ("1 2;3", "--values: row 1 has 2 numbers, row 2 has 1"),
        ("1 2;;3 4", "--values: row 2 is empty"),
        ("1 a", "--values: `a` is no number"),
        ("1 1e9", "--values: `1e9` is no number"),
        ("1 1/0", "--values: `1/0` divides by 0"),
        ("1;2 | 3", "--values: its channels have unlike shapes"),
        ("[[1, 2], [3, 4]", "--values: the brackets do not match"),
        (" ".join(["1"] * 1001), "--values has 1,001 numbers, at most 1,000 are written out"),
    ],
)
def test_what_is_no_array(text, what):
    with pytest.raises(UsageError) as caught:
        map_of(text, "--values")
    assert caught.value.what == what


def test_filters_of_unlike_shapes():
    with pytest.raises(UsageError, match="its filters have unlike shapes: 1x2, 1x3"):
        kernels_of("1 2 || 3 4 5", "--weights")


@pytest.mark.parametrize("word", ["1" * 31, "1/2/3", "--1", "."])
def test_what_is_no_number(word):
    with pytest.raises(UsageError):
        number_of(word, "--values")

"""Small arrays as people write them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archcalc.core.arrays import Array, ArrayError, kernels_of, map_of, number_of, numbers_of, read_array
from archcalc.core.shape import Shape
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
        ("", "--values: there are no numbers"),
        ("1 2;3", "--values: row 1 has 2 numbers, row 2 has 1"),
        ("1 2;;3 4", "--values: row 2 is empty"),
        ("1 a", "--values: `a` is no number"),
        ("1 1e999", "--values: `1e999` is no number"),
        ("1 1/0", "--values: `1/0` divides by 0"),
        ("1;2 | 3", "--values: its channels have unlike shapes: 2x1, 1x1"),
        ("[[1, 2], [3, 4]", "--values: the brackets do not match"),
        ("[1, 2] 3", "--values: the brackets do not match"),
        ("[[1, 2], 3]", "--values: the brackets do not match"),
        ("[[1, 2], []]", "--values: the brackets do not match"),
        ("[[[[[1]]]]]", "--values: the brackets do not match"),
        ("1 ]", "--values: the brackets do not match"),
        ("[[1, 2], [3]]", "--values: row 1 has 2 numbers, row 2 has 1"),
        ("[[[1, 2]], [[3]]]", "--values: its channels have unlike shapes: 1x2, 1x1"),
        ("[1; 2]", "--values: `;` stands inside brackets"),
        ("1,,2", "--values: a number is missing before the comma"),
        ("1 2 || 3 4", "--values: `||` stands between filters, this is one map"),
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


@pytest.mark.parametrize("word", ["1" * 31, "1/2/3", "--1", ".", "1e-", "1e3/2", "nan", "inf", "٣/", "1e100"])
def test_what_is_no_number(word):
    with pytest.raises(ArrayError):
        number_of(word)


@pytest.mark.parametrize(
    ("text", "shape", "cells"),
    [
        ("1 2\n3 4\n", (1, 1, 2, 2), (1, 2, 3, 4)),
        ("1,2\r\n3,4\r\n", (1, 1, 2, 2), (1, 2, 3, 4)),
        ("# a head\n1\t2\n\n3\t4  # the second\n", (1, 1, 2, 2), (1, 2, 3, 4)),
        ("1 2\n|\n3 4\n", (1, 2, 1, 2), (1, 2, 3, 4)),
        ("1 2\n3 4\n||\n5 6\n7 8", (2, 1, 2, 2), (1, 2, 3, 4, 5, 6, 7, 8)),
        ("[[1 2]\n [3 4]]", (1, 1, 2, 2), (1, 2, 3, 4)),
        ("-1.5e-01 2E+1", (1, 1, 2), (Fraction(-3, 20), 20)),
    ],
)
def test_a_file_of_numbers(text, shape, cells):
    found = read_array(text, lines=True)
    assert (tuple(found.shape), found.cells) == (shape, cells)


@pytest.mark.parametrize(
    ("text", "start", "what"),
    [
        ("1 2\n3 b\n", 6, "`b` is no number"),
        ("1 2\n3 4 5\n", 4, "row 1 has 2 numbers, row 2 has 3"),
        ("1 2\n3,,4\n", 6, "a number is missing before the comma"),
        ("1 2\n,4\n", 4, "a number is missing before the comma"),
        ("# nothing\n", 0, "there are no numbers"),
    ],
)
def test_where_a_text_is_wrong(text, start, what):
    with pytest.raises(ArrayError) as caught:
        read_array(text, lines=True)
    assert (caught.value.start, caught.value.what) == (start, what)


@pytest.mark.parametrize(
    ("text", "shape", "fitted"),
    [("1 2;3 4", (2, 1, 2), True), ("1 2;3 4", (1, 1, 2, 2), True), ("1 2;3 4", (4,), False), ("1 2 3", (3, 1), True)],
)
def test_axes_of_one_cell_do_not_count(text, shape, fitted):
    found = kernels_of(text, "--weights").fitted(Shape(shape))
    assert (found is not None and tuple(found.shape) == shape) is fitted


def test_a_bare_number_stands_everywhere():
    found = Array(Shape(()), (7,)).fitted(Shape((2, 3)))
    assert found == Array(Shape((2, 3)), (7, 7, 7, 7, 7, 7))


def test_a_transposed_matrix():
    """[[1, 2, 3], [4, 5, 6]] has the columns 1 4, 2 5, 3 6."""
    assert Array(Shape((2, 3)), (1, 2, 3, 4, 5, 6)).transposed() == Array(Shape((3, 2)), (1, 4, 2, 5, 3, 6))

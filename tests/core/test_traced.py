"""Traced ints: the printed formula is the number's, and reads as on the blackboard."""

from __future__ import annotations

import copy
import pickle
from fractions import Fraction
from math import ceil, floor, prod
from operator import mod, mul, truediv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.core import TransposedWindow, Window
from archcalc.core.traced import TracedInt, trace
from archcalc.core.window import same_padding


def window(kernel, stride=1, padding=0, dilation=1, ceil_mode=False):
    return Window(trace(kernel, "K"), trace(stride, "s"), (trace(padding, "P"),) * 2, trace(dilation, "d"), ceil_mode)


class TestFormulasOfTheLecture:
    @pytest.mark.parametrize(
        ("number", "value", "formula", "symbolic"),
        [
            pytest.param(
                window(11, 4).output(trace(227, "W")),
                55,
                "⌊(227 − 11 + 2·0)/4⌋ + 1",
                "⌊(W − K + 2P)/s⌋ + 1",
                id="AlexNet conv1",
            ),
            pytest.param(
                window(3, 1, 1).output(trace(224, "W")),
                224,
                "224 − 3 + 2·1 + 1",
                "⌊(W − K + 2P)/s⌋ + 1",
                id="stride 1 divides by nothing",
            ),
            pytest.param(
                window(3, 2, ceil_mode=True).output(trace(112, "W")),
                56,
                "⌈(112 − 3 + 2·0)/2⌉ + 1",
                "⌈(W − K + 2P)/s⌉ + 1",
                id="ceil mode",
            ),
            pytest.param(window(3, dilation=2).extent, 5, "2·(3 − 1) + 1", "d(K − 1) + 1", id="dilation"),
            pytest.param(
                Window(trace(3, "K"), trace(2, "s"), (trace(0, "P_before"), trace(1, "P_after"))).output(
                    trace(13, "W")
                ),
                6,
                "⌊(13 − 3 + 1)/2⌋ + 1",
                "⌊(W − K + P_before + P_after)/s⌋ + 1",
                id="padding on one side",
            ),
            pytest.param(
                TransposedWindow(trace(4, "K"), trace(2, "s"), (trace(1, "P"),) * 2).output(trace(7, "W")),
                14,
                "(7 − 1)·2 − 2·1 + 4",
                "(W − 1)·s − 2P + K",
                id="transposed",
            ),
            pytest.param(
                prod([trace(96, "out_channels"), trace(3, "C"), trace(11, "K_h"), trace(11, "K_w")])
                + trace(96, "out_channels"),
                34_944,
                "96·3·11·11 + 96",
                "out_channels·C·K_h·K_w + out_channels",
                id="params of AlexNet conv1",
            ),
            pytest.param(
                (prod([trace(5), trace(5), trace(6)]) + 1) * trace(16),
                2_416,
                "(5·5·6 + 1)·16",
                "(5·5·6 + 1)·16",
                id="params of LeNet conv2",
            ),
            pytest.param(
                same_padding(trace(13, "W"), trace(3, "K"), trace(2, "s"), trace(1, "d"))[0],
                1,
                "⌊((⌈13/2⌉ − 1)·2 + 3 − 1 + 1 − 13)/2⌋",
                "⌊((⌈W/s⌉ − 1)·s + d(K − 1) + 1 − W)/2⌋",
                id="same padding",
            ),
        ],
    )
    def test_reads(self, number, value, formula, symbolic):
        assert number == value
        assert number.formula() == formula
        assert number.symbolic() == symbolic


A, B, C = trace(2, "a"), trace(3, "b"), trace(5, "c")
ONE, ZERO = trace(1, "n"), trace(0, "z")


class TestPrinting:
    @pytest.mark.parametrize(
        ("number", "formula"),
        [
            (trace(7), "7"),
            (trace(-7), "−7"),
            (A + B + C, "2 + 3 + 5"),
            (A + (B + C), "2 + 3 + 5"),
            (A - B - C, "2 − 3 − 5"),
            (A - (B - C), "2 − (3 − 5)"),
            (A + (B - C), "2 + 3 − 5"),
            (A * B + C, "2·3 + 5"),
            (A * (B + C), "2·(3 + 5)"),
            (A * (B * C), "2·3·5"),
            (-A, "−2"),
            (-(A + B), "−(2 + 3)"),
            (-A * B, "−2·3"),
            (A * -B, "−2·3"),
            (A - -B, "2 + 3"),
            (A + trace(-3), "2 − 3"),
            (A - trace(-3, "b"), "2 + 3"),
            (A * trace(-3, "b"), "2·(−3)"),
            (C // A, "⌊5/2⌋"),
            (-(-C // A), "⌈5/2⌉"),
            (-(C // A), "−⌊5/2⌋"),
            (-(-(B + C) * B // A), "⌈(3 + 5)·3/2⌉"),
            (C // (A * B), "⌊5/(2·3)⌋"),
            (C // (A + B), "⌊5/(2 + 3)⌋"),
            (C // A // B, "⌊⌊5/2⌋/3⌋"),
            (C * B // A * B, "⌊5·3/2⌋·3"),
            (C % B, "5 mod 3"),
            (C % B * A, "(5 mod 3)·2"),
            (A + C % (B - 1), "2 + (5 mod (3 − 1))"),
            (1 + A, "1 + 2"),
            (9 - A, "9 − 2"),
            (9 * A, "9·2"),
            (9 // A, "⌊9/2⌋"),
            (9 % A, "9 mod 2"),
            (+A, "2"),
        ],
    )
    def test_brackets_and_signs(self, number, formula):
        assert number.formula() == formula

    @pytest.mark.parametrize(
        ("number", "formula"),
        [
            (A + 0, "2"),
            (0 + A, "2"),
            (A - 0, "2"),
            (A + ZERO + B, "2 + 3"),
            (A - (B + 0), "2 − 3"),
            (A - (ZERO - B), "2 + 3"),
            (ZERO - ZERO, "0"),
            (ZERO - A, "−2"),
            (1 * A, "2"),
            (A * 1, "2"),
            (ONE * A * ONE, "2"),
            (ONE * ONE, "1"),
            (ONE * (A + B), "2 + 3"),
            (C * (ONE * (A + B)), "5·(2 + 3)"),
            (C - ONE * (A + B), "5 − (2 + 3)"),
            (C // ONE, "5"),
            ((A + B) // ONE + C, "2 + 3 + 5"),
            (-(-(A + B) // ONE), "2 + 3"),
            (A + 2 * ZERO, "2 + 2·0"),
            (A + 2 * ONE, "2 + 2·1"),
            (A * ONE, "2"),
            (A * 2 * ONE, "2·2"),
        ],
    )
    def test_what_a_reader_skips(self, number, formula):
        assert number.formula() == formula

    @pytest.mark.parametrize(
        ("number", "symbolic"),
        [
            (2 * trace(0, "P"), "2P"),
            (A * B, "a·b"),
            (2 * A * B, "2a·b"),
            (2 * (A + B), "2(a + b)"),
            (A * (B - 1), "a(b − 1)"),
            ((A + B) * C, "(a + b)·c"),
            (2 * trace(3, "K_eff"), "2K_eff"),
            (2 * trace(3, "width"), "2·width"),
            (trace(3, "width") * (A + B), "width·(a + b)"),
            (A * (B // C), "a·⌊b/c⌋"),
            (A * 5, "a·5"),
            (C // ONE + 1, "⌊c/n⌋ + 1"),
            (A + ZERO, "a + z"),
            (A + 0, "a"),
            (1 * A, "a"),
            (trace(-3, "b") + A, "b + a"),
        ],
    )
    def test_symbols(self, number, symbolic):
        assert number.symbolic() == symbolic


class TestInt:
    def test_it_is_its_number(self):
        number = trace(1024, "W") * 3
        assert isinstance(number, int)
        assert number == 3072
        assert hash(number) == hash(3072)
        assert {3072: "found"}[number] == "found"
        assert f"{number:,}" == "3,072"
        assert str(number) == repr(number) == "3072"
        assert list(range(trace(2))) == [0, 1]
        assert (number > 3000) is True

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
    def test_a_copy_keeps_its_expression(self, copied):
        again = copied(trace(227, "W") - 11)
        assert type(again) is TracedInt
        assert (again, again.formula(), again.symbolic()) == (216, "227 − 11", "W − 11")

    def test_sum_prod_min_max_and_divmod_keep_the_expression(self):
        assert sum([A, B, C]).formula() == "2 + 3 + 5"
        assert prod([A, B, C]).formula() == "2·3·5"
        assert sum([7, A]).formula() == "7 + 2"
        assert prod([7, A]).formula() == "7·2"
        assert max(A + B, C - 1).formula() == "2 + 3"
        assert min(A + B, C - 1).formula() == "5 − 1"
        assert [part.formula() for part in divmod(C, B)] == ["⌊5/3⌋", "5 mod 3"]
        assert [part.formula() for part in divmod(7, B)] == ["⌊7/3⌋", "7 mod 3"]

    def test_other_numbers_stay_themselves(self):
        assert A + Fraction(1, 2) == Fraction(5, 2)
        assert Fraction(1, 2) * B == Fraction(3, 2)
        assert A * 0.5 == 1.0
        assert A / B == 2 / 3
        with pytest.raises(ZeroDivisionError):
            A // 0

    def test_a_long_sum_prints(self):
        assert sum([trace(1)] * 20_000).formula().count("+") == 19_999


SMALL = st.integers(-9, 9)
NUMBERS = st.recursive(
    st.builds(trace, SMALL, st.sampled_from([None, "K", "width"])) | SMALL,
    lambda parts: st.builds(
        lambda apply, left, right: apply(left, right),
        st.sampled_from(
            [
                lambda a, b: a + b,
                lambda a, b: a - b,
                lambda a, b: a * b,
                lambda a, b: -(a - b),
                lambda a, b: a // b if b else a,
                lambda a, b: -(-a // b) if b else a,
                lambda a, b: a % b if b else a,
            ]
        ),
        parts,
        parts,
    ),
    max_leaves=12,
)


@given(NUMBERS)
def test_the_formula_evaluates_to_the_number(number):
    number = number + trace(0)
    assert evaluate(number.formula()) == int(number)


def evaluate(formula):
    """The value of a printed formula, by the rules of school: exact, products before sums, left to right."""
    tokens = [character for character in formula.replace("mod", "%") if character != " "]
    value = _sum(tokens)
    assert not tokens, f"left over: {tokens}"
    assert value.denominator == 1
    return value


def _sum(tokens):
    value = _signed_product(tokens) if tokens[0] == "−" else _product(tokens)
    while tokens and tokens[0] in "+−":
        value += _signed_product(tokens)
    return value


def _signed_product(tokens):
    return _product(tokens) if tokens.pop(0) == "+" else -_product(tokens)


def _product(tokens):
    value = _atom(tokens)
    while tokens and tokens[0] in "·/%":
        operator = tokens.pop(0)
        value = {"·": mul, "/": truediv, "%": mod}[operator](value, _atom(tokens))
    return value


def _atom(tokens):
    first = tokens.pop(0)
    if first in "(⌊⌈":
        value = _sum(tokens)
        assert tokens.pop(0) == {"(": ")", "⌊": "⌋", "⌈": "⌉"}[first]
        return value if first == "(" else Fraction({"⌊": floor, "⌈": ceil}[first](value))
    while tokens and tokens[0].isdigit():
        first += tokens.pop(0)
    return Fraction(int(first))

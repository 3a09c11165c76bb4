"""Linear pieces: hats and sawteeth by hand, sums and compositions, and the function itself at many points."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archcalc
from archcalc.errors import UsageError

HALF = Fraction(1, 2)
HAT = {"hidden": [[1], [1], [1]], "hidden.bias": [0, -HALF, -1], "out": [[2, -4, 2]], "out.bias": [0]}
"""2 relu(x) - 4 relu(x - 1/2) + 2 relu(x - 1)."""


def sawtooth(depth):
    return archcalc.load("sawtooth", set={"depth": depth}).pieces()


def rows(found):
    (output,) = found.outputs
    return [(piece.start, piece.stop, piece.slope, piece.offset) for piece in output]


def test_a_hat():
    # 0 up to 0; 2x; 2x - 4(x - 1/2) = 2 - 2x; 2 - 2x + 2(x - 1) = 0
    found = archcalc.loads("input: 1\nlayers: {hidden: linear 3, relu: relu, out: linear 1}\n").pieces(HAT)
    assert (
        rows(found)
        == rows(archcalc.load("hat").pieces())
        == [(None, 0, 0, 0), (0, HALF, 2, 0), (HALF, 1, -2, 2), (1, None, 0, 0)]
    )


@pytest.mark.parametrize(("depth", "pieces"), [(1, 4), (2, 6), (3, 10), (4, 18), (8, 258)])
def test_d_hats_have_2_to_the_d_pieces_and_two(depth, pieces):
    found = sawtooth(depth)
    assert found.pieces == pieces == 2**depth + 2
    assert found.teeth(found.outputs[0]) == 2 ** (depth - 1)
    assert {abs(piece.slope) for piece in found.outputs[0]} == {0, 2**depth}


def test_bounds_layer_by_layer():
    assert [(layer.name, layer.neurons, layer.pieces, layer.bound, layer.rule) for layer in sawtooth(2).layers] == [
        ("hats.0.hidden", 3, 1, 1, "a: 1"),
        ("hats.0.relu", 3, 2, 2, "a·b: 2·1"),
        ("hats.0.out", 1, 4, 6, "a + b: 2 + 2 + 2"),
        ("hats.1.hidden", 3, 4, 6, "a: 6"),
        ("hats.1.relu", 3, 4, 12, "a·b: 2·6"),  # relu(h - 1/2): 0, up, down, 0; h itself bends nowhere else
        ("hats.1.out", 1, 6, 36, "a + b: 12 + 12 + 12"),
    ]


FOUR = "input: 1\nlayers: {a: linear 4, r: relu, b: linear 1 bias=no, s: relu}\n"


def four(*biases):
    return archcalc.loads(FOUR, name="four").pieces({"a": [1] * 4, "a.bias": [*biases], "b": [1, -2, 2, -2]})


def test_the_slides_two_teeth_are_flat_with_its_slip():
    """x + 2 and x + 3 where x - 2 and x - 3 are meant: left of 0 the sum is at most 0, right of it too."""
    assert rows(four(0, -1, 2, 3)) == [(None, None, 0, 0)]
    assert rows(four(0, -1, -2, -3)) == [
        (None, 0, 0, 0), (0, 1, 1, 0), (1, 2, -1, 2), (2, 3, 1, -2), (3, 4, -1, 4), (4, None, 0, 0)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "pieces"),
    [
        ("relu", [(None, 0, 0, 0), (0, None, 1, 0)]),
        ("abs", [(None, 0, -1, 0), (0, None, 1, 0)]),
        ("neg", [(None, None, -1, 0)]),
        ("leaky_relu 0.1", [(None, 0, Fraction(1, 10), 0), (0, None, 1, 0)]),
        ("relu6", [(None, 0, 0, 0), (0, 6, 1, 0), (6, None, 0, 6)]),
        ("hard_sigmoid", [(None, -3, 0, 0), (-3, 3, Fraction(1, 6), HALF), (3, None, 0, 1)]),
        ("dropout", [(None, None, 1, 0)]),
    ],
)
def test_activations_of_straight_lines(layer, pieces):
    assert rows(archcalc.loads(f"input: 1\nlayers: {{a: {layer}}}\n").pieces()) == pieces


def test_a_shortcut_adds():
    # relu(x) + relu(-x) + x = |x| + x = 2 relu(x)
    text = "input: 1\nlayers: {a: linear 2 bias=no, r: relu, b: linear 1 bias=no, s: add b input}\n"
    found = archcalc.loads(text).pieces({"a": [1, -1], "b": [1, 1]})
    assert rows(found) == [(None, 0, 0, 0), (0, None, 2, 0)]
    assert (found.layers[-1].rule, found.layers[-1].bound) == ("a + b: 4 + 1", 5)


def test_given_numbers_go_before_those_of_the_spec():
    assert rows(archcalc.load("hat").pieces({"out.bias": 1}))[0] == (None, 0, 0, 1)


def test_a_weight_of_0_adds_no_bend():
    found = archcalc.loads("input: 1\nlayers: {a: linear 2, r: relu, b: linear 1}\n").pieces(
        {"a": [1, 1], "a.bias": [0, 1], "b": [3, 0], "b.bias": [5]}
    )
    assert rows(found) == [(None, 0, 0, 5), (0, None, 3, 5)]
    assert found.layers[-1].rule == "a: 2"


WHOLE = st.integers(-3, 3)


@given(st.lists(WHOLE, min_size=27, max_size=27), st.sampled_from(["relu", "abs", "leaky_relu 0.5", "relu6"]))
@settings(max_examples=60, deadline=None)
def test_the_pieces_are_the_function(numbers, kind):
    """Between and outside all bends, against the network worked out at that point; bends are bends, bounds hold."""
    functions = {
        "relu": lambda x: max(x, 0), "abs": abs, "relu6": lambda x: min(max(x, 0), 6),
        "leaky_relu 0.5": lambda x: x if x > 0 else x / 2,
    }  # fmt: skip
    act = functions[kind]
    a, p, b, q, c, r = numbers[:3], numbers[3:6], numbers[6:15], numbers[15:18], numbers[18:21], numbers[21]
    text = f"input: 1\nlayers: {{a: linear 3, r: {kind}, b: linear 3, s: {kind}, c: linear 1}}\n"
    found = archcalc.loads(text).pieces({"a": a, "a.bias": p, "b": b, "b.bias": q, "c": c, "c.bias": [r]})

    def function(x):
        first = [act(w * x + bias) for w, bias in zip(a, p, strict=True)]
        second = [act(sum(b[3 * i + j] * first[j] for j in range(3)) + q[i]) for i in range(3)]
        return sum(w * y for w, y in zip(c, second, strict=True)) + r

    (output,) = found.outputs
    for piece in output:
        start = piece.start if piece.start is not None else (piece.stop or Fraction(0)) - 100
        stop = piece.stop if piece.stop is not None else start + 200
        for x in (start, (start + stop) / 2, (3 * start + stop) / 4, stop):
            assert piece.slope * x + piece.offset == function(Fraction(x))
    assert all(one.slope != other.slope and one.stop == other.start for one, other in pairwise(output))
    assert all(layer.pieces <= layer.bound for layer in found.layers)


@pytest.mark.parametrize(
    ("text", "weights", "what"),
    [
        ("input: 2\nlayers: {a: linear 1}\n", None,
         "pieces are of a network with one number as its input, this one has 2"),
        ("input: 1\nlayers: {a: tanh}\n", None, "a (tanh) is not made of straight lines"),
        ("input: 1\nlayers: {a: linear 2}\n", None, "the numbers of a.weight are not known"),
        ("input: 1\nlayers: {a: linear 2}\n", {"a": [1, 2]}, "the numbers of a.bias are not known"),
        ("input: 1\nlayers: {a: linear 2}\n", {"a": [1]}, "`a.weight` is 2x1, which is 2 numbers, not 1"),
        ("input: 1\nlayers: {a: linear 2}\n", {"b": [1]}, "n has no tensor `b`"),
    ],
)  # fmt: skip
def test_what_is_refused(text, weights, what):
    with pytest.raises(UsageError) as caught:
        archcalc.loads(text, name="n").pieces(weights)
    assert caught.value.what == what

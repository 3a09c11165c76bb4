"""A layer as a full connection: counts by hand, and the matrix times the input as the layer's own output."""

from __future__ import annotations

from fractions import Fraction

import pytest

import archcalc
from archcalc.errors import UnknownName, UsageError


def of(text, layer="c", weights=None):
    return archcalc.loads(text, "net").as_matrix(layer, weights)


def counts(found):
    return found.twin.weights, found.not_zero, found.different, found.uses, found.places


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # 9 inputs, 4 outputs; each output has 4 weights; each weight stands at 4 places
        ("input: 1x3x3\nlayers: {c: conv 1 2x2 bias=no}\n", (36, 16, 4, (4, 4), 4)),
        # the taps at the ends read a zero once: 7 + 8 + 7
        ("input: 1x8\nlayers: {c: conv 1 3 padding=1}\n", (64, 22, 3, (7, 8), 8)),
        # 2 channels of 5 cells, 3 filters of 2 taps at 4 places: 10·12; 2·3·2·4; 2·3·2
        ("input: 2x5\nlayers: {c: conv 3 2}\n", (120, 48, 12, (4, 4), 4)),
        # each of 2 channels alone: 10·8; 2·2·4; 2·2
        ("input: 2x5\nlayers: {c: depthwise_conv 2}\n", (80, 16, 4, (4, 4), 4)),
        # each of 3 cells spreads over 2 of 6
        ("input: 1x3\nlayers: {c: conv_transpose 1 2 stride=2}\n", (18, 6, 2, (3, 3), 6)),
        # a reflected border: cell 1 is read twice by the first place, once as a weight of its own
        ("input: 1x3\nlayers: {c: conv 1 3 padding=1 padding_mode=reflect}\n", (9, 7, 3, (3, 3), 3)),
        # 5 tokens of 2 features, each token alone: 10·15; 2·3·5
        ("input: 5x2\nlayers: {c: linear 3}\n", (150, 30, 6, (5, 5), 5)),
        # 256·256 inputs to 1,000 units: the lecture's 65,536,000
        ("input: 1x256x256\nlayers: {f: flatten, c: linear 1000}\n", (65_536_000, 65_536_000, 65_536_000, (1, 1), 1)),
    ],
)
def test_counts(text, expected):
    assert counts(of(text)) == expected


def test_the_matrix_of_symbols():
    found = of("input: 1x3x3\nlayers: {c: conv 1 2x2 bias=no}\n")
    assert found.rows == (
        ("w1", "w2", 0, "w3", "w4", 0, 0, 0, 0),
        (0, "w1", "w2", 0, "w3", "w4", 0, 0, 0),
        (0, 0, 0, "w1", "w2", 0, "w3", "w4", 0),
        (0, 0, 0, 0, "w1", "w2", 0, "w3", "w4"),
    )
    assert (found.formula, found.itself.macs, found.twin.macs, found.twin.params) == ("9·4", 16, 36, 36)


def test_what_a_border_reads_twice_stands_in_one_cell():
    found = of("input: 1x3\nlayers: {c: conv 1 3 padding=1 padding_mode=reflect}\n")
    assert found.rows == (("w2", "w1 + w3", 0), ("w1", "w2", "w3"), (0, "w1 + w3", "w2"))


@pytest.mark.parametrize(
    ("call", "x", "weights", "options"),
    [
        ("conv 2 2x3 padding=1 stride=1x2 bias=no", "1 2 0 5;3 4 1 1|2 7 1 8;2 8 1 8",
         "1 2 3;4 5 6|7 8 9;1 2 3||4 5 6;7 8 9|1 -2 3;4 5 -6", {"padding": ((1, 1), (1, 1)), "stride": (1, 2)}),
        ("conv_transpose 1 2 stride=2 bias=no", "3 1 4|1 5 9", "2 7||1 8", {"stride": 2}),
    ],
)  # fmt: skip
def test_the_matrix_times_the_input_is_the_output(call, x, weights, options):
    y = archcalc.values(call.split()[0], x, weights=weights, **options)
    found = of(f"input: {y.input.shape}\nlayers: {{c: {call}}}\n", weights=weights)
    products = [sum(w * cell for w, cell in zip(row, y.input.cells, strict=True)) for row in found.rows]
    assert products == [*y.output.cells]
    assert found.not_zero == sum(cell != 0 for row in found.rows for cell in row)  # no weight given is 0


def test_a_large_one_is_counted_and_not_drawn():
    found = archcalc.load("vgg16").as_matrix("conv1_1")
    # along an axis 224·3 − 2 taps read a real cell
    assert (found.rows, found.not_zero, found.uses) == ((), 3 * 64 * 670**2, (223**2, 224**2))


@pytest.mark.parametrize(
    ("text", "layer", "error", "what"),
    [
        ("input: 1x4x4\nlayers: {c: max_pool 2}\n", "c", UsageError, "c has no kernel"),
        ("input: 1x4x4\nlayers: {c: conv 1 2}\n", "d", UnknownName, "net has no layer `d`"),
        ("input: 1x600000\nlayers: {c: conv 1 3}\n", "c", UsageError,
         "599,998 places of 3 taps along one axis are more than 1,000,000"),
    ],
)  # fmt: skip
def test_what_is_no_matrix(text, layer, error, what):
    with pytest.raises(error) as caught:
        of(text, layer)
    assert caught.value.what == what


def test_weights_of_another_shape():
    with pytest.raises(UsageError) as caught:
        of("input: 1x4x4\nlayers: {c: conv 1 2}\n", weights="1 2 3;4 5 6")
    assert caught.value.what == "the weights are 1x1x2x3, c has 1x1x2x2"


def test_numbers_that_the_spec_states():
    net = archcalc.loads("{input: 1x3, layers: {c: conv 1 2 bias=no}, weights: {c: [2, 1/3]}}", "net")
    third = Fraction(1, 3)
    assert net.as_matrix("c").rows == ((2, third, 0), (0, 2, third))
    assert net.as_matrix("c", "5 7").rows == ((5, 7, 0), (0, 5, 7))


def test_a_transposed_twin_has_the_numbers_transposed():
    text = (
        "{input: 3, layers: {e: linear 2 bias=no, d: linear 3 bias=no share=e}, weights: {e: [[1, 2, 3], [4, 5, 6]]}}"
    )
    net = archcalc.loads(text, "net")
    assert net.as_matrix("e").rows == ((1, 2, 3), (4, 5, 6))
    assert net.as_matrix("d").rows == ((1, 4), (2, 5), (3, 6))

"""Chains of convolutions as one filter: by hand, and against the layers one after the other."""

from __future__ import annotations

from fractions import Fraction

import pytest

import archcalc
from archcalc import __version__
from archcalc.errors import UsageError

DIFFERENCES = "input: 1x16\nlayers: {a: conv 1 2 bias=no, p: max_pool 1 stride=2, b: conv 1 2 bias=no}\n"

TEXT = f"""\
a (conv 1 2 bias=no), p (max_pool 1 stride=2), b (conv 1 2 bias=no): one filter 4 at stride 2

 1 −1  1 −1

Layers   Kernel  Stride  Weights  As one  Filter
-------  ------  ------  -------  ------  ----------
a, p, b  4       2             4       4  1 −1  1 −1

archcalc {__version__} · net
"""


def test_the_notes_example():
    """[1, −1], then every second value, then [1, 1]: f * up(g) = [1, −1, 1, −1] at stride 2."""
    found = archcalc.loads(DIFFERENCES, "net").collapse({"a": "1 -1", "b": "1 1"})
    assert (found.chains[0].filter.cells, found.chains[0].stride) == ((1, -1, 1, -1), (2,))
    assert str(found) == TEXT


def test_without_numbers_the_sizes():
    (chain,) = archcalc.loads("input: 3x9x9\nlayers: {a: conv 4 3 stride=2, b: conv 5 2x1}\n").collapse().chains
    # 3 + (2 − 1)·2 = 5 and 3 + 0; 4·3·9 + 5·4·2; 5·3·5·3
    assert (chain.kernel, chain.stride, chain.weights, chain.shape.elements) == ((5, 3), (2, 2), 148, 225)
    assert chain.filter is None


def test_as_the_layers_one_after_the_other():
    x = [
        [
            [3, 1, 4, 1, 5, 9, 2],
            [6, 5, 3, 5, 8, 9, 7],
            [9, 3, 2, 3, 8, 4, 6],
            [2, 6, 4, 3, 3, 8, 3],
            [2, 7, 9, 5, 0, 2, 8],
        ]
    ]
    f = "1 -2;3 4||0 5;-1 2"
    middle = archcalc.values("conv", x, weights=f, stride=(1, 2), dilation=(2, 1))
    shape = middle.output.shape
    rows = [list(row) for row in middle.output.rows()]
    maps = [rows[first : first + shape[1]] for first in range(0, len(rows), shape[1])]
    expected = archcalc.values("conv", maps, weights="1 2 -1;|3 0 4;")
    text = "input: 1x5x7\nlayers: {a: conv 2 2 stride=1x2 dilation=2x1 bias=no, b: conv 1 1x3 bias=no}\n"
    (chain,) = archcalc.loads(text).collapse({"a": f, "b": "1 2 -1;|3 0 4;"}).chains
    size = chain.kernel[1]
    kernel = ";".join(" ".join(map(str, row)) for row in chain.filter.rows())
    assert len(kernel.split(";")[0].split()) == size == 2 + 2 * 2
    assert archcalc.values("conv", x, weights=kernel, stride=chain.stride).output == expected.output


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("input: 1x9\nlayers: {a: conv 1 2 act=relu, b: conv 1 2}\n", "net has no chain of filters"),
        ("input: 1x9\nlayers: {a: conv 1 2}\n", "net has no chain of filters"),
        ("input: 1x9\nlayers: {a: conv 1 2, p: max_pool 2, b: conv 1 2}\n", "net has no chain of filters"),
        ("input: 1x9\nlayers: {a: conv 1 2, b: conv 1 2}\noutput: [a, b]\n", "net has no chain of filters"),
    ],
)
def test_no_chain(text, what):
    with pytest.raises(UsageError) as caught:
        archcalc.loads(text, "net").collapse()
    assert caught.value.what == what


def test_weights_of_another_shape():
    with pytest.raises(UsageError) as caught:
        archcalc.loads(DIFFERENCES, "net").collapse({"a": "1 2 3"})
    assert caught.value.what == "the weights of a are 1x1x3, it has 1x1x2"


def test_numbers_that_the_spec_states():
    """[1, -1] then [1, 1] is [1, 0, -1]; what is given goes before what is stated."""
    net = archcalc.loads(
        "{input: 1x9, layers: {a: conv 1 2 act=none, b: conv 1 2}, weights: {a: [1, -1], b: [1, 1]}}", "net"
    )
    assert net.collapse().chains[0].filter.cells == (1, 0, -1)
    assert net.collapse({"b": "1 2"}).chains[0].filter.cells == (1, 1, -2)


def test_an_average_is_a_filter_of_equal_numbers():
    """[1/2, 1/2] at stride 2, then [1, -1], is [1/2, 1/2, -1/2, -1/2] at stride 2."""
    net = archcalc.loads("{input: 1x9, layers: {p: avg_pool 2, b: conv 1 2 bias=no}, weights: {b: [1, -1]}}", "net")
    (chain,) = net.collapse().chains
    half = Fraction(1, 2)
    assert (chain.filter.cells, chain.stride) == ((half, half, -half, -half), (2,))


@pytest.mark.parametrize("pool", ["max_pool 2", "avg_pool 2 padding=1", "avg_pool 2 ceil_mode=yes"])
def test_a_pooling_that_is_no_filter(pool):
    with pytest.raises(UsageError, match="net has no chain of filters"):
        archcalc.loads(f"{{input: 1x9, layers: {{p: {pool}, b: conv 1 2}}}}", "net").collapse()

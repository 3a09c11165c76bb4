"""Whether two graphs compute the same."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.graph.same import same_network

BASE = "input: 3x11x13\nlayers:\n  a: conv 5 3x3\n  b: conv 5 3x3 padding=1\n  s: add a b\n"


def graph(text):
    return archcalc.loads(text).graph


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (BASE, True),
        (BASE.replace(" a:", " first:").replace("add a", "add first"), True),
        (BASE + "  d: dropout 0.3\n  i: identity\n", True),
        (BASE.replace("  b:", "  d: dropout 0.3\n  b:"), True),
        (BASE + "  p: adaptive_avg_pool 9x11\n", True),  # the size that is there
        (BASE + "  p: adaptive_avg_pool 3x11\n", False),
        (BASE + "  p: softmax\n", True),  # the same answers
        (BASE + "  p: relu\n", False),
        (BASE.replace("padding=1", "padding=2 dilation=2"), False),  # as many params, another field
        (BASE.replace("11x13", "13x11"), False),
        (BASE.replace("add a b", "add b a"), False),
        (BASE + "output: a\n", False),
        (BASE + "  unused: {op: conv 7 1x1, from: in}\noutput: s\n", True),
    ],
)
def test_same_network(other, same):
    assert same_network(graph(BASE), graph(other)) is same


def test_twins_with_weights_of_their_own_are_not_one_layer():
    twins = "input: 3x11x13\nlayers:\n  a: conv 5 3x3\n  b: {op: conv 5 3x3, from: in}\n  s: add a b\n"
    tied = twins.replace("from: in}", "from: in, share: a}")
    once = twins.replace("add a b", "add a a")
    assert not same_network(graph(twins), graph(tied))
    assert not same_network(graph(twins), graph(once))
    assert same_network(graph(tied), graph(tied))

"""Addresses: legal, told apart, together; references no nearer layer hides."""

from __future__ import annotations

import pytest

from archcalc.core import Shape
from archcalc.errors import Place
from archcalc.interop.net import LayerCall, SourceLayer, SourceNet
from archcalc.interop.shape import shaped

PLACE = Place("net", 1, 1)


def record(*operations: tuple[str, tuple[int, ...]], inputs=("input",)) -> SourceNet:
    made = tuple(
        SourceLayer(name, LayerCall("add" if len(reads) > 1 else "relu"), reads, Shape.of(5), PLACE)
        for name, reads in operations
    )
    return SourceNet("net", "a test", tuple((name, Shape.of(5)) for name in inputs), made, (len(inputs),), {})


@pytest.mark.parametrize(
    ("names", "addresses"),
    [
        (["a", "b.c", "b.d"], ["a", "b.c", "b.d"]),
        (["a/b c", "in", "prev"], ["a_b_c", "in_", "prev_"]),
        (["fc", "fc", "fc"], ["fc", "fc_2", "fc_3"]),
        (["input"], ["input_2"]),
        (["b.c", "a", "b.d"], ["b_c", "a", "b_d"]),  # a group that does not stand together
        (["b", "b.c"], ["b", "b_c"]),  # a layer and a group of one name
        (["a.b.c", "d", "a.b.e"], ["a_b_c", "d", "a_b_e"]),
        (["a.b.c", "a.d", "a.b.e"], ["a.b_c", "a.d", "a.b_e"]),
        (["", "b."], ["_", "b._"]),
    ],
)
def test_addresses(names, addresses):
    net = record(*[(name, (at,)) for at, name in enumerate(names)])
    assert [".".join(address) for address in shaped(net).operations] == addresses


@pytest.mark.parametrize(
    ("operations", "by", "value", "text"),
    [
        ([("a", (0,)), ("b", (1,))], 1, 1, "a"),
        ([("g.a", (0,)), ("g.b", (1,)), ("c", (1,))], 2, 1, "g.a"),
        ([("g.a", (0,)), ("g.b", (1,)), ("c", (2,))], 2, 2, "g"),  # a group ends in its last layer
        ([("g.a", (0,)), ("g.b", (1,)), ("g.c", (2,))], 2, 2, "b"),
        ([("g.h.a", (0,)), ("g.c", (1,))], 1, 1, "h"),
        ([("a", (0,)), ("g.b", (1,)), ("g.a", (1,))], 2, 1, "/a"),  # hidden by the layer itself
        ([("a", (0,)), ("g.x", (1,)), ("g.a.y", (1,))], 2, 1, "/a"),
        ([("g.input", (0,)), ("g.b", (0,))], 1, 0, "/input"),
    ],
)
def test_references(operations, by, value, text):
    assert shaped(record(*operations)).reference(value, by) == text

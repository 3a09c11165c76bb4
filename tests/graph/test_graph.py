"""What a graph answers about its values and its parts, by hand."""

from __future__ import annotations

import archcalc
from archcalc.core import Shape, Work

GRAPH = archcalc.loads(
    """
    inputs: {image: 3x11x13, other: 5x11x13}
    layers:
      a: {op: conv 5 1x1 act=relu, from: image}
      b: {op: batch_norm, from: other}
      c: add a b
    """,
    name="two",
).graph
NAMES = ["image", "other", "a.conv", "a.act", "b", "c"]


def test_values_are_inputs_then_nodes():
    assert (GRAPH.first, GRAPH.value_count) == (2, 6)
    assert [GRAPH.value_name(value) for value in range(6)] == NAMES
    assert [(value, node.name) for value, node in GRAPH.numbered()] == list(enumerate(NAMES))[2:]
    assert [node and node.name for node in map(GRAPH.maker, range(6))] == [None, None, *NAMES[2:]]
    assert GRAPH.value_shape(1) == Shape.of(5, 11, 13)


def test_a_part_ends_in_a_value():
    assert GRAPH.value_of(GRAPH.part("a")) == GRAPH.value_of(GRAPH.part("a.act")) == 3
    assert GRAPH.index_of(GRAPH.part("b")) == 2
    assert GRAPH.nodes[GRAPH.index_of(GRAPH.part("a"))].name == "a.act"


def test_the_facts_of_a_node_are_those_of_its_layer_there():
    conv, norm = GRAPH.nodes[0], GRAPH.nodes[2]
    assert {name: tensor.shape for name, tensor in conv.weights.items()} == {"weight": (5, 3, 1, 1), "bias": (5,)}
    assert conv.params == 5 * 3 + 5
    assert conv.work == Work(macs=15 * 143, additions=5 * 143, connections=20 * 143)
    assert len(conv.windows) == 2
    assert norm.params == 10, "running statistics are no params"

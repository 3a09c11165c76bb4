"""A network with some layers changed: what is not changed stays."""

from __future__ import annotations

import archcalc
from archcalc.core.record import fields
from archcalc.graph.rerun import with_layer


def test_a_node_with_another_layer_keeps_what_it_is_otherwise():
    text = "input: 5\nlayers:\n  e: embedding 10 3\n  a: linear 3\n  h: linear 10 bias=no share=e\nfreeze: [h]\n"
    node = archcalc.loads(text).graph.nodes[-1]
    changed = with_layer(node, node.layer)
    names = [field.name for field in fields(type(node))]
    assert [getattr(changed, name) for name in names] == [getattr(node, name) for name in names]
    assert (node.frozen, node.shared) == (True, "e")

"""opaque: what a spec states, and nothing computes."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.core import NO_WORK, WHOLE, Shape, Work
from archcalc.errors import UnsupportedError

NET = "input: 6x12x14\nlayers: {a: conv 3 1, o: opaque 30x6 params=1000 macs=5000 note=roi_align, r: relu}\n"


def test_facts(build, facts):
    found = facts("opaque", (6, 11, 13), shape=(300, 6), params=1000, macs=5000)
    assert (found.output, found.weights, found.work) == ((300, 6), {"weight": (1000,)}, {"macs": 5000})
    assert found.windows == (WHOLE, WHOLE)
    bare = build("opaque", 2, shape=7)
    assert (bare.weights(Shape.of(6, 11, 13)), bare.work(Shape.of(6, 11, 13), Shape.of(7))) == ({}, NO_WORK)
    assert build("opaque", 2, shape=7, macs=5).work(Shape.of(6, 11, 13), Shape.of(7)) == Work(macs=5)


def test_it_may_read_several_layers():
    text = "input: 6x12x14\nlayers: {a: conv 3 1, b: conv 5 3 from=in, o: {op: opaque 300x6, from: [a, b]}}\n"
    net = archcalc.loads(text)
    assert list(net.graph.nodes[-1].input_shapes) == [(3, 12, 14), (5, 10, 12)]


def test_its_field_is_the_whole_input():
    net = archcalc.loads(NET)
    assert net.receptive_field("o").size == net.receptive_field("r").size == (12, 14)


def test_it_cannot_be_run():
    pytest.importorskip("numpy", reason="the numeric extra is not installed")
    with pytest.raises(UnsupportedError) as caught:
        archcalc.loads(NET).run()
    assert caught.value.what == "o: an opaque layer states its counts only, nothing is known of its values"

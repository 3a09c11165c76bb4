"""The geometric test over every bundled spec and random networks; and the test itself, mutated."""

from __future__ import annotations

import pytest
from report.drawing.geometry import Faults
from report.drawing.random_networks import spec

import archcalc
from archcalc.analysis.diagram import diagram
from archcalc.core.record import replace
from archcalc.report.drawing.graph import GraphStyle, measures
from archcalc.report.drawing.nest import layout
from archcalc.report.drawing.palette import LIGHT
from archcalc.spec.catalog import bundled

STYLE = GraphStyle(LIGHT)
WIDE = 16 / 9
MODES = {
    "depth 1": ({"depth": 1}, None),
    "depth 2": ({"depth": 2}, None),
    "columns": ({"depth": 2}, WIDE),
    "open": ({"depth": 99}, None),
    "no repeats": ({"depth": 99, "repeats": False}, None),
    "all layers": ({"depth": 99, "sugar": True}, None),
}
FEW = ("lenet5", "unet", "inception_module", "siamese", "residual_projection", "squeezenet1_0", "shufflenet_v2_x1_0")


CROSSED = {"flan_t5_small": 1}
"""Networks whose wires cross, and how often: the decoder reads the encoder's value in every layer, and it comes from
the side on which the doors of a group put the newest value."""


def names():
    found = []
    for path in bundled():
        found += [path.stem, *(f"{path.stem}@{name}" for name in archcalc.load(path.stem).document.variants)]
    return found


def drawn(graph, mode, right=False):
    options, ratio = MODES[mode]
    return layout(diagram(graph, **options), measures(STYLE), right=right, ratio=ratio)


def assert_sound(graph, what):
    for mode in MODES:
        for right in (False, True):
            faults = Faults(drawn(graph, mode, right), STYLE)
            assert not faults.found, (what, mode, right, faults.found[:3])
            assert faults.crossings() <= CROSSED.get(what, 0), (what, mode, right)


@pytest.mark.parametrize("name", FEW)
def test_nothing_overlaps_and_nothing_crosses(name):
    assert_sound(archcalc.load(name).graph, name)


@pytest.mark.slow
def test_nothing_overlaps_and_nothing_crosses_in_any_bundled_network():
    for name in names():
        assert_sound(archcalc.load(name).graph, name)


def faults_of_random(seeds):
    found = []
    for seed in seeds:
        graph = archcalc.loads(spec(seed)).graph
        for depth in (0, 1, 99):
            for right in (False, True):
                placed = layout(diagram(graph, depth=depth), measures(STYLE), right=right)
                found += [(seed, depth, right, *fault) for fault in Faults(placed, STYLE).found]
    return found


def test_random_networks():
    assert faults_of_random(range(40)) == []


@pytest.mark.slow
def test_many_random_networks():
    assert faults_of_random(range(40, 300)) == []


# -- the geometric test finds what is wrong


def changed(placed, leaf=None, frame=None, wires=None):
    leaves = tuple(leaf(p) if leaf and p.what == 5 else p for p in placed.leaves)
    frames = tuple(frame(p) if frame else p for p in placed.frames)
    return replace(placed, leaves=leaves, frames=frames, wires=placed.wires if wires is None else wires)


def first(placed, **having):
    return next(
        i for i, wire in enumerate(placed.wires) if all(getattr(wire, name) == value for name, value in having.items())
    )


def without(wires, index):
    return wires[:index] + wires[index + 1 :]


def bent(wire):
    (x, y), *rest = wire.points
    return wire._replace(points=((x + 3, y), *rest))


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda p: changed(p, leaf=lambda box: box._replace(y=box.y + 60)), "overlap"),
        (lambda p: changed(p, leaf=lambda box: box._replace(width=box.width - 90)), "label outside its box"),
        (lambda p: changed(p, leaf=lambda box: box._replace(x=box.x + 500)), "edge without an arrow"),
        (lambda p: changed(p, frame=lambda box: box._replace(height=box.height - 30)), "child outside its frame"),
        (lambda p: changed(p, wires=without(p.wires, first(p, arrow=True))), "edge without an arrow"),
        (lambda p: changed(p, wires=(bent(p.wires[0]), *p.wires[1:])), "not orthogonal"),
        (
            lambda p: changed(p, wires=tuple(w._replace(value=w.value + 1) for w in p.wires)),
            "edge without an arrow",
        ),
    ],
)
def test_the_geometric_test_finds_a_fault(change, kind):
    placed = drawn(archcalc.load("resnet18").graph, "depth 2")
    assert Faults(placed, STYLE).kinds() == {}
    assert kind in Faults(change(placed), STYLE).kinds()


def test_wires_through_boxes_and_titles_are_found():
    placed = drawn(archcalc.load("resnet18").graph, "depth 2")
    box, frame = placed.leaves[5], placed.frames[0]
    through = placed.wires[0]._replace(points=((box.x - 5, box.y + 9), (box.x + box.width + 5, box.y + 9)))
    assert "wire through a box" in Faults(changed(placed, wires=(*placed.wires, through))).kinds()
    title = placed.wires[0]._replace(
        points=((frame.x + 30, frame.y), (frame.x + 30, frame.y + 19)), scope=str(frame.what)
    )
    assert "wire through a title" in Faults(changed(placed, wires=(*placed.wires, title))).kinds()


def test_crossings_are_counted():
    twisted = """
input: 4x8x8
layers:
  a: conv 4 1x1
  b: conv 4 1x1 from=a
  c: conv 4 1x1 from=a
  d: conv 4 1x1 from=a
  x: add b c d
  y: add b c d
  z: add b c d
  sum: add x y z
"""  # K(3,3) cannot be drawn without a crossing
    placed = layout(diagram(archcalc.loads(twisted).graph), measures(STYLE))
    assert Faults(placed, STYLE).found == []
    assert Faults(placed, STYLE).crossings() >= 1


# -- what is where


def test_a_series_is_straight_and_a_skip_runs_beside_it():
    placed = drawn(archcalc.load("residual_identity").graph, "open")
    assert len({p.x + p.width / 2 for p in placed.leaves}) == 1
    right = max(p.x + p.width for p in placed.leaves)
    outside = [wire for wire in placed.wires if min(x for x, _ in wire.points) > right]
    assert {wire.value for wire in outside} == {0}  # only the input passes by
    assert all(len(wire.points) == 2 for wire in placed.wires if wire.value != 0)


def test_columns_come_nearer_to_the_ratio():
    graph = archcalc.load("vgg16").graph
    tall, wide = drawn(graph, "depth 2"), drawn(graph, "columns")
    assert tall.width / tall.height < 0.3
    assert 0.8 < wide.width / wide.height < 3


def test_to_the_right_is_wide():
    placed = drawn(archcalc.load("vgg16").graph, "depth 1", right=True)
    assert placed.width > 3 * placed.height


def test_ten_thousand_layers_fold_to_one_box():
    graph = archcalc.loads("input: 4x8x8\nlayers:\n  b:\n    repeat: 2500\n    layers:\n" + "".join(
        f"      c{i}: conv 4 1x1\n" for i in range(4)
    )).graph  # fmt: skip
    shown = diagram(graph, depth=99)
    assert len(graph.nodes) == 10_000
    assert len(shown.leaves) == 5
    assert [frame.times for frame in shown.frames.values()] == [1, 2500]

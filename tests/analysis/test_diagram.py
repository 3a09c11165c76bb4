"""What a picture shows of a network: folding, repeats, names, counts."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis.diagram import branching, diagram


def boxes(spec, **options):
    return [leaf.address for leaf in diagram(archcalc.loads(spec).graph, **options).leaves]


NESTED = """
input: 4x8x8
layers:
  stem: conv 4 1x1 act=relu
  a:
    one: conv 4 1x1
    b:
      two: conv 4 1x1
      three: conv 4 1x1
  head: conv 4 1x1
"""


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"depth": 0}, ["input", "stem", "a", "head"]),
        ({"depth": 1}, ["input", "stem", "a.one", "a.b", "head"]),
        ({"depth": 2}, ["input", "stem", "a.one", "a.b.two", "a.b.three", "head"]),
        ({"depth": 0, "open": ["a.b"]}, ["input", "stem", "a.one", "a.b.two", "a.b.three", "head"]),
        ({"depth": 0, "open": ["a/*"]}, ["input", "stem", "a.one", "a.b.two", "a.b.three", "head"]),
        ({"depth": 9, "fold": ["a"]}, ["input", "stem", "a", "head"]),
        ({"depth": 9, "fold": ["*.b"]}, ["input", "stem", "a.one", "a.b", "head"]),
        (
            {"depth": 1, "sugar": True, "fold": ["a"]},
            ["input", "stem.conv", "stem.act", "a", "head"],
        ),
    ],
)
def test_depth_open_and_fold(options, shown):
    assert boxes(NESTED, **options) == shown


def test_equal_groups_in_a_row_are_drawn_once():
    shown = diagram(archcalc.load("resnet152").graph, archcalc.load("resnet152").summary())
    layer3 = [leaf for leaf in shown.leaves if leaf.scope == "layer3"]
    assert [(leaf.name, leaf.times) for leaf in layer3] == [("0", 1), ("1…35", 35)]
    # He et al. 2015, Table 1: a bottleneck of conv4_x has (1024 * 256 + 256 * 256 * 9 + 256 * 1024) weights, and three
    # batch norms 2 * (256 + 256 + 1024)
    assert layer3[1].counts.params == 35 * (1024 * 256 + 256 * 256 * 9 + 256 * 1024 + 2 * (256 + 256 + 1024))


def test_groups_are_no_repeats_where_a_later_layer_reads_one_of_them():
    spec = """
input: 4x8x8
layers:
  r: {repeat: 3, layers: {c: conv 4 1x1}}
  sum: add r.0 r
"""
    assert [leaf.times for leaf in diagram(archcalc.loads(spec).graph).leaves] == [1, 1, 2, 1]


def test_the_figures_of_all_boxes_are_the_whole():
    for name in ("resnet50", "googlenet", "densenet121", "siamese"):
        network = archcalc.load(name)
        for depth in (0, 1, 2, 99):
            shown = diagram(network.graph, network.summary(), depth=depth, repeats=False)
            assert sum(leaf.counts.params for leaf in shown.leaves if leaf.counts) == network.summary().totals.params
            assert sum(leaf.counts.macs for leaf in shown.leaves if leaf.counts) == network.summary().totals.macs


def test_shared_weights_are_named():
    shown = diagram(archcalc.load("siamese").graph, depth=1)
    assert [(name, frame.shared_with) for name, frame in shown.frames.items()] == [("a", ""), ("b", "a")]


def test_branching_groups():
    assert "inception3a" in branching(archcalc.load("googlenet").graph)
    assert branching(archcalc.load("resnet50").graph) == ()


TURNS = """
input: 4x8x8
blocks:
  plain: {layers: {c: conv 4 1x1}}
  shifted: {layers: {c: conv 4 3x3 padding=1}}
layers:
  a: plain
  b: shifted
  c: plain
  d: shifted
  e: plain
  f: shifted
  end: relu
"""


def test_two_sorts_that_take_turns_are_drawn_once_each():
    graph = archcalc.loads(TURNS).graph
    summary = archcalc.loads(TURNS).summary()
    shown = diagram(graph, summary, depth=0)
    assert [(leaf.name, leaf.times) for leaf in shown.leaves] == [("input", 1), ("a…e", 3), ("b…f", 3), ("end", 1)]
    assert shown.wires == ((0, 1), (1, 2), (2, 3))
    # 3·(4·4 + 4) and 3·(3·3·4·4 + 4)
    assert [leaf.counts.params for leaf in shown.leaves if leaf.counts] == [60, 444, 0]


def test_a_turn_that_is_not_whole_is_drawn_alone():
    graph = archcalc.loads(TURNS.replace("  f: shifted\n", "")).graph
    shown = diagram(graph, depth=0)
    assert [(leaf.name, leaf.times) for leaf in shown.leaves][1:] == [("a…c", 2), ("b…d", 2), ("e", 1), ("end", 1)]
    assert shown.wires == ((0, 1), (1, 2), (2, 3), (3, 4))


def test_swin_alternates_plain_and_shifted_blocks():
    # Liu et al. 2021, Swin-T: depths 2, 2, 6, 2, plain and shifted windows in turn
    shown = diagram(archcalc.load("swin_t").graph, depth=2)
    assert [leaf.times for leaf in shown.leaves if leaf.times > 1] == [3, 3]

"""Differences: what is equal, changed, added and removed, whatever the layers are called."""

from __future__ import annotations

import pytest

from archcalc.analysis.changes.diff import difference
from archcalc.network import load, loads

NET = """\
input: 3x11x13
layers:
  a: conv 7 2x3 stride=1x2
  b: relu
  c: conv 5 3x3 padding=1
  d: relu
  flat: flatten
  e: linear 17
"""

BRANCHES = "input: 3x11x13\nlayers:\n  mix:\n    concat:\n{}  out: conv 2 1x1\n"
THIN = "      thin: conv 5 1x1\n"
WIDE = "      wide: [conv 7 1x1, conv 7 3x3 padding=1]\n"


def diff(before, after):
    return difference(loads(before).graph, loads(after).graph, ("a", "b"))


def states(found):
    return [(line.state, *(row.name if row else None for row in (line.before, line.after))) for line in found.lines]


def changed(found):
    return {
        line.after.name: [(change.what, change.before, change.after) for change in line.changes]
        for line in found.lines
        if line.state == "changed"
    }


def test_the_same_net():
    found = diff(NET, NET)
    assert found.same
    assert {line.state for line in found.lines} == {"equal"}


def test_renamed_layers_are_equal():
    renamed = NET.replace(" a:", " first:").replace(" c:", " second:").replace(" e:", " head:")
    found = diff(NET, renamed)
    assert found.same
    assert [state[1:] for state in states(found)][::2] == [("a", "first"), ("c", "second"), ("flat", "flat")]


def test_an_inserted_layer_is_the_only_line():
    found = diff(NET, NET.replace("  d: relu\n", "  d: relu\n  x: conv 5 1x1\n  y: relu\n"))
    assert [state for state in states(found) if state[0] != "equal"] == [("added", None, "x"), ("added", None, "y")]
    assert found.params[1] - found.params[0] == 5 * 5 + 5
    assert diff(NET.replace("  d: relu\n", "  d: relu\n  x: conv 5 1x1\n  y: relu\n"), NET).count("removed") == 2


def test_a_changed_attribute_and_what_follows_from_it():
    found = diff(NET, NET.replace("conv 5 3x3 padding=1", "conv 5 5x5 padding=2"))
    assert changed(found) == {
        "c": [("kernel_size", (3, 3), (5, 5)), ("padding", ((1, 1), (1, 1)), ((2, 2), (2, 2)))],
    }
    assert found.lines[2].params == (3 * 3 * 7 * 5 + 5, 5 * 5 * 7 * 5 + 5)


def test_attributes_that_were_the_default_have_their_value():
    found = diff(NET, NET.replace("conv 5 3x3 padding=1", "conv 5 3x3 padding=1 dilation=1x2"))
    assert changed(found)["c"] == [("dilation", (1, 1), (1, 2))]


def test_another_input_changes_what_reads_it():
    found = diff(NET, NET.replace("conv 7 2x3", "conv 11 2x3"))
    assert changed(found) == {
        "a": [("out_channels", 7, 11)],
        "b": [("input", ((7, 10, 6),), ((11, 10, 6),))],
        "c": [("input", ((7, 10, 6),), ((11, 10, 6),))],
    }


def test_branches_in_another_order():
    found = diff(BRANCHES.format(THIN + WIDE), BRANCHES.format(WIDE + THIN))
    counts = {state: found.count(state) for state in ("equal", "changed", "added", "removed")}
    assert (counts["added"], counts["removed"]) == (0, 0)
    # the concat stacks them the other way round, so its inputs are others
    assert list(changed(found)) == ["mix.concat"]


def test_a_layer_that_reads_another():
    shortcut = "input: 5x11x13\nlayers:\n  a: conv 5 1x1\n  b: conv 5 3x3 padding=1\n  sum: add {} b\n"
    found = diff(shortcut.format("a"), shortcut.format("input"))
    assert changed(found) == {"sum": [("reads", ("a", "b"), ("input", "b"))]}


def test_shared_weights():
    twice = "input: 5x11x13\nlayers:\n  a: conv 5 1x1\n  b: {}\n"
    found = diff(twice.format("conv 5 1x1"), twice.format("{op: conv 5 1x1, share: a}"))
    assert changed(found) == {"b": [("shares", None, "a")]}
    assert found.params == (60, 30)


def test_whose_weights_a_layer_shares():
    """The same layer under another name is no change; another layer is."""
    text = "input: 3x11x13\nlayers: {a: conv 3 1, b: conv 3 1, c: {op: conv 3 1, share: a}}\n"
    assert changed(diff(text, text.replace("a:", "z:").replace("share: a", "share: z"))) == {}
    assert changed(diff(text, text.replace("share: a", "share: b"))) == {"c": [("shares", "a", "b")]}


def test_bottleneck_both_ways():
    # lecture: 5*5*192*32 + 32 = 153,632 and (192*16 + 16) + (5*5*16*32 + 32) = 15,920
    direct, bottleneck = load("bottleneck@direct").graph, load("bottleneck").graph
    found = difference(direct, bottleneck)
    assert found.names == ("bottleneck@direct", "bottleneck")
    assert found.params == (153_632, 15_920)
    assert states(found) == [("added", None, "reduce"), ("changed", "conv", "conv")]
    assert states(difference(bottleneck, direct))[0] == ("removed", "reduce", None)


def test_the_names_decide_between_equals():
    found = difference(load("vgg16").graph, load("vgg19").graph)
    added = [line.after.name for line in found.lines if line.state == "added"]
    assert added == [f"conv{stage}_4.{part}" for stage in (3, 4, 5) for part in ("conv", "act")]


def test_of_two_equal_layers_the_one_of_that_name_is_meant():
    layers = "input: 5x11x13\nlayers:\n  p: conv 5 1x1\n  q: conv 5 1x1\n{}  r: conv 5 1x1\n  {}: relu\n"
    found = diff(layers.format("", "t"), layers.format("  x: conv 5 1x1\n", "u"))
    assert [state for state in states(found) if state[0] != "equal"] == [("added", None, "x")]


@pytest.mark.parametrize("names", [("vgg16", "vgg19"), ("resnet50", "resnet50@paper"), ("lenet5", "alexnet")])
def test_lines_sum_to_the_totals(names):
    before, after = (load(name) for name in names)
    found = difference(before.graph, after.graph)
    for side, network in enumerate((before, after)):
        totals = network.summary().totals
        assert sum(line.params[side] for line in found.lines) == totals.params == found.params[side]
        assert sum(line.macs[side] for line in found.lines) == totals.macs == found.macs[side]
    kept = [line.before.name for line in found.lines if line.before]
    assert sorted(kept) == sorted(node.name for node in before.graph.nodes)


def chain(layers, prefix="l"):
    return "input: 16x11x13\nlayers:\n" + "".join(f"  {prefix}{i}: {layer}\n" for i, layer in enumerate(layers))


CONVS = ["conv 16 3x3 padding=1", "relu", "conv 16 5x5 padding=2", "batch_norm"]


def test_very_long_nets_with_other_names_and_new_layers():
    """1,600 layers and the same with 3 more have 2,564,800 pairs, more than are weighed."""
    layers = CONVS * 400
    longer = [*layers[:401], "sigmoid", *layers[401:800], "sigmoid", "tanh", *layers[800:]]
    found = diff(chain(layers), chain(longer, "other"))
    assert [found.count(state) for state in ("equal", "changed", "added", "removed")] == [1600, 0, 3, 0]
    assert [line.after.name for line in found.lines if line.state == "added"] == ["other401", "other801", "other802"]
    assert not found.coarse
    assert [diff(chain(longer), chain(layers)).count(state) for state in ("equal", "removed")] == [1600, 3]


def test_very_long_nets_of_the_same_names():
    """A layer of each name on both sides is certain: 1,600 other ones between do not part them."""
    layers = [f"conv {16 + i % 300} 3x3 padding=1" for i in range(1600)]
    changed = [f"{layer} bias=no" if i % 4 == 1 else layer for i, layer in enumerate(layers)]
    found = diff(chain(layers), chain(changed))
    assert [found.count(state) for state in ("equal", "changed", "added", "removed")] == [1200, 400, 0, 0]


def test_long_nets_without_anything_in_common_are_aligned_piece_by_piece():
    """1,500 times 1,200 pairs; every conv of the shorter net has one of the longer, as all are of one kind."""
    found = diff(chain(["conv 16 3x3 padding=1"] * 1500), chain(["conv 16 5x5 padding=2"] * 1200, "other"))
    assert found.coarse
    assert [found.count(state) for state in ("equal", "changed", "added", "removed")] == [0, 1200, 0, 300]


def test_a_long_net_and_itself():
    found = diff(chain(CONVS * 2000), chain(CONVS * 2000))
    assert (found.same, found.count("equal"), found.coarse) == (True, 8000, False)

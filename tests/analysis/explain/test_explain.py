"""Explanations: every printed formula evaluates to its number, and reads as the lecture writes it."""

from __future__ import annotations

import pytest
from test_matrix import network

from archcalc.analysis.explain.explain import explain
from archcalc.analysis.explain.figures import figures_of
from archcalc.errors import UnknownName
from archcalc.layers import names
from archcalc.network import load, loads
from archcalc.spec.catalog import bundled_names
from archcalc.spec.expression import parse

SIGNS = {"·": "*", "−": "-", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", " mod ": " % "}

NET = """\
input: 3x17x29
layers:
  a: conv 7 2x3 stride=1x2 padding=same dilation=2
  b: conv 5 1x1 stride=3 padding=same
  u: conv_transpose 7 3x3 stride=2 padding=1 output_padding=1
  p: pad 1x0:2
  c: crop 8x10
  s: pixel_unshuffle 2
  m: max_pool 3x2 stride=2 ceil_mode=yes
  g: conv 14 3x3 padding=1 groups=7 bias=no
  flat: flatten
  fc: linear 11
"""


def evaluated(formula):
    for sign, word in SIGNS.items():
        formula = formula.replace(sign, word)
    return parse(formula).evaluate(lambda name: pytest.fail(f"{formula} holds the name {name}"))


def lines(graph, subject):
    layer = explain(graph, subject).layers[0]
    return {(f.quantity, f.axis): (f.symbolic, f.formula, f.result) for f in layer.figures}


@pytest.fixture(scope="module")
def net():
    return loads(NET).graph


@pytest.fixture(scope="module")
def seen():
    """Layers already looked at: many nets hold the same ones."""
    return set()


@pytest.mark.parametrize("name", [*bundled_names()])
def test_every_formula_of_every_bundled_layer_is_its_number(name, seen):
    for node in load(name).graph.nodes:
        key = (node.layer, node.input_shapes)
        if key in seen:
            continue
        seen.add(key)
        for figure in figures_of(node):
            assert evaluated(figure.formula) == figure.result, (node.name, figure)


@pytest.mark.parametrize("name", ["lenet5", "alexnet@grouped", "googlenet", "mobilenet_v2", "unet", "siamese"])
def test_the_sums_are_the_totals(name):
    network = load(name)
    totals = network.summary().totals
    sums = {item.quantity: item for item in explain(network.graph).sums}
    assert (sums["params"].total, sums["macs"].total) == (totals.params, totals.macs)
    for item in sums.values():
        assert item.total == sum(evaluated(term.formula) for term in item.terms)


def test_alexnet_conv1_as_the_lecture_writes_it():
    # Krizhevsky et al. 2012 with 227: 55 = (227 - 11)/4 + 1; 34,944 = (11*11*3 + 1)*96, lecture_arithmetic.json
    found = lines(load("alexnet").graph, "conv1")
    assert found["width", "width"] == ("⌊(W − K + 2P)/s⌋ + 1", "⌊(227 − 11 + 2·0)/4⌋ + 1", 55)
    assert found["height", "height"] == found["width", "width"]
    assert found["channels", ""] == ("C_out", "96", 96)
    assert found["weight", ""] == ("K·K·C_in·C_out", "11·11·3·96", 34_848)
    assert found["bias", ""] == ("C_out", "96", 96)
    assert found["params", ""] == ("(K·K·C_in + 1)·C_out", "(11·11·3 + 1)·96", 34_944)
    assert found["macs", ""] == ("C_in·C_out·K·K·O·O", "3·96·11·11·55·55", 105_415_200)
    assert found["connections", ""][1:] == ("3·96·11·11·55·55 + 96·55·55", 105_705_600)
    assert found["activation_bytes", ""] == ("C_out·O·O·4", "96·55·55·4", 1_161_600)
    assert found["field", ""] == ("r + (K − 1)·j", "1 + 11 − 1", 11)
    assert found["jump", ""] == ("j·s", "4", 4)


def test_the_step_of_a_field_starts_from_the_one_before():
    # alexnet pool1: r = 11 + 2*4 = 19, j = 8; conv2: r = 19 + 4*8 = 51, padded by 2 cells of 8 pixels
    found = lines(load("alexnet").graph, "conv2")
    assert found["field", ""] == ("r + (K − 1)·j", "19 + (5 − 1)·8", 51)
    assert found["field_padding", ""] == ("P + p·j", "2·8", 16)


def test_dilation_and_same_stand_on_lines_of_their_own(net):
    # height: K_eff = 2(2-1)+1 = 3, P = (17-1)*1+3-17 = 2; width: K_eff = 5, P = (15-1)*2+5-29 = 4
    found = lines(net, "a")
    assert found["extent", "height"] == ("d(K − 1) + 1", "2·(2 − 1) + 1", 3)
    assert found["extent", "width"] == ("d(K − 1) + 1", "2·(3 − 1) + 1", 5)
    assert found["padding", "height"] == ("(⌈W/s⌉ − 1)·s + K_eff − W", "17 − 1 + 3 − 17", 2)
    assert found["padding", "width"] == ("(⌈W/s⌉ − 1)·s + K_eff − W", "(⌈29/2⌉ − 1)·2 + 5 − 29", 4)
    assert found["height", "height"] == ("⌊(W − K_eff + 2P)/s⌋ + 1", "17 − 3 + 2·1 + 1", 17)
    assert found["width", "width"] == ("⌊(W − K_eff + 2P)/s⌋ + 1", "⌊(29 − 5 + 2·2)/2⌋ + 1", 15)
    assert found["params", ""] == ("(K_h·K_w·C_in + 1)·C_out", "(2·3·3 + 1)·7", 133)


def test_same_padding_that_is_not_needed_is_cut_at_0(net):
    # (ceil(17/3) - 1)*3 + 1 - 17 = -1
    found = lines(net, "b")
    assert found["padding", "height"] == ("max((⌈W/s⌉ − 1)·s + K − W, 0)", "max((⌈17/3⌉ − 1)·3 + 1 − 17, 0)", 0)
    assert found["height", "height"][1:] == ("⌊(17 − 1 + 2·0)/3⌋ + 1", 6)


def test_other_ways_to_a_size(net):
    # b gives 5x6x5; u: (6-1)*2 - 2 + 3 + 1 = 12 and 10; p: +2; c: to 8x10; s: halves, 7*4 channels
    assert lines(net, "u")["height", "height"] == ("(W − 1)·s − 2P + K + 1", "(6 − 1)·2 − 2·1 + 3 + 1", 12)
    assert lines(net, "p")["height", "height"] == ("W + 2P", "12 + 2·1", 14)
    assert lines(net, "p")["width", "width"] == ("W + P_1 + P_2", "10 + 2", 12)
    assert lines(net, "c")["height", "height"] == ("W − 2P", "14 − 2·3", 8)
    assert lines(net, "s")["channels", ""] == ("C_in·4", "7·4", 28)
    assert lines(net, "m")["height", "height"] == ("⌈(W − K + 2P)/s⌉ + 1", "⌈(4 − 3 + 2·0)/2⌉ + 1", 2)
    assert lines(net, "flat")["features", ""][1:] == ("14·2·3", 84)


def test_groups_divide_without_a_floor(net):
    found = lines(net, "g")
    assert found["params", ""] == ("K·K·(C_in/g)·C_out", "3·3·(28/7)·14", 504)
    assert found["macs", ""][1:] == ("(28/7)·14·3·3·2·3", 3024)


def test_one_bias_joins_its_filter_but_not_a_table_of_links():
    # LeCun et al. 1998: C3 has 60 kernels of 5x5 and 16 biases, 1,516 parameters
    assert lines(load("lenet5_1998").graph, "C3")["params", ""][1:] == ("5·5·60 + 16", 1516)


def test_a_layer_with_its_act_is_explained_part_by_part():
    found = explain(load("lenet5").graph, "conv1")
    assert [(layer.name, layer.call) for layer in found.layers] == [("conv1", "conv 6 5x5"), ("conv1.act", "tanh")]
    assert found.layers[1].notes == ("no parameters", "the output has the shape of the input")


def test_a_group_is_the_sum_of_its_layers():
    # Szegedy et al. 2015, Table 1, 3a: 64, 96 to 128, 16 to 32, 32 of 192 channels; biases counted
    sums = explain(load("googlenet").graph, "inception3a").sums
    assert [item.quantity for item in sums] == ["params", "macs", "activation_bytes"]
    assert [term.value for term in sums[0].terms] == [12_352, 18_528, 110_720, 3_088, 12_832, 6_176]
    assert sums[0].total == 163_696


def test_shared_weights_are_counted_once():
    graph = load("siamese").graph
    shared = next(node for node in graph.nodes if node.shared)
    layer = explain(graph, shared.name).layers[0]
    assert "params" not in {figure.quantity for figure in layer.figures}
    assert layer.notes[0] == f"the weights are those of {shared.shared}, and are counted there"


@pytest.mark.parametrize(
    ("subject", "quantities"),
    [
        ("conv1.width", ["width"]),
        ("conv1.params", ["params"]),
        ("conv1.out", ["height", "width", "channels"]),
        ("conv1.memory", ["activation_bytes"]),
        ("conv1.rf", ["field", "jump"]),
    ],
)
def test_one_quantity(subject, quantities):
    layer = explain(load("alexnet").graph, subject).layers[0]
    assert [figure.quantity for figure in layer.figures] == quantities


def test_a_quantity_of_the_net():
    found = explain(load("lenet5").graph, "macs")
    assert [(item.quantity, item.total) for item in found.sums] == [("macs", 416_520)]  # tests/reference lenet5


@pytest.mark.parametrize(
    ("subject", "what", "help_"),
    [
        ("conv1.widht", "conv1 has no figure `widht`", "did you mean `width` or `weight`?"),
        ("conx1", "alexnet has no layer `conx1`", "did you mean `conv1` or `conv5` or `conv4`?"),
        (
            "zz",
            "alexnet has no layer `zz`",
            "its layers are `conv1`, `relu1`, `norm1`, `pool1`, `conv2`, `relu2`, `norm2`, `pool2`, `conv3`, `relu3`, "
            "`conv4`, `relu4` and 12 more; of the whole net there are `params`, `buffers`, `macs`, `connections` and "
            "`activation_bytes`",
        ),
    ],
)
def test_what_is_not_there(subject, what, help_):
    with pytest.raises(UnknownName) as caught:
        explain(load("alexnet").graph, subject)
    assert (caught.value.what, caught.value.help) == (what, help_)


def test_a_group_has_no_size_of_its_own():
    with pytest.raises(UnknownName) as caught:
        explain(load("googlenet").graph, "inception3a.width")
    assert caught.value.what == "the group inception3a has no `width` of its own"
    assert caught.value.help == "a group has `params`, `buffers`, `macs`, `connections` and `activation_bytes`"


@pytest.mark.parametrize("kind", names())
def test_every_kind_can_be_explained(kind):
    for node in network(kind).graph.nodes:
        figures = [*figures_of(node)]
        assert {"activation_bytes"} <= {figure.quantity for figure in figures}
        for figure in figures:
            assert evaluated(figure.formula) == figure.result, (node.name, figure)


@pytest.mark.parametrize(
    ("spec", "layer", "note"),
    [
        # the lecture's (7*7*1024 + 1)*1024
        ("gap_head@fc", "fc", "flattened from 1024x7x7: (7·7·1024 + 1)·1024 = 51,381,248 params"),
        ("lenet5", "fc1", "flattened from 16x5x5: (5·5·16 + 1)·120 = 48,120 params"),
        ("alexnet", "pool1", "the windows overlap: 2x2 at stride 2 gives 27 too"),
    ],
)
def test_lectures_formulas_stand_in_notes(spec, layer, note):
    assert note in explain(load(spec).graph, layer).layers[0].notes


def test_a_layer_behind_no_flatten_has_no_map():
    assert not any("flattened" in note for note in explain(load("lenet5").graph, "fc2").layers[0].notes)


@pytest.mark.parametrize(
    ("inputs", "call", "notes"),
    [
        ("{x: 3x11x13, o: 13}", "add x o", ["input 2 is stretched from 13 to 3x11x13"]),
        ("{x: 3x1x13, o: 11x1}", "multiply x o",
         ["input 1 is stretched from 3x1x13 to 3x11x13", "input 2 is stretched from 11x1 to 3x11x13"]),
        ("{x: 2x7x5, o: 5x4}", "matmul x o", ["input 2 is stretched from one matrix to 2"]),
        ("{x: 2x1x7x5, o: 3x5x4}", "matmul x o",
         ["input 1 is stretched from 2x1 to 2x3", "input 2 is stretched from 3 to 2x3"]),
        ("{x: 3x11x13, o: 3x11x13}", "add x o", []),
    ],
)  # fmt: skip
def test_what_is_stretched_is_said(inputs, call, notes):
    explained = explain(loads(f"inputs: {inputs}\nlayers: {{a: {call}}}\n").graph, "a")
    assert [note for note in explained.layers[0].notes if "stretched" in note] == notes

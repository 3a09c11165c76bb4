"""The recurrence line by line, stacks for a wanted field, demands, and claims on receptive fields."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis.budget import field_demand, hold_option
from archcalc.analysis.fields.design import designs
from archcalc.analysis.fields.explain import recurrences
from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.analysis.fields.table import padding_law
from archcalc.analysis.quantities import Figures
from archcalc.errors import SpecError, UsageError
from archcalc.report.fields.recurrence import explain_table, law_text

MOBILENET_V1 = [(3, 2), *((3, s) for s in (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1))]
"""Kernel and stride of the spatial layers (Howard et al. 2017, Table 1), all padded `same`."""


def mobilenet_v1(length):
    lines = [f"  c{i}: conv 1 {k} stride={s} padding=same" for i, (k, s) in enumerate(MOBILENET_V1)]
    return archcalc.loads(f"input: 1x{length}\nlayers:\n" + "\n".join(lines) + "\n").graph


def explained(network, layer):
    (found,) = recurrences(ReceptiveFields(network.graph), layer)
    return explain_table(network.name, found, 2)


def test_explain_alexnet_line_by_line():
    # Krizhevsky et al. 2012: 11 s4, 3 s2, 5 p2, 3 s2, three 3 p1; by hand
    table = explained(archcalc.load("alexnet"), "conv5")
    assert table.rows == (
        ("input", "", "r = 1", "j = 1", "P = 0"),
        ("conv1", "K = 11, s = 4", "r = 1 + 11 − 1 = 11", "j = 4", "P = 0"),
        ("pool1", "K = 3, s = 2", "r = 11 + (3 − 1)·4 = 19", "j = 4·2 = 8", "P = 0"),
        ("conv2", "K = 5, p = 2", "r = 19 + (5 − 1)·8 = 51", "j = 8", "P = 2·8 = 16"),
        ("pool2", "K = 3, s = 2", "r = 51 + (3 − 1)·8 = 67", "j = 8·2 = 16", "P = 16"),
        ("conv3", "K = 3, p = 1", "r = 67 + (3 − 1)·16 = 99", "j = 16", "P = 16 + 16 = 32"),
        ("conv4", "K = 3, p = 1", "r = 99 + (3 − 1)·16 = 131", "j = 16", "P = 32 + 16 = 48"),
        ("conv5", "K = 3, p = 1", "r = 131 + (3 − 1)·16 = 163", "j = 16", "P = 48 + 16 = 64"),
    )
    assert table.footer == (
        ("Size r", "163"),
        ("Jump j", "16"),
        ("Padding P", "64"),
        ("Start", "(r − 1)/2 − P = (163 − 1)/2 − 64 = 17"),
        ("Unit i sees", "pixels −64 + 16·i to 98 + 16·i"),
    )


def test_explain_dilation_branches_and_upsampling():
    text = (
        "input: 1x20x20\nlayers:\n  a: conv 1 3 dilation=2 padding=1\n  b: {op: conv 1 3 padding=0:1, from: input}\n"
        "  b2: crop 18x18\n  c: add a b2\n  d: max_pool 2 stride=2\n  e: conv_transpose 1 2 stride=2\n  f: conv 1 2\n"
    )
    table = explained(archcalc.loads(text), "f")
    assert table.rows[1:] == (
        ("a", "K = 3, d = 2, p = 1", "K_eff = 2·(3 − 1) + 1 = 5", "", ""),
        ("", "", "r = 1 + 5 − 1 = 5", "j = 1", "P = 1"),
        ("b", "K = 3", "r = 1 + 3 − 1 = 3", "j = 1", "P = 0"),
        ("c", "meets 2 branches", "r = 3 + 1 + 1 = 5", "j = 1", "P = 1"),
        ("d", "K = 2, s = 2", "r = 5 + 2 − 1 = 6", "j = 2", "P = 1"),
        ("e", "transposed", "r = 6", "j = 1", "P = 1"),
        ("f", "K = 2", "r = 6..8", "j = 1", "P = 1"),
    )


@pytest.mark.parametrize(("spec", "layer"), [("resnet18", "layer4"), ("googlenet", "inception5b"), ("vgg16", "pool5")])
def test_every_line_gives_the_number_of_the_form(spec, layer):
    (found,) = recurrences(ReceptiveFields(archcalc.load(spec).graph), layer)
    assert len(found.steps) > 10
    for step in found.steps:
        figures = {line.letter: int(line.figure) for line in step.lines}
        figures.pop("K_eff", None)
        assert figures == {"r": step.after.largest, "j": step.after.jump, "P": step.after.padding}, step.layer


@pytest.mark.parametrize(("length", "padding"), [(224, 126), (321, 157)])
def test_same_padding_of_mobilenet_v1(length, padding):
    """Araujo et al. 2019 print both paddings for the last layer; size 315 and jump 32 at either length."""
    (axis,) = ReceptiveFields(mobilenet_v1(length)).of("c13").axes
    assert (axis.largest, axis.jump, axis.padding) == (315, 32, padding)


def test_the_law_of_mobilenet_v1():
    law = padding_law(mobilenet_v1, "c13", 0, 224, 32)
    assert law_text("c13", law) == "same padding: P of c13 depends on the input size n: P = 126 + (−n mod 32)"


def test_laws_that_are_no_formula():
    assert law_text("a", ()) == ""
    assert law_text("a", ((4, 2), (5, 2))) == "same padding: P = 2 of a at every input size n"
    assert law_text("a", ((4, 2), (5, 9))) == (
        "same padding: P of a depends on the input size n; P by n mod 2 is 0: 2, 1: 9"
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        # 1 + 100 * 2 = 201; 1 + 2 (2^7 - 1) = 255; 3^5 = 243
        ((200, 3), [("stride 1", 100, 201, 1), ("dilations doubled", 7, 255, 1), ("dilations times 3", 5, 243, 1)]),
        # 1 + 2 (1 + 2 + ... + 64) = 255, 6 layers give 127
        ((200, 3, 2), [("stride 2", 7, 255, 128)]),
        # 4 layers of dilation 25: 1 + 4 * 2 * 25 = 201
        ((200, 3, 1, 4), [("dilation 25 everywhere", 4, 201, 1)]),
        ((1, 3), [("stride 1", 0, 1, 1), ("dilations doubled", 0, 1, 1), ("dilations times 3", 0, 1, 1)]),
    ],
)
def test_stacks_that_reach_a_field(arguments, expected):
    found = [(d.name, len(d.windows), d.size, d.jump) for d in designs(*arguments)]
    assert [row for row in found if not row[0].startswith("two layers")] == expected


def test_a_stack_with_poolings():
    # 3, 5, pool 6 j2, 10, 14, pool 16 j4, 24: 7 layers for 20
    (found,) = [d for d in designs(20, 3) if d.name.startswith("two layers")]
    assert (len(found.windows), found.size, found.jump) == (7, 24, 4)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ((200, 1), "a kernel of 1 never sees more than one cell"),
        ((0, 3), "--target is 1 or more, got 0"),
        ((200, 3, 0), "--stride is 1 or more, got 0"),
        ((200, 3, 1, 0), "--layers is 1 or more, got 0"),
    ],
)
def test_impossible_stacks(arguments, what):
    with pytest.raises(UsageError) as raised:
        designs(*arguments)
    assert raised.value.what == what


@pytest.mark.parametrize(
    ("spec", "text", "holds"),
    [
        ("alexnet", "conv5>=163", True),
        ("alexnet", "conv5 > 163", False),
        ("alexnet", "conv5.jump==16", True),
        ("alexnet", "conv5.start=17", True),
        ("alexnet", "conv5.padding<64", False),
        ("alexnet", "conv5>=163x200", False),
        ("unet", "logits>=188", True),
        ("unet", "logits>=189", False),  # some units see 188
        ("unet", "logits<=200", False),  # and some 204
        ("unet", "logits==204", False),
        ("unet", "dec4.padding>=-1", True),
        ("alexnet", "flat.jump>=1", False),  # there is none
        ("alexnet", "conv5.out = 256x13x13", True),
        ("alexnet", "params < 62.4M", True),
    ],
)
def test_demands(spec, text, holds):
    graph = archcalc.load(spec).graph
    assert hold_option(Figures(graph), field_demand(graph, text), "--require").holds is holds


def test_a_layer_may_be_called_as_a_figure():
    graph = archcalc.loads("input: 3x11x13\nlayers: {out: conv 5 3, params: conv 5 3}\n").graph
    assert [field_demand(graph, f"{name}=5").subject for name in ("out", "params", "macs")] == [
        "out.rf", "params.rf", "macs",
    ]  # fmt: skip


def test_demands_that_are_none():
    graph = archcalc.load("alexnet").graph
    with pytest.raises(UsageError) as raised:
        field_demand(graph, "conv5")
    assert raised.value.what == "--require: `conv5` compares nothing"
    with pytest.raises(UsageError) as raised:
        hold_option(Figures(graph), field_demand(graph, "conv5>=1x2x3"), "--require")
    assert raised.value.what == "--require: `conv5>=1x2x3` has 3 values, conv5.rf has 2 axes"


NET = """\
input: 3x227x230
layers:
  conv1: conv 8 11x7 stride=4
  pool1: max_pool 3x3 stride=2
  up: conv_transpose 4 3 stride=2
expect:
"""

CLAIMS = [
    # conv1: 11x7, jump 4, centres 5 and 3; pool1: 11 + 2 * 4 and 7 + 2 * 4; up: one or two cells of pool1, jump 8
    ("conv1.rf: 11x7", True),
    ("conv1.rf: 11x11", False),
    ("conv1.rf: 11", False),
    ("conv1.jump: 4", True),
    ("conv1.start.h: 5", True),
    ("conv1.start.w: 3", True),
    ("pool1.rf.w: 15", True),
    ("pool1.rf.h: 20", False),
    ("pool1.padding: 0", True),
    ("up.rf.max: 27x23", True),
    ("up.rf.min: 19x15", True),
    # a bound holds for every unit along every axis
    ('up.rf: ">= 15"', True),
    ('up.rf: ">= 19x15"', True),
    ('up.rf: ">= 20x15"', False),
    ('up.rf: "< 28x24"', True),
    ("up.rf: 15..27", True),
]


@pytest.mark.parametrize(("claim", "holds"), CLAIMS)
def test_claims(claim, holds):
    (result,) = archcalc.loads(NET + f"  {claim}\n").check()
    assert result.holds is holds


def test_a_claim_on_a_half():
    (result,) = archcalc.loads("input: 1x9\nlayers: {a: conv 1 4}\nexpect: {a.start: 1.5}\n").check()
    assert (result.actual, result.holds) == (1.5, True)


@pytest.mark.parametrize(
    ("claim", "what", "help"),
    [
        ("up.rf.h: 19", "up has no single rf: 19 to 27, depending on the unit", "claim up.rf.min and up.rf.max"),
        ("rf: 19", "`rf` is a figure of a layer", "name it: conv5.rf"),
    ],
)
def test_claims_without_a_single_value(claim, what, help):
    with pytest.raises(SpecError) as raised:
        archcalc.loads(NET + f"  {claim}\n").check()
    (error,) = raised.value.errors
    assert (error.what, error.help) == (what, help)


def test_a_claim_that_no_map_can_hold_is_wrong_at_its_place():
    with pytest.raises(SpecError) as raised:
        archcalc.loads("input: 5\nlayers: {a: linear 3}\nexpect:\n  a.rf: 3\n").check()
    (error,) = raised.value.errors
    assert error.what == "input is 5: it has no spatial axes, so nothing has a receptive field on it"
    assert (str(error.place), error.exit_code) == ("<spec>:4:3", 3)


def test_alexnet_v2_never_sees_five_rows_of_224():
    """By hand: the last unit of conv1 that pool1 reads is 52, whose window ends at 52 * 4 + 10 = 218."""
    text = (
        "input: 3x224x224\nlayers:\n  conv1: conv 1 11 stride=4\n  pool1: max_pool 3 stride=2\n"
        "  conv2: conv 1 5 padding=same\n  pool2: max_pool 3 stride=2\n  conv3: conv 1 3 padding=same\n"
        "  conv4: conv 1 3 padding=same\n  conv5: conv 1 3 padding=same\n  pool5: max_pool 3 stride=2\n"
        "  fc6: conv 1 5\n"
    )
    fields = ReceptiveFields(archcalc.loads(text).graph)
    unseen = fields.unseen("fc6", fields.graph.values["fc6"])
    assert unseen.stretches == (((219, 223),), ((219, 223),))

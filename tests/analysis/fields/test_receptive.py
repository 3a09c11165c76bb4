"""Receptive fields of whole nets, against published tables and an exhaustive propagation elsewhere."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

import pytest
from reference_facts import receptive_fields

import archcalc
from archcalc.analysis.fields.effective import Influence, influences
from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.analysis.fields.table import exact_units, field_summary, padding_law
from archcalc.errors import UnknownName, UsageError

KINDS = {
    "conv": "Conv2d", "depthwise_conv": "Conv2d", "conv_transpose": "ConvTranspose2d", "max_pool": "MaxPool2d",
    "avg_pool": "AvgPool2d", "batch_norm": "BatchNorm2d", "local_response_norm": "LocalResponseNorm", "relu": "ReLU",
    "relu6": "ReLU6", "tanh": "Tanh", "concat": "cat", "add": "add", "crop": "getitem",
}  # fmt: skip


def fields_of(text, **options):
    return ReceptiveFields(archcalc.loads(text).graph, **options)


def net(layers, input="1x40x40"):
    return f"input: {input}\nlayers:\n" + "".join(f"  {line}\n" for line in layers)


def figures(field):
    """Size, jump, first pixel of unit 0 along height, and whether that is all along width too."""
    rows, columns = field.axes
    assert rows == columns
    return rows.smallest, rows.largest, rows.jump, rows.lo


@pytest.mark.parametrize(
    ("reference", "spec", "left_out"),
    [
        ("alexnet", "alexnet_torchvision", ()),
        ("vgg16", "vgg16", ()),
        ("resnet18", "resnet18", ()),
        ("resnet50", "resnet50", ()),
        ("densenet121", "densenet121", ("cat",)),  # which there has one of a single branch in each block
        ("mobilenet_v2", "mobilenet_v2", ()),
        ("lenet5", "lenet5", ()),
        ("unet_paper", "unet", ()),
        ("googlenet_paper", "googlenet", ("pool5", "drop")),  # a 7x7 pooling there, the whole map here
    ],
)
def test_every_layer_of_the_reference(reference, spec, left_out):
    """Layers of the same name; the others, kind by kind, in the order of execution."""
    fields = ReceptiveFields(archcalc.load(spec).graph)
    nodes = {node.name: node for node in fields.graph.nodes}
    rows = [row for row in receptive_fields(reference)["layers"] if not {row["name"], row["type"]} & set(left_out)]
    theirs, ours = defaultdict(list), defaultdict(list)
    affine = True
    for row in rows:
        affine = affine and row["type"] != "ConvTranspose2d"
        node = nodes.get(row["name"])
        same = node is not None and KINDS.get(node.layer.kind) == kind_of(row)
        if same:
            del nodes[row["name"]]
            assert figures(fields.of(row["name"])) == expected(row), row["name"]
        else:
            theirs[kind_of(row)].append(expected(row, affine))
    for name, node in nodes.items():
        field = fields.of(name)
        if field.axes[0].jump is not None and node.layer.kind in KINDS:
            ours[KINDS[node.layer.kind]].append(figures(field))
    for kind, values in theirs.items():
        pairs = zip(ours[kind], values, strict=True)
        assert [tuple(None if b is None else a for a, b in zip(*pair, strict=True)) for pair in pairs] == values, kind
    assert len(rows) > 5


def kind_of(row):
    kind = row["type"].strip("_")
    return "ReLU" if kind == "relu" else kind


def expected(row, affine=True):
    """The same of a row; after an upsampling the stride and start of the reference are fitted, and left out."""
    placed = (row["stride"], row["start"]) if affine else (None, None)
    return (row.get("rf_min", row["rf"]), row["rf"], *placed)


# Published: Araujo, Norris, Sim 2019, "Computing receptive fields of convolutional neural networks"; the papers'
# own kernels by hand. (spec, layer, size, jump, effective padding)
PUBLISHED = [
    ("alexnet_torchvision", "features.0", 11, 4, 2),
    ("alexnet_torchvision", "features.2", 19, 8, 2),
    ("alexnet_torchvision", "features.3", 51, 8, 18),
    ("alexnet_torchvision", "features.5", 67, 16, 18),
    ("alexnet_torchvision", "features.6", 99, 16, 34),
    ("alexnet_torchvision", "features.8", 131, 16, 50),
    ("alexnet_torchvision", "features.10", 163, 16, 66),
    ("alexnet_torchvision", "features.12", 195, 32, 66),
    ("alexnet", "conv5", 163, 16, 64),
    ("vgg16", "pool1", 6, 2, 2),
    ("vgg16", "pool2", 16, 4, 6),
    ("vgg16", "pool3", 44, 8, 18),
    ("vgg16", "pool4", 100, 16, 42),
    ("vgg16", "conv5_3", 196, 16, 90),
    ("vgg16", "pool5", 212, 32, 90),
    ("vgg19", "pool5", 268, 32, 118),
    ("googlenet", "inception3a", 59, 8, None),
    ("googlenet", "inception3b", 91, 8, None),
    ("googlenet", "pool3", 107, 16, None),
    ("googlenet", "inception4a", 171, 16, None),
    ("googlenet", "inception4b", 235, 16, None),
    ("googlenet", "inception4c", 299, 16, None),
    ("googlenet", "inception4d", 363, 16, None),
    ("googlenet", "inception4e", 427, 16, None),
    ("googlenet", "pool4", 459, 32, None),
    ("googlenet", "inception5a", 587, 32, None),
    ("googlenet", "inception5b", 715, 32, 327),
    ("googlenet_torchvision", "inception5b", 379, 32, 167),
    *(("resnet18", f"layer{n}", size, 2 ** (n + 1), None) for n, size in enumerate((43, 99, 211, 435), 1)),
    *(("resnet34", f"layer{n}", size, 2 ** (n + 1), None) for n, size in enumerate((59, 179, 547, 899), 1)),
    *(("resnet50", f"layer{n}", size, 2 ** (n + 1), None) for n, size in enumerate((35, 91, 267, 427), 1)),
    ("resnet50@paper", "layer4", 483, 32, None),
    ("densenet121", "features.denseblock1", 59, 4, None),
    ("densenet121", "features.transition1", 63, 8, None),
    ("densenet121", "features.denseblock2", 255, 8, None),
    ("densenet121", "features.transition2", 263, 16, None),
    ("densenet121", "features.denseblock3", 1031, 16, None),
    ("densenet121", "features.transition3", 1047, 32, None),
    ("densenet121", "features.denseblock4", 2071, 32, 1021),
    ("unet", "pool4", 76, 16, 0),
    ("unet", "bottom", 140, 16, 0),
    ("unet", "dec4", 172, 8, None),
    ("unet", "dec3", 188, 4, None),
    ("lenet5_1998", "C5", 32, 4, 0),  # the whole image: 16 + 4 (5 - 1)
    ("stacked3x3", "conv3", 7, 1, None),
]


@pytest.mark.parametrize(("spec", "layer", "size", "jump", "padding"), PUBLISHED)
def test_published_fields(spec, layer, size, jump, padding):
    field = archcalc.load(spec).receptive_field(layer)
    assert field.size == (size, size)
    assert field.jump == (jump, jump)
    assert field.aligned
    assert padding is None or field.padding == (padding, padding)


def test_unet_sees_188_or_204_with_period_16():
    fields = ReceptiveFields(archcalc.load("unet").graph)
    rows = fields.of("logits").axes[0]
    assert (rows.fit, rows.smallest, rows.largest, rows.period, rows.jump) == ("periodic", 188, 204, 16, 1)
    sizes = [unit.size for unit in exact_units(fields, "logits")]
    assert len(sizes) == 388
    assert set(sizes) == {188, 204}
    assert round(sum(sizes) / 388, 2) == 199.88


def test_the_start_is_the_centre_of_unit_0():
    field = archcalc.load("vgg16").receptive_field("pool1")  # pixels -2 to 3
    assert field.start == (Fraction(1, 2), Fraction(1, 2))


def test_height_and_width_apart():
    field = fields_of(net(["a: conv 2 5x3 stride=2x1 padding=1x0", "b: conv 2 2x3 dilation=3x1"], "1x29x31")).of("b")
    rows, columns = field.axes
    assert (rows.largest, rows.jump, rows.padding) == (5 + 2 * 3, 2, 1)
    assert (columns.largest, columns.jump, columns.padding) == (3 + 2, 1, 0)


def test_axes_apart_on_a_square_map():
    assert fields_of(net(["a: conv 2 3x5 padding=1x2"], "1x11x11")).of("a").size == (3, 5)


@pytest.mark.parametrize(
    ("shape", "layers", "size"), [("2x31", "conv 2 5", (5,)), ("2x7x11x13", "conv 2 1x3x5", (1, 3, 5))]
)
def test_one_and_three_axes(shape, layers, size):
    assert fields_of(net([f"a: {layers}"], shape)).of("a").size == size


def test_the_field_on_an_inner_layer():
    # conv3, conv4, conv5 (3x3), pool2 and conv2: 1 + 2 (5 - 1)... on pool1: conv2 5, pool2 3, then 3 x 3x3 at jump 2
    field = archcalc.load("alexnet").receptive_field("conv5", wrt="pool1")
    assert (field.size, field.jump) == ((5 + 2 + 3 * 4,) * 2, (2, 2))


def test_branches_with_shifted_windows_are_not_aligned():
    fields = fields_of(net(["a: conv 2 3 padding=1", "b: {op: conv 2 3x3 padding=0:2x0:2, from: input}", "c: add a b"]))
    field = fields.of("c")
    assert (field.aligned, field.size, field.padding) == (False, (4, 4), (1, 1))
    (meeting,) = fields.meetings
    assert (meeting.layer, meeting.branches, meeting.centres) == ("c", ("a", "b"), (0, 1))
    assert fields.of("b").aligned


def test_the_misaligned_toy_of_distill():
    """Araujo et al. 2019: 5 taps of stride 2 beside two valid convolutions of 3 taps, on 8 pixels.

    Unit i sees 2i - 2..2i + 2 and i..i + 4, so 0..4, 0..5, 2..6 and 3..7: "6 for the second, 5 for the third".
    """
    text = net(
        [
            "a: conv 1 5 stride=2 padding=2:1",
            "b1: {op: conv 1 3, from: input}",
            "b2: conv 1 3",
            "c: add a b2",
        ],
        "1x8",
    )
    fields = fields_of(text)
    assert fields.masks_of(fields.graph.values["c"])[0] == [0b11111, 0b111111, 0b1111100, 0b11111000]
    assert not fields.of("c").aligned
    assert fields.meetings[0].jumps == (2, 1)


def test_branches_with_different_jumps_have_no_single_size():
    fields = fields_of(
        net(["a: conv 1 3 stride=2", "b: {op: conv 1 3 padding=1:0, from: input}", "b2: crop 8", "c: add a b2"], "1x17")
    )
    axis = fields.of("c").axes[0]
    assert (axis.fit, axis.jump, axis.padding, axis.period) == ("uneven", None, None, 0)
    # a sees 2i..2i + 2; b has 16 units, 4 cut before: unit 4 + i sees 3 + i..5 + i
    # together unit 0 sees 0..5, unit 3 sees 6..8, unit 7 sees 10..16
    sizes = [unit.size for unit in exact_units(fields, "c")]
    assert (sizes[0], sizes[3], sizes[7], axis.smallest, axis.largest) == (6, 3, 7, 3, 7)


def test_global_pooling_sees_the_union_and_not_the_image():
    # 224 - 11 is no multiple of 4: conv1 sees 0..(53 * 4 + 10) = 222
    fields = fields_of(net(["conv1: conv 2 11 stride=4", "gap: global_avg_pool", "fc: linear 3"], "3x224x229"))
    summary = field_summary(fields)
    rows, columns = summary.rows[1].axes
    assert (rows.fit, rows.largest, rows.jump, rows.lo, rows.hi) == ("union", 223, None, 0, 222)
    assert columns.largest == 54 * 4 + 11
    assert summary.unseen.layer == "fc"
    assert summary.unseen.stretches == (((223, 223),), ((227, 228),))
    assert [row.axes[0].fit for row in summary.rows] == ["affine", "union", "union"]


SQUEEZE = ["a: conv 4 3 padding=1", "se: squeeze_excitation 2", "b: conv 2 3"]


def test_a_gate_over_the_map_sees_all_of_it():
    fields = fields_of(net(SQUEEZE))
    assert (fields.of("b").size, fields.of("b").jump) == ((40, 40), (None, None))
    assert fields.gated == ("se.scale",)


def test_the_gate_may_be_left_out():
    fields = fields_of(net(SQUEEZE), gates=False)
    assert (fields.of("b").size, fields.of("b").jump) == ((5, 5), (1, 1))
    assert fields.gated == ("se.scale",)
    assert max(unit.size for unit in exact_units(fields, "b")) == 5


@pytest.mark.parametrize("size", [16, 17, 18, 19])
def test_same_padding_follows_the_input_size(size):
    """As TensorFlow: total = max((ceil(n/s) - 1) s + K - n, 0), the odd cell after.

    16, then 8: 0 + 2 0; 17, then 9: 1 + 2 1; 18, then 9: 0 + 2 1; 19, then 10: 1 + 2 0.
    """
    fields = fields_of(net(["a: conv 2 3 stride=2 padding=same", "b: conv 2 3 stride=2 padding=same"], f"1x{size}"))
    assert fields.of("b").padding == ({16: 0, 17: 3, 18: 2, 19: 1}[size],)
    assert field_summary(fields).same == ("a", "b")


def test_the_law_of_same_padding():
    def graph_at(length):
        return archcalc.loads(
            net(["a: conv 2 3 stride=2 padding=same", "b: conv 2 3 stride=2 padding=same"], f"1x{length}")
        ).graph

    assert padding_law(graph_at, "b", 0, 16, 4) == ((16, 0), (17, 3), (18, 2), (19, 1))


@pytest.mark.parametrize(
    ("spec", "layer", "sigma", "share"),
    [("vgg16", "pool5", 27.64, 52), ("alexnet_torchvision", "features.12", 29.56, 61)],
)
def test_effective_field_of_a_single_path(spec, layer, sigma, share):
    """sigma^2 = sum of (j d)^2 (K^2 - 1)/12: 27.64 and 29.56, 4 sigma are 52 % and 61 % of the field."""
    fields = ReceptiveFields(archcalc.load(spec).graph)
    influence = influences(fields)[0][fields.graph.values[layer]]
    assert isinstance(influence, Influence)
    assert round(influence.sigma, 2) == sigma
    assert round(400 * influence.sigma / fields.of(layer).size[0]) == share
    assert not influence.mixed


def test_effective_field_of_branches_is_a_mixture():
    # identity (variance 0) beside 3 taps (variance 2/3), both centred: 1/3
    fields = fields_of(net(["a: conv 1 3 padding=1", "b: add a input"], "1x11"))
    influence = influences(fields)[0][fields.graph.values["b"]]
    assert (round(influence.variance, 12), influence.mixed) == (round(1 / 3, 12), True)
    # joined by channels, 1 of 4 is the identity; the other 3 see two cells on: mean 3/4 * 2
    fields = fields_of(net(["x: crop cells=2:0", "y: pad 0:2", "a: conv 3 1", "b: concat input a"], "1x11"))
    influence = influences(fields)[0][fields.graph.values["b"]]
    assert (influence.mean, influence.variance) == (1.5, 0.25 * 1.5**2 + 0.75 * 0.5**2)


def test_several_inputs_are_one_origin():
    fields = fields_of(
        "inputs: {left: 1x11x13, right: 1x11x13}\nlayers:\n  a: {op: conv 2 3, from: left}\n"
        "  b: {op: conv 2 5 padding=1, from: right}\n  c: add a b\n"
    )
    assert (fields.origin.name, fields.of("c").size) == ("the input", (5, 5))
    alone = ReceptiveFields(fields.graph, wrt="left")
    assert alone.of("c").size == (3, 3)
    assert field_summary(alone).left_out == ("b",)


@pytest.mark.parametrize(
    ("query", "error", "what", "help"),
    [
        (
            lambda n: n.receptive_field("convv5"),
            UnknownName,
            "alexnet has no layer `convv5`",
            "did you mean `conv5` or `conv4` or `conv3`?",
        ),
        (
            lambda n: n.receptive_field("conv1", wrt="fc8"),
            UsageError,
            "fc8 is 1000: it has no spatial axes, so nothing has a receptive field on it",
            "receptive fields are measured on a map: channels x height x width",
        ),
        (
            lambda n: n.receptive_field("conv1", wrt="pool5"),
            UsageError,
            "conv1 does not depend on pool5",
            "what depends on it: `flat`, `fc6`, `relu6`, `drop6`, `fc7`, `relu7`, `drop7`, `fc8` and `prob`",
        ),
    ],
)
def test_impossible_queries(query, error, what, help):
    with pytest.raises(error) as raised:
        query(archcalc.load("alexnet"))
    assert (raised.value.what, raised.value.help) == (what, help)


def test_a_vector_has_no_receptive_fields():
    with pytest.raises(UsageError) as raised:
        fields_of(net(["a: linear 3"], "784"))
    assert raised.value.what == "input is 784: it has no spatial axes, so nothing has a receptive field on it"

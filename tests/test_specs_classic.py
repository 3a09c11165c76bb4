"""The classic nets layer by layer, against the facts of tests/reference and the papers."""

from __future__ import annotations

import pytest
from reference_facts import accuracy_against_operations, lecture_arithmetic, model

import archcalc

KINDS = {"Conv2d": "conv", "ConvTranspose2d": "conv_transpose", "Linear": "linear", "BatchNorm2d": "batch_norm"}


def weighted_rows(name):
    return [row for row in archcalc.load(name).summary().rows if row.weights]


def facts_of_row(row):
    """Kind, shape after, counts and weights of a row, without batch norm's running statistics."""
    weights = [list(tensor.shape) for tensor in row.weights.values() if tensor.role != "buffer"]
    return row.kind, list(row.output), row.counts.params, row.counts.macs, weights


def weighted_layers(name):
    return [layer for layer in model(name)["layers"] if "weights" in layer]


def facts_of_layer(layer):
    weights = list(layer["weights"].values())
    return KINDS[layer["type"]], layer["out"], layer["params"], layer["macs"], weights


PAIRS = [
    ("lenet5", "lenet5"),
    ("alexnet", "alexnet_single_tower_227"),
    ("alexnet@grouped", "alexnet_two_group_227"),
    ("alexnet_torchvision", "alexnet"),
    ("zfnet", "zfnet"),
    ("nin", "nin_cifar10"),
    ("vgg11", "vgg11"),
    ("vgg16", "vgg16"),
    ("googlenet", "googlenet_paper"),
    ("googlenet_torchvision", "googlenet_noaux"),
    ("unet", "unet_paper"),
    ("siamese", "siamese_koch2015"),
    ("bottleneck", "bottleneck_1x1_16_5x5"),
    ("bottleneck@direct", "bottleneck_direct_5x5"),
]


@pytest.mark.parametrize(("name", "reference"), PAIRS, ids=[name for name, _ in PAIRS])
def test_layers_with_weights(name, reference):
    expected = [facts_of_layer(layer) for layer in weighted_layers(reference)]
    assert [facts_of_row(row) for row in weighted_rows(name)] == expected


@pytest.mark.parametrize(("name", "reference"), PAIRS, ids=[name for name, _ in PAIRS])
def test_totals(name, reference):
    totals, facts = archcalc.load(name).summary().totals, model(reference)
    expected = (facts["params"], facts["trainable_params"], facts["buffers"], facts["macs"])
    assert (totals.params, totals.trainable_params, totals.buffers, totals.macs) == expected


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("alexnet", "alexnet_single_tower_227"),
        ("alexnet_torchvision", "alexnet"),
        ("googlenet_torchvision", "googlenet_noaux"),
    ],
)
def test_layers_carry_the_names_of_the_reference(name, reference):
    assert [row.name for row in weighted_rows(name)] == [layer["name"] for layer in weighted_layers(reference)]


@pytest.mark.parametrize("name", ["alexnet", "alexnet_torchvision"])
def test_weights_carry_the_names_of_a_state_dict(name):
    assert {tuple(row.weights) for row in weighted_rows(name)} == {("weight", "bias")}


def test_torchvision_batch_norm_keeps_its_statistics_beside_the_params():
    row = next(row for row in weighted_rows("googlenet_torchvision") if row.name == "conv1.bn")
    assert set(row.weights) >= {"weight", "bias", "running_mean", "running_var"}
    assert (row.counts.params, row.counts.buffers) == (128, 128)


def test_alexnet_layer_by_layer_has_the_shapes_of_the_textbook():
    shapes = {row.name: str(row.output) for row in archcalc.load("alexnet").summary().rows}
    assert shapes == {
        "conv1": "96x55x55", "relu1": "96x55x55", "norm1": "96x55x55", "pool1": "96x27x27",
        "conv2": "256x27x27", "relu2": "256x27x27", "norm2": "256x27x27", "pool2": "256x13x13",
        "conv3": "384x13x13", "relu3": "384x13x13", "conv4": "384x13x13", "relu4": "384x13x13",
        "conv5": "256x13x13", "relu5": "256x13x13", "pool5": "256x6x6", "flat": "9216",
        "fc6": "4096", "relu6": "4096", "drop6": "4096", "fc7": "4096", "relu7": "4096", "drop7": "4096",
        "fc8": "1000", "prob": "1000",
    }  # fmt: skip


def test_alexnet_conv1_is_the_documented_first_layer():
    row = archcalc.load("alexnet").summary().rows[0]
    assert (row.name, row.kind, row.inputs) == ("conv1", "conv", ("input",))
    assert {name: tuple(tensor.shape) for name, tensor in row.weights.items()} == {
        "weight": (96, 3, 11, 11),
        "bias": (96,),
    }
    assert row.attributes == {"out_channels": 96, "kernel_size": (11, 11), "stride": (4, 4)}


def test_googlenet_aux_heads():
    reference = weighted_layers("googlenet_paper_aux")
    heads = [layer for layer in reference if layer["name"].startswith("aux")]
    trunk = [layer for layer in reference if layer not in heads]
    expected = [facts_of_layer(layer) for layer in [*trunk, *heads]]  # the spec has its heads at the end
    assert [facts_of_row(row) for row in weighted_rows("googlenet@aux")] == expected


def test_googlenet_has_three_outputs_with_the_aux_heads_and_one_without():
    with_heads = archcalc.load("googlenet@aux").summary()
    assert [name for name, _ in with_heads.outputs] == ["prob", "aux1.prob", "aux2.prob"]
    assert [name for name, _ in archcalc.load("googlenet").summary().outputs] == ["prob"]


# Table 1 of the paper: 3x3 convolutions in each of the five stages
VGG_STAGES = [
    ("vgg11", (1, 1, 2, 2, 2)),
    ("vgg13", (2, 2, 2, 2, 2)),
    ("vgg16", (2, 2, 3, 3, 3)),
    ("vgg19", (2, 2, 4, 4, 4)),
]


@pytest.mark.parametrize(("name", "convolutions"), VGG_STAGES, ids=[name for name, _ in VGG_STAGES])
def test_vgg_has_the_layers_of_table_1(name, convolutions):
    stages = enumerate(convolutions, 1)
    expected = [f"conv{stage}_{i}" for stage, count in stages for i in range(1, count + 1)]
    assert [row.name.partition(".")[0] for row in weighted_rows(name)] == [*expected, "fc6", "fc7", "fc8"]


@pytest.mark.parametrize("name", [name for name, _ in VGG_STAGES])
def test_vgg_figures_of_torchvision(name):
    rows = {row["model"]: row for row in accuracy_against_operations() if row["library"] == "torchvision"}
    totals = archcalc.load(name).summary().totals
    assert totals.params == int(rows[name]["params_published"])
    assert totals.macs == int(rows[name]["macs_conv_linear"])


@pytest.mark.parametrize(
    ("name", "sum_"),
    [
        ("lenet5", "lenet5"),
        ("alexnet", "alexnet_single_tower"),
        ("zfnet", "zfnet_paper"),
        ("zfnet@wide", "zfnet_512_1024_512"),
    ],
)
def test_params_are_the_terms_of_the_lecture(name, sum_):
    assert [row.counts.params for row in weighted_rows(name)] == lecture_arithmetic()[sum_]["terms"]


def test_bottleneck_and_pooling_save_what_the_lecture_says():
    lecture = lecture_arithmetic()
    assert [row.counts.params for row in weighted_rows("bottleneck")] == lecture["bottleneck"]["reduced"]
    assert [row.counts.params for row in weighted_rows("bottleneck@direct")] == [lecture["bottleneck"]["direct"]]
    assert [row.counts.params for row in weighted_rows("gap_head@fc")] == [lecture["global_pooling_saves"]["value"]]
    assert weighted_rows("gap_head") == []


def test_siamese_twin_is_counted_once_and_works_twice():
    left = [row for row in weighted_rows("siamese") if row.name.startswith("a.")]
    right = [row for row in weighted_rows("siamese") if row.name.startswith("b.")]
    assert [row.shared for row in right] == [row.name for row in left]
    assert sum(row.counts.params for row in left) == 38_951_745 - 4_097  # all but the score of the distance
    assert [row.counts.params for row in right] == [0] * len(left)
    assert [row.counts.macs for row in right] == [row.counts.macs for row in left]


@pytest.mark.parametrize(
    ("name", "reference", "block"),
    [("residual_identity", "resnet18", "layer1.0."), ("residual_projection", "resnet18", "layer2.0.")],
)
def test_residual_blocks_are_those_of_resnet18(name, reference, block):
    layers = [layer for layer in weighted_layers(reference) if layer["name"].startswith(block)]
    assert [facts_of_row(row) for row in weighted_rows(name)] == [facts_of_layer(layer) for layer in layers]


def test_inception_module_is_inception_3a():
    layers = [layer for layer in weighted_layers("googlenet_paper") if layer["name"].startswith("i3a.")]
    assert [facts_of_row(row) for row in weighted_rows("inception_module")] == [facts_of_layer(x) for x in layers]


# The reference builds sparse links from parts, one for each set of maps read, and untied biases as additions:
# layer of ours -> how the names of its parts begin.
LENET_1998 = {"C1": "c1", "S2": "s2", "C3": "c3.", "S4": "s4", "C5": "c5", "F6": "f6", "output": "out"}
LENET_1989 = {"H1": ("h1", "add_1"), "H2": ("h2", "add_2"), "H3": "h3", "output": "out"}


@pytest.mark.parametrize(
    ("name", "reference", "parts"),
    [("lenet5_1998", "lenet5_1998", LENET_1998), ("lenet1_1989", "lecun1989_zip", LENET_1989)],
    ids=["lenet5_1998", "lenet1_1989"],
)
def test_early_lenets(name, reference, parts):
    layers = model(reference)["layers"]
    expected = {}
    for ours, begins in parts.items():
        found = [layer for layer in layers if layer["name"].startswith(begins)]
        expected[ours] = (sum(x["params"] for x in found), sum(x["macs"] for x in found))
    rows = weighted_rows(name)
    assert {row.name.partition(".")[0]: (row.counts.params, row.counts.macs) for row in rows} == expected


@pytest.mark.parametrize(
    ("name", "connections"),
    [
        # LeCun et al. 1998, section II.B; S2 and S4: 5 links for each of 6*14*14 and 16*5*5 units; the codes 84*10
        (
            "lenet5_1998",
            {"C1": 122_304, "S2": 5_880, "C3": 151_600, "S4": 2_000, "C5": 48_120, "F6": 10_164, "output": 840},
        ),
        # LeCun et al. 1989, section 3: 768 units of 26 links, 192 of 201, 30 of 193, 10 of 31
        ("lenet1_1989", {"H1": 19_968, "H2": 38_592, "H3": 5_790, "output": 310}),
    ],
    ids=["lenet5_1998", "lenet1_1989"],
)
def test_connections_of_the_papers(name, connections):
    rows = weighted_rows(name)
    assert {row.name.partition(".")[0]: row.counts.connections for row in rows} == connections


def test_table_1_of_1998_follows_the_rule_of_the_paper():
    """Six runs of three maps, six runs of four, three broken fours, and all of them; runs go around."""
    rows = [
        *([i, i + 1, i + 2] for i in range(6)),
        *([i, i + 1, i + 2, i + 3] for i in range(6)),
        *([i, i + 1, i + 3, i + 4] for i in range(3)),
        range(6),
    ]
    conv3 = next(row for row in weighted_rows("lenet5_1998") if row.name.startswith("C3"))
    links = conv3.attributes["links"]
    assert [set(row) for row in links] == [{m % 6 for m in row} for row in rows]
    assert [sum(m in row for row in links) for m in range(6)] == [10] * 6  # each map is read ten times


def test_each_map_of_h2_reads_8_of_12_maps():
    h2 = next(row for row in weighted_rows("lenet1_1989") if row.name.startswith("H2"))
    links = h2.attributes["links"]
    assert [len(set(row)) for row in links] == [8] * 12
    assert [sum(m in row for row in links) for m in range(12)] == [8] * 12  # and each map of H1 is read by 8

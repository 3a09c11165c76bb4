"""Comparisons: depths and fields as published, ratios, shares, and accuracies of the very same network only."""

from __future__ import annotations

from fractions import Fraction

import pytest
from reference_facts import accuracy_against_operations, receptive_fields

import archcalc
from archcalc.analysis.accuracy import WEIGHTS, published
from archcalc.analysis.fields.last_map import last_map
from archcalc.analysis.quantities import depth_of
from archcalc.comparison import load_sides
from archcalc.errors import SpecError, UsageError
from archcalc.spec.catalog import bundled_names


@pytest.mark.parametrize(
    ("name", "depth"),
    [
        ("lenet5", 5), ("alexnet", 8), ("vgg11", 11), ("vgg16", 16), ("vgg19", 19), ("googlenet", 22), ("resnet18", 18),
        ("resnet50", 50), ("resnet152", 152), ("densenet121", 121), ("resnet20", 20), ("mobilenet_v1", 28),
    ],
)  # fmt: skip
def test_depth_is_the_number_in_the_name_or_the_paper(name, depth):
    # GoogLeNet: "22 layers deep when counting only layers with parameters"; MobileNet: 28 layers
    assert depth_of(archcalc.load(name).graph) == depth


@pytest.mark.parametrize(
    ("spec", "facts", "layer"),
    [
        ("vgg16", "vgg16", "features.30"),
        ("resnet50", "resnet50", "layer4.2.relu@3"),
        ("resnet18", "resnet18", "layer4.1.relu@2"),
        ("mobilenet_v2", "mobilenet_v2", "features.18.2"),
        ("lenet5", "lenet5", None),
    ],
)
def test_field_of_the_last_map(spec, facts, layer):
    layers = receptive_fields(facts)["layers"]
    expected = next(entry["rf"] for entry in layers if entry["name"] == layer) if layer else 16  # 14 + 2, by hand
    side = archcalc.compare(spec).sides[0]
    assert set(side.field) == {expected}


def test_the_last_map_is_that_of_the_first_output():
    plain, aux = archcalc.compare("googlenet", "googlenet@aux").sides
    assert (aux.field, aux.field_layer) == (plain.field, "inception5b.concat")


def test_a_side_branch_is_not_the_last_map():
    text = "input: 3x11x13\nlayers:\n  a: conv 4 3x3\n  b: conv 4 3x3\n  flat: flatten from=a\noutput: flat\n"
    assert last_map(archcalc.loads(text).graph) == "a"


def test_a_gate_over_the_whole_map_does_not_end_the_maps():
    gate = "    multiply:\n      gate: global_avg_pool keepdim=yes\n      same: identity\n"
    graph = archcalc.loads(f"input: 3x11x13\nlayers:\n  a: conv 4 3x3\n  se:\n{gate}  pool: global_avg_pool\n").graph
    assert last_map(graph) == "se.multiply"


def test_ratios_are_against_the_first_given_also_when_sorted():
    comparison = archcalc.compare("vgg16", "googlenet", sort="name")
    assert [side.name for side in comparison.sides] == ["googlenet", "vgg16"]
    assert comparison.base.name == "vgg16"
    assert comparison.ratio(comparison.sides[0], "params") == Fraction(6_998_552, 138_357_544)


def test_no_ratio_against_nothing():
    comparison = archcalc.compare("gap_head", "lenet5")
    assert comparison.base.params == 0
    assert comparison.ratio(comparison.sides[1], "params") is None


def test_shares_of_vgg16():
    # fc: 25,088*4,096 + 4,096 + 4,096*4,096 + 4,096 + 4,096*1,000 + 1,000
    conv, fc, other = archcalc.compare("vgg16").sides[0].shares
    assert (fc.sort, fc.layers, fc.params) == ("fc", 3, 123_642_856)
    assert conv.params == 138_357_544 - 123_642_856
    assert (other.params, other.macs) == (0, 0)


def test_stages_sum_to_the_totals():
    side = archcalc.compare("resnet50").sides[0]
    assert [str(stage.size) for stage in side.stages] == ["112x112", "56x56", "28x28", "14x14", "7x7", ""]
    assert sum(stage.params for stage in side.stages) == side.params
    assert sum(stage.macs for stage in side.stages) == side.macs


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("params", ["vgg16", "resnet50", "lenet5"]),
        ("depth", ["resnet50", "vgg16", "lenet5"]),
        ("field", ["resnet50", "vgg16", "lenet5"]),
        ("top1", ["resnet50", "vgg16", "lenet5"]),
        ("name", ["lenet5", "resnet50", "vgg16"]),
        (None, ["lenet5", "vgg16", "resnet50"]),
    ],
)
def test_sorting(sort, order):
    assert [side.name for side in archcalc.compare("lenet5", "vgg16", "resnet50", sort=sort).sides] == order


def test_settings_of_one_side():
    side = archcalc.compare("resnet50:num_classes=10,input=3x64x64").sides[0]
    # the classifier of 1,000 has 2048*1000 + 1000 params, that of 10 has 20,490
    assert side.params == 25_557_032 - 2_049_000 + 20_490
    assert side.inputs == ((3, 64, 64),)
    assert side.accuracy is None


def test_accuracies_are_those_of_thepublished():
    # tests/reference: what torchvision loads unless told otherwise, which are its best or its only weights
    rows = [row for row in accuracy_against_operations() if row["library"] == "torchvision" and row["default"] == "1"]
    bundled = {*bundled_names()}
    checked = 0
    for row in rows:
        name = f"{row['model']}_torchvision" if f"{row['model']}_torchvision" in bundled else row["model"]
        if name not in bundled:
            continue
        side = archcalc.compare(f"{name}:input=3x{row['input']}x{row['input']}", weights="best").sides[0]
        found = side.accuracy
        assert found is not None, row
        assert found.top1 >= float(row["top1"])
        if found.weights == f"torchvision {row['weights']}":
            assert (found.top1, found.top5, side.params) == (
                float(row["top1"]), float(row["top5"]), int(row["params_computed"]),
            )  # fmt: skip
            checked += 1
    assert checked > 60


@pytest.mark.parametrize("row", published("accuracy.csv"), ids=lambda row: f"{row['spec']}-{row['weights']}")
def test_every_row_says_where_it_is_from(row):
    assert all(row[word] for word in ("source", "recipe", "weights"))
    assert row["year"] == "" or 2012 <= int(row["year"]) <= 2026
    assert row["spec"] in {*bundled_names()}
    assert 0 < float(row["top1"]) < float(row["top5"]) < 100


@pytest.mark.parametrize("row", published("ilsvrc.csv"), ids=lambda row: row["entry"])
def test_every_entry_belongs_to_its_networks(row):
    assert row["source"]
    for spec in row["specs"].split():
        entry = archcalc.compare(spec).sides[0].challenge
        assert entry is not None
        assert (entry.entry, entry.year) == (row["entry"], int(row["year"]))


def test_errors_of_the_challenge():
    # the papers: Krizhevsky 2012, table 2; Simonyan 2014, table 7; Szegedy 2014, table 2; He 2015, table 5; ILSVRC 2013
    names = ("alexnet", "zfnet", "vgg16", "googlenet", "resnet152", "lenet5")
    found = [side.challenge for side in archcalc.compare(*names).sides]
    assert [entry and entry.top5_error for entry in found] == [15.3, 11.7, 7.3, 6.67, 3.57, None]
    assert [entry and entry.words for entry in found[:3]] == ["2012, 7 nets", "2013, several nets", "2014, 7 nets"]


def test_of_several_weights_those_after_the_paper_unless_the_best_are_asked_for():
    # torchvision's table: V1 after the paper, V2 by the recipe of 2021
    original, best = (archcalc.compare("resnet50", weights=weights).sides[0].accuracy for weights in WEIGHTS)
    assert (original.top1, original.weights, original.year) == (76.13, "torchvision IMAGENET1K_V1", 2015)
    assert (best.top1, best.weights, best.year) == (80.858, "torchvision IMAGENET1K_V2", 2021)


def test_inception_v4_is_ahead_of_the_residual_networks_of_its_time():
    names = ("resnet50", "resnet101", "resnet152", "inception_v4")
    assert archcalc.compare(*names, sort="top1").names == ("inception_v4", "resnet152", "resnet101", "resnet50")


def test_googlenet_uses_its_params_best():
    # 68.7 / 6.998552 = 9.816; VGG-16: 71.592 / 138.357544 = 0.517
    sides = archcalc.compare("vgg16", "googlenet", "resnet50", sort="top1_per_million").sides
    assert [(side.name, side.top1_per_million and round(side.top1_per_million, 3)) for side in sides] == [
        ("googlenet", 9.816),
        ("resnet50", 2.979),
        ("vgg16", 0.517),
    ]


def test_no_accuracy_of_another_network():
    # torchvision's AlexNet has 61,100,840 params, the paper's 62,378,344
    alexnet, torchvision = archcalc.compare("alexnet", "alexnet_torchvision").sides
    assert alexnet.accuracy is None
    assert torchvision.accuracy is not None
    assert torchvision.accuracy.top1 == 56.522
    assert archcalc.compare("vgg16:input=3x256x256").sides[0].accuracy is None


def test_an_accuracy_belongs_to_a_network_and_not_to_its_name():
    # the stride in the 1x1 convolution leaves all params as they are
    sides = archcalc.compare("resnet50:stride_in_1x1=yes", "resnet50@paper", "resnet50").sides
    assert [side.accuracy and side.accuracy.weights for side in sides] == [
        "Caffe ResNet-50 of the authors",
        "Caffe ResNet-50 of the authors",
        "torchvision IMAGENET1K_V1",
    ]
    assert len({side.params for side in sides}) == 1


def test_a_copy_of_a_bundled_network_has_its_accuracy():
    text = archcalc.load("vgg16").source.text
    copied = archcalc.loads(text.replace("conv1_1:", "first:"), "mine")
    assert archcalc.compare(copied).sides[0].accuracy.top1 == 71.592
    other = archcalc.loads(text.replace("max_pool 2x2", "avg_pool 2x2"), "mine")
    assert archcalc.compare(other).sides[0].accuracy is None


def test_memory_of_a_forward_pass():
    side = archcalc.compare("resnet18").sides[0]
    assert side.figures["inference_bytes"] == archcalc.load("resnet18").memory().inference_bytes


@pytest.mark.parametrize(
    ("call", "error", "what", "help_"),
    [
        (archcalc.compare, UsageError, "there is nothing to compare", "such as: compare vgg16 googlenet"),
        (
            lambda: archcalc.compare("vgg16", sort="parms"),
            UsageError,
            "--sort parms is unknown",
            "did you mean `params`?",
        ),
        (
            lambda: load_sides(["vgg16:num_classes=,x=1"]),
            UsageError,
            "vgg16:num_classes=,x=1: `num_classes=` is not KEY=VALUE",
            "write vgg16:width=0.5",
        ),
        (lambda: archcalc.compare("vgg61"), SpecError, "there is no spec `vgg61`", None),
    ],
)
def test_bad_questions(call, error, what, help_):
    with pytest.raises(error) as caught:
        call()
    assert caught.value.what == what
    if help_ is not None:
        assert caught.value.help == help_

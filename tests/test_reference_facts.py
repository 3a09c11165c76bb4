"""The carried facts are whole: their layers sum to their totals, and their names lead somewhere."""

from __future__ import annotations

from math import prod

import pytest
from reference_facts import (
    MODELS,
    RECEPTIVE_FIELDS,
    accuracy_against_operations,
    lecture_arithmetic,
    model,
    receptive_fields,
)


def test_there_is_a_fact_for_each_architecture():
    assert len(MODELS) == 40
    assert len(RECEPTIVE_FIELDS) == 9


@pytest.mark.parametrize("name", MODELS)
def test_layers_sum_to_the_totals(name):
    facts = model(name)
    assert sum(layer["params"] for layer in facts["layers"]) == facts["params"]
    assert sum(layer["macs"] for layer in facts["layers"]) == facts["macs"]
    assert facts["macs"] <= facts["macs_with_attention"]


@pytest.mark.parametrize("name", [name for name in MODELS if name != "lenet5_1998"])
def test_all_params_are_trainable_but_the_codes_of_1998(name):
    assert model(name)["trainable_params"] == model(name)["params"]


def test_lenet5_of_1998_has_840_fixed_params():
    facts = model("lenet5_1998")
    assert (facts["trainable_params"], facts["params"]) == (60_000, 60_840)


@pytest.mark.parametrize("name", MODELS)
def test_weights_hold_the_params_of_their_layer(name):
    layers = model(name)["layers"]
    for layer in layers:
        shared = "@" in layer["name"]
        if "weights" in layer and not shared:
            assert sum(prod(shape) for shape in layer["weights"].values()) == layer["params"], layer["name"]


@pytest.mark.parametrize("name", MODELS)
def test_inputs_are_earlier_layers(name):
    known = set()
    for layer in model(name)["layers"]:
        for source in layer["inputs"]:
            word = source.split("[")[0]
            assert word in known or word.startswith(("input", "param:", "const")), (layer["name"], source)
        known.add(layer["name"])


@pytest.mark.parametrize("name", RECEPTIVE_FIELDS)
def test_receptive_fields_belong_to_layers_of_the_model(name):
    names = {layer["name"] for layer in model(name)["layers"]}
    assert {layer["name"] for layer in receptive_fields(name)["layers"]} <= names


def test_lecture_sums():
    sums = lecture_arithmetic()
    assert sums["lenet5"]["value"] == model("lenet5")["params"]
    assert sums["alexnet_single_tower"]["value"] == model("alexnet_single_tower_227")["params"]
    assert sums["vgg16_corrected"]["value"] == model("vgg16")["params"]
    printed = sums["vgg16_as_printed"]
    assert printed["right"] - printed["value"] == sum(printed["faults"].values())
    # conv4 of AlexNet counted with 256 input channels instead of 384
    assert sums["alexnet_as_printed"]["right"] - sums["alexnet_as_printed"]["value"] == (384 - 256) * 384 * 9


def test_accuracies_carry_the_operations_of_the_models():
    rows = {(row["library"], row["model"]): row for row in accuracy_against_operations()}
    assert len(rows) > 100
    for name in ("alexnet", "resnet18", "resnet50", "vgg16", "mobilenet_v2"):
        assert int(rows["torchvision", name]["macs_conv_linear"]) == model(name)["macs"]
        assert int(rows["torchvision", name]["params_computed"]) == model(name)["params"]

"""The contract of archcalc/summary/1, key by key.

Sources: params and MACs of AlexNet as in tests/reference/models/alexnet_single_tower_227.json; the other
figures are worked out beside them.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import archcalc
from archcalc import loads
from archcalc.core.record import replace
from archcalc.report.network.summary_json import summary_json

LINE = 1 + (Path(__file__).parents[3] / "specs" / "alexnet.yaml").read_text(encoding="utf-8").split("\n").index(
    "  conv1: conv 96 11x11 stride=4"
)
CONV1 = {
    "name": "conv1", "kind": "conv", "inputs": ["input"], "input": [[3, 227, 227]], "output": [96, 55, 55],
    "params": 34944, "trainable_params": 34944, "buffers": 0, "macs": 105415200,
    "weights": {"weight": [96, 3, 11, 11], "bias": [96]},
    "attributes": {"out_channels": 96, "kernel_size": [11, 11], "stride": [4, 4]},
    "place": {"line": LINE, "column": 10},
}  # fmt: skip
"""96 * (3 * 11 * 11 + 1) params, 96 * 363 * 55 * 55 MACs."""

CONV_NEURONS = 96 * 55**2 + 256 * 27**2 + (384 + 384 + 256) * 13**2  # 650,080
ACTIVATIONS = (
    3 * 96 * 55**2 + 96 * 27**2  # conv1, relu1, norm1; pool1
    + 3 * 256 * 27**2 + 256 * 13**2  # conv2, relu2, norm2; pool2
    + 4 * 384 * 13**2 + 2 * 256 * 13**2  # conv3 to relu5
    + 256 * 6**2 + 4 * 4096 + 2 * 1000  # pool5; fc6, fc7 with relu; fc8, prob; flatten and dropout hold none
)  # fmt: skip

TOTALS = {
    "params": 62378344,
    "trainable_params": 62378344,
    "buffers": 0,
    "macs": 1135256096,
    "flops": 2270512192,
    "neurons": CONV_NEURONS + 4096 + 4096 + 1000,
    "connections": 1135256096 + CONV_NEURONS + 9192,  # a bias for each neuron
    "weight_bytes": 249513376,
    "activation_bytes": 4 * ACTIVATIONS,
    "peak_activation_bytes": 4 * 2 * 96 * 55**2,  # conv1 and relu1
}

SUMMARY_KEYS = [
    "schema", "archcalc", "spec", "name", "input", "batch", "convention", "totals", "layers", "not_counted",
    "outputs", "notes", "groups",
]  # fmt: skip


def summary(network, notes=(), **options):
    return json.loads(summary_json(replace(network.summary(**options), notes=tuple(notes))))


@pytest.fixture(scope="module")
def alexnet():
    return summary(archcalc.load("alexnet"))


def test_keys_stand_in_the_order_of_the_contract(alexnet):
    assert list(alexnet) == SUMMARY_KEYS
    assert list(alexnet["totals"]) == list(TOTALS)
    assert list(alexnet["layers"][0]) == list(CONV1)


def test_the_head(alexnet):
    head = {key: alexnet[key] for key in SUMMARY_KEYS[:7]}
    assert head == {
        "schema": "archcalc/summary/1", "archcalc": archcalc.__version__, "spec": "alexnet", "name": "AlexNet",
        "input": [3, 227, 227], "batch": 1, "convention": "macs",
    }  # fmt: skip


def test_the_totals_and_the_first_layer(alexnet):
    assert alexnet["totals"] == TOTALS
    assert alexnet["layers"][0] == CONV1
    assert alexnet["not_counted"] == []
    assert alexnet["outputs"] == {"prob": [1000]}


def test_layers_add_up_to_the_totals(alexnet):
    for key in ("params", "trainable_params", "buffers", "macs"):
        assert sum(layer[key] for layer in alexnet["layers"]) == TOTALS[key]


def test_each_layer_has_a_line_of_its_own():
    text = summary_json(archcalc.load("alexnet").summary())
    lines = [line for line in text.splitlines() if line.startswith('  {"name": ')]
    assert len(lines) == 24  # 5 conv and 7 relu, 2 norm, 3 pool, flatten, 3 linear, 2 dropout, softmax
    assert json.loads(lines[0].rstrip(",")) == CONV1


TWINS = """\
inputs: {left: 2x5x7, right: 2x5x7}
layers:
  a: conv 3 2x3 bias=no from=left
  b: conv 3 2x3 bias=no from=right share=a
  sum: add a b
output: [sum, a]
"""


def test_several_inputs_outputs_and_a_shared_weight():
    found = summary(loads(TWINS, "twins"), ["a note − with a sign"])
    assert found["input"] == {"left": [2, 5, 7], "right": [2, 5, 7]}
    assert found["outputs"] == {"sum": [3, 4, 5], "a": [3, 4, 5]}
    assert found["notes"] == ["a note − with a sign"]
    a, b, total = found["layers"]
    assert "shared" not in a
    assert b["shared"] == "a"
    assert (a["params"], b["params"], found["totals"]["params"]) == (36, 0, 36)  # 3 * 2 * 2 * 3
    assert (a["macs"], b["macs"]) == (36 * 4 * 5, 36 * 4 * 5)
    assert total["inputs"] == ["a", "b"]
    assert total["input"] == [[3, 4, 5], [3, 4, 5]]


ATTENTION = "input: 5x12\nlayers:\n  attention: multihead_attention 3\n"


def test_what_the_convention_leaves_out_is_listed():
    found = summary(loads(ATTENTION))
    assert found["not_counted"] == [
        {"layer": "attention", "kind": "multihead_attention", "what": "products of two activations",
         "operations": 2 * 5 * 5 * 12}
    ]  # fmt: skip


def test_another_convention_adds_operations_and_changes_nothing_else():
    macs = 4 * 5 * 12 * 12  # four projections of 5 tokens
    plain = summary(loads(ATTENTION))
    with_attention = summary(loads(ATTENTION), convention="macs+attention")
    assert plain["totals"]["macs"] == with_attention["totals"]["macs"] == macs
    assert "operations" not in plain["totals"]
    assert "operations" not in plain["layers"][0]
    assert with_attention["totals"]["operations"] == macs + 600
    assert with_attention["layers"][0]["operations"] == macs + 600
    assert list(with_attention["totals"]) == [*TOTALS, "operations"]


def test_a_batch_multiplies_the_work_not_the_weights():
    one, seven = (summary(loads(ATTENTION), batch=batch)["totals"] for batch in (1, 7))
    assert seven["macs"] == 7 * one["macs"]
    assert seven["params"] == one["params"]


GROUPED = """\
input: 32x5x7
blocks:
  twin: {layers: [conv 3 1, {layers: [relu, identity]}]}
layers:
  se: squeeze_excitation
  two: twin repeat=2
  c: conv 2 3x3 act=relu
"""


def test_layers_and_groups_have_the_place_where_they_are_written():
    """A block that comes with archcalc is written nowhere in the spec: its layers have the place of the call."""
    found = summary(loads(GROUPED))
    places = {row["name"]: (row["place"]["line"], row["place"]["column"]) for row in found["layers"]}
    assert {places[name] for name in places if name.startswith("se.")} == {(5, 7)}
    assert places["two.0.conv"] == places["two.1.conv"] == (3, 19)
    assert (places["two.1.group.relu"], places["c.conv"], places["c.act"]) == ((3, 39), (7, 6), (7, 21))
    groups = {row["name"]: row for row in found["groups"]}
    assert {name: (row["first"], row["stop"]) for name, row in groups.items()} == {
        "se": (0, 6), "two.0.group": (7, 9), "two.0": (6, 9), "two.1.group": (10, 12), "two.1": (9, 12),
        "two": (6, 12), "c": (12, 14),
    }  # fmt: skip
    assert groups["two.1"] == {
        "name": "two.1", "label": "twin", "first": 9, "stop": 12, "output": [3, 5, 7],
        "params": 3 * 3 + 3, "macs": 9 * 5 * 7, "place": {"line": 6, "column": 8},
    }  # fmt: skip

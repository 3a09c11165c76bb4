"""The bundled families against other programs: every weighted layer, how the layers are wired, and the totals."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pytest

import archcalc
from archcalc.analysis.summary import Summary
from tests.reference_facts import accuracy_against_operations, model

MEASURED = {
    "resnet18": "resnet18",
    "resnet50": "resnet50",
    "resnet50@paper": "resnet50_v1_paper",
    "resnet20": "resnet20_cifar10",
    "densenet121": "densenet121",
    "inception_v3": "inception_v3_noaux",
    "inception_v4": "timm_inception_v4",
    "resnext50_32x4d": "resnext50_32x4d",
}
"""Bundled name -> its layers as torch has them (tests/reference/models)."""

OTHERS = ("resnet32", "resnet44", "resnet56", "resnet110", "resnet34", "inception_resnet_v2")

TORCH_TYPES = {
    "conv": "Conv2d",
    "depthwise_conv": "Conv2d",
    "linear": "Linear",
    "batch_norm": "BatchNorm2d",
}

each_model = pytest.mark.parametrize(("name", "reference"), MEASURED.items(), ids=MEASURED)


class Weighted(NamedTuple):
    """A layer with weights of its own."""

    name: str
    type: str
    out: tuple[int, ...]
    params: int
    macs: int


@each_model
def test_weighted_layers(name, reference):
    assert weighted_rows(summary(name)) == measured_layers(reference)


@each_model
def test_weights_have_the_names_and_shapes_of_the_state_dict(name, reference):
    stated = {measured_name(layer): layer["weights"] for layer in model(reference)["layers"] if "weights" in layer}
    computed = {
        row.name: {tensor: list(spec.shape) for tensor, spec in row.weights.items() if spec.role != "buffer"}
        for row in summary(name).rows
        if row.name in stated
    }
    assert stated
    assert computed == stated


@each_model
def test_wiring(name, reference):
    rows = {row.name: (row.inputs, row.counts.params > 0) for row in summary(name).rows}
    assert weighted_inputs(rows) == weighted_inputs(measured_graph(reference))


@each_model
def test_totals(name, reference):
    facts, totals = model(reference), summary(name).totals
    assert (totals.params, totals.buffers, totals.macs) == (facts["params"], facts["buffers"], facts["macs"])


ZOO = {(row["library"], row["model"]): row for row in accuracy_against_operations()}

PUBLISHED = {
    ("torchvision", "resnet18"),
    ("torchvision", "resnet34"),
    ("torchvision", "resnet50"),
    ("torchvision", "resnet101"),
    ("torchvision", "resnet152"),
    ("torchvision", "resnext50_32x4d"),
    ("torchvision", "resnext101_32x8d"),
    ("torchvision", "wide_resnet50_2"),
    ("torchvision", "wide_resnet101_2"),
    ("torchvision", "densenet121"),
    ("torchvision", "densenet161"),
    ("torchvision", "densenet169"),
    ("torchvision", "densenet201"),
    ("torchvision", "inception_v3"),
    ("timm", "inception_v4"),
    ("timm", "inception_resnet_v2"),
}


@pytest.mark.parametrize(("library", "name"), sorted(PUBLISHED), ids=lambda part: part)
def test_totals_of_the_model_libraries(library, name):
    facts, totals = ZOO[library, name], summary(name).totals
    assert (totals.params, totals.macs) == (int(facts["params_computed"]), int(facts["macs_conv_linear"]))


@pytest.mark.parametrize("name", sorted({*MEASURED, *OTHERS, *(name for _, name in PUBLISHED)}))
def test_claims_hold(name):
    results = archcalc.load(name).check()
    assert results
    assert [result.subject for result in results if not result.holds] == []


def test_cifar_resnets_follow_6n_plus_2():
    # He et al. 2015, section 4.2: 6n + 2 weighted layers; option A adds none
    for depth in (20, 32, 44, 56, 110):
        rows = weighted_rows(summary(f"resnet{depth}"))
        assert sum(row.type in ("Conv2d", "Linear") for row in rows) == depth


def summary(name: str) -> Summary:
    return archcalc.load(name).summary()


def weighted_rows(summary: Summary) -> list[Weighted]:
    return [
        Weighted(row.name, TORCH_TYPES[row.kind], tuple(row.output), row.counts.params, row.counts.macs)
        for row in summary.rows
        if row.counts.params
    ]


def measured_layers(reference: str) -> list[Weighted]:
    return [
        Weighted(measured_name(layer), torch_type(layer), tuple(layer["out"]), layer["params"], layer["macs"])
        for layer in model(reference)["layers"]
        if layer["params"]
    ]


def measured_graph(reference: str) -> dict[str, tuple[list[str], bool]]:
    """Name -> inputs, and whether the layer has weights."""
    layers = model(reference)["layers"]
    names = {layer["name"]: measured_name(layer) for layer in layers} | {"input": "input"}
    graph = {}
    for layer in layers:
        inputs = [re.sub(r"\[\d+\]$", "", name) for name in layer["inputs"]]
        graph[measured_name(layer)] = ([names[name] for name in inputs if name in names], layer["params"] > 0)
    return graph


def measured_name(layer: dict[str, Any]) -> str:
    """The name in the state dict, where the reference has another one."""
    for name in layer["inputs"]:
        if name.startswith("param:") and name.endswith(".weight"):  # timm calls batch norm as a function
            return name.removeprefix("param:").removesuffix(".weight")
    name = {"conv": "conv1", "bn": "bn1"}.get(layer["name"], layer["name"])
    block = re.fullmatch(r"blocks\.(\d)\.([cb])([12])", name)  # the CIFAR ResNets' blocks, numbered through
    if block is None:
        return name
    stage, index = divmod(int(block[1]), 3)
    return f"layer{stage + 1}.{index}.{ {'c': 'conv', 'b': 'bn'}[block[2]] }{block[3]}"


def torch_type(layer: dict[str, Any]) -> str:
    return "BatchNorm2d" if layer["type"] == "batch_norm" else layer["type"]


def weighted_inputs(graph: dict[str, tuple[Any, bool]]) -> dict[str, list[str]]:
    """For each weighted layer the weighted layers it reads, in order, whatever stands between them."""
    read: dict[str, list[str]] = {"input": ["input"]}
    result = {}
    for name, (inputs, weighted) in graph.items():
        sources = list(dict.fromkeys(source for value in inputs for source in read[value]))
        read[name] = [name] if weighted else sources
        if weighted:
            result[name] = sources
    return result

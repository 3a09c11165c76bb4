"""The bundled families against other programs: every weighted layer, how the layers are wired, and the totals."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pytest
from reference_facts import accuracy_against_operations, model

import archcalc
from archcalc.analysis.summary import LayerRow

SAME_NAMES = {
    "resnet18": "resnet18",
    "resnet50": "resnet50",
    "resnet50@paper": "resnet50_v1_paper",
    "resnext50_32x4d": "resnext50_32x4d",
    "densenet121": "densenet121",
    "inception_v3": "inception_v3_noaux",
    "inception_v4": "timm_inception_v4",
    "squeezenet1_1": "squeezenet1_1",
    "mobilenet_v2": "mobilenet_v2",
    "mobilenet_v3_small": "mobilenet_v3_small",
    "shufflenet_v2_x1_0": "shufflenet_v2_x1_0",
    "efficientnet_b0": "efficientnet_b0",
    "convnext_tiny": "convnext_tiny",
    "r3d_18": "r3d_18",
    "fcn_resnet50": "fcn_resnet50",
}
"""Bundled name -> its layers as torch has them (tests/reference/models), by the same names."""

OTHER_NAMES = {
    "resnet20": "resnet20_cifar10",
    "se_resnet20": "se_resnet20_cifar10",
    "densenet_bc_100_12": "densenet_bc_100_12_cifar10",
    "dcgan_generator": "dcgan_generator",
    "dcgan_discriminator": "dcgan_discriminator",
    "mlp": "mlp_784_300_100_10",
    "vit_b_16": "vit_b_16",  # torchvision's `encoder.layers` is `encoder.layer`: `layers` is a word of the language
}
"""The same, where the reference calls its layers otherwise: they are compared in order."""

MEASURED = {**SAME_NAMES, **OTHER_NAMES}

LINEAR_AS_CONV = {"convnext_tiny", "se_resnet20"}
"""Where torch has linear layers on channels-last maps or on vectors, and the spec 1x1 convolutions."""

KINDS = {
    "Conv2d": "conv",
    "Conv3d": "conv",
    "Conv3DSimple": "conv",
    "ConvTranspose2d": "conv_transpose",
    "Linear": "linear",
    "BatchNorm2d": "batch_norm",
    "BatchNorm3d": "batch_norm",
    "batch_norm": "batch_norm",
    "LayerNorm": "layer_norm",
    "LayerNorm2d": "layer_norm",
    "MultiheadAttention": "multihead_attention",
    "mul": "layer_scale",
    "expand": "class_token",
    "add": "position_embedding",
}
"""Torch's class or function -> kind, for layers with weights."""

each_model = pytest.mark.parametrize("name", MEASURED)


class Weighted(NamedTuple):
    """A layer with weights of its own."""

    name: str
    kind: str
    out: tuple[int, ...]
    params: int
    macs: int


@each_model
def test_weighted_layers(name):
    names = reference_names(name)
    computed = [
        Weighted(row.name, kind(name, row), without_ones(name, row.output), row.counts.params, row.counts.macs)
        for row in weighted_rows(name)
    ]
    assert computed == [measured(name, layer, names) for layer in weighted_layers(name)]


@each_model
def test_weights_have_the_names_and_shapes_of_the_state_dict(name):
    names = reference_names(name)
    stated = {
        names[layer["name"]]: {tensor: without_ones(name, shape) for tensor, shape in layer["weights"].items()}
        for layer in weighted_layers(name)
        if "weights" in layer
    }
    computed = {
        row.name: {
            tensor: without_ones(name, spec.shape) for tensor, spec in row.weights.items() if spec.role != "buffer"
        }
        for row in weighted_rows(name)
        if row.name in stated
    }
    assert stated
    assert computed == stated


@each_model
def test_wiring(name):
    ours = weighted_inputs({row.name: Read(row.inputs, row.kind, row.counts.params > 0) for row in rows(name)})
    theirs = weighted_inputs(measured_graph(name))
    if name == "vit_b_16":  # torchvision concatenates the token and the patches, here one layer does it
        assert ours.pop("class_token") == ["conv_proj"]
        assert ours.pop("encoder.pos_embedding") == ["class_token"]
        assert theirs.pop("class_token") == []
        assert theirs.pop("encoder.pos_embedding") == ["class_token", "conv_proj"]
    assert ours == theirs


@each_model
def test_totals(name):
    facts, totals = model(MEASURED[name]), archcalc.load(name).summary("macs+attention").totals
    computed = (totals.params, totals.buffers, totals.macs, totals.operations)
    assert computed == (facts["params"], facts["buffers"], facts["macs"], facts["macs_with_attention"])


TORCHVISION = (
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d",
    "wide_resnet50_2", "wide_resnet101_2", "densenet121", "densenet161", "densenet169", "densenet201", "inception_v3",
    "squeezenet1_0", "squeezenet1_1", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large",
    "shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "shufflenet_v2_x2_0",
    "efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3", "efficientnet_b4", "efficientnet_b5",
    "efficientnet_b6", "efficientnet_b7", "convnext_tiny", "convnext_small", "convnext_base", "convnext_large",
    "vit_b_16", "vit_b_32", "vit_l_16", "resnext101_64x4d", "mnasnet0_5", "mnasnet0_75", "mnasnet1_0", "mnasnet1_3",
    "efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l",
    "regnet_x_400mf", "regnet_x_800mf", "regnet_x_1_6gf", "regnet_x_3_2gf", "regnet_x_8gf", "regnet_x_16gf",
    "regnet_x_32gf", "regnet_y_400mf", "regnet_y_800mf", "regnet_y_1_6gf", "regnet_y_3_2gf", "regnet_y_8gf",
    "regnet_y_16gf", "regnet_y_32gf", "regnet_y_128gf", "swin_t", "swin_s", "swin_b",
)  # fmt: skip
TIMM = {
    "inception_v4": "inception_v4",
    "inception_resnet_v2": "inception_resnet_v2",
    "mobilenet_v1": "mobilenetv1_100",
    "darknet53": "darknet53",
    "xception": "legacy_xception",
}
PUBLISHED = [("torchvision", name, name) for name in TORCHVISION] + [("timm", *names) for names in TIMM.items()]


@pytest.mark.parametrize(("library", "name", "there"), PUBLISHED, ids=[name for _, name, _ in PUBLISHED])
def test_totals_of_the_model_libraries(library, name, there):
    summary = archcalc.load(name).summary("macs+attention")
    facts = [
        (int(row["params_computed"]), int(row["macs_conv_linear"]), int(row["macs_with_attention"]))
        for row in accuracy_against_operations()
        if (row["library"], row["model"]) == (library, there) and int(row["input"]) == summary.inputs[0][1][-1]
    ]
    assert facts
    totals = summary.totals
    assert set(facts) == {(totals.params, totals.macs, totals.operations)}


CLAIMING = (
    "resnet32", "resnet44", "resnet56", "resnet110", "densenet_bc_250_24", "densenet_bc_190_40",
    "mobilenet_v1_0.75", "mobilenet_v1_0.5", "mobilenet_v1_0.25",
    "mobilenet_v2_0.35", "mobilenet_v2_0.5", "mobilenet_v2_0.75", "mobilenet_v2_1.4",
)  # fmt: skip


@pytest.mark.parametrize("name", [*MEASURED, *sorted({name for _, name, _ in PUBLISHED} - set(MEASURED)), *CLAIMING])
def test_claims_hold(name):
    results = archcalc.load(name).check()
    assert results
    assert [result.subject for result in results if not result.holds] == []


@pytest.mark.parametrize(
    ("name", "params", "gigamacs"),
    [
        # torchvision's models/segmentation: params and the operations of one pass at 520x520, auxiliary head included
        pytest.param("fcn_resnet50", 35_322_218, "152.717", id="fcn_resnet50"),
        pytest.param("deeplabv3_resnet50", 42_004_074, "178.722", id="deeplabv3_resnet50"),
    ],
)
def test_segmentation_with_the_auxiliary_head_is_torchvisions(name, params, gigamacs):
    """The head on stage 3: 3x3 from 1024 to 256 channels, batch norm, 1x1 to 21 classes, on 65x65 cells."""
    weights = 9 * 1024 * 256 + 256 * 21
    totals = archcalc.load(name).summary().totals
    assert totals.params + weights + 2 * 256 + 21 == params
    assert f"{(totals.macs + weights * 65 * 65) / 10**9:.3f}" == gigamacs


@pytest.mark.parametrize("depth", [20, 32, 44, 56, 110])
def test_cifar_resnets_have_6n_plus_2_layers(depth):
    # He et al. 2015, section 4.2; the shortcuts of option A have no weights
    assert sum(row.kind in ("conv", "linear") for row in weighted_rows(f"resnet{depth}")) == depth


LIKE_TORCHVISION = {
    "regnet_x_400mf": ["stem.0", "stem.1", "trunk_output.block1.block1-0.proj.0",
                       "trunk_output.block1.block1-0.proj.1", "trunk_output.block1.block1-0.f.a.0"],
    "regnet_y_400mf": ["stem.0", "stem.1", "trunk_output.block1.block1-0.proj.0",
                       "trunk_output.block1.block1-0.proj.1", "trunk_output.block1.block1-0.f.a.0",
                       "trunk_output.block1.block1-0.f.a.1", "trunk_output.block1.block1-0.f.b.0",
                       "trunk_output.block1.block1-0.f.b.1", "trunk_output.block1.block1-0.f.se.fc1",
                       "trunk_output.block1.block1-0.f.se.fc2", "trunk_output.block1.block1-0.f.c.0"],
    "swin_t": ["features.0.0", "features.0.2", "features.1.0.norm1", "features.1.0.attn", "features.1.0.norm2",
               "features.1.0.mlp.0", "features.1.0.mlp.3", "features.1.1.norm1"],
    "deeplabv3_resnet50": ["backbone.conv1", "backbone.bn1", "backbone.layer1.0.conv1"],
}  # fmt: skip
"""The first layers with weights, by the names of torchvision's state dict."""

LAST_OF_TORCHVISION = {
    "regnet_y_400mf": ["trunk_output.block4.block4-5.f.c.0", "trunk_output.block4.block4-5.f.c.1", "fc"],
    "swin_t": ["features.7.1.mlp.3", "norm", "head"],
    "deeplabv3_resnet50": ["classifier.0.convs.4.1", "classifier.0.convs.4.2", "classifier.0.project.0",
                           "classifier.0.project.1", "classifier.1", "classifier.2", "classifier.4"],
}  # fmt: skip


@pytest.mark.parametrize("name", LIKE_TORCHVISION)
def test_layers_are_called_as_in_torchvision(name):
    names = [row.name for row in weighted_rows(name)]
    assert names[: len(LIKE_TORCHVISION[name])] == LIKE_TORCHVISION[name]
    last = LAST_OF_TORCHVISION.get(name, ["fc"])
    assert names[-len(last) :] == last


def test_swin_merges_cells_in_torchvisions_order():
    """Rows before columns: the cells (0, 0), (1, 0), (0, 1), (1, 1) of each block, as its PatchMerging joins them."""
    graph = archcalc.load("swin_t").graph
    node = next(node for node in graph.nodes if node.name == "features.2.order")
    parts = [graph.nodes[value - len(graph.inputs)].layer for value in node.inputs]
    cells = [part.cells[0] // 96 for part in parts]  # space_to_depth goes along the columns first
    assert [(cell // 2, cell % 2) for cell in cells] == [(0, 0), (1, 0), (0, 1), (1, 1)]


# what archcalc computes


def rows(name: str) -> tuple[LayerRow, ...]:
    return archcalc.load(name).summary().rows


def weighted_rows(name: str) -> list[LayerRow]:
    return [row for row in rows(name) if row.counts.params]


def kind(name: str, row: LayerRow) -> str:
    pointwise = row.kind == "conv" and set(row.weights["weight"].shape[2:]) == {1}
    if pointwise and name in LINEAR_AS_CONV:
        return "linear"
    return "conv" if row.kind == "depthwise_conv" else row.kind


def without_ones(name: str, shape: Any) -> tuple[int, ...]:
    """A 1x1 kernel's or map's last axes taken off, where torch has a linear layer in its place."""
    sizes = list(shape)
    while name in LINEAR_AS_CONV and len(sizes) > 2 and sizes[-2:] == [1, 1]:
        sizes = sizes[:-2]
    return tuple(sizes)


# what torch has


def weighted_layers(name: str) -> list[dict[str, Any]]:
    return [layer for layer in model(MEASURED[name])["layers"] if layer["params"]]


def measured(name: str, layer: dict[str, Any], names: dict[str, str]) -> Weighted:
    kind, out = KINDS[layer["type"]], layer["out"]
    if kind == "class_token":  # the reference has the token alone
        out = [out[0] + 14 * 14, out[1]]
    if name == "convnext_tiny" and len(out) == 3 and layer["type"] in ("LayerNorm", "Linear"):
        out = [out[2], out[0], out[1]]
    return Weighted(names[layer["name"]], kind, without_ones(name, out), layer["params"], layer["macs"])


def reference_names(name: str) -> dict[str, str]:
    """The reference's name of each weighted layer -> its name in the spec."""
    layers = weighted_layers(name)
    if name in OTHER_NAMES:
        return dict(zip([layer["name"] for layer in layers], [row.name for row in weighted_rows(name)], strict=True))
    return {layer["name"]: state_dict_name(layer) for layer in layers}


def state_dict_name(layer: dict[str, Any]) -> str:
    """Its module; of a function that reads weights (timm's batch norm, a layer scale), theirs."""
    weights = [name.removeprefix("param:") for name in layer["inputs"] if name.startswith("param:")]
    named = [name for name in weights if name.endswith(".weight")] or weights
    return named[0].removesuffix(".weight") if named else layer["name"]


# wiring


class Read(NamedTuple):
    """What a layer reads, its kind or torch type, and whether it has weights."""

    inputs: tuple[str, ...]
    kind: str
    weighted: bool


COMMUTATIVE = ("add", "add_", "mul", "multiply")


def measured_graph(name: str) -> dict[str, Read]:
    names = reference_names(name)
    graph = {}
    for layer in model(MEASURED[name])["layers"]:
        inputs = [re.sub(r"\[\d+\]$", "", source) for source in layer["inputs"]]
        inputs = [names.get(source, source) for source in inputs if not source.startswith(("param:", "const"))]
        graph[names.get(layer["name"], layer["name"])] = Read(tuple(inputs), layer["type"], layer["params"] > 0)
    return graph


def weighted_inputs(graph: dict[str, Read]) -> dict[str, list[str]]:
    """For each weighted layer the weighted layers it reads, in order, whatever stands between them."""
    read: dict[str, list[str]] = {"input": ["input"]}
    result = {}
    for name, (inputs, kind, weighted) in graph.items():
        sources = list(dict.fromkeys(source for value in inputs for source in read[value]))
        if kind in COMMUTATIVE:
            sources.sort()
        read[name] = [name] if weighted else sources
        if weighted:
            result[name] = sources
    return result

"""The names and shapes of the libraries' models against the bundled specs: every tensor has its twin, by name.

The files in tests/reference/state_dicts are measured; benchmarks/library_weights.py also runs the models and compares.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import archcalc
from archcalc.errors import SpecError
from archcalc.numeric.weight_files import Stored, WeightFile
from archcalc.numeric.weights.matching import match, tensors
from archcalc.numeric.weights.name_maps import filled, pattern
from archcalc.numeric.weights.name_tables import MAPS
from archcalc.numeric.weights.weights import he_weights, load_weights

FOLDER = Path(__file__).parents[2] / "reference" / "state_dicts"

OTHER_NAMES = {
    "torchvision_vgg16": ["vgg16", "vgg16_torchvision"], "torchvision_alexnet": ["alexnet_torchvision"],
    "torchvision_googlenet": ["googlenet_torchvision"], "timm_vgg16": ["vgg16", "vgg16_torchvision"],
    "timm_efficientnetv2_s": ["efficientnet_v2_s"], "timm_efficientnetv2_m": ["efficientnet_v2_m"],
    "timm_mobilenetv2_100": ["mobilenet_v2"], "timm_mobilenetv3_small_100": ["mobilenet_v3_small"],
    "timm_mobilenetv3_large_100": ["mobilenet_v3_large"], "timm_mnasnet_100": ["mnasnet1_0"],
    "timm_regnetx_004_tv": ["regnet_x_400mf"], "timm_regnetx_008": ["regnet_x_800mf"],
    "timm_regnety_004": ["regnet_y_400mf"], "timm_swin_tiny_patch4_window7_224": ["swin_t"],
    "timm_vit_base_patch16_224": ["vit_b_16"], "timm_legacy_xception": ["xception"],
}  # fmt: skip
"""Model of a library -> the specs that it is, where the names differ."""

SIDE_HEADS = {"torchvision_googlenet": 18, "torchvision_inception_v3": 12}
"""Tensors of auxiliary classifiers: GoogLeNet's two of 9, Inception's one of 12."""

TRANSLATED = {
    "torchvision's vgg": {"torchvision_vgg11_bn", "torchvision_vgg13_bn", "torchvision_vgg16_bn",
                          "torchvision_vgg19_bn", "torchvision_vgg16"},
    "timm's vgg": {"timm_vgg16", "timm_vgg11_bn"},
    "timm's efficientnet": {"timm_efficientnet_b0", "timm_efficientnet_b5", "timm_efficientnetv2_s",
                            "timm_efficientnetv2_m"},
    "timm's mobilenetv2": {"timm_mobilenetv2_100"},
    "timm's mobilenetv3": {"timm_mobilenetv3_small_100", "timm_mobilenetv3_large_100"},
    "timm's mnasnet": {"timm_mnasnet_100"},
    "timm's regnet": {"timm_regnetx_004_tv", "timm_regnetx_008", "timm_regnety_004"},
    "timm's vit": {"timm_vit_base_patch16_224"},
    "timm's swin": {"timm_swin_tiny_patch4_window7_224"},
    "timm's convnext": {"timm_convnext_tiny"},
}  # fmt: skip
"""Which files need a table; the others have the spec's own names."""

MODELS = sorted(path.stem for path in FOLDER.glob("*.txt"))
ROWS = [(m, spec) for m in MODELS for spec in OTHER_NAMES.get(m, [m.partition("_")[2]])]


def state_dict(model):
    """Names and shapes, as if they stood in a file without an order."""
    text = (FOLDER / f"{model}.txt").read_text(encoding="utf-8")
    rows = (line.split() for line in text.splitlines()[1:])
    shapes = {name: () if shape == "-" else tuple(map(int, shape.split("x"))) for name, shape in rows}
    return WeightFile({name: Stored(shape, lambda: np.zeros(0)) for name, shape in shapes.items()}, ordered=False)


def matched(model, spec):
    return match(Path(model), archcalc.load(spec).graph, state_dict(model), partial=False)


@pytest.mark.parametrize(("model", "spec"), ROWS, ids=[f"{model} in {spec}" for model, spec in ROWS])
def test_every_tensor_of_a_library_has_its_twin_by_name(model, spec):
    file, graph = state_dict(model), archcalc.load(spec).graph
    loading = matched(model, spec)
    sources = list(loading.sources.values())
    assert len(set(sources)) == len(sources) == len(list(tensors(graph)))
    weights = {
        n for n in file.tensors if n.rpartition(".")[2] not in ("num_batches_tracked", "relative_position_index")
    }
    assert weights == {*sources, *loading.left_out}
    assert len(loading.left_out) == SIDE_HEADS.get(model, 0) or "aux_classifier" in loading.left_out[0]
    own = spec == "vgg16_torchvision" and model.startswith("torchvision")
    expected = next((title for title, models in TRANSLATED.items() if model in models), "name")
    assert loading.by == ("name" if own else expected)


def test_every_file_is_tested_and_every_table_has_a_file():
    assert len(MODELS) == 55
    assert {f"{each.library}'s {each.family}" for each in MAPS} == set(TRANSLATED)


def test_single_names_of_each_table():
    """Worked out by hand from the libraries' modules, so that no permutation within equal shapes passes."""
    names = {
        ("timm_vit_base_patch16_224", "vit_b_16"): {
            "encoder.layer.encoder_layer_11.self_attention.in_proj_bias": "blocks.11.attn.qkv.bias",
            "encoder.layer.encoder_layer_3.ln_2.weight": "blocks.3.norm2.weight", "class_token.weight": "cls_token",
            "encoder.layer.encoder_layer_3.mlp.3.bias": "blocks.3.mlp.fc2.bias"},
        ("timm_swin_tiny_patch4_window7_224", "swin_t"): {
            "features.4.norm.weight": "layers.2.downsample.norm.weight",
            "features.5.3.norm1.bias": "layers.2.blocks.3.norm1.bias",
            "features.7.1.attn.relative_position_bias_table": "layers.3.blocks.1.attn.relative_position_bias_table"},
        ("timm_convnext_tiny", "convnext_tiny"): {
            "features.5.8.layer_scale.weight": "stages.2.blocks.8.gamma",
            "features.5.8.block.2.bias": "stages.2.blocks.8.norm.bias",
            "features.6.0.weight": "stages.3.downsample.0.weight"},
        ("timm_efficientnet_b0", "efficientnet_b0"): {
            "features.1.0.block.1.fc2.bias": "blocks.0.0.se.conv_expand.bias",
            "features.3.1.block.1.1.running_var": "blocks.2.1.bn2.running_var",
            "features.8.1.bias": "bn2.bias"},
        ("timm_mobilenetv3_large_100", "mobilenet_v3_large"): {  # blocks of 1, 2, 3 and 4 come before blocks.4
            "features.11.block.2.fc1.weight": "blocks.4.0.se.conv_reduce.weight",
            "features.11.block.3.1.bias": "blocks.4.0.bn3.bias", "features.16.0.weight": "blocks.6.0.conv.weight"},
        ("timm_mobilenetv2_100", "mobilenet_v2"): {  # 1 + 2 + 3 blocks before blocks.3
            "features.7.conv.1.1.running_mean": "blocks.3.0.bn2.running_mean",
            "features.1.conv.1.weight": "blocks.0.0.conv_pw.weight"},
        ("timm_regnety_004", "regnet_y_400mf"): {
            "trunk_output.block3.block3-0.proj.1.bias": "s3.b1.downsample.bn.bias",
            "trunk_output.block3.block3-2.f.b.1.bias": "s3.b3.conv2.bn.bias"},
        ("torchvision_vgg19_bn", "vgg19_bn"): {  # two convolutions of two stages: 2 * (3 + 3 + 1) = 14 modules
            "conv3_4.norm.running_mean": "features.24.running_mean", "conv3_1.conv.bias": "features.14.bias",
            "fc7.linear.weight": "classifier.3.weight"},
    }  # fmt: skip
    for (model, spec), pairs in names.items():
        sources = matched(model, spec).sources
        assert {ours: sources[ours] for ours in pairs} == pairs


def test_other_sizes_of_a_family_are_refused():
    for model, spec in (("timm_efficientnet_b0", "efficientnet_b1"), ("torchvision_vgg11_bn", "vgg13_bn"),
                        ("timm_vit_base_patch16_224", "vit_b_32"), ("torchvision_resnet18", "resnet34")):  # fmt: skip
        with pytest.raises(SpecError):
            matched(model, spec)


def test_what_a_library_does_otherwise_is_said():
    loading = matched("timm_mobilenetv3_small_100", "mobilenet_v3_small")
    assert loading.notes == (
        "the names are those of timm's mobilenetv3",
        "what timm calls tf_... pads as TensorFlow does, which names do not tell: those weights give other values here",
        "its batch norms have an eps of 1e-05, which is kept",
    )
    assert matched("timm_efficientnet_b0", "efficientnet_b0").norm_eps is None  # the spec has 1e-5 itself


def test_another_eps_is_kept_in_the_variance(tmp_path):
    """x / sqrt(v + 1e-5) is x / sqrt((v + 1e-5 - 1e-3) + 1e-3)."""
    graph = archcalc.load("mobilenet_v3_small").graph
    loading = matched("timm_mobilenetv3_small_100", "mobilenet_v3_small")
    drawn = he_weights(graph, 0)
    np.savez(tmp_path / "w.npz", **{theirs: drawn[ours] for ours, theirs in loading.sources.items()})
    found, _ = load_weights(tmp_path / "w.npz", graph, "float64")
    np.testing.assert_allclose(found["features.0.1.running_var"], 1 + 1e-5 - 1e-3, rtol=1e-12)
    np.testing.assert_array_equal(found["features.0.1.weight"], drawn["features.0.1.weight"])


def test_holes_are_numbers_and_parts_of_names():
    holes = pattern("layers.{s}.blocks.{b}.norm{k}.{p}").fullmatch("layers.2.blocks.10.norm1.weight").groupdict()
    assert holes == {"s": "2", "b": "10", "k": "1", "p": "weight"}
    assert filled("features.{2*s+1}.{b}.norm{k}.{p}", holes) == "features.5.10.norm1.weight"
    assert pattern("norm.{p}").fullmatch("norm.0") is None
    assert pattern("a.b").fullmatch("a_b") is None

"""Every bundled spec: it cites a source, its claims hold, and the figures are those that people know it by."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.spec.catalog import bundled, bundled_names
from archcalc.spec.check import load_document

FILES = {path.stem: path for path in bundled()}


def addresses(name):
    """The spec and its variants, as `load` takes them."""
    document = load_document(FILES[name].read_text(encoding="utf-8"), FILES[name].name)
    return [name, *(f"{name}@{variant}" for variant in document.variants)]


@pytest.mark.parametrize("name", FILES)
def test_says_where_it_comes_from(name):
    document = load_document(FILES[name].read_text(encoding="utf-8"), FILES[name].name)
    assert document.name
    assert document.about.get("source") or document.about.get("paper"), "about: needs a source or a paper"
    if "paper" in document.about:
        assert {"authors", "year"} <= document.about.keys()
    for claims in (document.claims, *(variant.claims for variant in document.variants.values())):
        assert any(claim.source for claim in claims), "expect: needs a claim with its source, in each variant too"


@pytest.mark.parametrize("name", FILES)
def test_claims_hold(name):
    for address in addresses(name):
        results = archcalc.load(address).check()
        assert results, address
        false = [(address, result.subject, result.claimed, result.actual) for result in results if not result.holds]
        assert not false


@pytest.mark.parametrize("name", FILES)
def test_rows_sum_to_the_totals(name):
    for address in addresses(name):
        summary = archcalc.load(address).summary()
        assert sum(row.counts.params for row in summary.rows) == summary.totals.params
        assert sum(row.counts.macs for row in summary.rows) == summary.totals.macs


def test_names_are_distinct():
    names = list(bundled_names())
    assert len(names) == len(set(names))


# Figures: torchvision 0.28 and timm 1.0.31 for what they have, the papers' for LeNet 1989 and 1998, PyTorch 2.13 for
# nets rebuilt from the papers, the lecture for the small examples (tests/reference/README.md).
KNOWN = [
    ("lenet5", "1x32x32", 61_706, 416_520),
    ("alexnet", "3x227x227", 62_378_344, 1_135_256_096),
    ("alexnet@grouped", "3x227x227", 60_965_224, 724_406_816),
    ("alexnet_torchvision", "3x224x224", 61_100_840, 714_188_480),
    ("zfnet", "3x224x224", 62_357_608, 1_168_032_896),
    ("zfnet@wide", "3x224x224", 107_627_624, 2_476_704_896),
    ("nin", "3x32x32", 966_986, 222_486_528),
    ("vgg11", "3x224x224", 132_863_336, 7_609_090_048),
    ("vgg13", "3x224x224", 133_047_848, 11_308_466_176),
    ("vgg16", "3x224x224", 138_357_544, 15_470_264_320),
    ("vgg19", "3x224x224", 143_667_240, 19_632_062_464),
    ("googlenet", "3x224x224", 6_998_552, 1_582_671_872),
    ("googlenet@aux", "3x224x224", 13_378_280, 1_591_044_096),
    ("googlenet_torchvision", "3x224x224", 6_624_904, 1_498_376_192),
    ("inception_v3", "3x299x299", 23_834_568, None),
    ("inception_v4", "3x299x299", 42_679_816, 12_253_974_624),
    ("inception_resnet_v2", "3x299x299", 55_843_464, None),
    ("resnet18", "3x224x224", 11_689_512, None),
    ("resnet34", "3x224x224", 21_797_672, None),
    ("resnet50", "3x224x224", 25_557_032, 4_089_184_256),
    ("resnet50@paper", "3x224x224", 25_557_032, 3_857_973_248),
    ("resnet101", "3x224x224", 44_549_160, None),
    ("resnet152", "3x224x224", 60_192_808, None),
    ("resnet152@paper", "3x224x224", 60_192_808, 11_282_415_616),  # He et al. 2015, table 1: 11.3 billion
    # without the three projections: 64*128 + 2*128, 128*256 + 2*256, 256*512 + 2*512; He et al. 2015: 3.6 billion
    ("resnet34@plain", "3x224x224", 21_797_672 - 8_448 - 33_280 - 132_096, 3_644_493_824),
    ("resnet20@plain", "3x32x32", 269_722, 40_551_040),  # its shortcuts have no weights
    ("resnet56@plain", "3x32x32", 269_722 + 6 * 97_216, None),
    ("alexnet@cs231n", "3x227x227", 62_378_344, 1_135_256_096),
    ("residual_bottleneck", "256x56x56", 2 * 256 * 64 + 9 * 64 * 64 + 2 * 384, 56 * 56 * 69_632),
    ("residual_bottleneck@basic", "256x56x56", 2 * 9 * 256 * 256 + 4 * 256, 56 * 56 * 2 * 9 * 256 * 256),
    ("count_squares", "1x32x32", 55, 28 * 28 * 50 + 2),
    ("two_teeth", "1", 2 * 4 + 4 + 1, 4 + 4),
    ("two_teeth@printed", "1", 2 * 4 + 4 + 1, 4 + 4),
    ("xor", "2", 9, 6),
    ("three_neurons", "7", 2 * 7 + 5, 16),
    ("cybenko", "2", 10 * (2 + 2), 10 * 3),
    ("hat", "1", 10, 6),
    ("sawtooth", "1", 3 * 10, 3 * 6),
    ("nine_to_four", "1x3x3", 4, 16),
    ("nine_to_four@full", "1x3x3", 36, 36),
    ("resnet20", "3x32x32", 269_722, 40_551_040),
    # 6n + 2 layers: each step of n adds two 3x3 convolutions with batch norm at 16, 32 and 64 channels,
    # 2 * (9*16*16 + 32) + 2 * (9*32*32 + 64) + 2 * (9*64*64 + 128) = 97,216 parameters
    ("resnet32", "3x32x32", 269_722 + 2 * 97_216, None),
    ("resnet44", "3x32x32", 269_722 + 4 * 97_216, None),
    ("resnet56", "3x32x32", 269_722 + 6 * 97_216, None),
    ("resnet110", "3x32x32", 1_727_962, 252_887_680),
    ("densenet121", "3x224x224", 7_978_856, 2_834_161_664),
    ("densenet161", "3x224x224", 28_681_000, None),
    ("densenet169", "3x224x224", 14_149_480, None),
    ("densenet201", "3x224x224", 20_013_928, None),
    # weights times places: 32*32*(2,592 + 82,944) + 16*16*(82,944 + 165,888 + 331,776) + 8*8*331,776
    # + 6*6*(331,776 + 36,864 + 1,920); the params are these weights (331,776 three times) and 1,258 biases
    ("all_conv", "3x32x32", 1_369_738, 270_798_336),
    ("vae", "1x28x28", 652_824, 651_200),
    # encoder: 14,714,688 of VGG-16's convolutions and 2 * 4,224 of batch norm; decoder: the same 14,710,464 weights
    # without the 1,728 of the first, 3 * 3,712 of biases and batch norm, 9 * 64 * 12 + 12 of the last
    ("segnet", "3x360x480", 29_449_932, None),
    ("unet", "1x572x572", 31_030_658, 150_428_424_448),
    # weights times places of the sizes in the papers' tables
    ("dqn", "4x84x84", 1_693_362, 8_192 * 400 + 32_768 * 81 + 36_864 * 49 + 1_605_632 + 9_216),
    ("inception_module", "192x28x28", 163_696, 128_049_152),
    ("bottleneck", "192x28x28", 15_920, 12_443_648),
    ("bottleneck@direct", "192x28x28", 153_632, 120_422_400),
    ("gap_head", "1024x7x7", 0, 0),
    ("gap_head@fc", "1024x7x7", 51_381_248, 51_380_224),
    ("residual_identity", "64x56x56", 73_984, 231_211_008),
    ("residual_projection", "64x56x56", 230_144, 179_830_784),
]


@pytest.mark.parametrize(("name", "input", "params", "macs"), KNOWN, ids=[row[0] for row in KNOWN])
def test_known_figures(name, input, params, macs):
    summary = archcalc.load(name).summary()
    assert [str(shape) for _, shape in summary.inputs] == [input]
    assert summary.totals.params == params
    if macs is not None:
        assert summary.totals.macs == macs


@pytest.mark.parametrize(("name", "floats"), [("yolov3", 62_001_757), ("yolov3_tiny", 8_858_734)])
def test_darknets_weight_files_hold_params_and_buffers(name, floats):
    """Bytes of yolov3.weights and yolov3-tiny.weights, less the header, through 4."""
    totals = archcalc.load(name).summary().totals
    assert totals.params + totals.buffers == floats


def test_lenet5_of_1998_has_fixed_codes():
    totals = archcalc.load("lenet5_1998").summary().totals
    assert (totals.trainable_params, totals.params, totals.connections) == (60_000, 60_000 + 840, 340_908)


def test_lenet_of_1989_has_a_bias_per_unit():
    totals = archcalc.load("lenet1_1989").summary().totals
    assert (totals.params, totals.connections, totals.neurons) == (9_760, 64_660, 1_000)


def test_siamese_has_two_inputs_and_one_twin():
    summary = archcalc.load("siamese").summary()
    assert [str(shape) for _, shape in summary.inputs] == ["1x105x105", "1x105x105"]
    assert (summary.totals.params, summary.totals.macs) == (38_951_745, 1_817_251_840)


def test_fc_on_an_image_of_256_has_65_million_weights():
    summary = archcalc.load("fc_256").summary()
    assert [str(shape) for _, shape in summary.inputs] == ["1x256x256"]
    assert summary.totals.params == 65_536_000 + 1000


@pytest.mark.parametrize("channels", [2, 5, 64])
def test_three_3x3_layers_need_27_c_squared_weights_and_one_7x7_49(channels):
    stacked = archcalc.load("stacked3x3", input=f"{channels}x11x13").summary()
    single = archcalc.load("stacked3x3@single7x7", input=f"{channels}x11x13").summary()
    assert (stacked.totals.params, single.totals.params) == (27 * channels**2, 49 * channels**2)
    assert [str(s) for _, s in stacked.outputs] == [str(s) for _, s in single.outputs] == [f"{channels}x11x13"]


@pytest.mark.parametrize(("name", "length"), [("conv1d", 5), ("conv1d@stride2", 3)])
def test_conv1d_has_the_sizes_of_the_course_notes(name, length):
    # CS231n, spatial arrangement: (5 - 3 + 2*1)/1 + 1 = 5 and (5 - 3 + 2*1)/2 + 1 = 3
    summary = archcalc.load(name).summary()
    assert [str(shape) for _, shape in summary.outputs] == [f"1x{length}"]
    assert summary.totals.params == 3


def layers_of(address):
    return {node.name: node for node in archcalc.load(address).graph.nodes}


@pytest.mark.parametrize(("plain", "residual"), [("resnet34@plain", "resnet34"), ("resnet56@plain", "resnet56")])
def test_a_plain_network_is_its_twin_without_shortcuts(plain, residual):
    own, twin = layers_of(plain), layers_of(residual)
    assert not any(len(node.inputs) > 1 for node in own.values())
    left_out = [name for name in twin if name not in own]
    assert all(name.split(".")[2] in ("downsample", "shortcut", "sum") for name in left_out)
    assert {name: node.shape for name, node in own.items()} == {n: twin[n].shape for n in own}


def test_cs231n_pools_alexnet_before_it_normalizes():
    own = layers_of("alexnet@cs231n")
    assert [str(own[name].shape) for name in ("pool1", "norm1", "norm2")] == ["96x27x27", "96x27x27", "256x13x13"]
    assert str(layers_of("alexnet")["norm1"].shape) == "96x55x55"


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_a_sawtooth_of_d_hats_has_10_params_a_hat(depth):
    assert archcalc.load("sawtooth", set={"depth": depth}).summary().totals.params == 10 * depth

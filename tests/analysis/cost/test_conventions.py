"""Every convention against what the tool itself printed: whole networks, and one layer of each kind."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import archcalc
from archcalc.analysis.cost.conventions import CONVENTIONS, all_conventions
from archcalc.analysis.cost.tools import TOOLS, WORDS, built_in_pytorch
from archcalc.analysis.origins.quoted import figures
from archcalc.core.record import replace
from archcalc.errors import SpecError, UsageError
from archcalc.report.network.summary import summary_table
from archcalc.spec.catalog import bundled

PROFILES = ("macs", "fvcore", "thop", "ptflops-pytorch", "ptflops-aten", "torchinfo")
MEASURED = {
    # each tool run on the same PyTorch model at batch 1 (torch 2.13, torchvision 0.28)
    "lenet5": (416_520, 416_520, 418_096, 435_646, 423_038, 423_038),
    "alexnet_torchvision": (714_188_480, 714_197_696, 714_206_912, 716_441_128, 714_682_664, 714_682_664),
    "alexnet@grouped": (724_406_816, 724_406_816, 724_406_816, 729_346_320, 725_066_088, 725_066_088),
    "vgg16_torchvision": (15_470_264_320, 15_470_289_408, 15_470_314_496, 15_523_225_576, 15_483_821_032,
                          15_483_821_032),
    "googlenet": (1_582_671_872, 1_582_671_872, 1_582_672_896, 1_601_439_480, 1_585_899_032, 1_585_899_032),
    "resnet50": (4_089_184_256, 4_111_512_576, 4_133_742_592, 4_132_436_968, 4_089_185_256, 4_089_238_376),
    "densenet121": (2_834_161_664, 2_865_546_752, 2_897_007_104, 2_899_843_048, 2_834_162_664, 2_834_246_312),
    "mobilenet_v2": (300_774_272, 314_193_216, 327_486_720, 320_300_008, 300_775_272, 300_809_384),
    "dcgan_generator": (104_628_224, 104_873_984, 428_834_816, 105_119_744, 104_628_224, 428_345_216),
    # what these call as functions, or as a mean, the tools count otherwise than a module
    "googlenet_torchvision": (1_498_376_192, 1_504_878_688, 1_511_332_032, 1_513_907_448, 1_498_377_192,
                              1_498_391_752),
    "inception_v3": (5_713_216_096, 5_731_282_144, 5_749_219_168, 5_747_660_552, 5_713_217_096, 5_713_251_528),
    "shufflenet_v2_x1_0": (144_907_992, 148_808_392, 152_708_792, 152_387_568, 144_908_992, 144_925_172),
    "mnasnet1_0": (314_415_872, 325_329_152, 336_242_432, 334_926_312, 314_416_872, 314_454_792),
}  # fmt: skip

FUNCTIONS = {
    # (thop, ptflops-pytorch): norms of torchvision's own class LayerNorm2d, and resizing as a function
    "convnext_tiny": (4_464_149_760, 4_488_347_368),
    "fcn_resnet50": (143_277_388_800, 143_252_871_125),
    "deeplabv3_resnet50": (169_308_783_360, 169_293_998_037),
}

ATTENTION = {
    # (fvcore, torch), on a CPU; timm's ViT with set_fused_attn(False)
    "swin_t": (4_509_232_128, 8_981_133_312),
    "vit_b_16": (16_867_412_736, 33_697_001_472),
    "vit_b_16@vit_tiny_patch16_224": (1_258_411_200, 2_507_366_400),
}

KINDS = json.loads((Path(__file__).parents[2] / "reference" / "tool_counts.json").read_text(encoding="utf-8"))["layers"]


def total(spec, convention, **options):
    network = archcalc.loads(spec, **options) if "\n" in spec else archcalc.load(spec)
    return network.summary(convention).totals.operations


@pytest.mark.parametrize("name", MEASURED)
def test_whole_networks_are_met_to_the_unit(name):
    assert {profile: total(name, profile) for profile in PROFILES} == dict(zip(PROFILES, MEASURED[name], strict=True))
    assert total(name, "torch") == total(name, "flops") == 2 * MEASURED[name][0]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_whole_networks(name):
    assert (total(name, "thop"), total(name, "ptflops-pytorch")) == FUNCTIONS[name]


@pytest.mark.parametrize("name", ATTENTION)
def test_products_of_attention(name):
    """Both tools see products that are written out, and none of a fused attention."""
    assert (total(name, "fvcore"), total(name, "torch")) == ATTENTION[name]
    assert archcalc.load(name).summary("fvcore").not_counted == ()


def test_a_vit_tiny_of_two_classes():
    """192*2 + 2 params in the head for 192*1000 + 1000."""
    network = archcalc.load("vit_b_16@vit_tiny_patch16_224", set={"num_classes": 2})
    assert network.summary("fvcore").totals.operations == 1_258_411_200 - 192 * 998 == 1_258_219_584


def test_attention_that_a_spec_says_nothing_of_is_noted():
    network = archcalc.loads("input: 50x64\nlayers: {a: multihead_attention 4}\n", name="net")
    assert [item.layer for item in network.summary("fvcore").not_counted] == ["a"]


@pytest.mark.parametrize("case", KINDS, ids=lambda case: f"{case['layer']} on {'x'.join(map(str, case['input']))}")
def test_one_layer_of_each_kind(case):
    """Each tool was run on the layer alone."""
    shape = "x".join(map(str, case["input"]))
    network = archcalc.loads(f"input: {shape}\nlayers: [{case['layer']}]\n")
    tools = [name for name in case if name in TOOLS]
    assert len(tools) == 7
    assert {name: network.summary(name).totals.operations for name in tools} == {name: case[name] for name in tools}
    assert all(network.summary(name).not_counted == () for name in tools)


def test_the_documentation_has_the_same_table():
    page = (Path(__file__).parents[3] / "docs" / "conventions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w@]+)` \|((?: [\d,]+ \|){6})$", page, re.M)
    shown = {name: tuple(int(cell.replace(",", "")) for cell in cells.split("|")[:-1]) for name, cells in rows}
    assert shown == MEASURED


def test_every_kind_that_a_tool_is_said_to_reproduce_was_measured():
    measured = {case["layer"].split()[0] for case in KINDS}
    for tool in TOOLS.values():
        assert (tool.reproduces or set()) - measured <= {"identity", "matmul", "position_embedding"}  # in ATTENTION


def test_products_of_two_activations():
    """matmul of 5x7 and 7x5: 5*7*5 = 175 MACs, counted so by fvcore and ptflops, doubled by torch."""
    spec = "input: 5x7\nlayers: {t: permute 1 0, m: matmul input t}\n"
    counts = {name: total(spec, name) for name in ("macs", "macs+attention", "fvcore", "ptflops-aten", "torch")}
    assert counts == {"macs": 0, "macs+attention": 175, "fvcore": 175, "ptflops-aten": 175, "torch": 350}


@pytest.mark.parametrize(
    ("layer", "shape", "macs"),
    [
        ("conv_transpose 8 4x4 stride=2 padding=1", "16x16x16", 524_288),
        ("conv_transpose 4 3x3 stride=2 groups=4", "4x8x8", 2_304),
        ("linear 32", "10x64", 20_480),
        ("multihead_attention 4", "50x64", 1_139_200),
        ("lstm 20", "7x10", 16_800),
    ],
)
def test_golden_layers(layer, shape, macs):
    """By hand: 16*8*16 taps at 256 input places; 4*9 at 64; 10 tokens; 4*50*64*64 + 2*50*50*64; 7*80*30."""
    assert total(f"input: {shape}\nlayers: [{layer}]\n", "macs+attention") == macs


def test_tf_slim_by_hand():
    """conv 5 3x3: 5*9*11 places, 3*9 taps each, twice, a bias each; pool 2x2: 4 cells an output; norm: 1 an element."""
    spec = "input: 3x11x13\nlayers: {c: conv 5 3x3, n: batch_norm, p: max_pool 2x2}\n"
    places = 9 * 11
    assert total(spec, "tf-slim") == 2 * 5 * 27 * places + 5 * places + 5 * places + 4 * 5 * 4 * 5


def test_connections_of_1998():
    assert total("lenet5_1998", "lenet-1998") == 340_908  # LeCun et al. 1998, section II.B


def test_what_a_model_calls_as_a_function_escapes_module_counters():
    """thop sees modules only; ptflops counts a function once and a module twice; fvcore sees both alike."""
    spec = "about: {{in_pytorch: {}}}\ninput: 3x11x13\nlayers: {{r: relu, p: global_avg_pool}}\n"
    module, function = spec.format("x function"), spec.format('"r function, p function"')
    elements = 3 * 11 * 13
    assert [total(text, "thop") for text in (module, function)] == [elements + 3, 0]
    assert [total(text, "ptflops-pytorch") for text in (module, function)] == [4 * elements, 2 * elements]
    assert [total(text, "fvcore") for text in (module, function)] == [elements, elements]


def test_every_entry_of_in_pytorch_speaks_of_a_layer():
    entries = 0
    for path in bundled():
        network = archcalc.load(path)
        variants = [archcalc.load(f"{path}@{name}") for name in network.document.variants]
        for graph in (network.graph, *(variant.graph for variant in variants)):
            for entry in filter(None, graph.about.get("in_pytorch", "").split(",")):
                alone = replace(graph, about={"in_pytorch": entry})
                assert set(built_in_pytorch(alone).values()) <= {*WORDS, "avg_pool"}
                assert built_in_pytorch(alone), (path, entry)
                entries += 1
    assert entries >= 17


def test_patterns_in_pytorch():
    """The last one holds."""
    spec = 'about: {in_pytorch: "*.r function, b.? mean, a.p absent"}\n'
    spec += "input: 3x11x13\nlayers: {a: {r: relu, p: max_pool 2}, b: {r: relu, p: global_avg_pool}}\n"
    assert built_in_pytorch(archcalc.loads(spec).graph) == {
        "a.r": "function", "a.p": "absent", "b.r": "mean", "b.p": "mean",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "help"),
    [
        ("r functoin", "did you mean `function`?"),
        ("r", "a name or pattern and one of `function`, `matmul`, `fused`, `absent` and `mean`, or a kind"),
        ("r not here", "a name or pattern and one of `function`, `matmul`, `fused`, `absent` and `mean`, or a kind"),
    ],
)
def test_what_in_pytorch_cannot_say(entry, help):
    network = archcalc.loads(f"about: {{in_pytorch: {entry}}}\ninput: 3x11x13\nlayers: {{r: relu}}\n")
    assert network.summary("macs").totals.operations == 0
    with pytest.raises(SpecError) as caught:
        network.summary("thop")
    assert (caught.value.what, caught.value.help) == (f"`about: in_pytorch` says `{entry}`", help)


@pytest.mark.parametrize("name", ["lenet5", "googlenet", "mobilenet_v2", "dcgan_generator", "vit_b_16"])
def test_terms_sum_to_the_figure(name):
    network = archcalc.load(name)
    quoted = {figure.name: figure for figure in figures(network.graph)}
    for convention in all_conventions().keys() & quoted.keys():
        assert quoted[convention].value == network.summary(convention).totals.operations
        assert sum(part.total for part in quoted[convention].parts) == quoted[convention].value


def test_the_rows_sum_to_the_total_under_every_convention():
    network = archcalc.load("resnet50")
    for convention in all_conventions():
        summary = network.summary(convention)
        assert sum(row.counts.operations for row in summary.rows) == summary.totals.operations


def test_a_batch_multiplies():
    assert archcalc.load("lenet5").summary("ptflops-pytorch", 3).totals.operations == 3 * 435_646


def test_a_kind_without_a_measured_rule_is_said():
    network = archcalc.loads("input: 7x10\nlayers: [lstm 20]\n", name="net")
    summary = network.summary("thop")
    notes = summary_table(summary, ()).notes
    assert notes == ("thop's own rule for lstm is not reproduced: 1 layer stands in the sum with its MACs, 16,800",)
    assert network.summary("macs").not_counted == ()


def test_an_unknown_convention():
    with pytest.raises(UsageError) as caught:
        archcalc.load("lenet5").summary("fvcor")
    assert caught.value.what == "unknown convention `fvcor`"
    assert caught.value.help == "did you mean `fvcore`?"
    with pytest.raises(UsageError) as caught:
        archcalc.load("lenet5").summary("xyz")
    names = [f"`{name}`" for name in all_conventions()]
    assert caught.value.help == f"there are {', '.join(names[:-1])} and {names[-1]}"


def test_the_tools_are_not_loaded_for_the_definitions():
    code = (
        "import sys, archcalc\n"
        "for name in ('macs', 'flops', 'lenet-1998'): archcalc.load('lenet5').summary(name)\n"
        "print([name for name in ('conventions', 'tools', 'tool_rules')"
        "       if 'archcalc.analysis.cost.' + name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "['conventions']\n"
    assert set(CONVENTIONS) == {"macs", "macs+attention", "flops", "lenet-1998"}

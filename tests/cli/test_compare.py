"""`archcalc compare`: side by side, one below the other, by stage, for scripts, and as a chart."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest

from archcalc import __version__

# params and MACs: tests/reference/models; FLOPs 2 x MACs; bytes 4 x params; inference: bytes and the peak; depth and
# field: test_compare of analysis; top-1 per M params: 71.592 / 138.357544 and 68.7 / 6.998552
TWO = f"""\
                                         vgg16           googlenet
---------------------------  -----------------  ------------------
Input                                3x224x224           3x224x224
Params                             138,357,544           6,998,552
MACs                            15,470,264,320       1,582,671,872
FLOPs (2 x MACs)                30,940,528,640       3,165,343,744
Neurons                             13,556,712           3,227,160
Peak activations (bytes)            25,690,112           6,422,528
Weights (bytes)                    553,430,176          27,994,208
Inference memory (bytes)           579,120,288          34,416,736
Depth (weighted layers)                     16                  22
Receptive field of last map                212                 715
Last map                                 pool5  inception5b.concat
Top-1 (%)                               71.592                68.7
Top-5 (%)                               90.382                88.9
Top-1 per M params                       0.517               9.816
ILSVRC top-5 error (%)                     7.3                6.67
ILSVRC entry                      2014, 7 nets        2014, 7 nets
Params in conv / fc / other  11 % / 89 % / 0 %   85 % / 15 % / 0 %
MACs in conv / fc / other     99 % / 1 % / 0 %  100 % / <1 % / 0 %

googlenet vs vgg16: 19.8x fewer params, 9.77x fewer MACs, 4.2x fewer neurons, 4x fewer bytes of activations at the peak
note: accuracies published for ImageNet-1k, original weights: torchvision IMAGENET1K_V1 (torchvision's simplified \
recipe) of vgg16; Caffe bvlc_googlenet (after the paper, 2014) of googlenet
note: ILSVRC: top-5 error on the test set, in percent; vgg16 2014 as VGG, 7 nets (Simonyan and Zisserman 2014, \
Table 7); googlenet 2014 as GoogLeNet, 7 nets (Szegedy et al. 2014, Table 2)
archcalc {__version__} · batch 1 · float32 · macs: conv, linear and products with weights, no bias
"""

# neurons of lenet5: 6*28*28 + 16*10*10 + 120 + 84 + 10 = 6,518; of resnet18: 2,484,712 (conv1 802,816, layer1 the same,
# layer2 501,760, layer3 250,880, layer4 125,440, fc 1,000); peaks: 2*6x28x28, 2*64x112x112, of 3*256x56x56
MANY = f"""\
Network       Params           MACs  Memory (MB)  Depth  Field   Top-1   Top-5  Top-1/M  Params ratio
--------  ----------  -------------  -----------  -----  -----  ------  ------  -------  ------------
resnet50  25,557,032  4,089,184,256        112.1     50    427   76.13  92.862     2.98          414x
resnet18  11,689,512  1,814,073,344         53.2     18    435  69.758  89.078     5.97          189x
lenet5        61,706        416,520          0.3      5     16                                     1x

resnet18 vs lenet5: 189x more params, 4,355x more MACs, 381x more neurons, 171x more bytes of activations at the peak
resnet50 vs lenet5: 414x more params, 9,817x more MACs, 1,705x more neurons, 256x more bytes of activations at the peak
note: memory: weights, and activations at the peak of a forward pass
note: accuracies published for ImageNet-1k, original weights: torchvision IMAGENET1K_V1 (after the paper, 2015) of \
resnet50, resnet18
archcalc {__version__} · batch 1 · float32 · macs: conv, linear and products with weights, no bias
"""


def test_two_side_by_side(archcalc):
    run = archcalc("compare", "vgg16", "googlenet")
    assert (run.out, run.code) == (TWO, 0)


def test_more_than_fit_stand_one_below_the_other(archcalc):
    out = archcalc("compare", "lenet5", "resnet18", "resnet50", "--sort", "params", width=80).out
    lines = out.splitlines()
    assert lines[:5] == MANY.splitlines()[:5]
    assert sorted(lines[6:8]) == sorted(MANY.splitlines()[6:8])
    assert lines[8:] == MANY.splitlines()[8:]


def test_narrow_terminals_leave_out_what_they_name(archcalc):
    out = archcalc("compare", "alexnet", "vgg16", "resnet50", "googlenet", width=80, terminal=True).out
    assert out.splitlines()[0].split("  ")[0] == "Network"
    assert "left out in 80 columns: Field, Top-5, ILSVRC, Params ratio" in out
    assert all(word in out.splitlines()[0] for word in ("Memory (MB)", "Top-1", "Top-1/M"))


def test_of_many_networks_the_most_common_weights_are_said_once(archcalc):
    names = (
        "alexnet_torchvision",
        "vgg11",
        "vgg13",
        "vgg16",
        "vgg19",
        "resnet18",
        "resnet34",
        "resnet50",
        "inception_v4",
    )
    said = "original weights: torchvision IMAGENET1K_V1; timm inception_v4.tf_in1k of inception_v4\n"
    assert said in archcalc("compare", *names).out


def test_stages(archcalc):
    # conv1 6x28x28: 156 params, 117,600 MACs (x2 layers with the act); conv2 2,416 and 240,000; flat and fc the rest
    lines = archcalc("compare", "lenet5", "--stages").out.splitlines()
    assert [line.split() for line in lines[2:7]] == [
        ["28x28", "2", "156", "117,600"],
        ["14x14", "1", "0", "0"],
        ["10x10", "2", "2,416", "240,000"],
        ["5x5", "1", "0", "0"],
        ["none", "6", "59,134", "58,920"],
    ]


def test_json(archcalc):
    found = json.loads(archcalc("compare", "vgg16", "resnet50:num_classes=10", "-f", "json").out)
    assert (found["schema"], found["base"]) == ("archcalc/compare/1", "vgg16")
    vgg16, resnet50 = found["networks"]
    assert (vgg16["params"], vgg16["top1"], vgg16["accuracy_of"]) == (138_357_544, 71.592, "torchvision IMAGENET1K_V1")
    assert found["weights"] == "original"
    assert vgg16["accuracy"] == {
        "weights": "torchvision IMAGENET1K_V1", "recipe": "torchvision's simplified recipe", "year": None,
        "source": "torchvision 0.28.0, table of weights",
    }  # fmt: skip
    assert (vgg16["ilsvrc"]["top5_error"], vgg16["ilsvrc"]["place"], resnet50["ilsvrc"]) == (7.3, 2, None)
    assert vgg16["shares"]["fc"] == {"layers": 3, "params": 123_642_856, "macs": 123_633_664}
    assert resnet50["name"] == "resnet50:num_classes=10"
    assert (resnet50["params"], resnet50["top1"]) == (23_528_522, None)
    assert resnet50["ratios"]["params"] == 23_528_522 / 138_357_544
    assert resnet50["receptive_field"] == [427, 427]


def test_csv_says_where_published_numbers_are_from(archcalc):
    (row,) = csv.DictReader(StringIO(archcalc("compare", "resnet152", "--weights", "best", "-f", "csv").out))
    assert (row["weights"], row["recipe"], row["year"]) == (
        "torchvision IMAGENET1K_V2", "torchvision's new recipe", "2021"
    )  # fmt: skip
    assert (row["top5_error"], row["challenge"], row["challenge_source"]) == (
        "3.57", "2015, 6 nets", "He et al. 2015, Table 5"
    )  # fmt: skip


def test_csv_has_a_row_a_network(archcalc):
    rows = [*csv.DictReader(StringIO(archcalc("compare", "vgg16", "lenet5", "-f", "csv").out))]
    assert [(row["name"], row["params"], row["params_fc"]) for row in rows] == [
        ("vgg16", "138357544", "123642856"),
        ("lenet5", "61706", "59134"),
    ]


@pytest.mark.parametrize("format_", ["markdown", "latex", "html"])
def test_formats_for_people(archcalc, format_):
    run = archcalc("compare", "vgg16", "googlenet", "-f", format_)
    assert run.code == 0
    assert "19.8x fewer params" in run.out


def test_all_bundled_networks_sum_up(archcalc):
    rows = [*csv.DictReader(StringIO(archcalc("compare", "--all", "-f", "csv").out))]
    assert len({row["name"] for row in rows}) == len(rows) > 40
    for row in rows:
        for quantity in ("params", "macs"):
            shares = sum(int(row[f"{quantity}_{sort}"]) for sort in ("conv", "fc", "other"))
            assert shares == int(row[quantity]), row["name"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ("vgg16", "--weights", "bset"),
            2,
            "error: unknown weights `bset`\n= help: did you mean `best`?\n",
        ),
        ((), 2, "error: there is nothing to compare\n= help: name two specs, or --all: compare vgg16 googlenet\n"),
        (("vgg16", "--sort", "parms"), 2, "error: --sort parms is unknown\n= help: did you mean `params`?\n"),
        (
            ("vgg16", "--plot", "x.gif"),
            2,
            "error: --plot x.gif has no known ending\n= help: one of .svg, .png, .pdf, .html, .tex\n",
        ),
        (
            ("vgg16", "--plot", "x.svg", "--theme", "black"),
            2,
            "error: unknown theme `black`\n= help: one of light, dark\n",
        ),
        (
            ("resnet50:classes=10",),
            2,
            "error: ResNet-50 has no param `classes`\n= help: did you mean `num_classes`?\n",
        ),
    ],
)
def test_wrong_use(archcalc, arguments, code, message):
    run = archcalc("compare", *arguments)
    assert (run.out, run.err, run.code) == ("", message, code)


@pytest.mark.parametrize(
    ("ending", "begins"),
    [("svg", b"<svg "), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("html", b"<!doctype html>"), ("tex", b"% ")],
)
def test_a_chart(archcalc, tmp_path, ending, begins):
    file = tmp_path / f"zoo.{ending}"
    run = archcalc("compare", "vgg16", "lenet5", "resnet50", "--plot", str(file))
    assert (run.out, run.err, run.code) == ("", f"wrote {file}\n", 0)
    assert file.read_bytes().startswith(begins)


def test_a_chart_of_ones_own_networks(archcalc, tmp_path):
    file = tmp_path / "own.svg"
    assert archcalc("compare", "lenet5", "mlp", "--plot", file, "--theme", "dark").code == 0
    assert "Params against MACs" in file.read_text(encoding="utf-8")


def test_a_chart_of_many_tells_what_it_leaves_out(archcalc, tmp_path):
    run = archcalc("compare", "--all", "--plot", tmp_path / "zoo.svg")
    assert run.code == 0
    assert "note: not drawn, for want of a published accuracy or of MACs: " in run.err
    assert ">resnet50</text>" in (tmp_path / "zoo.svg").read_text(encoding="utf-8")

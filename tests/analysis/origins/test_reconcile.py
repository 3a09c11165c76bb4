"""Numbers that people quote, and what they come from."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis.origins.quoted import Part, QuotableFigure, figures
from archcalc.analysis.origins.reconcile import reconcile
from archcalc.analysis.origins.slips import Written, digit_slip, slips
from archcalc.core.units import parse_quantity
from archcalc.report.network.reconcile import NOTHING, reconciliation_table, reconciliation_text, sum_in_words


def found(spec, claim, **options):
    network = archcalc.load(spec, **options)
    return reconcile(network.document, network.choices, network.graph, claim, parse_quantity(claim))


def first(spec, claim, **options):
    finding = found(spec, claim, **options).findings[0]
    return finding.figure.name, finding.change, finding.slip.says


@pytest.mark.parametrize(
    ("spec", "claim", "name", "change", "slip"),
    [
        # ptflops, torchinfo and the LeNet paper's way of counting, measured on LeNet-5
        ("lenet5", "435,646", "ptflops-pytorch", "", ""),
        ("lenet5", "423038", "lenet-1998", "", ""),
        ("lenet5", "61,706", "params", "", ""),
        ("lenet5", "61,470", "params without the biases", "", ""),  # 61,706 - 236
        ("resnet50", "25,610,152", "params and buffers (Keras)", "", ""),  # 25,557,032 + 53,120
        ("vgg16", "30.9G", "flops", "", ""),
        ("alexnet", "60,965,224", "params", "in variant grouped", ""),  # Caffe's bvlc_alexnet
        ("alexnet@grouped", "62,378,344", "params", "without its variant and settings", ""),
        ("lenet5", "44,426", "params", "for input 1x28x28", ""),  # 4*4*16 features: 30,840 of fc1 for 48,120
        ("vgg16", "134,301,514", "params", "with num_classes=10", ""),  # 990 units * 4,097 fewer
        ("alexnet", "61,100,840", "params", "of alexnet_torchvision", ""),
        ("vgg16", "138,357,454", "params", "", "two digits are swapped"),
        ("vgg16", "13,835,754", "params", "", "a digit is missing"),
        ("lenet5", "208,260", "macs", "", "half the figure"),
        ("alexnet", "58,281,344", "params without fc8", "", ""),  # 62,378,344 - 4,097,000
        ("vgg16", "35.6M", "params without fc6", "", ""),  # 138,357,544 - 102,764,544 = 35,593,000
        ("lenet5", "61,550", "params without conv1", "", ""),  # 61,706 - 156
        ("lenet5", "61,690", "params without the biases of conv2", "", ""),
        ("lenet5", "417,360", "macs with fc3 twice", "", ""),
        ("vgg16", "15,237,608", "activation values (cs231n)", "", ""),  # CS231n's own table
        ("vgg16", "60,950,432", "bytes of activations in float32 (cs231n)", "", ""),
        ("vgg16", "58.1MiB", "bytes of activations in float32 (cs231n)", "", ""),
        ("lenet5", "58,408", "bytes of activations in float32 (stored)", "", ""),
    ],
)
def test_the_first_finding(spec, claim, name, change, slip):
    assert first(spec, claim) == (name, change, slip)


@pytest.mark.parametrize(
    ("layers", "claim", "name", "terms"),
    [
        # 4*9*(3 + 9) + 3*7*(9 + 7) + 7*5 = 803 weights; 36 + 21 biases of gates and 5, or twice 57 and 5
        ("a: lstm 9, b: gru 7 returns=last, l: linear 5", "865", "params with one bias a gate (textbooks, Keras)",
         "865 = 803 weights + 62 biases"),
        ("a: lstm 9 biases=1, b: gru 7 biases=1 returns=last, l: linear 5", "922",
         "params with two biases a gate (PyTorch)", "922 = 803 weights + 119 biases"),
    ],
)  # fmt: skip
def test_biases_of_gates(layers, claim, name, terms):
    network = archcalc.loads(f"input: 20x3\nlayers: {{{layers}}}\n", name="n")
    text = reconciliation_text(
        reconcile(network.document, network.choices, network.graph, claim, parse_quantity(claim))
    )
    assert text == f"n: {claim}\n  {name}\n    = {terms}\n"


def test_the_terms_of_the_gap():
    assert reconciliation_text(found("lenet5", "435646")) == (
        "lenet5: 435646\n"
        "  ptflops-pytorch\n"
        "    = 435,646 = 416,520 MACs + 6,518 bias additions + 2 x 6,304 pooled inputs\n"
    )


ALEXNET_PRINTED = (
    "the lecture prints 61,910,632, which is wrong: conv1 is taken as (11*3*3 + 1)*96 and conv4 reads 256 channels"
)
ALEXNET_SUM = "the lecture's sum comes to 61,935,976, which is wrong: conv4 reads 256 channels"
VGG_SUM = (
    "the lecture's sum comes to 137,701,672, which is wrong: conv4_1 has a 2x2 kernel, conv3_2 and conv3_3 no biases"
)


@pytest.mark.parametrize(
    ("spec", "claim", "right", "source"),
    [
        # 34,944 - (11*3*3 + 1)*96 = 25,344 too little in conv1, (384 - 256)*384*9 = 442,368 in conv4
        ("alexnet", 62_378_344 - 25_344 - 442_368, 62_378_344, ALEXNET_PRINTED),
        ("alexnet", 62_378_344 - 442_368, 62_378_344, ALEXNET_SUM),
        ("alexnet", "61.91M", 62_378_344, ALEXNET_PRINTED),
        # 2 * 256 biases, and (3*3 - 2*2)*256*512 weights
        ("vgg16", 138_357_544 - 512 - 655_360, 138_357_544, VGG_SUM),
    ],
)
def test_totals_that_a_source_prints_wrong(spec, claim, right, source):
    (finding,) = found(spec, str(claim)).findings
    assert (finding.figure.name, finding.figure.value, finding.source) == ("params", right, source)


@pytest.mark.parametrize(
    ("spec", "claim"),
    [
        ("alexnet", "61,910,633"),
        ("alexnet", "62M"),  # rounds to the right one
        ("inception_module", "12,352"),  # a term of the sum in a source is no total
    ],
)
def test_no_misprint_by_chance(spec, claim):
    assert not any(finding.source for finding in found(spec, claim).findings)


def test_figures_that_are_the_same_stand_together():
    finding = found("lenet5", "423038").findings[0]
    assert finding.also == ("torchinfo", "ptflops-aten")
    assert finding.figure.parts == (Part("MACs", 416_520), Part("bias additions", 6_518))


def test_a_sum_that_no_tool_prints():
    """416,520 MACs + 1,576 pooled outputs (thop) + 4 x 6,304 pooled inputs."""
    names = [finding.figure for finding in found("lenet5", str(416_520 + 1_576 + 4 * 6_304)).findings]
    assert names == [
        QuotableFigure(
            "a sum that no tool prints",
            443_312,
            (Part("MACs", 416_520), Part("average-pooled outputs", 1_576), Part("pooled inputs", 6_304, 4)),
        )
    ]


def test_shared_weights_count_once():
    """3*3 weights and 3 biases, used twice; every use makes 3*3*5 MACs and 15 bias additions."""
    network = archcalc.loads("input: 3x5\nlayers: {a: conv 3 1, b: {op: conv 3 1, share: a}}\n", name="net")
    quoted = {figure.name: figure.value for figure in figures(network.graph)}
    assert quoted["params"] == quoted["params of convolutions alone"] == 12
    assert (quoted["params without the biases"], quoted["bytes of params in float32"]) == (9, 48)
    assert (quoted["macs"], quoted["lenet-1998"], quoted["neurons"]) == (90, 120, 30)


def test_a_rounded_claim_finds_each_that_rounds_to_it():
    names = [finding.figure.name for finding in found("resnet50", "4.11G").findings]
    assert names == ["fvcore"]  # 4,111,512,576
    assert first("vgg16", "138M") == ("params", "", "")


def test_nothing_gives_it():
    assert reconciliation_text(found("lenet5", "416,641")) == (
        "lenet5: 416,641\n"
        "  no figure, convention, variant, input size or slip gives this number; the nearest are\n"
        "    macs: 416,520 (the number is 121 more)\n"
        "    thop: 418,096 (the number is 1,455 less)\n"
        "    lenet-1998: 423,038 (the number is 6,397 less)\n"
    )


def test_a_term_below_zero():
    assert sum_in_words((Part("MACs", 20_480), Part("tokens", -18_432), Part("x", 5, 2))) == (
        "20,480 MACs - 18,432 tokens + 2 x 5 x"
    )


@pytest.mark.parametrize(
    ("spec", "claim", "told"),
    [
        # Krizhevsky 2012: 60 million params, 650,000 neurons; in two groups 60,965,224 and 659,272
        ("alexnet", "60M", [
            ("params", 60_965_224, "in variant grouped", "", "the paper says 60 million"),
            ("params", 62_378_344, "", "rounded to 1 digit", ""),
            ("params", 60_965_224, "in variant grouped", "rounded to 1 digit", ""),
        ]),
        ("alexnet", "650,000", [
            ("neurons", 659_272, "", "cut off after 2 digits", ""),
            ("neurons", 659_272, "in variant grouped", "cut off after 2 digits", ""),
        ]),
        ("alexnet", "650M", [("neurons", 659_272, "", "a thousand times the figure, cut off after 2 digits", "")]),
        ("alexnet", "659M", [("neurons", 659_272, "", "a thousand times the figure", "")]),
        # 256*256*1000 weights and 1,000 biases
        ("fc_256", "65M", [
            ("params", 65_537_000, "", "cut off after 2 digits", ""),
            ("macs", 65_536_000, "", "cut off after 2 digits", ""),
            ("flops", 131_072_000, "", "half the figure, cut off after 2 digits", ""),
        ]),
        # He 2015, table 1: 3.8 and 11.3 billion; counted with torch 2.13 and here
        ("resnet50", "3.8G", [
            ("macs", 3_857_973_248, "in variant paper", "", "He et al. 2015, Table 1: 3.8 G"),
            ("macs", 3_857_973_248, "in variant paper", "cut off after 2 digits", ""),
        ]),
        ("lenet5", "60K", [
            ("trainable params", 60_000, "of lenet5_1998", "", ""),  # LeCun 1998
            ("params", 61_706, "", "rounded to 1 digit", ""),
        ]),
    ],
)  # fmt: skip
def test_all_that_is_told(spec, claim, told):
    findings = found(spec, claim).findings
    assert [(f.figure.name, f.figure.value, f.change, f.slip.says, f.source) for f in findings] == told


def test_an_option_on_top_of_a_variant():
    # ResNet-101 with the stride in its 1x1: 7,801,405,440 - 231,211,008
    finding = found("resnet101", "7,570,194,432").findings[0]
    assert (finding.figure.name, finding.change) == ("macs", "with stride_in_1x1=yes")


def test_a_variant_of_a_variant():
    # ResNet-152 with the stride in its 1x1: the paper's 11.3 billion
    finding = found("resnet152", "11.3G").findings[0]
    assert (finding.figure.name, finding.figure.value) == ("macs", 11_282_415_616)
    assert finding.change == "in variant resnet152_paper"
    # wide_resnet50_2 has 11,398,021,120, which cut off is 11.3 as well: not told beside what rounds to it
    assert not any(finding.slip.precision for finding in found("resnet152", "11.3G").findings)


def test_another_variant_is_named():
    # Simonyan 2014, table 2: 144 million are those of VGG-19
    changes = [finding.change for finding in found("vgg16", "144M").findings]
    assert changes[:2] == ["in variant vgg19", "in variant vgg19"]


@pytest.mark.parametrize("claim", ["60M", "59,955,200", "999,163,904"])
def test_params_do_not_grow_with_a_batch(claim):
    # 3,747,200 params of the convolutions, times 16 is 59,955,200; 16 times all are 998,053,504
    assert not any("batch" in finding.slip.says and "params" in finding.figure.name
                   for finding in found("alexnet", claim).findings)  # fmt: skip


def test_operations_grow_with_a_batch():
    # 416,520 * 64
    told = [(finding.figure.name, finding.slip.says) for finding in found("lenet5", "26,657,280").findings]
    assert ("macs", "the figure for a batch of 64") in told


def test_the_value_stands_where_the_claim_is_short():
    assert reconciliation_text(found("alexnet", "650M")) == (
        "alexnet: 650M\n  a thousand times the figure, cut off after 2 digits: neurons\n    = 659,272\n"
    )


def test_a_table_has_a_row_a_finding():
    table = reconciliation_table(found("alexnet", "60M"))
    assert [row[:3] for row in table.rows] == [
        ("params", 60_965_224, "in variant grouped"),
        ("params", 62_378_344, ""),
        ("params", 60_965_224, "in variant grouped"),
    ]
    nearest = reconciliation_table(found("lenet5", "416,641"))
    assert (nearest.rows[0][:2], nearest.notes) == (("macs", 416_520), (NOTHING,))


@pytest.mark.parametrize(
    ("claim", "figure", "says"),
    [
        ("1000", 1000, [""]),
        ("2002", 1001, ["twice the figure"]),
        ("500", 1001, []),  # half of it is no whole number
        ("1M", 1000, ["a thousand times the figure"]),
        ("10,010", 1001, ["the figure for a batch of 10"]),
        ("16M", 999_999, []),  # two digits are a batch of 16 by chance
        ("60M", 62_378_344, ["rounded to 1 digit"]),
        ("650,000", 659_272, ["cut off after 2 digits"]),
        ("660,000", 659_272, ["rounded to 2 digits"]),
        ("659,000", 659_272, ["rounded to 3 digits"]),
        ("6M", 659_272, []),
        ("650M", 659_272, ["a thousand times the figure, cut off after 2 digits"]),
        ("3.85G", 3_857_973_248, ["cut off after 3 digits"]),
        ("~60M", 62_378_344, [""]),
        ("~60M", 66_000_000, []),
        ("61.7K", 61_706, [""]),
    ],
)
def test_slips(claim, figure, says):
    assert [slip.says for slip in slips(Written.of(parse_quantity(claim)), figure, batched=True)] == says


@pytest.mark.parametrize(
    ("claim", "figure", "says"),
    [
        ("61760", 61_706, "two digits are swapped"),
        ("61,705", 61_706, "one digit differs"),
        ("6,716", 61_706, ""),
        ("6,170", 61_706, "a digit is missing"),
        ("617,066", 61_706, "a digit is too many"),
        ("16706", 61_706, "two digits are swapped"),
        ("71606", 61_706, ""),
        ("61,706", 61_706, ""),
        ("61.8K", 61_706, ""),
        ("907", 970, ""),  # too short to tell
    ],
)
def test_digit_slips(claim, figure, says):
    slip = digit_slip(Written.of(parse_quantity(claim)), figure)
    assert (slip.precision if slip else "") == says

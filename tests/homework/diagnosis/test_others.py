"""The numbers of other networks, and how a student is told of them."""

from __future__ import annotations

import pytest

from archcalc.analysis.origins.slips import Written
from archcalc.core.units import parse_quantity
from archcalc.homework.asking.question import AskedNetwork, ask
from archcalc.homework.diagnosis.others import Others
from archcalc.network import load, loads


def said(spec, subject, number, coarsely=False):
    found = load(spec)
    question = ask(AskedNetwork.of(found.graph, found.document, found.choices), subject)
    candidate = Others(question).explain(Written.of(parse_quantity(number)), coarsely)
    return candidate and candidate.feedback


@pytest.mark.parametrize(
    ("spec", "subject", "number", "feedback"),
    [
        # the papers: Simonyan 2014, table 2; Krizhevsky 2012; He 2015, table 1; torchvision's own counts
        ("vgg16", "params", "144M", "That is VGG-19's number (the paper's Table 2 says 144 million)."),
        ("vgg16", "params", "143,667,240", "That is VGG-19's number."),
        ("vgg19", "params", "138,357,544", "That is VGG-16's number."),
        ("resnet50", "params", "44.5M", "That is ResNet-101's number."),
        ("resnet101", "params", "25,557,032", "That is ResNet-50's number."),
        ("alexnet", "params", "60M", "That is the number of AlexNet in variant grouped (the paper says 60 million)."),
        ("alexnet", "params", "61,100,840", "That is the number of AlexNet (torchvision)."),
        ("resnet101", "macs", "7,570,194,432", "That is the number with stride_in_1x1=yes."),
        ("resnet152", "macs", "11,282,415,616", "That is the number of ResNet-152 (paper)."),
        (
            "alexnet", "params", "61,910,632",
            "The lecture prints 61,910,632, which is wrong: "
            "conv1 is taken as (11*3*3 + 1)*96 and conv4 reads 256 channels.",
        ),
        (
            "vgg16", "params", "137,701,672",
            "The lecture's sum comes to 137,701,672, which is wrong: "
            "conv4_1 has a 2x2 kernel, conv3_2 and conv3_3 no biases.",
        ),
        ("vgg16", "macs", "137,701,672", None),  # of its params
        ("vgg16", "params", "138M", None),  # its own
        ("vgg16", "params", "10M", None),  # one digit is any network's
        # of a layer: (5*5*48 + 1)*256 in two groups; (3*3*256 + 1)*512 with 512 filters, as a lecture has ZFNet
        ("alexnet", "conv2.params", "307,456", "That is the number of AlexNet in variant grouped."),
        ("zfnet", "conv3.params", "1,180,160", "That is the number of ZFNet in variant wide."),
        ("zfnet", "conv3.params", "885,120", None),
        ("vgg16", "out", "144M", None),
    ],
)  # fmt: skip
def test_whose_number_it_is(spec, subject, number, feedback):
    assert said(spec, subject, number) == feedback


def test_cut_off_where_it_is_asked_for():
    # 11,282,415,616 is 11.28 G, which cut off is 11.2 G
    assert said("resnet152", "macs", "7.80G") == "That is ResNet-101's number."
    assert said("vgg16", "params", "143.6M") is None
    assert said("vgg16", "params", "143.6M", coarsely=True) == "That is VGG-19's number."


def test_a_network_of_ones_own_has_no_relatives():
    text = "input: 3x11x13\nlayers: {a: conv 5 3x3, f: flatten, l: linear 7}\n"
    found = loads(text, name="mine")
    question = ask(AskedNetwork.of(found.graph, found.document, found.choices), "params")
    assert Others(question).explain(Written.of(parse_quantity("143,667,240"))) is None

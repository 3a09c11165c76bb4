"""Each rule finds its slip and leaves what is next to it alone."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis.lint import RULES, explained, lint
from archcalc.errors import UsageError


def advice(text):
    return [(item.rule, item.layer, item.says) for item in lint(archcalc.loads(text, name="net").graph)]


@pytest.mark.parametrize(
    ("text", "rule", "layer", "says"),
    [
        (
            "input: 3x11x12\nlayers: {c: conv 5 2x3 stride=1x2}\n", "unread-cells", "c",
            "12 − 3 is not a multiple of 2: the last column is never read",
        ),
        (
            "input: 3x11x13\nlayers: {c: conv 5 2x3, n: batch_norm}\n", "bias-before-norm", "c",
            "its 5 biases do nothing: batch_norm subtracts each channel's mean; bias=no",
        ),
        (
            "input: 3x11\nlayers: {f: flatten, l: linear 7, n: batch_norm}\n", "bias-before-norm", "l",
            "its 7 biases do nothing: batch_norm subtracts each channel's mean; bias=no",
        ),
        (
            "input: 3x11x13\nlayers: {c: crop 11x3, p: max_pool 2x5 padding=0x2 stride=1}\n", "window-over-map", "p",
            "its window spans 5 cells, the map has 3 without the padding",
        ),
        (
            "input: 3x11x13\nlayers: {p: avg_pool 1x1}\n", "idle-pool", "p",
            "it changes nothing: 3x11x13 goes in and comes out",
        ),
        (
            "input: 3x11x13\nlayers: {a: conv 5 2x3 stride=1x2, b: conv 7 3x2}\n", "conv-twice", "a",
            "no activation stands before b: the two can do no more than one with a kernel of 4x5",
        ),
        (
            "input: 3x13\nlayers: {a: conv 5 3, d: dropout 0, b: conv 7 1}\n", "conv-twice", "a",
            "no activation stands before b: the two can do no more than one with a kernel of 3",
        ),
        (
            "input: 3x11x13\nlayers: {p: adaptive_avg_pool 11x13}\n", "idle-pool", "p",
            "it changes nothing for this input: 3x11x13 goes in and comes out",
        ),
        (
            "input: 3x11x13\nlayers: {a: conv 5 1, b: relu, c: {op: conv 2 1, from: in}}\n", "dead-branch", "b",
            "it reaches no output: 2 layers with 20 params are computed for nothing",
        ),
        (
            "input: 3x11x13\nlayers: {c: conv 6 2x3 groups=3}\n", "groups-of-one", "c",
            "each of its 3 groups sees one channel: `depthwise_conv 2x3 multiplier=2` says so",
        ),
        (
            "input: 5x11x13\ntables: {t: [[0, 1], [1, 3]]}\nlayers: {c: conv 2 2x3 links=t}\n", "unread-channels", "c",
            "its table reads 3 of 5 channels; nothing reads channels 2, 4",
        ),
        (
            "input: 3x5x7\nlayers: {a: conv 2 3x3 padding=1 act=relu, b: conv 2 5x3 padding=2x1}\n",
            "field-over-input", "b",
            "its units see 7 cells, the input has 5: the rest is padding",
        ),
        (
            "input: 3x11\nlayers: {c: conv 5 2, r: relu, l: linear 7}\n", "swapped-pair", "l",
            "5 channels x 10 cells of c are taken for 5 tokens x 10 features; "
            "write `permute 1 0` before it for 10 tokens x 5 features, or `flatten` for 50 features",
        ),
        (
            "input: 11x13x3\nlayers: {c: conv 5 2x3}\n", "input-axes", "c",
            "input: 11x13x3 is read as 11 channels of 13x3; channels come first: write 3x11x13",
        ),
        (
            "input: 3x11x13\nlayers: {c: conv 5 2*2}\n", "product-for-size", "c",
            "2*2 is 4, its kernel_size is 4x4: write 2x2 for a size",
        ),
        (
            "input: 11\nlayers: {a: linear 7, d: dropout, b: linear 5}\n", "linear-twice", "a",
            "no activation stands before b: the two can do no more than one",
        ),
        (
            "input: 3x11\nlayers: {a: relu6, b: relu}\n", "activation-twice", "b",
            "it changes nothing: a (relu6) gives nothing below 0",
        ),
        (
            "input: 3x11\nlayers: {a: sigmoid, b: relu6}\n", "activation-twice", "b",
            "it changes nothing: a (sigmoid) gives nothing below 0 or above 6",
        ),
        (
            "input: 11\nlayers: {a: linear 7, d: drop_path 0.1, b: linear 5}\n", "linear-twice", "a",
            "no activation stands before b: the two can do no more than one",
        ),
        (
            "input: 3x11x13\nlayers: {p: adaptive_max_pool 11x13}\n", "idle-pool", "p",
            "it changes nothing for this input: 3x11x13 goes in and comes out",
        ),
    ],
)  # fmt: skip
def test_a_rule_finds_its_slip(text, rule, layer, says):
    assert advice(text) == [(rule, layer, says)]


@pytest.mark.parametrize(
    "text",
    [
        "input: 3x11x13\nlayers: {c: conv 5 2x3 stride=1x2}\n",
        "input: 3x11x13\nlayers: {c: conv 5 2x3 bias=no, n: batch_norm}\n",
        "input: 3x11x13\nlayers: {c: conv 5 2x3, n: layer_norm}\n",
        "input: 3x11x13\nlayers: {c: conv 5 2x3, n: batch_norm, s: add c n}\n",
        "input: 3x11x13\nlayers: {c: conv 5 2x3, n: batch_norm}\noutput: [c, n]\n",
        "input: 3x11x13\nlayers: {c: conv 5 1x1, p: max_pool 2x3 stride=3x2}\n",
        "input: 3x11x13\nlayers: {a: conv 5 1, b: {op: conv 2 1, from: in}}\noutput: [a, b]\n",
        "input: 3x11x13\nlayers: {c: conv 6 2x3 groups=1}\n",
        "input: 1x11x13\nlayers: {c: conv 6 2x3 groups=1}\n",
        "input: 3x11\nlayers: {c: conv 5 2, p: permute 1 0, l: linear 7}\n",
        "input: 11x3\nlayers: {l: linear 7}\n",
        "input: 11\nlayers: {a: linear 7, r: relu, b: linear 5}\n",
        "input: 3x11\nlayers: {a: tanh, b: relu}\n",
        "input: 3x11\nlayers: {a: softplus, b: relu6}\n",
        "input: 3x1x1\nlayers: {c: conv_transpose 2 4x4}\n",
        "input: 100\nlayers: {l: linear 7 act=relu}\n",
        "input: 3x11x13\nlayers: {p: max_pool 1x1 stride=2}\n",
        "input: 3x11x13\nlayers: {a: depthwise_conv 3, b: conv 7 1}\n",
        "input: 3x11x13\nlayers: {a: conv 5 1x3, b: conv 7 3x1}\n",
        "input: 3x11x13\nlayers: {a: conv 2 3, b: conv 7 1}\n",
        "input: 3x5x7\nlayers: {a: conv 2 3x3 padding=1 act=relu, b: conv 2 3x5 padding=1x2}\n",
    ],
)
def test_nothing_to_say(text):
    assert advice(text) == []


def test_advice_stands_in_the_order_of_the_layers_with_its_place():
    layers = ("a: conv 5 2x2", "n: batch_norm", "p: avg_pool 1x1", "c: conv 5 2x2", "m: batch_norm")
    text = "input: 3x11x13\nlayers:\n" + "".join(f"  {layer}\n" for layer in layers)
    found = lint(archcalc.loads(text, name="net").graph)
    assert [(item.layer, str(item.place)) for item in found] == [
        ("a", "<net>:3:6"),
        ("p", "<net>:5:6"),
        ("c", "<net>:6:6"),
    ]


def test_a_layer_written_as_one_goes_by_its_name():
    text = "input: 3x11x13\nlayers: {c: conv 5 2x3 norm=batch_norm act=relu}\n"
    assert [item[:2] for item in advice(text)] == [("bias-before-norm", "c")]


def test_rules_may_be_left_out():
    graph = archcalc.loads("input: 3x11x13\nlayers: {c: conv 5 2x3, n: batch_norm}\n").graph
    assert lint(graph, ["bias-before-norm"]) == ()
    with pytest.raises(UsageError) as caught:
        lint(graph, ["bias-before-nrm"])
    assert (caught.value.what, caught.value.help) == (
        "there is no rule `bias-before-nrm`", "did you mean `bias-before-norm`?"
    )  # fmt: skip


def test_every_rule_says_what_it_looks_for():
    assert all(len(explained(rule)) > 30 and explained(rule).endswith(".") for rule in RULES.values())


def test_known_networks():
    """torchvision's nets: its AlexNet pools 6x6 to 6x6, SqueezeNet at 224 drops a row and a column."""
    assert [item.rule for item in lint(archcalc.load("alexnet_torchvision").graph)] == ["idle-pool"]
    assert [item.rule for item in lint(archcalc.load("squeezenet1_0").graph)] == ["unread-cells"]
    assert lint(archcalc.load("vgg16").graph) == ()

"""Axes that are swapped are told; what is written instead gives the number that was meant."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis.axes import input_note, meant_input, swapped_axes
from archcalc.core import Shape
from archcalc.core.units import parse_shape
from archcalc.errors import ArchcalcError
from archcalc.spec.catalog import bundled_names


def told(text: str, **options) -> list[tuple[str, str]]:
    network = archcalc.loads(text, **options)
    return [(found.layer, found.says) for found in swapped_axes(network.graph)]


FIVE = {
    "embedding, global pool": (
        "input: 7", "e: embedding 10 3", "p: global_avg_pool", "out",
        Shape.of(7), Shape.of(3),
        "7 tokens x 3 features of e are taken for 7 channels x 3 cells; "
        "write `permute 1 0` before it for 3 channels x 7 cells",
    ),
    "embedding, conv": (  # 56*100*3 + 100; 300*100*3 + 100
        "input: 56", "e: embedding 20000 300", "p: conv 100 3", "params", 16_900, 90_100,
        "56 tokens x 300 features of e are taken for 56 channels x 300 cells; "
        "write `permute 1 0` before it for 300 channels x 56 cells",
    ),
    "lstm, batch_norm": (  # 2*50; 2*64
        "input: 50x12", "l: lstm 64", "p: batch_norm", "params", 100, 128,
        "50 tokens x 64 features of l are taken for 50 channels x 64 cells; "
        "write `permute 1 0` before it for 64 channels x 50 cells",
    ),
    "conv, lstm": (  # 4*50*(98 + 50) + 2*4*50; 4*50*(64 + 50) + 2*4*50
        "input: 1x100", "c: conv 64 3", "p: lstm 50", "params", 30_000, 23_200,
        "64 channels x 98 cells of c are taken for 64 tokens x 98 features; "
        "write `permute 1 0` before it for 98 tokens x 64 features",
    ),
    "lstm, global pool": (
        "input: 20x8", "l: lstm 16", "p: global_avg_pool", "out", Shape.of(20), Shape.of(16),
        "20 tokens x 16 features of l are taken for 20 channels x 16 cells; "
        "write `permute 1 0` before it for 16 channels x 20 cells",
    ),
}  # fmt: skip
"""Input, first and second layer, what is asked of the second, what comes out, what is meant, the note."""


def figure(text: str, asked: str):
    node = archcalc.loads(text).graph.nodes[-1]
    if asked == "out":
        return node.shape
    weights = node.layer.weights(*node.input_shapes).values()
    return sum(tensor.elements for tensor in weights if tensor.role != "buffer")


@pytest.mark.parametrize("case", FIVE.values(), ids=FIVE)
def test_the_note_and_what_comes_out_when_it_is_followed(case):
    head, first, second, asked, wrong, meant, note = case
    text = f"{head}\nlayers:\n  {first}\n  {second}\n"
    assert figure(text, asked) == wrong
    assert told(text) == [("p", note)]
    repaired = f"{head}\nlayers:\n  {first}\n  swap: permute 1 0\n  {second}\n"
    assert figure(repaired, asked) == meant
    assert told(repaired) == []


TOKENS = ("embedding", "linear", "lstm", "gru", "rnn", "multihead_attention", "position_embedding", "layer_norm",
          "class_token")  # fmt: skip
CALLS = {
    "embedding": "embedding 7 6", "linear": "linear 6", "lstm": "lstm 6", "gru": "gru 6", "rnn": "rnn 6",
    "multihead_attention": "multihead_attention 2", "position_embedding": "position_embedding",
    "layer_norm": "layer_norm", "class_token": "class_token", "conv": "conv 6 3", "max_pool": "max_pool 2",
    "avg_pool": "avg_pool 2", "global_avg_pool": "global_avg_pool", "global_max_pool": "global_max_pool",
    "global_sum_pool": "global_sum_pool",
    "batch_norm": "batch_norm", "depthwise_conv": "depthwise_conv 3", "conv_transpose": "conv_transpose 6 3",
    "upsample": "upsample 2", "group_norm": "group_norm 1",
}  # fmt: skip
CHANNELS = ("conv", "max_pool", "avg_pool", "global_avg_pool", "global_max_pool", "global_sum_pool", "batch_norm",
            "depthwise_conv", "conv_transpose", "upsample", "group_norm")  # fmt: skip


@pytest.mark.parametrize("reader", CHANNELS)
@pytest.mark.parametrize("maker", TOKENS)
def test_every_kind_that_makes_tokens_before_every_kind_that_reads_channels(maker, reader):
    head = "input: 11" if maker == "embedding" else "input: 11x6"
    assert len(told(f"{head}\nlayers: {{a: {CALLS[maker]}, b: {CALLS[reader]}}}\n")) == 1


@pytest.mark.parametrize("reader", [kind for kind in TOKENS if kind != "embedding"])
@pytest.mark.parametrize("maker", [kind for kind in CHANNELS if not kind.startswith("global")])
def test_every_kind_that_makes_a_map_before_every_kind_that_reads_tokens(maker, reader):
    assert (
        len(told(f"input: 2x12\nlayers: {{a: {CALLS[maker]}, pool: adaptive_avg_pool 6, b: {CALLS[reader]}}}\n")) == 1
    )


@pytest.mark.parametrize(
    "text",
    [
        "input: 20x8\nlayers: [lstm 16, linear 5, gru 3, layer_norm]\n",
        "input: 2x12\nlayers: [conv 6 3 norm=batch_norm act=relu, max_pool 2, global_avg_pool, linear 3]\n",
        "input: 20x8\nlayers: [conv 5 3]\n",  # the input may be either
        "input: 20x8\nlayers: [lstm 16]\n",
        "input: 20x8\nlayers: [lstm 16, reshape 16x20, conv 5 3]\n",  # the author has ordered them anew
        "input: 2x12\nlayers: [conv 6 3, softmax axis=0]\n",
        "input: 2x12\nlayers: [conv 6 3, layer_norm over=all]\n",
        "input: 3x11x13\nlayers: [conv 6 3, tokens, linear 5]\n",
        "input: 20x8\nlayers: [lstm 16 returns=last, linear 5]\n",
        "input: 2x12\nlayers: [conv 6 3, flatten, linear 5]\n",
    ],
)
def test_nothing_to_say(text):
    assert told(text) == []


def test_what_keeps_the_shape_keeps_the_axes():
    """The norm is told, and so is the recurrence behind it: it still reads channels x length."""
    found = told("input: 1x100\nlayers: {c: conv 64 3 norm=layer_norm act=relu, l: lstm 50}\n")
    assert [name for name, _ in found] == ["c.norm", "l"]


def test_a_line_is_told_once():
    assert len(told("input: 5x7\nlayers: {l: lstm 9, c: conv 5 3 padding=1 repeat=4}\n")) == 1
    block = "input: 5x7\nblocks: {b: {layers: [lstm 7, conv 5 3 padding=1]}}\nlayers: [b repeat=3]\n"
    assert [name for name, _ in told(block)] == ["b.0.conv"]


@pytest.mark.parametrize(
    ("given", "meant", "note"),
    [
        ("224x224x3", "3x224x224", "224x224x3 is read as 224 channels of 224x3; channels come first: write 3x224x224"),
        ("28x28x1", "1x28x28", "28x28x1 is read as 28 channels of 28x1; channels come first: write 1x28x28"),
        (
            "1x3x224x224", "3x224x224",
            "1x3x224x224 is read as 1 channel of 3x224x224; the batch is not part of it: write 3x224x224",
        ),
        (
            "32x1x28x28", "1x28x28",
            "32x1x28x28 is read as 32 channels of 1x28x28; the batch is not part of it: write 1x28x28",
        ),
        (
            "1x224x224x3", "3x224x224",
            "1x224x224x3 is read as 1 channel of 224x224x3; the batch is not part of it, and channels come first: "
            "write 3x224x224",
        ),
        (
            "16x112x112x3", "3x16x112x112",
            "16x112x112x3 is read as 16 channels of 112x112x3; channels come first: write 3x16x112x112",
        ),
    ],
)  # fmt: skip
def test_an_input_with_other_axes(given, meant, note):
    shape = parse_shape(given)
    found = meant_input(shape)
    assert found is not None
    assert (str(found.shape), input_note(shape)) == (meant, note)
    assert input_note(found.shape) == ""


@pytest.mark.parametrize(
    "shape",
    ["3x224x224", "1x28x28", "4x84x84", "256x3x3", "512x1x1", "100x1", "128x9", "3", "3x16x112x112", "1x64x64x64",
     "17x8x8", "2x3x3", "1x3", "64x56x56"],
)  # fmt: skip
def test_an_input_as_it_should_be(shape):
    assert meant_input(parse_shape(shape)) is None


def test_an_input_is_told_of_only_where_its_first_axis_is_read_as_channels():
    assert told("input: 28x28x1\nlayers: [flatten, linear 10]\n") == []
    assert told("input: 28x28x1\nlayers: [permute 2 0 1, conv 5 3x3]\n") == []
    (found,) = told("input: 28x28x1\nlayers: [relu, batch_norm, conv 5 3x1]\n")
    assert found == ("input", "28x28x1 is read as 28 channels of 28x1; channels come first: write 1x28x28")
    (found,) = told("input: 1x28x28\nlayers: [conv 5 3x1]\n", input="28x28x1")
    assert found[0] == "input"


def test_each_input_under_its_name():
    found = told("inputs: {left: 28x31x3, right: 28x31x1}\nlayers:\n  a: conv 5 1 from=left\n  b: conv 5 1 from=right\n"
                 "output: [a, b]\n")  # fmt: skip
    assert [name for name, _ in found] == ["left", "right"]


def test_what_does_not_fit_because_of_it_says_so():
    with pytest.raises(ArchcalcError) as caught:
        archcalc.loads("input: 224x224x3\nlayers: [conv 64 7x7, linear 3]\n")
    assert caught.value.errors[0].notes[-1] == (
        "input: 224x224x3 is read as 224 channels of 224x3; channels come first: write 3x224x224"
    )
    with pytest.raises(ArchcalcError) as caught:
        archcalc.loads("input: 224x224x3\nlayers: [conv 64 3x1, cnov 3, lienar 3]\n")
    assert [error.notes for error in caught.value.errors] == [(), ()]


def test_no_bundled_spec_has_swapped_axes():
    names = list(bundled_names())
    assert len(names) >= 127
    assert [name for name in names if list(swapped_axes(archcalc.load(name).graph))] == []

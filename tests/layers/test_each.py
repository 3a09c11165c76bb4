"""`each=`: a layer on the axes after the first few; facts by hand, messages word for word."""

from __future__ import annotations

import pickle

import pytest

from archcalc.core import SPREAD, WHOLE, Shape, Window, Work
from archcalc.core.record import replace
from archcalc.errors import GraphError, ShapeError
from archcalc.layers import Composite, all_kinds, find


def test_a_linear_layer_on_the_last_of_three_axes(facts):
    # Swin's 56 x 56 x 96, channels last: 96 * 384 weights, once for each of 3,136 cells
    found = facts("linear", (56, 56, 96), out_features=384, each=2)
    assert found.output == (56, 56, 384)
    assert found.weights == {"weight": (384, 96), "bias": (384,)}
    assert found.work == {"macs": 115_605_504, "additions": 1_204_224, "connections": 116_809_728}
    assert found.windows == (Window(1), WHOLE)


def test_layer_norm_over_the_last_axis(facts):
    found = facts("layer_norm", (5, 7, 12), each=2)
    assert (found.output, found.weights) == ((5, 7, 12), {"weight": (12,), "bias": (12,)})
    assert found.work == {"products": 1_260, "additions": 840, "divisions": 105, "exponentials": 35}  # 35 tokens
    assert found.windows == (Window(1), SPREAD)


def test_a_convolution_in_each_window(facts):
    """5 windows of 3 x 11 x 13: 4 filters of 3 x 3 x 3, 6 x 13 stops."""
    found = facts("conv", (5, 3, 11, 13), out_channels=4, kernel_size=3, padding=1, stride=(2, 1), each=1)
    assert found.output == (5, 4, 6, 13)
    assert found.weights == {"weight": (4, 3, 3, 3), "bias": (4,)}
    assert found.work["macs"] == 5 * 4 * 27 * 78
    assert found.windows == (WHOLE, Window(3, 2, (1, 1)), Window(3, 1, (1, 1)))


def test_attention_in_each_window_to_a_memory(build):
    query, memory = Shape.of(5, 7, 12), Shape.of(5, 11, 8)
    layer, one = (build("multihead_attention", 2 - k, num_heads=3, each=1 - k) for k in (0, 1))
    assert layer.output(query, memory) == (5, 7, 12)
    single = one.work(Shape.of(7, 12), Shape.of(11, 8), Shape.of(7, 12))
    assert layer.work(query, memory, query) == single.times(5)
    assert layer.weights(query, memory) == one.weights(Shape.of(7, 12), Shape.of(11, 8))


def test_none_of_the_axes(build):
    assert build("linear", 0, out_features=3, each=0) == build("linear", 0, out_features=3)
    assert build("linear", 0, out_features=3).each == 0


def test_it_is_the_layer_inside_but_for_its_axes(build):
    layer = build("conv", 3, out_channels=4, kernel_size=3, each=1)
    assert (layer.kind, layer.each, layer.kernel_size, layer.bias) == ("conv", 1, (3, 3), "yes")
    assert layer == build("conv", 3, out_channels=4, kernel_size=3, each=1)
    assert layer != build("conv", 2, out_channels=4, kernel_size=3)
    assert layer != build("conv", 4, out_channels=4, kernel_size=3, each=2)
    assert pickle.loads(pickle.dumps(layer)) == layer
    less = replace(layer, bias="no")
    assert (less.each, less.bias, list(less.weights(Shape.of(5, 3, 11, 13)))) == (1, "no", ["weight"])
    with pytest.raises(AttributeError):
        layer.hidden_size  # noqa: B018


def test_nothing_of_channels_holds_before_an_axis_that_counts(build):
    traits = build("conv", 3, out_channels=4, kernel_size=3, each=1).traits
    assert (traits.family, traits.reads, traits.slides, traits.weighted) == ("conv", "", "", False)
    assert build("relu", 3, each=1).traits.clips


@pytest.mark.parametrize(
    ("x", "each", "what", "help"),
    [
        (((5, 7),), 2, "each=2 leaves no axis of 5x7 for the layer", "at most each=1"),
        (((7,),), 3, "each=3 leaves no axis of 7 for the layer", "leave it out"),
    ],
)
def test_an_axis_is_left_for_the_layer(build, x, each, what, help):
    with pytest.raises(ShapeError) as caught:
        build("relu", len(x[0]) - 1, each=each).output(*map(Shape, x))
    assert (caught.value.what, caught.value.help) == (what, help)


@pytest.mark.parametrize(
    ("each", "what"),
    [
        (1, "each=1 counts the first axis, which differ: 5x7x12 and 3x7x12"),
        (2, "each=2 counts the first 2 axes, which differ: 5x7x12 and 3x7x12"),
    ],
)
def test_inputs_agree_in_the_axes_that_count(build, each, what):
    with pytest.raises(GraphError) as caught:
        build("add", 2, each=each).output(Shape.of(5, 7, 12), Shape.of(3, 7, 12))
    assert (caught.value.what, caught.value.help) == (what, "every input has the same there")


def test_several_layers_each(build):
    made = build("split", 2, split_sizes=(1, 2), each=1)
    assert isinstance(made, Composite)
    parts = made.parts(Shape.of(5, 3, 11))
    assert {name: layer.output(Shape.of(5, 3, 11)) for name, layer in parts.items()} == {
        "0": (5, 1, 11), "1": (5, 2, 11),
    }  # fmt: skip


def test_kinds_without_it_read_nothing_or_another_layers_choices():
    without = {kind.name for kind in all_kinds() if kind.parameter("each") is None}
    assert without == {kind.name for kind in all_kinds() if kind.inputs[1] == 0 or kind.traits.undoes}
    assert "max_unpool" in without
    assert find("linear").parameter("each").doc.startswith("the first axes that only count")


def test_work_so_many_times():
    assert Work(macs=3, additions=5).times(7) == Work(macs=21, additions=35)

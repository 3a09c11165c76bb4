"""The smallest input of a whole spec, and the sizes at which a map changes."""

from __future__ import annotations

import pytest

from archcalc.analysis.inverse.input_sizes import size_steps, smallest_input
from archcalc.errors import UsageError
from archcalc.network import load, loads


def smallest(network):
    return smallest_input(network.document, network.choices, network.graph)


def steps(network, **options):
    return size_steps(network.document, network.choices, network.graph, **options)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # backwards: pool5 needs 3, pool2 7 (2*3 + 1), pool1 15, conv1 14*4 + 11
        ("alexnet", (3, 67, 67)),
        # five poolings of 2
        ("vgg16", (3, 32, 32)),
        # pool2 needs 2, conv2 6, pool1 12, conv1 16
        ("lenet5", (1, 16, 16)),
        # torchvision: `min_size` of its Inception v3 weights
        ("inception_v3", (3, 75, 75)),
        ("vit_b_16", (3, 16, 16)),
    ],
)
def test_smallest_input(name, expected):
    found = smallest(load(name))
    assert found.smallest == expected
    assert found.gaps == ()


def test_why_it_is_the_smallest():
    assert smallest(load("lenet5")).refused == (
        "pool2 does not fit its input: the window spans 2 cells, the padded axis has 1 (1 + 2·0)"
    )


def test_gaps_are_found():
    # pixel_unshuffle takes even sizes only
    net = loads("input: 3x11x12\nlayers: {a: conv 4 2x3, s: pixel_unshuffle 2}\n")
    found = smallest(net)
    assert found.smallest == (3, 3, 4)  # the height alone needs 2 + 1, the width 2 + 2
    assert found.gaps == tuple(range(4, 13))  # equal sizes leave one odd: n - 1 and n - 2


def test_axes_that_depend_on_each_other():
    # h*w must be a multiple of 5: each axis alone may be 1 beside the other's 10, both together are first 5 x 5
    net = loads("input: 1x10x10\nlayers: {flat: flatten, rows: reshape 5x-1}\n")
    found = smallest(net)
    assert found.smallest == (1, 5, 5)
    assert found.gaps == (6, 7, 8, 9)


def test_a_stretch_ends_at_a_gap():
    # the pool gives 1 for 4 to 7, but odd sizes do not fit `a`
    net = loads("input: 1x8x8\nlayers: {a: pixel_unshuffle 2, p: max_pool 4x4 from=input}\n")
    found = steps(net)
    assert [(s.first, s.last, s.size[1]) for s in found.steps] == [(4, 4, 1), (6, 6, 1), (8, 8, 2)]
    assert found.gaps == (5, 7)


def test_sizes_at_which_a_map_changes():
    # O = floor((n - 3)/2) + 1: 3-4 -> 1, 5-6 -> 2, 7-8 -> 3, 9 -> 4; params 3*5 + 5 of fc depend on it
    net = loads("input: 1x9x9\nlayers: {m: max_pool 3x3 stride=2, flat: flatten, fc: linear 5}\n")
    found = steps(net)
    assert found.layer == "m"
    assert [(s.first, s.last, s.size, s.params) for s in found.steps] == [
        (3, 4, (1, 1, 1), 10), (5, 6, (1, 2, 2), 25), (7, 8, (1, 3, 3), 50), (9, 9, (1, 4, 4), 85),
    ]  # fmt: skip


def test_steps_up_to_another_size_and_of_another_layer():
    found = steps(load("lenet5"), upto=18, layer="pool1")
    # pool1: floor((n - 4)/2): 16, 17 -> 6; 18 -> 7
    assert [(s.first, s.last, s.size) for s in found.steps] == [(16, 17, (6, 6, 6)), (18, 18, (6, 7, 7))]


def test_a_net_without_axes():
    net = loads("name: mlp\ninput: 784\nlayers: {fc: linear 10}\n", "mlp")
    with pytest.raises(UsageError) as caught:
        smallest(net)
    assert caught.value.what == "the input of mlp is 784: it has no spatial axes"
    assert caught.value.help == "sizes are searched along the axes of a map: channels x height x width"


def test_no_legal_size():
    with pytest.raises(UsageError) as caught:
        steps(load("alexnet"), upto=20)
    assert (caught.value.what, caught.value.help) == ("no input up to 20 is legal", "the usual one is 3x227x227")


def test_a_layer_without_a_map():
    with pytest.raises(UsageError) as caught:
        steps(load("alexnet"), layer="fc8")
    assert (caught.value.what, caught.value.help) == (
        "the output of fc8 has no spatial axes",
        "name a layer with a map",
    )

"""The sentences beside the numbers; the textbook's AlexNet on 224 is the case they are for."""

from __future__ import annotations

import archcalc
from archcalc.analysis.notes import notes_of


def notes(net: archcalc.Network) -> list[str]:
    return list(notes_of(net.graph, net.document, net.choices))


def test_alexnet_on_224_gives_54_and_no_longer_fits():
    found = notes(archcalc.load("alexnet", input="3x224x224"))
    assert "conv1: 224 − 11 is not a multiple of 4: the last row and column are never read" in found
    assert "conv1: ⌊(224 − 11 + 2·0)/4⌋ + 1 = 54, not 55 as at 3x227x227" in found
    assert (
        "fc6: the flattened size is 6,400, not 9,216: weights trained at 3x227x227 no longer fit "
        "(weight 4096x6400 against 4096x9216)"
    ) in found


def test_alexnet_on_its_own_input_needs_no_note():
    assert notes(archcalc.load("alexnet")) == []
    assert notes(archcalc.load("alexnet", input="3x227x227")) == []


def test_a_net_without_flatten_takes_its_weights_along():
    found = notes(archcalc.load("resnet18", input="3x192x192"))
    assert found[-2:] == [
        "conv1: ⌊(192 − 7 + 2·3)/2⌋ + 1 = 96, not 112 as at 3x224x224",
        "no layer's weights change: weights trained at 3x224x224 fit",
    ]


def test_unread_cells_of_one_axis_and_of_several_cells():
    """Rows: 11 - 2 = 9, stride 4: stops 0, 4, 8, all but the last row; columns: 13 - 3 = 10, stride 4: 2 left."""
    assert notes(archcalc.loads("input: 1x11x13\nlayers: [conv 1 2x3 stride=4x1]\n")) == [
        "conv: 11 − 2 is not a multiple of 4: the last row is never read"
    ]
    assert notes(archcalc.loads("input: 1x13\nlayers: [conv 1 3 stride=4]\n")) == [
        "conv: 13 − 3 is not a multiple of 4: the last 2 elements are never read"
    ]


def test_padding_that_is_never_read_loses_nothing():
    """112 + 2 - 3 = 111 is odd, but the column left over is padding (ResNet's first pooling)."""
    assert notes(archcalc.loads("input: 1x112x112\nlayers: [max_pool 3 stride=2 padding=1]\n")) == []

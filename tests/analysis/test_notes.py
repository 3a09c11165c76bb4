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


def test_a_size_written_as_a_product():
    """3*3 is 9: a window of 9x9 cells, where 3x3 was probably meant."""
    text = "input: 3x32x32\nlayers: {c: conv 64 3*3 act=relu, p: max_pool 2*2, u: upsample scale_factor=2*2 repeat=2}\n"
    assert notes(archcalc.loads(text)) == [
        "c: 3*3 is 9, its kernel_size is 9x9: write 3x3 for a size",
        "p: 2*2 is 4, its kernel_size is 4x4: write 2x2 for a size",
        "u.0: 2*2 is 4, its scale_factor is 4x4: write 2x2 for a size",
    ]


def test_a_product_that_is_no_size():
    layers = "[conv 3*3 9 padding=4, conv 2*4 3x3, conv 8 3 padding=1*1]"
    assert notes(archcalc.loads(f"input: 3x32x32\nlayers: {layers}\n")) == []
    assert notes(archcalc.loads("input: 3x32\nlayers: [conv 4 3*3]\n")) == []
    assert notes(archcalc.loads("input: 3x32x32\nparams: {k: 3}\nlayers: [conv 4 k*3]\n")) == []

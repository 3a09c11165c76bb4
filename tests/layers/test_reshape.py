"""Layers that only move values: shapes by hand and by PyTorch; messages word for word."""

from __future__ import annotations

import pytest

from archcalc.core import NO_WORK, WHOLE, NearestWindow, Shape, Window
from archcalc.errors import ShapeError, SpecError
from archcalc.layers import Composite

MAP = (3, 11, 13)  # 429 elements

CASES = [
    pytest.param("flatten", {}, MAP, (429,), id="flatten"),
    pytest.param("flatten", {}, (256, 6, 6), (9216,), id="flatten AlexNet's last map"),
    pytest.param("flatten", {}, (7,), (7,), id="flatten a vector"),
    pytest.param("reshape", {"shape": (11, 39)}, MAP, (11, 39), id="reshape"),
    pytest.param("reshape", {"shape": (33, -1)}, MAP, (33, 13), id="reshape with a size left"),
    pytest.param("reshape", {"shape": -1}, MAP, (429,), id="reshape to a row"),
    pytest.param("reshape", {"shape": (1024, 4, 4)}, (16384,), (1024, 4, 4), id="reshape a vector to DCGAN's map"),
    pytest.param("permute", {"dims": (1, 2, 0)}, MAP, (11, 13, 3), id="permute to channels last"),
    pytest.param("permute", {"dims": (0, 2, 1)}, MAP, (3, 13, 11), id="permute height and width"),
    pytest.param("permute", {"dims": (0, 1, 2)}, MAP, MAP, id="permute nothing"),
    pytest.param("slice", {"cells": ((0, 2),)}, MAP, (2, 11, 13), id="slice channels"),
    pytest.param("slice", {"cells": ((58, 116),)}, (116, 28, 28), (58, 28, 28), id="slice ShuffleNet's half"),
    pytest.param("slice", {"cells": ((2, 7),), "axis": 1}, MAP, (3, 5, 13), id="slice rows"),
    pytest.param("slice", {"cells": ((4, 13),), "axis": -1}, MAP, (3, 11, 9), id="slice columns"),
    pytest.param("channel_shuffle", {"groups": 2}, (6, 11, 13), (6, 11, 13), id="channel_shuffle"),
    pytest.param("channel_shuffle", {"groups": 3}, (6, 7), (6, 7), id="channel_shuffle on one axis"),
    pytest.param("pixel_shuffle", {"upscale_factor": 2}, (12, 5, 7), (3, 10, 14), id="pixel_shuffle"),
    pytest.param("pixel_shuffle", {"upscale_factor": 3}, (45, 5, 7), (5, 15, 21), id="pixel_shuffle by 3"),
    pytest.param("pixel_unshuffle", {"downscale_factor": 2}, (3, 10, 14), (12, 5, 7), id="pixel_unshuffle"),
    pytest.param("space_to_depth", {"block_size": 2}, (64, 26, 26), (256, 13, 13), id="space_to_depth, YOLOv2"),
    pytest.param("tokens", {}, (768, 14, 14), (196, 768), id="tokens, ViT-B/16"),
    pytest.param("tokens", {}, (5, 2, 3, 7), (42, 5), id="tokens of a volume"),
]

MORE_AXES = [
    pytest.param("pixel_shuffle", {"upscale_factor": 2}, (6, 7), (3, 14), id="pixel_shuffle on one axis"),
    pytest.param("pixel_shuffle", {"upscale_factor": 2}, (24, 2, 3, 5), (3, 4, 6, 10), id="pixel_shuffle on three"),
    pytest.param("pixel_unshuffle", {"downscale_factor": 2}, (3, 4, 6, 10), (24, 2, 3, 5), id="pixel_unshuffle, three"),
    pytest.param("space_to_depth", {"block_size": 5}, (3, 35), (15, 7), id="space_to_depth on one axis"),
]


@pytest.mark.parametrize(("kind", "values", "x", "y"), [*CASES, *MORE_AXES])
def test_the_shape_after_by_hand(build, kind, values, x, y):
    layer = build(kind, len(x) - 1, **values)
    assert layer.output(Shape(x)) == y
    assert isinstance(layer.output(Shape(x)), Shape)
    assert layer.weights(Shape(x)) == {}
    assert layer.work(Shape(x), Shape(y)) == NO_WORK
    assert len(layer.windows(Shape(x))) == len(x) - 1


@pytest.mark.torch
@pytest.mark.parametrize(("kind", "values", "x", "y"), CASES)
def test_the_shape_after_is_pytorchs(build, kind, values, x, y):
    torch = pytest.importorskip("torch", reason="the shapes are PyTorch's")
    data = torch.arange(float(torch.tensor(x).prod())).reshape(1, *x)
    start, stop = values.get("cells", ((0, 0),))[0]
    axis = values.get("axis", 0)
    result = {
        "flatten": lambda: torch.nn.Flatten()(data),
        "reshape": lambda: data.reshape(1, *(values["shape"] if values["shape"] != -1 else (-1,))),
        "permute": lambda: data.permute(0, *(dim + 1 for dim in values["dims"])),
        "slice": lambda: data.narrow(axis + 1 if axis >= 0 else axis, start, stop - start),
        "channel_shuffle": lambda: torch.nn.ChannelShuffle(values["groups"])(data[..., None])[..., 0],
        "pixel_shuffle": lambda: torch.nn.PixelShuffle(values["upscale_factor"])(data),
        "pixel_unshuffle": lambda: torch.nn.PixelUnshuffle(values["downscale_factor"])(data),
        "space_to_depth": lambda: torch.nn.PixelUnshuffle(values["block_size"])(data),
        "tokens": lambda: data.flatten(2).transpose(1, 2),
    }[kind]()
    assert build(kind, len(x) - 1, **values).output(Shape(x)) == tuple(result.shape[1:]) == y


@pytest.mark.parametrize(
    ("kind", "values", "windows"),
    [
        pytest.param("flatten", {}, (WHOLE, WHOLE), id="flatten"),
        pytest.param("reshape", {"shape": (11, 39)}, (WHOLE, WHOLE), id="reshape"),
        pytest.param("tokens", {}, (WHOLE, WHOLE), id="tokens"),
        pytest.param("permute", {"dims": (0, 2, 1)}, (WHOLE, WHOLE), id="permute"),
        pytest.param("permute", {"dims": (0, 1, 2)}, (Window(1), Window(1)), id="permute nothing"),
        pytest.param("slice", {"cells": ((0, 2),)}, (Window(1), Window(1)), id="slice channels"),
        pytest.param("slice", {"cells": ((2, 7),), "axis": 1}, (Window(1, padding=(-2, -4)), Window(1)), id="rows"),
        pytest.param("channel_shuffle", {"groups": 2}, (Window(1), Window(1)), id="channel_shuffle"),
        pytest.param("pixel_shuffle", {"upscale_factor": 2}, (NearestWindow(2),) * 2, id="pixel_shuffle"),
        pytest.param("pixel_unshuffle", {"downscale_factor": 3}, (Window(3, stride=3),) * 2, id="pixel_unshuffle"),
        pytest.param("space_to_depth", {"block_size": 3}, (Window(3, stride=3),) * 2, id="space_to_depth"),
    ],
)  # fmt: skip
def test_what_a_place_after_sees(build, kind, values, windows):
    assert build(kind, 2, **values).windows(Shape.of(3, 11, 13)) == windows


@pytest.mark.parametrize(
    ("kind", "values", "x", "sizes"),
    [
        pytest.param("chunk", {"chunks": 2}, (6, 11, 13), [(3, 11, 13)] * 2, id="chunk"),
        pytest.param("chunk", {"chunks": 3, "axis": -1}, (7, 15), [(7, 5)] * 3, id="chunk features: Q, K, V"),
        pytest.param("split", {"split_sizes": (1, 2)}, MAP, [(1, 11, 13), (2, 11, 13)], id="split"),
        pytest.param("split", {"split_sizes": (2, 2, 7), "axis": 1}, MAP, [(3, 2, 13)] * 2 + [(3, 7, 13)], id="rows"),
    ],
)  # fmt: skip
def test_parts_are_numbered_layers_that_read_the_same_input(build, kind, values, x, sizes):
    composite = build(kind, len(x) - 1, **values)
    assert isinstance(composite, Composite)
    parts = composite.parts(Shape(x))
    assert list(parts) == [str(i) for i in range(len(sizes))]
    assert [part.output(Shape(x)) for part in parts.values()] == sizes
    assert {part.kind for part in parts.values()} == {"slice"}


def test_parts_follow_each_other(build):
    parts = build("split", 2, split_sizes=(2, 2, 7), axis=1).parts(Shape(MAP))
    assert [part.cells for part in parts.values()] == [(0, 2), (2, 4), (4, 11)]


@pytest.mark.torch
def test_parts_hold_the_cells_of_pytorchs_split(build):
    torch = pytest.importorskip("torch", reason="the cells are PyTorch's")
    rows = torch.arange(11)
    expected = [part.tolist() for part in rows.split([2, 2, 7])]
    parts = build("split", 2, split_sizes=(2, 2, 7), axis=1).parts(Shape(MAP))
    read = [
        [part.windows(Shape(MAP))[0].reads(i, 11)[0] for i in range(part.output(Shape(MAP))[1])]
        for part in parts.values()
    ]
    assert read == expected


ERRORS = [
    pytest.param(
        "reshape", {"shape": (7, 61)}, MAP,
        "3x11x13 holds 429 values, 7x61 holds 427", None,
        id="reshape to another number of values",
    ),
    pytest.param(
        "reshape", {"shape": (3, 11)}, MAP,
        "3x11x13 holds 429 values, 3x11 holds 33", "a further axis of 13, or -1 for one of the sizes",
        id="reshape without an axis",
    ),
    pytest.param(
        "reshape", {"shape": (7, -1)}, MAP,
        "3x11x13 holds 429 values, 7x-1 holds a multiple of 7", None,
        id="reshape with a size left that is no whole number",
    ),
    pytest.param(
        "permute", {"dims": (0, 0, 1)}, MAP,
        "0 0 1 is no order of the 3 axes of 3x11x13", "each of 0, 1, 2 once",
        id="permute an axis twice",
    ),
    pytest.param(
        "slice", {"cells": ((0, 58),)}, MAP,
        "the slice 0:58 ends after axis 0 of 3x11x13, which has 3 cells", "a stop of at most 3",
        id="slice too far",
    ),
    pytest.param(
        "slice", {"cells": ((0, 2),), "axis": -4}, MAP,
        "there is no axis -4, the input is 3x11x13", "axis of 0 to 2",
        id="slice an axis that is not there",
    ),
    pytest.param(
        "channel_shuffle", {"groups": 4}, (6, 11, 13),
        "4 groups do not divide 6 channels", "groups must divide 6: 1, 2, 3, 6",
        id="channel_shuffle",
    ),
    pytest.param(
        "channel_shuffle", {"groups": 7}, (720, 5, 3),
        "7 groups do not divide 720 channels", "groups must divide 720: 1, 2, 3, 4, 5, 6, ..., 720",
        id="channel_shuffle with many divisors",
    ),
    pytest.param(
        "channel_shuffle", {"groups": 7}, (10**15, 5, 3),
        f"7 groups do not divide {10**15} channels", f"groups must divide {10**15}: 1, 2, 4, 5, 8, 10, ..., {10**15}",
        id="channel_shuffle with a large number answers at once",
    ),
    pytest.param(
        "pixel_shuffle", {"upscale_factor": 2}, MAP,
        "pixel_shuffle needs a multiple of 4 = 2^2 channels, its input is 3x11x13", "4 channels",
        id="pixel_shuffle",
    ),
    pytest.param(
        "pixel_shuffle", {"upscale_factor": 2}, (5, 7),
        "pixel_shuffle needs a multiple of 2 channels, its input is 5x7", "6 channels",
        id="pixel_shuffle on one axis",
    ),
    pytest.param(
        "pixel_unshuffle", {"downscale_factor": 2}, MAP,
        "pixel_unshuffle needs sizes that are multiples of 2, its input is 3x11x13", "pad it to 3x12x14",
        id="pixel_unshuffle",
    ),
    pytest.param(
        "space_to_depth", {"block_size": 5}, (3, 10, 13),
        "space_to_depth needs sizes that are multiples of 5, its input is 3x10x13", "pad it to 3x10x15",
        id="space_to_depth",
    ),
    pytest.param(
        "tokens", {}, (7,),
        "tokens needs channels and at least one spatial axis, its input is 7", None,
        id="tokens of a vector",
    ),
    pytest.param(
        "pixel_shuffle", {"upscale_factor": 2}, (7,),
        "pixel_shuffle needs channels and at least one spatial axis, its input is 7", None,
        id="pixel_shuffle of a vector",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "values", "x", "what", "help"), ERRORS)
def test_a_misfit_says_what_and_how(build, kind, values, x, what, help):
    with pytest.raises(ShapeError) as caught:
        build(kind, len(x) - 1, **values).output(Shape(x))
    assert (caught.value.what, caught.value.help) == (what, help)


@pytest.mark.parametrize(
    ("kind", "values", "what", "help"),
    [
        pytest.param(
            "chunk", {"chunks": 2},
            "2 chunks do not divide axis 0 of 3x11x13, which has 3 cells", "chunks must divide 3: 1, 3",
            id="chunk",
        ),
        pytest.param(
            "split", {"split_sizes": (3, 5), "axis": 1},
            "the parts 3 5 add up to 8, axis 1 of 3x11x13 has 11 cells", "a last part of 8 instead of 5",
            id="split too little",
        ),
        pytest.param(
            "split", {"split_sizes": (12, 5), "axis": 1},
            "the parts 12 5 add up to 17, axis 1 of 3x11x13 has 11 cells", None,
            id="split far too much",
        ),
        pytest.param(
            "chunk", {"chunks": 2, "axis": 3},
            "there is no axis 3, the input is 3x11x13", "axis of 0 to 2",
            id="chunk an axis that is not there",
        ),
    ],
)  # fmt: skip
def test_parts_that_do_not_fit(build, kind, values, what, help):
    with pytest.raises(ShapeError) as caught:
        build(kind, 2, **values).parts(Shape(MAP))
    assert (caught.value.what, caught.value.help) == (what, help)


@pytest.mark.parametrize(
    ("value", "help"),
    [
        pytest.param((0, 58), None, id="0x58"),
        pytest.param(58, None, id="a number"),
        pytest.param(((7, 7),), "the stop comes after the start: 7:8 is one cell", id="nothing"),
        pytest.param(((7, 3),), "the stop comes after the start: 7:8 is one cell", id="backwards"),
        pytest.param(((-1, 3),), None, id="a start before the first cell"),
        pytest.param(((0, 2), (0, 3)), None, id="two ranges"),
        pytest.param(((0, 7, 0),), None, id="no step"),
    ],
)
def test_a_slice_needs_a_range(build, value, help):
    with pytest.raises(SpecError) as caught:
        build("slice", 2, cells=value)
    assert caught.value.what.startswith(
        "`cells`: expected a range start:stop such as 0:58, the stop left out, or start:stop:step, got "
    )
    assert caught.value.help == help

"""Upsampling, padding and cropping: shapes by hand and by PyTorch; messages word for word."""

from __future__ import annotations

import pytest

from archcalc.core import NO_WORK, CubicWindow, InterpolatingWindow, NearestWindow, SampledWindow, Shape, Window, Work
from archcalc.errors import ShapeError, SpecError

MAP = (3, 11, 13)

UPSAMPLE = [
    pytest.param({"scale_factor": 2}, MAP, (3, 22, 26), NO_WORK, id="twice"),
    pytest.param({"scale_factor": (2, 1)}, MAP, (3, 22, 13), NO_WORK, id="twice the rows"),
    pytest.param({"scale_factor": 3}, (3, 7), (3, 21), NO_WORK, id="one axis"),
    pytest.param({"scale_factor": 2}, (3, 2, 5, 7), (3, 4, 10, 14), NO_WORK, id="three axes"),
    pytest.param({"size": (17, 19)}, MAP, (3, 17, 19), NO_WORK, id="to a size"),
    pytest.param({"size": 5}, MAP, (3, 5, 5), NO_WORK, id="to a smaller size"),
    # 3 * 22 * 26 = 1,716 elements, 2 products for each of 2 axes
    pytest.param({"scale_factor": 2, "mode": "bilinear"}, MAP, (3, 22, 26), Work(products=6864), id="bilinear"),
    # 3 * 17 * 19 = 969 elements
    pytest.param(
        {"size": (17, 19), "mode": "bilinear", "align_corners": True}, MAP, (3, 17, 19), Work(products=3876),
        id="bilinear to a size, corners aligned",
    ),
    pytest.param({"scale_factor": 3, "mode": "bilinear"}, (3, 7), (3, 21), Work(products=126), id="linear"),
    # floor(11 * 0.5) = 5, floor(13 * 1.5) = 19
    pytest.param({"scale_factor": (0.5, 1.5)}, MAP, (3, 5, 19), NO_WORK, id="by a half and three halves"),
    # 3 * 16 * 19 = 912 elements, 4 products on each of two axes
    pytest.param({"scale_factor": 1.5, "mode": "bicubic"}, MAP, (3, 16, 19), Work(products=7296), id="bicubic"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "x", "y", "work"), UPSAMPLE)
def test_upsample_by_hand(build, values, x, y, work):
    layer = build("upsample", len(x) - 1, **values)
    assert layer.output(Shape(x)) == y
    assert layer.work(Shape(x), Shape(y)) == work
    assert layer.weights(Shape(x)) == {}


@pytest.mark.torch
@pytest.mark.parametrize(("values", "x", "y"), [pytest.param(*case.values[:3], id=case.id) for case in UPSAMPLE])
def test_upsample_has_pytorchs_shape(build, values, x, y):
    torch = pytest.importorskip("torch", reason="the shapes are PyTorch's")
    mode = values.get("mode", "nearest")
    module = torch.nn.Upsample(
        values.get("size"), values.get("scale_factor"),
        {2: "linear", 3: "bilinear"}[len(x)] if mode == "bilinear" else mode,
        values.get("align_corners"),
    )  # fmt: skip
    result = module(torch.rand(2, *x))
    assert build("upsample", len(x) - 1, **values).output(Shape(x)) == tuple(result.shape[1:]) == y


def test_each_mode_has_its_window(build):
    x = Shape(MAP)
    assert build("upsample", 2, scale_factor=(2, 3)).windows(x) == (NearestWindow(2), NearestWindow(3))
    assert build("upsample", 2, size=(17, 19)).windows(x) == (SampledWindow(17), SampledWindow(19))
    bilinear = build("upsample", 2, scale_factor=2, mode="bilinear", align_corners=True)
    assert bilinear.windows(x) == (InterpolatingWindow(22, True), InterpolatingWindow(26, True))
    assert build("upsample", 2, scale_factor=(0.5, 3)).windows(x) == (SampledWindow(5, (2, 1)), NearestWindow(3))
    cubic = build("upsample", 2, scale_factor=(1.5, 2), mode="bicubic")
    assert cubic.windows(x) == (CubicWindow(16, False, (2, 3)), CubicWindow(26))


def test_a_factor_that_leaves_nothing_is_refused(build):
    with pytest.raises(ShapeError) as caught:
        build("upsample", 2, scale_factor=0.25).output(Shape.of(3, 2, 9))
    assert (caught.value.what, caught.value.help) == (
        "the scale factor leaves nothing of 3x2x9", "a larger factor, or size=",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("length", "size", "cells"),
    [
        (3, 5, [0, 0, 1, 1, 2]),  # floor(p * 3/5): 0, 0.6, 1.2, 1.8, 2.4
        (5, 3, [0, 1, 3]),  # floor(p * 5/3): 0, 1.67, 3.33
        (4, 8, [0, 0, 1, 1, 2, 2, 3, 3]),
    ],
)
def test_the_nearest_cell_by_hand(length, size, cells):
    assert [SampledWindow(size).reads(p, length) for p in range(size)] == [range(c, c + 1) for c in cells]


PAD = [
    pytest.param({"cells": 2}, MAP, (3, 15, 17), (2, 2, 2, 2), id="all around"),
    pytest.param({"cells": (1, 2)}, MAP, (3, 13, 17), (2, 2, 1, 1), id="rows and columns"),
    pytest.param({"cells": ((0, 1), (2, 3))}, MAP, (3, 12, 18), (2, 3, 0, 1), id="each side"),
    pytest.param({"cells": ((0, 1),)}, MAP, (3, 12, 14), (0, 1, 0, 1), id="one pair for both axes"),
    pytest.param({"channels": 5}, MAP, (13, 11, 13), (0, 0, 0, 0, 5, 5), id="channels"),
    pytest.param(
        {"cells": (1, 2), "channels": ((0, 7),)}, MAP, (10, 13, 17), (2, 2, 1, 1, 0, 7), id="channels after, and cells"
    ),
    pytest.param({"cells": 3, "mode": "reflect"}, (3, 7), (3, 13), (3, 3), id="reflect"),
    pytest.param({"cells": 10, "mode": "reflect"}, MAP, (3, 31, 33), (10, 10, 10, 10), id="the most to reflect"),
    pytest.param({"cells": 11, "mode": "circular"}, MAP, (3, 33, 35), (11, 11, 11, 11), id="the most to go around"),
    pytest.param({"cells": 15, "mode": "replicate"}, MAP, (3, 41, 43), (15, 15, 15, 15), id="replicate"),
    pytest.param({"cells": 2, "mode": "constant", "value": 7}, MAP, (3, 15, 17), (2, 2, 2, 2), id="constant"),
]


@pytest.mark.parametrize(("values", "x", "y"), [pytest.param(*case.values[:3], id=case.id) for case in PAD])
def test_pad_by_hand(build, values, x, y):
    layer = build("pad", len(x) - 1, **values)
    assert layer.output(Shape(x)) == y
    assert layer.work(Shape(x), Shape(y)) == NO_WORK
    assert layer.weights(Shape(x)) == {}


@pytest.mark.torch
@pytest.mark.parametrize(("values", "x", "y", "torch_cells"), PAD)
def test_pad_has_pytorchs_shape(build, values, x, y, torch_cells):
    torch = pytest.importorskip("torch", reason="the shapes are PyTorch's")
    mode = values.get("mode", "zeros").replace("zeros", "constant")
    result = torch.nn.functional.pad(torch.rand(2, *x), torch_cells, mode, values.get("value"))
    assert build("pad", len(x) - 1, **values).output(Shape(x)) == tuple(result.shape[1:]) == y


@pytest.mark.parametrize(
    ("values", "first"),
    [
        ({}, [[], [], [0]]),
        ({"mode": "constant", "value": 7}, [[], [], [0]]),
        ({"mode": "reflect"}, [[2], [1], [0]]),
        ({"mode": "replicate"}, [[0], [0], [0]]),
        ({"mode": "circular"}, [[9], [10], [0]]),
    ],
)
def test_what_the_border_reads_by_hand(build, values, first):
    rows, _ = build("pad", 2, cells=2, **values).windows(Shape(MAP))
    assert [list(rows.reads(i, 11)) for i in range(3)] == first


CROP = [
    pytest.param({"size": 56}, (512, 64, 64), (512, 56, 56), ((4, 4), (4, 4)), id="U-Net's first crop: 4 a side"),
    pytest.param({"size": 392}, (64, 568, 568), (64, 392, 392), ((88, 88), (88, 88)), id="U-Net's last: 88 a side"),
    pytest.param({"size": (8, 10)}, MAP, (3, 8, 10), ((1, 2), (1, 2)), id="the odd cell goes after"),
    pytest.param({"size": (11, 13)}, MAP, MAP, ((0, 0), (0, 0)), id="nothing"),
    pytest.param({"cells": 2}, MAP, (3, 7, 9), ((2, 2), (2, 2)), id="cells all around"),
    pytest.param({"cells": ((0, 1), (2, 3))}, MAP, (3, 10, 8), ((0, 1), (2, 3)), id="cells on each side"),
]


@pytest.mark.parametrize(("values", "x", "y", "cut"), CROP)
def test_crop_by_hand(build, values, x, y, cut):
    layer = build("crop", 2, **values)
    assert layer.output(Shape(x)) == y
    assert layer.windows(Shape(x)) == tuple(Window(1, padding=(-before, -after)) for before, after in cut)
    assert layer.work(Shape(x), Shape(y)) == NO_WORK
    assert layer.weights(Shape(x)) == {}


SHAPE_ERRORS = [
    pytest.param(
        "crop", {"size": (12, 5)}, MAP,
        "crop 12x5 is larger than its input 3x11x13", "at most 11x5",
        id="crop to more",
    ),
    pytest.param(
        "crop", {"cells": 6}, MAP,
        "the crop leaves nothing of 3x11x13", "fewer cells on each side",
        id="crop everything",
    ),
    pytest.param(
        "pad", {"cells": 11, "mode": "reflect"}, MAP,
        "reflect padding of 11 cells needs an axis of 12, this has 11", "at most 10 cells, or mode=replicate",
        id="reflect too much",
    ),
    pytest.param(
        "pad", {"cells": ((0, 12), (1, 1)), "mode": "circular"}, MAP,
        "circular padding of 12 cells needs an axis of 12, this has 11", "at most 11 cells, or mode=replicate",
        id="go around too far",
    ),
    pytest.param(
        "upsample", {"scale_factor": 2}, (7,),
        "upsample needs channels and at least one spatial axis, its input is 7", None,
        id="upsample a vector",
    ),
    pytest.param(
        "pad", {"cells": 2}, (7,),
        "pad needs channels and at least one spatial axis, its input is 7", None,
        id="pad a vector",
    ),
    pytest.param(
        "crop", {"size": 2}, (7,),
        "crop needs channels and at least one spatial axis, its input is 7", None,
        id="crop a vector",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "values", "x", "what", "help"), SHAPE_ERRORS)
def test_a_misfit_says_what_and_how(build, kind, values, x, what, help):
    with pytest.raises(ShapeError) as caught:
        build(kind, len(x) - 1, **values).output(Shape(x))
    assert (caught.value.what, caught.value.help) == (what, help)


@pytest.mark.torch
@pytest.mark.parametrize(("mode", "cells"), [("reflect", 11), ("circular", 12)])
def test_pytorch_refuses_the_same_padding(build, mode, cells):
    torch = pytest.importorskip("torch", reason="the limit is PyTorch's")
    pad = torch.nn.functional.pad
    with pytest.raises(RuntimeError):
        pad(torch.rand(2, *MAP), (0, 0, cells, 0), mode)
    pad(torch.rand(2, *MAP), (0, 0, cells - 1, 0), mode)
    build("pad", 2, cells=((cells - 1, 0), (0, 0)), mode=mode).output(Shape(MAP))


@pytest.mark.parametrize(
    ("kind", "values", "what", "help"),
    [
        pytest.param(
            "upsample", {},
            "upsample has no scale factor and no size", "either of them: upsample 2, or upsample size=56x56",
            id="upsample by nothing",
        ),
        pytest.param(
            "upsample", {"scale_factor": 2, "size": 56},
            "upsample has a scale factor and a size", "either of them: upsample 2, or upsample size=56x56",
            id="upsample twice",
        ),
        pytest.param(
            "upsample", {"scale_factor": 2, "align_corners": True},
            "align_corners does not go with mode=nearest", "mode=bilinear",
            id="upsample with corners",
        ),
        pytest.param(
            "upsample", {"scale_factor": 2, "mode": "cubic"},
            "`mode`: expected nearest, bilinear or bicubic, got `cubic`", None,
            id="upsample in another mode",
        ),
        pytest.param(
            "crop", {},
            "crop has no size and no cells", "either of them: crop 56x56, or crop cells=4",
            id="crop by nothing",
        ),
        pytest.param(
            "crop", {"size": 5, "cells": 4},
            "crop has a size and cells", "either of them: crop 56x56, or crop cells=4",
            id="crop twice",
        ),
        pytest.param(
            "pad", {"cells": 2, "value": 7},
            "value= does not go with mode=zeros", "mode=constant",
            id="pad zeros with a value",
        ),
        pytest.param(
            "pad", {"cells": 2, "mode": "constant"},
            "mode=constant needs a value", "value=1, or mode=zeros",
            id="pad with no value",
        ),
        pytest.param(
            "pad", {},
            "pad has no cells and no channels", "pad 2, or pad channels=8",
            id="pad by nothing",
        ),
        pytest.param(
            "pad", {"cells": 2, "channels": 5, "mode": "reflect"},
            "channels= does not go with mode=reflect", "a pad of its own: pad channels=8",
            id="reflect channels",
        ),
        pytest.param(
            "pad", {"channels": (2, 3)},
            "`channels`: expected cells on both sides (8), or before:after as 0:16, got 2x3", None,
            id="pad channels by a size",
        ),
        pytest.param(
            "pad", {"channels": ((0, -1),)},
            "`channels`: expected cells on both sides (8), or before:after as 0:16, got 0:-1", None,
            id="pad channels by fewer than none",
        ),
        pytest.param(
            "pad", {"cells": "same"},
            "`cells`: expected cells (2, 2x3, or before:after as 0:1x0:1), got `same`", None,
            id="pad with a word",
        ),
        pytest.param(
            "pad", {"cells": True},
            "`cells`: expected cells (2, 2x3, or before:after as 0:1x0:1), got yes", None,
            id="pad with a flag",
        ),
    ],
)  # fmt: skip
def test_a_wrong_call_says_what_and_how(build, kind, values, what, help):
    with pytest.raises(SpecError) as caught:
        build(kind, 2, **values)
    assert (caught.value.what, caught.value.help) == (what, help)

"""Each cell reads the cells that PyTorch's gradient touches, for the layers that move or resample a map."""

from __future__ import annotations

import pytest

from archcalc.core import SampledWindow, Shape

torch = pytest.importorskip("torch", reason="the cells read are PyTorch's")
pytestmark = pytest.mark.torch

F = torch.nn.functional
X = (4, 6, 10)  # channels that pixel_shuffle divides; sizes that pixel_unshuffle divides

CASES = [
    pytest.param("slice", {"cells": ((2, 5),), "axis": 1}, lambda x: x[:, :, 2:5], id="slice rows"),
    pytest.param("slice", {"cells": ((3, 10),), "axis": -1}, lambda x: x[..., 3:10], id="slice columns"),
    pytest.param("pixel_shuffle", {"upscale_factor": 2}, lambda x: F.pixel_shuffle(x, 2), id="pixel_shuffle"),
    pytest.param("pixel_unshuffle", {"downscale_factor": 2}, lambda x: F.pixel_unshuffle(x, 2), id="pixel_unshuffle"),
    pytest.param("upsample", {"scale_factor": 3}, lambda x: F.interpolate(x, scale_factor=3), id="upsample"),
    pytest.param("upsample", {"size": (9, 7)}, lambda x: F.interpolate(x, size=(9, 7)), id="upsample to a size"),
    pytest.param(
        "upsample", {"size": (9, 7), "mode": "bilinear"},
        lambda x: F.interpolate(x, size=(9, 7), mode="bilinear"), id="bilinear",
    ),
    pytest.param(
        "upsample", {"scale_factor": 2, "mode": "bilinear", "align_corners": True},
        lambda x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True), id="bilinear, corners aligned",
    ),
    *(
        pytest.param(
            "upsample", {"scale_factor": factor, "mode": mode},
            lambda x, factor=factor, mode=mode: F.interpolate(x, scale_factor=factor, mode=mode),
            id=f"{mode} by {factor}",
        )
        for mode in ("nearest", "bilinear", "bicubic") for factor in (0.5, 1.5, (2.25, 0.75), 3.0)
    ),
    pytest.param(
        "upsample", {"size": (9, 7), "mode": "bicubic", "align_corners": True},
        lambda x: F.interpolate(x, size=(9, 7), mode="bicubic", align_corners=True), id="bicubic, corners aligned",
    ),
    pytest.param("pad", {"cells": ((1, 2), (0, 3))}, lambda x: F.pad(x, (0, 3, 1, 2)), id="pad"),
    pytest.param(
        "pad", {"cells": 2, "mode": "constant", "value": 7}, lambda x: F.pad(x, (2, 2, 2, 2), value=7), id="constant"
    ),
    *(
        pytest.param(
            "pad", {"cells": ((1, 2), (4, 3)), "mode": mode}, lambda x, mode=mode: F.pad(x, (4, 3, 1, 2), mode), id=mode
        )
        for mode in ("reflect", "replicate", "circular")
    ),
    pytest.param("crop", {"cells": ((1, 2), (0, 3))}, lambda x: x[..., 1:4, 0:7], id="crop by cells"),
    pytest.param("crop", {"size": (3, 6)}, lambda x: x[..., 1:4, 2:8], id="crop to a size"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "values", "function"), CASES)
def test_every_cell_reads_what_the_gradient_touches(build, kind, values, function):
    shape = Shape(X)
    layer = build(kind, 2, **values)
    data = torch.rand(1, *X, dtype=torch.float64, requires_grad=True)
    y = function(data)
    rows, columns = layer.windows(shape)
    assert layer.output(shape) == tuple(y.shape[1:])
    assert (rows.output(X[1]), columns.output(X[2])) == tuple(y.shape[2:])
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            expected = {(r, c) for r in rows.reads(i, X[1]) for c in columns.reads(j, X[2])}
            assert expected == _touched(y[0, :, i, j].sum(), data), (i, j)


@pytest.mark.parametrize(("length", "size"), [(3, 5), (5, 3), (7, 11), (11, 7), (13, 29), (29, 13), (4, 8), (55, 13)])
def test_the_nearest_cell_is_pytorchs(length, size):
    cells = torch.arange(float(length)).reshape(1, 1, length)
    read = F.interpolate(cells, size=size)[0, 0].tolist()
    assert [SampledWindow(size).reads(p, length)[0] for p in range(size)] == read


def _touched(y, data) -> set[tuple[int, int]]:
    if not y.requires_grad:
        return set()
    (gradient,) = torch.autograd.grad(y, data, retain_graph=True, allow_unused=True)
    return {tuple(place) for place in gradient[0].abs().sum(0).nonzero().tolist()}

"""deform_conv: facts by hand, forward against PyTorch's grid_sample and, without offsets, its convolution."""

from __future__ import annotations

import pytest

from archcalc.core import WHOLE, Shape
from archcalc.errors import GraphError, ShapeError

X, OFFSETS, MASK = Shape.of(6, 11, 13), Shape.of(36, 10, 6), Shape.of(18, 10, 6)
OPTIONS = {"out_channels": 4, "kernel_size": (2, 3), "stride": (1, 2)}  # 10 x 6 stops; offsets of 3 groups


def test_deform_conv_by_hand(build):
    layer = build("deform_conv", 2, **OPTIONS)
    y = layer.output(X, OFFSETS)
    assert y == layer.output(X, OFFSETS, MASK) == (4, 10, 6)
    assert {name: tuple(t.shape) for name, t in layer.weights(X, OFFSETS).items()} == {
        "weight": (4, 6, 2, 3), "bias": (4,),
    }  # fmt: skip
    work = layer.work(X, OFFSETS, y)
    assert work.macs == 8_640  # 4 * 6 * 6 weights at 60 places
    assert work.products == 8_640  # 4 for each of 6 channels * 6 taps * 60 places
    assert work.additions == 2_400  # 240 biases, 2,160 offsets
    assert layer.work(X, OFFSETS, MASK, y).products == 10_800
    assert layer.windows(X, OFFSETS) == (WHOLE, WHOLE)


@pytest.mark.parametrize(
    ("shapes", "what", "help"),
    [
        ([X, (12, 11, 13)], "offsets of 12x11x13 for an output of 4x10x6",
         "12x10x6, or a multiple of 12 channels for groups that divide 6"),
        ([X, (13, 10, 6)], "offsets of 13x10x6 for an output of 4x10x6",
         "12x10x6, or a multiple of 12 channels for groups that divide 6"),
        ([X, (48, 10, 6)], "offsets of 48x10x6 for an output of 4x10x6",
         "12x10x6, or a multiple of 12 channels for groups that divide 6"),
        ([X, OFFSETS, (12, 10, 6)], "the offsets 36x10x6 are of 3 groups, the mask 12x10x6 is not", None),
        ([X, OFFSETS, (7, 10, 6)], "a mask of 7x10x6 for an output of 4x10x6",
         "6x10x6, or a multiple of 6 channels for groups that divide 6"),
    ],
)  # fmt: skip
def test_offsets_that_do_not_fit(build, shapes, what, help):
    with pytest.raises(GraphError) as caught:
        build("deform_conv", 2, **OPTIONS).output(*map(Shape, shapes))
    assert (caught.value.what, caught.value.help) == (what, help)


def test_a_line_is_refused(build):
    with pytest.raises(ShapeError) as caught:
        build("deform_conv", 1, out_channels=4, kernel_size=3).output(Shape.of(6, 11), Shape.of(6, 9))
    assert caught.value.what == "deform_conv needs a map of C x H x W, its input is 6x11"


@pytest.mark.torch
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("groups", [1, 2])
def test_forward_reads_what_grid_sample_reads(build, groups, masked):
    """Every tap of every stop sampled by PyTorch at its moved place, zeros outside, then weighed."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    np = pytest.importorskip("numpy")
    from archcalc.numeric.reference import FORWARD

    options = {"kernel_size": (2, 3), "stride": (3, 2), "dilation": (2, 1)}
    layer = build("deform_conv", 2, out_channels=4, padding=((1, 1), (2, 2)), groups=groups, **options)
    rows, columns = 4, 8  # (11 + 2 - 3) // 3 + 1, (13 + 4 - 3) // 2 + 1
    rng = np.random.default_rng(8)
    x = rng.standard_normal((2, 6, 11, 13))
    offsets = 3 * rng.standard_normal((2, 36, rows, columns))
    mask = rng.standard_normal((2, 18, rows, columns)) if masked else np.ones((2, 18, rows, columns))
    tensors = {name: rng.standard_normal(tuple(t.shape)) for name, t in layer.weights(X).items()}
    cells = torch.empty(2, 6, 2, 3, rows, columns, dtype=torch.float64)
    for channel in range(6):
        group = channel // 2
        for number, (down, right) in enumerate(np.ndindex(2, 3)):
            first = 2 * (6 * group + number)
            at_rows = np.arange(rows)[:, None] * 3 - 1 + 2 * down + offsets[:, first]
            at_columns = np.arange(columns) * 2 - 2 + right + offsets[:, first + 1]
            grid = np.stack([2 * at_columns / 12 - 1, 2 * at_rows / 10 - 1], -1)
            sampled = torch.nn.functional.grid_sample(
                torch.from_numpy(x[:, channel : channel + 1]), torch.from_numpy(grid), align_corners=True
            )[:, 0]
            cells[:, channel, down, right] = sampled * torch.from_numpy(mask[:, 6 * group + number])
    weight = torch.from_numpy(tensors["weight"]).reshape(groups, 4 // groups, 6 // groups, 2, 3)
    split = cells.reshape(2, groups, 6 // groups, 2, 3, rows, columns)
    expected = torch.einsum("gfckl,ngcklhw->ngfhw", weight, split).reshape(2, 4, rows, columns).numpy()
    expected = expected + tensors["bias"][:, None, None]
    found = FORWARD["deform_conv"](layer, tensors, x, offsets, *([mask] if masked else []))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.torch
def test_offsets_of_0_leave_a_convolution(build):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    np = pytest.importorskip("numpy")
    from archcalc.numeric.reference import FORWARD

    layer = build("deform_conv", 2, **OPTIONS, padding=1)
    rng = np.random.default_rng(9)
    x, offsets = rng.standard_normal((2, 6, 11, 13)), np.zeros((2, 12, 12, 7))
    tensors = {name: rng.standard_normal(tuple(t.shape)) for name, t in layer.weights(X).items()}
    weight, bias = (torch.from_numpy(tensors[name]) for name in ("weight", "bias"))
    expected = torch.nn.functional.conv2d(torch.from_numpy(x), weight, bias, (1, 2), 1).numpy()
    np.testing.assert_allclose(FORWARD["deform_conv"](layer, tensors, x, offsets), expected, rtol=1e-12, atol=1e-12)

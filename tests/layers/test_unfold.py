"""unfold and fold: facts by hand, cells against the gradient of PyTorch's convolutions along one axis."""

from __future__ import annotations

import pytest

from archcalc.core import WHOLE, Shape, Work
from archcalc.errors import ShapeError, SpecError


def test_unfold_by_hand(facts):
    """11 x 13: 5 x 4 stops of 2 x 3 cells, two rows and three columns apart."""
    found = facts("unfold", (3, 11, 13), kernel_size=(2, 3), stride=(2, 3))
    assert (found.output, found.work, found.weights) == ((18, 20), {}, {})
    assert found.windows == (WHOLE, WHOLE)


@pytest.mark.parametrize(
    ("x", "values", "y"),
    [
        pytest.param((3, 11), {"kernel_size": 4, "stride": 2, "padding": 1}, (12, 5), id="line"),
        pytest.param((3, 11, 13), {"kernel_size": 3, "dilation": (2, 3), "padding": 2}, (27, 121), id="map"),
        pytest.param((3, 5, 7, 11), {"kernel_size": (1, 2, 3), "padding": "same"}, (18, 385), id="volume"),
    ],
)
def test_unfold_shapes(facts, x, values, y):
    # line: (11 + 2 - 4) // 2 + 1 = 5; map: 11 + 4 - 5 + 1 = 11 and 13 + 4 - 7 + 1 = 11; volume: same keeps 5 * 7 * 11
    assert facts("unfold", x, **values).output == y


def test_fold_by_hand(build):
    """4 channels; 11 x 13 padded to 13 x 17: 6 x 5 stops of 2 x 3 cells."""
    layer = build("fold", 1, output_size=(11, 13), kernel_size=(2, 3), stride=(2, 3), padding=(1, 2), dilation=(2, 1))
    x = Shape.of(24, 30)
    assert layer.output(x) == (4, 11, 13)
    assert layer.work(x, layer.output(x)) == Work(additions=720)
    assert layer.windows(x) == (WHOLE,)


@pytest.mark.torch
@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"), [(3, 1, 0, 1), (3, 2, 1, 1), (2, 3, 1, 4), (5, 4, 2, 1)]
)
def test_along_one_axis_cells_are_those_of_torch(build, kernel, stride, padding, dilation):
    """A convolution of ones reads what a column holds; its transpose reaches what a fold adds up."""
    torch = pytest.importorskip("torch", reason="the cells read are PyTorch's")
    length = 17
    options = {"kernel_size": kernel, "stride": stride, "dilation": dilation}
    data = torch.ones(1, 1, length, dtype=torch.float64, requires_grad=True)
    ones = torch.ones(1, 1, kernel, dtype=torch.float64)
    y = torch.nn.functional.conv1d(data, ones, stride=stride, padding=padding, dilation=dilation)
    unfold = build("unfold", 1, padding=padding, **options)
    (window,) = unfold.windows(Shape.of(1, length))
    assert window.output(length) == y.shape[-1]
    fold = build("fold", 1, output_size=length, padding=padding, **options)
    columns = Shape.of(kernel, y.shape[-1])
    assert fold.output(columns) == (1, length)
    (back,) = fold.windows(columns)
    assert back.output(columns[1]) == length
    seen_by = {cell: [] for cell in range(length)}
    for stop in range(y.shape[-1]):
        (touched,) = torch.autograd.grad(y[0, 0, stop], data, retain_graph=True)
        cells = touched[0, 0].nonzero()[:, 0].tolist()
        assert list(window.reads(stop, length)) == cells
        for cell in cells:
            seen_by[cell].append(stop)
    assert {cell: list(back.reads(cell, columns[1])) for cell in range(length)} == seen_by


@pytest.mark.parametrize(
    ("x", "what", "help"),
    [
        ((24, 29), "the window has 30 stops on a map of 11x13, the input 24x29 has 29 columns",
         "30 columns, or another output_size"),
        ((23, 30), "a window of 2x3 has 6 cells, which do not divide the 23 channels of 23x30",
         "channels in multiples of 6"),
        ((24, 5, 6), "fold needs channels x columns, its input is 24x5x6", "what unfold gives"),
    ],
)  # fmt: skip
def test_columns_that_do_not_fit(build, x, what, help):
    layer = build("fold", 1, output_size=(11, 13), kernel_size=(2, 3), stride=(2, 3), padding=(1, 2), dilation=(2, 1))
    with pytest.raises(ShapeError) as caught:
        layer.output(Shape(x))
    assert (caught.value.what, caught.value.help) == (what, help)


def test_sizes_of_another_number_of_axes(build):
    with pytest.raises(SpecError) as caught:
        build("fold", 1, output_size=(11, 13), kernel_size=(2, 3, 5))
    assert caught.value.what == "`kernel_size`: 2x3x5 has 3 sizes, output_size has 2"

"""The way back on small arrays: by hand, and as the exact difference that one more makes."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.errors import UsageError


def rows(array):
    return [list(row) for row in array.rows()]


def gradients(found):
    return {gradient.name: rows(gradient.array) for gradient in found.gradients}


def test_a_maximum_passes_its_gradient_to_the_first_of_its_largest_cells():
    found = archcalc.values("pool", "1 2 0 5;3 4 1 1;0 1 2 2;4 4 4 0", kernel_size=2, backward="1 2;3 7")
    assert rows(found.mask) == [[0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0], [1, 0, 1, 0]]
    assert gradients(found)["input"] == [[0, 0, 0, 2], [0, 1, 0, 0], [0, 0, 0, 0], [3, 0, 7, 0]]


def test_overlapping_maxima_add_up():
    found = archcalc.values("pool", "1 9 2", kernel_size=2, stride=1, backward="3 4")
    assert (rows(found.mask), gradients(found)["input"]) == ([[0, 2, 0]], [[0, 7, 0]])


def test_a_mean_shares_its_gradient_out():
    found = archcalc.values("avg_pool", "1 2;3 4", kernel_size=2, backward=8)
    assert (found.mask, gradients(found)["input"]) == (None, [[2, 2], [2, 2]])


def test_of_a_convolution():
    """Of the kernel 1 0; 0 −1 and the gradient 1 2; 3 4: its full convolution, and the input under it."""
    found = archcalc.values("conv", "1 2 0;3 4 1;0 1 2", weights="1 0;0 -1", bias="0", backward="1 2;3 4")
    assert gradients(found) == {
        "input": [[1, 2, 0], [3, 4 - 1, -2], [0, -3, -4]],
        "weight": [[1 + 4 + 9 + 16, 2 + 0 + 12 + 4], [3 + 8 + 0 + 4, 4 + 2 + 3 + 8]],
        "bias": [[10]],
    }
    full = archcalc.values("conv", "1 2;3 4", weights="1 0;0 -1", flip=True, padding="full")
    assert gradients(found)["input"] == rows(full.output)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("conv", {"stride": (2, 1), "padding": ((1, 0), (2, 1)), "dilation": (1, 2)}),
        ("conv", {"padding": "same", "padding_mode": "reflect"}),
        ("conv_transpose", {"stride": (2, 1), "padding": ((1, 1), (0, 0))}),
        ("avg_pool", {"kernel_size": (2, 3), "stride": 1, "padding": ((1, 1), (1, 1))}),
    ],
)
def test_one_more_in_a_cell_adds_its_gradient(kind, options):
    """These layers are linear: the sum of g·y grows by exactly the gradient of what grows by 1."""
    x = [[[1, 2, 3, 4, 5], [5, 0, -1, 2, 7], [3, 3, 1, 0, 2]]]
    weights = None if kind == "avg_pool" else [[[[2, -1, 3], [0, 5, 7]]]]
    first = archcalc.values(kind, x, weights=weights, **options)
    g = [*range(3, 3 + len(first.output.cells))]
    upstream = [[g[i : i + first.output.shape[2]] for i in range(0, len(g), first.output.shape[2])]]
    found = archcalc.values(kind, x, weights=weights, backward=upstream, **options)

    def weighed(values):
        return sum(a * b for a, b in zip(g, values.output.cells, strict=True))

    of_input, *of_weight = found.gradients
    for step in of_input.steps:
        more = [[[cell + ((0, r, c) == step.unit) for c, cell in enumerate(row)] for r, row in enumerate(x[0])]]
        assert weighed(archcalc.values(kind, more, weights=weights, **options)) - weighed(first) == step.result
    for step in of_weight[0].steps if of_weight else ():
        more = [[[[w + ((0, 0, r, c) == step.unit) for c, w in enumerate(row)] for r, row in enumerate(weights[0][0])]]]
        assert weighed(archcalc.values(kind, x, weights=more, **options)) - weighed(first) == step.result


def test_a_gradient_of_another_shape():
    with pytest.raises(UsageError) as caught:
        archcalc.values("pool", "1 2 3 4", kernel_size=2, backward="1 2 3")
    assert caught.value.what == "the gradient is 1x3, the output is 1x2"

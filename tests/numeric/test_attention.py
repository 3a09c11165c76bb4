"""Attention inside windows: against PyTorch's attention over the whole map with every pair outside a window masked."""

from __future__ import annotations

import numpy as np
import pytest

import archcalc
from archcalc.core import Shape
from archcalc.layers import find
from archcalc.numeric.run.run import Options, run_network

N, C, HEADS = 2, 6, 2
ROWS, COLUMNS = 7, 8

CASES = {
    # window, shift, and a letter for the window of each of the 7 rows and 8 columns, with the padding after them
    "no shift": (3, 0, "aaabbbccc", "aaabbbccc"),
    "shift 1": (3, 1, "abbbcccdd", "abbbcccdd"),
    "shift 2": (3, 2, "aabbbcccd", "aabbbcccd"),
    "one window covers the rows": (7, 3, "aaaaaaa", "aaabbbbbbbcccc"),
    "one window covers all": (11, 5, "aaaaaaaaaaa", "aaaaaaaaaaa"),
}


@pytest.fixture
def tensors(rng):
    def of(window):
        layer = find("window_attention").make(2, num_heads=HEADS, window=window)
        shapes = layer.weights(Shape.of(C, ROWS, COLUMNS))
        return {name: rng.standard_normal(tuple(tensor.shape)) for name, tensor in shapes.items()}

    return of


@pytest.mark.torch
@pytest.mark.parametrize("case", CASES)
def test_window_attention_is_masked_attention(case, rng, tensors, run_layer):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    window, shift, rows, columns = CASES[case]
    weights, x = tensors(window), rng.standard_normal((N, C, ROWS, COLUMNS))
    places = [(r, c, row + column) for r, row in enumerate(rows) for c, column in enumerate(columns)]
    scores = torch.full((HEADS, len(places), len(places)), -torch.inf, dtype=torch.float64)
    for i, (row, column, part) in enumerate(places):
        for k, (other_row, other_column, other_part) in enumerate(places):
            if part == other_part:
                place = (row - other_row + window - 1) * (2 * window - 1) + column - other_column + window - 1
                scores[:, i, k] = torch.from_numpy(weights["relative_position_bias_table"][place])
    cells = torch.zeros(N, len(places), C, dtype=torch.float64)
    for i, (row, column, _) in enumerate(places):
        if row < ROWS and column < COLUMNS:
            cells[:, i] = torch.from_numpy(x[:, :, row, column])
    linear = torch.nn.functional.linear
    qkv = linear(cells, torch.from_numpy(weights["qkv.weight"]), torch.from_numpy(weights["qkv.bias"]))
    q, k, v = (part.reshape(N, len(places), HEADS, -1).transpose(1, 2) for part in qkv.chunk(3, -1))
    mixed = torch.nn.functional.scaled_dot_product_attention(q, k, v, scores).transpose(1, 2).flatten(2)
    y = linear(mixed, torch.from_numpy(weights["proj.weight"]), torch.from_numpy(weights["proj.bias"])).numpy()
    expected = np.zeros_like(x)
    for i, (row, column, _) in enumerate(places):
        if row < ROWS and column < COLUMNS:
            expected[:, :, row, column] = y[:, i]
    found = run_layer("window_attention", x, weights, num_heads=HEADS, window=window, shift=shift)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shift", [0, 2])
def test_a_cell_changes_its_window_and_nothing_else(shift, rng, tensors, run_layer):
    """Cell (3, 4): without a shift rows 3 to 5, columns 3 to 5; shifted by 2 rows 2 to 4, columns 2 to 4."""
    weights, x = tensors(3), rng.standard_normal((1, C, ROWS, COLUMNS))
    changed = x.copy()
    changed[0, :, 3, 4] += 1
    before, after = (
        run_layer("window_attention", array, weights, num_heads=HEADS, window=3, shift=shift) for array in (x, changed)
    )
    rows, columns = np.nonzero((before != after).any((0, 1)))
    inside = range(3 - shift // 2, 6 - shift // 2)
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == {(r, c) for r in inside for c in inside}


def test_swin_runs_on_an_image_that_windows_do_not_divide():
    network = archcalc.load("swin_t", input="3x64x96")
    found = run_network(network.graph, Options(batch=1))
    assert (found.misfits, found.first_not_finite) == ((), None)

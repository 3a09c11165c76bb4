"""Positions in order and apart, as near as can be to what is wanted."""

from __future__ import annotations

from itertools import pairwise, product

from hypothesis import given
from hypothesis import strategies as st

from archcalc.report.drawing.spread import inversions, spread


def test_by_hand():
    assert spread([0, 10], [1, 1], [5]) == [0, 10]
    assert spread([0, 0], [1, 1], [10]) == [-5, 5]
    assert spread([0, 0], [3, 1], [8]) == [-2, 6]
    assert spread([5, 0, 20], [1, 1, 1], [1, 1]) == [2, 3, 20]


@given(st.lists(st.integers(-6, 6), min_size=2, max_size=3))
def test_nothing_on_a_grid_is_nearer(wanted):
    found = spread(wanted, [1] * len(wanted), [2] * (len(wanted) - 1))
    cost = sum((x - w) ** 2 for x, w in zip(found, wanted, strict=True))
    assert all(b - a >= 2 - 1e-9 for a, b in pairwise(found))
    for tried in product([i / 2 for i in range(-20, 21)], repeat=len(wanted)):
        if all(b - a >= 2 for a, b in pairwise(tried)):
            assert cost <= sum((x - w) ** 2 for x, w in zip(tried, wanted, strict=True)) + 1e-9


@given(st.lists(st.integers(0, 9), max_size=12))
def test_inversions(order):
    assert inversions(order) == sum(a > b for i, a in enumerate(order) for b in order[i + 1 :])

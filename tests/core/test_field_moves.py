"""Sets of cells through one window, against its own rule for each unit."""

from __future__ import annotations

import random

import pytest
from random_windows import random_window

from archcalc.core import field_moves
from archcalc.core.window import TransposedWindow, Window


def some(rng, count):
    share = rng.choice([0, 0.05, 0.5, 0.95])
    return sum(1 << place for place in range(count) if rng.random() < share)


@pytest.mark.parametrize("seeds", [range(start, start + 250) for start in range(0, 1000, 250)])
def test_both_ways_are_the_rule_of_the_window(seeds):
    for seed in seeds:
        rng = random.Random(seed)
        length = rng.randint(1, 60)
        window = random_window(rng, length)
        count = window.output(length)
        reads = [set(window.reads(unit, length)) for unit in range(count)]
        units, cells = some(rng, count), some(rng, length)
        read = set().union(*(reads[unit] for unit in range(count) if units >> unit & 1))
        assert field_moves.read_by(units, window, length) == sum(1 << cell for cell in read), (seed, window)
        reading = [unit for unit in range(count) if any(cells >> cell & 1 for cell in reads[unit])]
        assert field_moves.readers(cells, window, length, count) == sum(1 << unit for unit in reading), (seed, window)


def test_by_hand():
    # K 3, s 2, one cell of padding: unit 500,000 reads 999,999 to 1,000,001
    window = Window(3, 2, (1, 1))
    assert field_moves.read_by(1 << 500_000, window, 1_100_000) == 0b111 << 999_999
    # pixel 1,000,001 is read by the units whose windows end and start there
    assert field_moves.readers(1 << 1_000_001, window, 1_100_000, 550_000) == 0b11 << 500_000
    # K 2, s 2 transposed: unit p comes from p // 2
    assert field_moves.read_by(1 << 999_999, TransposedWindow(2, 2), 500_000) == 1 << 499_999

"""Values that are alive together never share a byte; the whole is as long as its last value needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("numpy", reason="the numeric extra is not installed")

from archcalc.numeric.engine.arena import Interval, allocate, memory

INTERVALS = st.lists(
    st.builds(lambda size, first, length: Interval(size, first, first + length),
              st.integers(0, 5000), st.integers(0, 20), st.integers(0, 8)), max_size=30,
)  # fmt: skip


@given(INTERVALS)
def test_what_lives_together_lies_apart(intervals):
    arena = allocate(intervals)
    placed = [(offset, offset + i.size, i) for offset, i in zip(arena.offsets, intervals, strict=True)]
    for number, (start, stop, mine) in enumerate(placed):
        assert start % 64 == 0
        for begin, end, other in placed[:number]:
            if mine.size and other.size and mine.first <= other.last and other.first <= mine.last:
                assert stop <= begin or end <= start


@given(INTERVALS)
def test_it_is_as_long_as_its_values_need(intervals):
    arena = allocate(intervals)
    rounded = [-(-i.size // 64) * 64 for i in intervals]
    assert arena.size == max((o + size for o, size in zip(arena.offsets, rounded, strict=True)), default=0)
    alive = [sum(s for s, i in zip(rounded, intervals, strict=True) if i.first <= t <= i.last) for t in range(30)]
    assert max(alive) <= arena.size <= sum(rounded)


def test_a_chain_takes_its_two_largest_neighbours():
    sizes = [640, 1280, 320, 2560, 64]  # each alive while it is written and while the next one is
    arena = allocate([Interval(size, step, step + 1) for step, size in enumerate(sizes)])
    assert arena.size == 320 + 2560


def test_a_gap_that_is_long_enough_is_used():
    arena = allocate([Interval(256, 0, 0), Interval(192, 0, 1), Interval(192, 1, 1)])
    assert arena.offsets == [0, 256, 0]
    arena = allocate([Interval(256, 0, 0), Interval(192, 0, 1), Interval(128, 1, 1), Interval(128, 1, 1)])
    assert arena.offsets == [0, 256, 0, 128]


def test_who_shares_a_place():
    arena = allocate([Interval(128, 0, 1), Interval(64, 1, 2), Interval(128, 2, 3), Interval(64, 0, 3)])
    assert arena.offsets == [0, 192, 0, 128]
    assert [arena.shared(index) for index in range(4)] == [True, False, True, False]


def test_memory_is_aligned_and_zero():
    block = memory(1000)
    assert block.ctypes.data % 64 == 0
    assert block.shape == (1000,)
    assert not block.any()

"""Fields of long axes, kept as runs, against one set for each unit."""

from __future__ import annotations

import random

import pytest
from random_windows import random_window

from archcalc.core import field_mask, field_runs, field_units
from archcalc.core.field_runs import Runs, TooManyUnits
from archcalc.core.window import AdaptiveWindow, InterpolatingWindow, NearestWindow, SpreadAxis, Window


def grown(seed):
    """Some layers over one axis, with branches that meet: the sets of all units, and the runs."""
    rng = random.Random(seed)
    length = rng.randint(1, 400)
    state = (length, field_mask.pixels(length), field_runs.pixels(length))
    states = [state]
    for _ in range(rng.randint(1, 7)):
        length, masks, runs = state
        if rng.random() < 0.25:
            _, *other = rng.choice([known for known in states if known[0] == length])
            state = (length, field_mask.merge([masks, other[0]]), field_runs.merge([runs, other[1]]))
        else:
            window = random_window(rng, length)
            after = (field_mask.through(masks, window, length), field_runs.through(runs, window, length))
            state = (window.output(length), *after)
        states.append(state)
        yield state[1:]


@pytest.mark.parametrize("seeds", [range(start, start + 25) for start in range(0, 200, 25)])
def test_runs_are_the_sets_of_all_units(seeds):
    repeated = 0
    for seed in seeds:
        for masks, runs in grown(seed):
            assert [*runs] == [*masks], seed
            assert field_units.seen(runs) == field_units.seen(masks), seed
            assert field_units.alike(runs) == field_units.alike(masks), seed
            assert set(field_units.sizes(runs)) == set(field_units.sizes(masks)), seed
            assert [*field_units.each(runs)] == [*field_units.each(masks)], seed
            repeated += runs.start < runs.stop
    assert repeated > 40  # else nothing was shortened


def test_units_that_see_nothing_are_alike():
    """A kernel of 1 in padding only: 3 units before the pixels; and a crop of all that sees any."""
    runs = field_runs.through(field_runs.pixels(2000), Window(1, padding=(3, 0)), 2000)
    assert [*runs[:5]] == [0, 0, 0, 1, 2]
    outside = field_runs.through(runs, Window(1, padding=(0, -2000)), 2003)
    assert ([*outside], field_units.alike(outside), field_units.seen(outside)) == ([0, 0, 0], True, [])
    assert (field_units.sizes(outside), [*field_units.each(outside)]) == ([0, 0, 0], [(None, None, 0)] * 3)


def test_what_is_kept_does_not_grow_with_the_axis():
    """Three convolutions by hand: K 3 s 1 p 1, K 5 s 2 p 2, dilation 4 p 4: at most 1 + 1 + 4 + ... units each end."""
    windows = [Window(3, padding=(1, 1)), Window(5, 2, (2, 2)), Window(3, padding=(4, 4), dilation=4)]
    kept = []
    for length in (1_000, 1_000_000, 1_000_000_000):
        runs = field_runs.pixels(length)
        for window in windows:
            runs = field_runs.through(runs, window, len(runs))
        assert len(runs) == length // 2
        # r = 1 + 2 + 4 + 8 j with j = 2: pixels 2 i - 11 to 2 i + 11
        assert max(field_units.sizes(runs)) == 23
        middle = length // 4
        assert field_mask.span(runs[middle] >> 2 * middle - 11) == (0, 22)
        kept.append(runs.kept)
    assert kept[0] == kept[1] == kept[2] < 30


def test_pixels_between_strides_are_seen_by_no_unit():
    """Kernel 1, stride 4 over 1,001 pixels: 0, 4, 8 ... 1,000."""
    runs = field_runs.through(field_runs.pixels(1001), Window(1, 4), 1001)
    assert runs.stretches(0, len(runs)) == [(pixel, pixel) for pixel in range(0, 1001, 4)]
    assert field_runs.whole(runs, 3)[2] == sum(1 << pixel for pixel in range(0, 1001, 4))


def test_a_gate_over_all_leaves_one_field():
    """A branch that sees everything, beside one that sees three pixels: everything, and nothing is listed."""
    length = 10**6
    pixels = field_runs.pixels(length)
    spread = field_runs.through(pixels, SpreadAxis(), length)
    narrow = field_runs.through(pixels, Window(3, padding=(1, 1)), length)
    met = field_runs.merge([narrow, spread])
    assert (met.kept, field_units.alike(met), field_units.seen(met)) == (1, True, [(0, length - 1)])


@pytest.mark.parametrize(
    "window",
    [InterpolatingWindow(600_001), AdaptiveWindow(600_001)],
    ids=["no period", "no period, too"],
)
def test_too_many_units_of_their_own_are_refused(window):
    with pytest.raises(TooManyUnits):
        field_runs.through(field_runs.pixels(1_000_000), window, 1_000_000)


def test_branches_of_other_jumps_are_listed_up_to_a_limit():
    """500 units: pixels 2 i, 2 i + 1 beside pixel i."""
    pixels = field_runs.pixels(1000)
    halved = field_runs.through(pixels, Window(2, 2), 1000)
    cropped = field_runs.through(pixels, Window(1, padding=(0, -500)), 1000)
    met = field_runs.merge([halved, cropped])
    assert [*met] == [3 << 2 * unit | 1 << unit for unit in range(500)]
    assert met.kept == 500
    long = field_runs.pixels(2_000_000)
    halved = field_runs.through(long, Window(2, 2), 2_000_000)
    cropped = field_runs.through(long, Window(1, padding=(0, -1_000_000)), 2_000_000)
    with pytest.raises(TooManyUnits):
        field_runs.merge([halved, cropped])


def test_a_sequence_of_sets():
    runs = field_runs.through(field_runs.pixels(9), NearestWindow(2), 9)
    assert isinstance(runs, Runs)
    assert (len(runs), runs[0], runs[-1], runs[3:5]) == (18, 1, 1 << 8, [2, 4])
    with pytest.raises(IndexError):
        runs[18]

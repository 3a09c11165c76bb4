"""Random windows of every sort, for tests that hold two ways to carry a field through them against each other."""

from __future__ import annotations

from archcalc.core.window import (
    WHOLE,
    AdaptiveWindow,
    CubicWindow,
    InterpolatingWindow,
    NearestWindow,
    PartitionAxis,
    PickedAxis,
    SampledWindow,
    SpreadAxis,
    TransposedWindow,
    Window,
    WrappedAxis,
)
from archcalc.errors import ShapeError


def random_window(rng, length):
    """A window that fits an axis of this length, with at most 2,000 units after it."""
    while True:
        window = rng.choice([sliding] * 6 + [spreading] * 3 + [resizing] * 4 + [gathering])(rng, length)
        try:
            if 0 < window.output(length) <= 2000:
                return window
        except ShapeError:
            continue


def sliding(rng, _length):
    kernel, dilation = rng.choice([1, 2, 3, 3, 5, 9]), rng.choice([1, 1, 1, 2, 3, 8])
    extent = dilation * (kernel - 1) + 1
    padding = [(0, 0), (extent // 2, extent // 2), (extent - 1, 0), (rng.randint(0, 4), rng.randint(0, 4)), (-2, -1)]
    mode = rng.choice(["zeros"] * 5 + ["reflect", "replicate", "circular"])
    return Window(kernel, rng.choice([1, 1, 1, 2, 3, 4]), rng.choice(padding), dilation, rng.random() < 0.3, mode)


def spreading(rng, _length):
    padding = (rng.randint(0, 2), rng.randint(0, 2))
    return TransposedWindow(
        rng.choice([1, 2, 3, 4, 8]), rng.choice([1, 2, 2, 3, 4]), padding, rng.choice([1, 1, 2]), rng.randint(0, 1)
    )


def resizing(rng, length):
    size = rng.choice([2 * length, length // 2 or 1, length // 3 or 1, length // 20 or 1, rng.randint(1, 2 * length)])
    sorts = [NearestWindow(rng.choice([2, 3])), AdaptiveWindow(min(size, length)), SampledWindow(size)]
    step = rng.choice([None, (2, 1), (2, 3), (4, 9)])
    by_factor = size if step is None else max(1, length * step[1] // step[0])
    smooth = [sort(by_factor, rng.random() < 0.4, step) for sort in (InterpolatingWindow, CubicWindow)]
    return rng.choice([*sorts, SampledWindow(by_factor, step), *smooth])


def gathering(rng, length):
    picked = PickedAxis(tuple(rng.randrange(length) for _ in range(rng.randint(1, 9))))
    wrapped = WrappedAxis(rng.choice([length, 3 * length]), rng.choice([0, 5]))
    parts = PartitionAxis(rng.choice([4, 7]), rng.choice([0, 2]))
    return rng.choice([SpreadAxis(), WHOLE, AdaptiveWindow(1), parts, wrapped, picked])

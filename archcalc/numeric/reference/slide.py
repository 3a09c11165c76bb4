"""Windows on arrays: the border they need, and what each of their stops reads."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.core import Shape, Window
from archcalc.numeric.namespace import Array, array_namespace

_NUMPY_WORDS = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def example(x: Array) -> Shape:
    """The shape of one example: all axes but the batch."""
    return Shape(x.shape[1:])


def taps(x: Array, windows: Sequence[Window], fill: float = 0.0) -> Array:
    """What the windows read of (N, C, *spatial): (N, C, *O, *K), O their stops and K the taps of one stop."""
    return slid(padded(x, windows, fill), windows, fill)


def padded(x: Array, windows: Sequence[Window], fill: float = 0.0) -> Array:
    """(N, C, *spatial) with the padding of the windows around it."""
    return bordered(x, [(0, 0), (0, 0), *(window.padding for window in windows)], windows[0].mode, fill)


def slid(x: Array, windows: Sequence[Window], fill: float = 0.0) -> Array:
    """What the windows read of a map that has its padding already."""
    overhang = [(0, 0), (0, 0), *((0, window.overhang) for window in windows)]
    view = array_namespace(x).lib.stride_tricks.sliding_window_view(
        bordered(x, overhang, "zeros", fill),
        tuple(window.extent for window in windows),
        axis=tuple(range(2, x.ndim)),
    )
    stops = [
        slice(0, _stop(window, length), window.stride) for window, length in zip(windows, x.shape[2:], strict=True)
    ]
    return view[(slice(None), slice(None), *stops, *(slice(None, None, window.dilation) for window in windows))]


def bordered(x: Array, sides: Sequence[tuple[int, int]], mode: str, fill: float = 0.0) -> Array:
    """x with so many cells before and after each of its axes; below 0 it is cut."""
    if not any(map(any, sides)):
        return x
    if any(min(side) < 0 for side in sides):
        kept = zip(x.shape, sides, strict=True)
        x = x[tuple(slice(max(0, -before), length + min(0, after)) for length, (before, after) in kept)]
        sides = [(max(0, before), max(0, after)) for before, after in sides]
    xp = array_namespace(x)
    if mode in _NUMPY_WORDS:
        return xp.pad(x, sides, mode=_NUMPY_WORDS[mode])
    return xp.pad(x, sides, constant_values=fill)


def tap_axes(windows: Sequence[Window]) -> tuple[int, ...]:
    """The axes of the taps in what `taps` gives: the last ones."""
    return tuple(range(-len(windows), 0))


def per_channel(weight: Array, x: Array) -> Array:
    """A weight of (C) as an array that stretches over (N, C, *spatial)."""
    return weight.reshape(-1, *(1,) * (x.ndim - 2))


def _stop(window: Window, padded_length: int) -> int | None:
    """Where stops may no longer start: in ceil mode not in the padding after the axis (or past it)."""
    return padded_length - window.padding[1] if window.ceil_mode else None

"""Another spatial size without weights."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import floor

from archcalc.layers.resize import Crop, Pad, Upsample, exact
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.slide import bordered


def upsample(layer: Upsample, _: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, C, *O), one axis after the other."""
    for axis, length in enumerate(x.shape[2:]):
        factor = None if layer.scale_factor is None else layer.scale_factor[axis]
        size = (layer.size or ())[axis] if factor is None else int(length * exact(factor))
        step = Fraction(length, size) if factor is None else 1 / exact(factor)
        if layer.mode == "nearest":
            x = _nearest(x, 2 + axis, size, step)
        else:
            x = _RULES[layer.mode](x, 2 + axis, _places(size, length, step, layer.align_corners))
    return x


def pad(layer: Pad, _: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, before + C + after, *O)."""
    cells = layer.cells or ((0, 0),) * (x.ndim - 2)
    return bordered(x, [(0, 0), layer.channels, *cells], layer.mode, layer.value or 0.0)


def crop(layer: Crop, _: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, C, *O): the middle, an odd cell cut after it; or all but the cells named."""
    lengths = x.shape[2:]
    if layer.size is not None:
        starts = [(length - size) // 2 for length, size in zip(lengths, layer.size, strict=True)]
        kept = [slice(start, start + size) for start, size in zip(starts, layer.size, strict=True)]
    else:
        assert layer.cells is not None
        kept = [slice(before, length - after) for length, (before, after) in zip(lengths, layer.cells, strict=True)]
    return x[(..., *kept)]


Places = list[tuple[int, float]]
"""Of each cell after the one at or before its place, and how far behind that it lies."""


def _nearest(x: Array, axis: int, size: int, step: Fraction) -> Array:
    """Cell p reads floor(p step)."""
    xp = array_namespace(x)
    cells = xp.arange(size) * step.numerator // step.denominator
    return xp.take(x, xp.minimum(cells, x.shape[axis] - 1), axis)


def _places(size: int, length: int, step: Fraction, align_corners: bool) -> Places:
    """Cell p lies at (p + 1/2) step - 1/2, or with aligned corners at p (W - 1) / (O - 1)."""
    if align_corners:
        places = [Fraction(p * (length - 1), max(1, size - 1)) for p in range(size)]
    else:
        places = [(p + Fraction(1, 2)) * step - Fraction(1, 2) for p in range(size)]
    return [(floor(place), float(place - floor(place))) for place in places]


def _linear(x: Array, axis: int, places: Places) -> Array:
    """Two cells by their distance."""
    return _weighted(x, axis, places, (0, 1), lambda t: (1 - t, t))


def _cubic(x: Array, axis: int, places: Places) -> Array:
    """Four cells by the kernel of Keys 1981 with a = -0.75."""

    def near(t: float) -> float:
        return ((_A + 2) * t - (_A + 3)) * t * t + 1

    def far(t: float) -> float:
        return ((_A * t - 5 * _A) * t + 8 * _A) * t - 4 * _A

    return _weighted(x, axis, places, (-1, 0, 1, 2), lambda t: (far(1 + t), near(t), near(1 - t), far(2 - t)))


_A = -0.75


def _weighted(
    x: Array, axis: int, places: Places, taps: tuple[int, ...], weights: Callable[[float], tuple[float, ...]]
) -> Array:
    """The sum of the cells under some taps; the first and the last stand for what lies beyond them."""
    xp = array_namespace(x)
    shares = xp.asarray([weights(rest) for _, rest in places], x.dtype)
    shares = shares.reshape(-1, len(taps), *(1,) * (x.ndim - 1 - axis))
    y = xp.zeros((*x.shape[:axis], len(places), *x.shape[axis + 1 :]), x.dtype)
    for number, tap in enumerate(taps):
        cells = xp.asarray([min(max(cell + tap, 0), x.shape[axis] - 1) for cell, _ in places])
        y = y + shares[:, number] * xp.take(x, cells, axis)
    return y


_RULES = {"bilinear": _linear, "bicubic": _cubic}

"""Another spatial size without weights."""

from __future__ import annotations

from archcalc.layers.resize import Crop, Pad, Upsample
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.slide import bordered


def upsample(layer: Upsample, _: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, C, *O), one axis after the other."""
    factors = layer.scale_factor or (1,) * (x.ndim - 2)
    sizes = layer.size or tuple(length * factor for length, factor in zip(x.shape[2:], factors, strict=True))
    for axis, size in enumerate(sizes, 2):
        x = _nearest(x, axis, size) if layer.mode == "nearest" else _between(x, axis, size, layer.align_corners)
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


def _nearest(x: Array, axis: int, size: int) -> Array:
    """Cell p reads floor(p W / O)."""
    xp = array_namespace(x)
    return xp.take(x, xp.arange(size) * x.shape[axis] // size, axis)


def _between(x: Array, axis: int, size: int, align_corners: bool) -> Array:
    """Cell p lies at place (p + 1/2) W / O - 1/2, or with aligned corners at p (W - 1) / (O - 1)."""
    xp = array_namespace(x)
    length = x.shape[axis]
    cells = xp.arange(size, dtype=xp.float64)
    if align_corners:
        places = cells * ((length - 1) / (size - 1) if size > 1 else 0.0)
    else:
        places = xp.maximum((cells + 0.5) * (length / size) - 0.5, 0)
    left = xp.minimum(places.astype(int), length - 1)
    right = xp.minimum(left + 1, length - 1)
    share = (places - left).astype(x.dtype).reshape(-1, *(1,) * (x.ndim - 1 - axis))
    return (1 - share) * xp.take(x, left, axis) + share * xp.take(x, right, axis)

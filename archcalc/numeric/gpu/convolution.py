"""Convolutions without cuDNN: matrix products by cuBLAS, and kernels of our own around them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from archcalc.core.record import record
from archcalc.numeric.engine.kernels.base import Geometry
from archcalc.numeric.engine.kernels.winograd_matrices import transformed_weights
from archcalc.numeric.engine.layout import Map
from archcalc.numeric.gpu.device import Device, Step
from archcalc.numeric.namespace import Array

SCRATCH_BYTES = 256 << 20
"""Taps of a convolution that are held at once; larger batches go in parts."""

SMALLEST_WINOGRAD = 7
"""Rows or columns of an output below which tiles of four are mostly border."""


@record
class Ends:
    """What is done to a value on its way out."""

    bias: Array
    residual: Map | None
    low: float
    high: float

    def arguments(self, example: int = 0, filter: int = 0) -> tuple[object, ...]:
        """The end of the argument list of every kernel with an epilogue, from an example and a filter on."""
        r = self.residual
        residual = (None, 0) if r is None else (_part(r, example, filter), pitch(r))
        return self.bias[filter:], *residual, self.low, self.high


def values(place: Map) -> Array:
    """A flat view from the first value of a map on."""
    return place.base.reshape(-1)[place.first :]


def pitch(place: Map) -> int:
    """Values from one cell of a map to the next."""
    return int(place.base.shape[3])


@record
class Convolution:
    """One way to compute a convolution of a geometry: `method` is a row of METHODS."""

    geometry: Geometry
    method: str

    def weight(self, weight: Array) -> Array:
        """(F, C / groups, kh, kw) as the method multiplies with it; NumPy arrays."""
        return _WEIGHTS[self.method](self.geometry, weight)

    def scratch(self, item: int) -> int:
        """Bytes it works in."""
        return _SCRATCH[self.method](self.geometry, item)

    def step(self, device: Device, x: Map, weight: Array, y: Map, ends: Ends, scratch: Array) -> Step:
        """The work on arrays that stay where they are; `scratch` is flat, in the type of the values."""
        return METHODS[self.method](self.geometry, device, x, weight, y, ends, scratch)


def method_of(geometry: Geometry, exact: bool, dtype: str) -> str:
    """Which method computes a convolution fastest here."""
    g = geometry
    if g.groups == g.channels == g.filters > 1:
        return "depthwise"
    plain = (g.stride, g.dilation, g.groups) == ((1, 1), (1, 1), 1)
    if plain and g.kernel == (1, 1) and g.before == (0, 0):
        return "product"
    if plain and g.kernel == (3, 3) and not exact and dtype != "float16":  # in halves its errors are too large
        return "winograd 4" if min(g.out_height, g.out_width) >= SMALLEST_WINOGRAD else "winograd 2"
    return "im2col"


def _depthwise(g: Geometry, device: Device, x: Map, weight: Array, y: Map, ends: Ends, _: Array) -> Step:
    around = (*sizes(g), *g.kernel, *g.stride, *g.dilation, *g.before)
    return lambda: device.launch(
        "depthwise", g.batch * g.stops * g.channels,
        values(x), pitch(x), weight, values(y), pitch(y), *around, *ends.arguments(),
    )  # fmt: skip


def _product(g: Geometry, device: Device, x: Map, weight: Array, y: Map, ends: Ends, scratch: Array) -> Step:
    rows = g.batch * g.stops
    packed = pitch(x) == g.channels
    z = scratch[: rows * g.filters].reshape(rows, g.filters)
    taps = x.rows if packed else scratch[z.size : z.size + rows * g.channels].reshape(rows, g.channels)

    def step() -> None:
        if not packed:  # a slice of a concat: cuBLAS gets it in one piece
            nothing = (None, None, 0, float("-inf"), float("inf"))
            device.launch("epilogue", taps.size, values(x), pitch(x), taps, g.channels, rows, g.channels, *nothing)
        device.product(taps, weight, z)
        device.launch("epilogue", z.size, z, g.filters, values(y), pitch(y), rows, g.filters, *ends.arguments())

    return step


def _im2col(g: Geometry, device: Device, x: Map, weight: Array, y: Map, ends: Ends, scratch: Array) -> Step:
    examples = _examples(g, scratch.itemsize)
    channels, filters = g.channels // g.groups, g.filters // g.groups

    def part(first: int, count: int, group: int) -> None:
        rows = count * g.stops
        taps = scratch[: rows * g.taps].reshape(rows, g.taps)
        z = scratch[taps.size : taps.size + rows * filters].reshape(rows, filters)
        source, target = _part(x, first, group * channels), _part(y, first, group * filters)
        sizes = (count, g.height, g.width, channels, g.out_height, g.out_width)
        windows = (*g.kernel, *g.stride, *g.dilation, *g.before)
        device.launch("im2col", taps.size, source, pitch(x), taps, *sizes, *windows)
        device.product(taps, weight[group], z)
        finish = ends.arguments(first, group * filters)
        device.launch("epilogue", z.size, z, filters, target, pitch(y), rows, filters, *finish)

    def step() -> None:
        for first in range(0, g.batch, examples):
            for group in range(g.groups):
                part(first, min(examples, g.batch - first), group)

    return step


def _winograd(g: Geometry, device: Device, x: Map, weight: Array, y: Map, ends: Ends, scratch: Array, m: int) -> Step:
    examples = _tiled_examples(g, scratch.itemsize, m)
    rows, columns = -(-g.out_height // m), -(-g.out_width // m)

    def part(first: int, count: int) -> None:
        tiles, frequencies = count * rows * columns, (m + 2) ** 2
        v = scratch[: frequencies * tiles * g.channels].reshape(frequencies, tiles, g.channels)
        p = scratch[v.size : v.size + frequencies * tiles * g.filters].reshape(frequencies, tiles, g.filters)
        before = (count, g.height, g.width, g.channels, rows, columns, *g.before)
        after = (count, g.out_height, g.out_width, g.filters, rows, columns)
        device.launch(f"winograd_input_{m}", tiles * g.channels, _part(x, first), pitch(x), v, *before)
        device.product(v, weight, p)
        target = (_part(y, first), pitch(y))
        device.launch(f"winograd_output_{m}", tiles * g.filters, p, *target, *after, *ends.arguments(first))

    def step() -> None:
        for first in range(0, g.batch, examples):
            part(first, min(examples, g.batch - first))

    return step


METHODS: dict[str, Callable[..., Step]] = {
    "depthwise": _depthwise,
    "product": _product,
    "im2col": _im2col,
    "winograd 4": partial(_winograd, m=4),
    "winograd 2": partial(_winograd, m=2),
}

_WEIGHTS: dict[str, Callable[[Geometry, Array], Array]] = {
    "depthwise": lambda g, weight: weight[:, 0].transpose(1, 2, 0),
    "product": lambda g, weight: weight.reshape(g.filters, g.channels).T,
    "im2col": lambda g, weight: (
        weight.reshape(g.groups, g.filters // g.groups, -1, *g.kernel)
        .transpose(0, 3, 4, 2, 1)
        .reshape(g.groups, g.taps, g.filters // g.groups)
    ),
    "winograd 4": lambda g, weight: transformed_weights(weight, 4),
    "winograd 2": lambda g, weight: transformed_weights(weight, 2),
}


def _examples(g: Geometry, item: int) -> int:
    """Examples whose taps fit into the scratch together."""
    return max(1, min(g.batch, SCRATCH_BYTES // (g.stops * (g.taps + g.filters // g.groups) * item)))


def _tiled_examples(g: Geometry, item: int, m: int) -> int:
    """The same for tiles."""
    return max(1, min(g.batch, SCRATCH_BYTES // _tile_bytes(g, item, m)))


def _tile_bytes(g: Geometry, item: int, m: int) -> int:
    """Of one example."""
    return (m + 2) ** 2 * -(-g.out_height // m) * -(-g.out_width // m) * (g.channels + g.filters) * item


_SCRATCH: dict[str, Callable[[Geometry, int], int]] = {
    "depthwise": lambda g, item: 0,
    "product": lambda g, item: g.batch * g.stops * (g.channels + g.filters) * item,
    "im2col": lambda g, item: _examples(g, item) * g.stops * (g.taps + g.filters // g.groups) * item,
    "winograd 4": lambda g, item: _tiled_examples(g, item, 4) * _tile_bytes(g, item, 4),
    "winograd 2": lambda g, item: _tiled_examples(g, item, 2) * _tile_bytes(g, item, 2),
}


def _part(place: Map, example: int, channel: int = 0) -> Array:
    """The values of a map from an example and a channel on."""
    return values(place)[example * place.height * place.width * pitch(place) + channel :]


def sizes(g: Geometry) -> tuple[int, ...]:
    """As every kernel with a window takes them."""
    return g.batch, g.height, g.width, g.channels, g.out_height, g.out_width

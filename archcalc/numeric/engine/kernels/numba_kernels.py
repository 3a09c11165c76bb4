"""Kernels that numba compiles whole: convolutions and linear layers, without a matrix of taps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from archcalc.core.record import record
from archcalc.numeric.engine.kernels.base import Bound, Geometry, Kernel, Scratch, Tensors
from archcalc.numeric.engine.kernels.numba_direct import (
    TALLEST,
    chunk_of,
    direct,
    dots,
    packed_bias,
    packed_weights,
)
from archcalc.numeric.engine.kernels.numba_simd import lane_count
from archcalc.numeric.engine.kernels.numba_winograd import FREQUENCIES, SIDE, filtered, packed_frequencies, values
from archcalc.numeric.engine.layout import NO_BORDER, Border, Map, boxes, region
from archcalc.numeric.engine.threads import Phase, Task
from archcalc.numeric.namespace import Array

Range = tuple[int, int]
At = tuple[int, int, int]

LARGE_MACS = 20_000_000
"""From here on there are two tasks for each thread, so that one that was held up leaves work to the other."""

LEAST_CHANNELS = 16
"""With fewer the transforms cost more than they save."""
LEAST_TILES = 12
"""With fewer, reading the transformed weights, four times as many, takes longer than what is saved."""
TILES = 24
"""Tiles of the map that are multiplied together: their values and the weights of a block stay in a level 2 cache."""
TOGETHER = 4
"""Blocks of filters that are multiplied before they are brought back."""
SHARED_BYTES = 12 << 20
"""Transformed values of the whole map up to here are shared, and the threads take filters instead of tiles."""
WEIGHTS_IN_CACHE = 2 << 20
"""Transformed weights up to here are read for each group of tiles anew."""


def convolution(geometry: Geometry, threads: int, exact: bool, item: int) -> Kernel:
    """The fastest kernel of this module for a convolution on maps."""
    tiled = Tiled(geometry, threads)
    return tiled if not exact and tiled.fits(item) else Direct(geometry, threads)


def linear(rows: int, features: int, filters: int, threads: int) -> Kernel:
    """The kernel for a linear layer; rows are examples, or tokens of all examples."""
    return Dots(features, filters, threads) if rows == 1 else Dense(rows, features, filters, threads)


@record
class Direct:
    """A convolution as it stands: the taps are read where they lie."""

    geometry: Geometry
    threads: int

    @property
    def name(self) -> str:
        return "direct"

    @property
    def border(self) -> Border:
        return self.geometry.border

    def scratch(self, item: int) -> Scratch:  # noqa: ARG002
        return Scratch()

    def prepared(self, tensors: Tensors) -> Tensors:
        return {**tensors, "weight": packed_weights(tensors["weight"], self.geometry.groups)}

    def phases(self, bound: Bound) -> list[Phase]:
        (x,), y, g = bound.x, bound.y, self.geometry
        assert isinstance(x, Map)
        assert isinstance(y, Map)
        _, add, r, r_at, low, high = bound.finish.arguments(y)
        call = _direct(
            g, x.base, x.window_at(g.before), bound.tensors["weight"], bound.finish.bias, y.base, y.at,
            (add, r, r_at, low, high), bound.threads,
        )  # fmt: skip
        tasks = [call(stops, blocks) for stops, blocks in self._parts(bound.tensors["weight"])]
        return [tasks, *_afterwards(bound, y, g)]

    def _parts(self, w: Array) -> list[tuple[Range, Range]]:
        """Ranges of stops and of blocks of filters: cut where the larger of the two arrays is."""
        g = self.geometry
        stops, blocks = g.batch * g.stops, w.shape[0] * w.shape[1]
        parts = self.threads * (2 if g.macs >= LARGE_MACS else 1)
        if w.size > g.batch * g.channels * g.height * g.width and blocks >= parts:
            return [((0, stops), part) for part in _ranges(blocks, parts, 1)]
        return [(part, (0, blocks)) for part in _ranges(stops, parts, 12)]


@record
class Dense:
    """A linear layer: each thread reads the weights of its own outputs once."""

    rows: int
    """Examples, or tokens of all examples."""
    features: int
    filters: int
    threads: int

    @property
    def name(self) -> str:
        return "direct"

    @property
    def border(self) -> Border:
        return NO_BORDER

    def scratch(self, item: int) -> Scratch:  # noqa: ARG002
        return Scratch()

    def prepared(self, tensors: Tensors) -> Tensors:
        return {**tensors, "weight": packed_weights(tensors["weight"][:, :, None, None])}

    def phases(self, bound: Bound) -> list[Phase]:
        (x,), y, finish, w = bound.x, bound.y, bound.finish, bound.tensors["weight"]
        assert isinstance(x, np.ndarray)
        assert isinstance(y, np.ndarray)
        g = Geometry(self.rows, self.features, 1, 1, self.filters, 1, 1, (1, 1), (1, 1), (1, 1), (0, 0))
        cells, out = x.reshape(self.rows, 1, 1, self.features), y.reshape(self.rows, 1, 1, self.filters)
        place = (0, 0, 0)
        call = _direct(
            g, cells, place, w, finish.bias, out, place, (0, out, place, finish.low, finish.high), bound.threads
        )
        tasks = [call((0, self.rows), part) for part in _ranges(w.shape[1], self.threads, 1)]
        then = finish.then
        return [tasks, [lambda _: then(y)]] if then else [tasks]


@record
class Dots:
    """A linear layer for one example: bound by reading the weights, which stay as they are."""

    features: int
    filters: int
    threads: int

    @property
    def name(self) -> str:
        return "matrix-vector"

    @property
    def border(self) -> Border:
        return NO_BORDER

    def scratch(self, item: int) -> Scratch:
        return Scratch(own=4 * lane_count(f"f{item}"))

    def prepared(self, tensors: Tensors) -> Tensors:
        return {**tensors, "weight": np.ascontiguousarray(tensors["weight"])}

    def phases(self, bound: Bound) -> list[Phase]:
        (x,), y, finish, w = bound.x, bound.y, bound.finish, bound.tensors["weight"]
        assert isinstance(x, np.ndarray)
        assert isinstance(y, np.ndarray)
        row, out = x.reshape(1, self.features), y.reshape(1, self.filters)

        def part(first: int, last: int) -> Task:
            return lambda worker: dots(
                w, row, out, finish.bias, finish.low, finish.high, first, last, bound.own[worker]
            )

        tasks = [part(*ends) for ends in _ranges(self.filters, self.threads, 4)]
        then = finish.then
        return [tasks, [lambda _: then(y)]] if then else [tasks]


@record
class Tiled:
    """Winograd's F(4x4, 3x3) or F(2x2, 5x5)."""

    geometry: Geometry
    threads: int

    def fits(self, item: int) -> bool:
        """Whether it can compute this convolution, and pays."""
        g, lanes = self.geometry, lane_count(f"f{item}")
        return (
            g.kernel in ((3, 3), (5, 5))
            and g.stride == g.dilation == (1, 1)
            and g.channels // g.groups % lanes == g.filters // g.groups % lanes == 0
            and min(g.channels, g.filters) // g.groups >= LEAST_CHANNELS
            and self.tiles >= LEAST_TILES
        )

    @property
    def m(self) -> int:
        """Outputs of a tile along an axis."""
        return SIDE + 1 - self.geometry.kernel[0]

    @property
    def name(self) -> str:
        return f"winograd {self.m}x{self.m}"

    @property
    def rows(self) -> int:
        """Rows of tiles."""
        return -(-self.geometry.out_height // self.m)

    @property
    def columns(self) -> int:
        """Tiles of a row."""
        return -(-self.geometry.out_width // self.m)

    @property
    def tiles(self) -> int:
        return self.geometry.batch * self.rows * self.columns

    @property
    def border(self) -> Border:
        taps = self.geometry.kernel[0] - 1
        return self.geometry.border_to(self.rows * self.m + taps, self.columns * self.m + taps)

    def scratch(self, item: int) -> Scratch:
        values, products = FREQUENCIES * self.geometry.channels, FREQUENCIES * TOGETHER * 2 * lane_count(f"f{item}")
        own = 2 * FREQUENCIES * lane_count(f"f{item}")
        if self._shares(item):
            return Scratch(self.tiles * values, self.tiles * products + own)
        return Scratch(own=self._together(item) * (values + products) + own)

    def prepared(self, tensors: Tensors) -> Tensors:
        return {**tensors, "weight": packed_frequencies(tensors["weight"], self.m, self.geometry.groups)}

    def phases(self, bound: Bound) -> list[Phase]:
        y = bound.y
        assert isinstance(y, Map)
        schedule = self._by_filters if self._shares(y.base.itemsize) else self._by_tiles
        return [*schedule(bound, y), *_afterwards(bound, y, self.geometry)]

    def _shares(self, item: int) -> bool:
        """Whether the threads take filters of all tiles, instead of tiles with all filters."""
        return self.threads > 1 and FREQUENCIES * self.tiles * self.geometry.channels * item <= SHARED_BYTES

    def _together(self, item: int) -> int:
        g = self.geometry
        large = FREQUENCIES * g.channels * g.filters // g.groups * item > WEIGHTS_IN_CACHE
        return min(2 * TILES if large else TILES, -(-self.tiles // self.threads))

    def _by_tiles(self, bound: Bound, y: Map) -> list[Phase]:
        g, w = self.geometry, bound.tensors["weight"]
        together = self._together(y.base.itemsize)
        size = FREQUENCIES * together * g.channels
        places = [np.zeros((2, together + SIDE), np.int64) for _ in bound.own]
        read, write = self._read(bound), self._write(bound, y)

        def task(first: int) -> Task:
            tiles = min(together, self.tiles - first)

            def run(worker: int) -> None:
                own = bound.own[worker]
                v = own[:size].reshape(FREQUENCIES, together, g.channels)
                read(first, first + tiles, v, 0, own[size:])
                write(v, first, tiles, (0, len(w)), own[size:], places[worker])

            return run

        return [[task(first) for first in range(0, self.tiles, together)]]

    def _by_filters(self, bound: Bound, y: Map) -> list[Phase]:
        g, w = self.geometry, bound.tensors["weight"]
        v = bound.shared[: FREQUENCIES * self.tiles * g.channels].reshape(FREQUENCIES, self.tiles, g.channels)
        places = [np.zeros((2, self.tiles + SIDE), np.int64) for _ in bound.own]
        read, write = self._read(bound), self._write(bound, y)

        def values_of(first: int, last: int) -> Task:
            return lambda worker: read(first, last, v, first, bound.own[worker])

        def filters(part: Range) -> Task:
            return lambda worker: write(v, 0, self.tiles, part, bound.own[worker], places[worker])

        return [
            [values_of(*part) for part in _ranges(self.tiles, self.threads, 1)],
            [filters(part) for part in _ranges(len(w), 2 * self.threads, 1)],
        ]

    def _read(self, bound: Bound) -> Callable[[int, int, Array, int, Array], None]:
        (x,), g = bound.x, self.geometry
        assert isinstance(x, Map)
        base, place, m, rows, columns = x.base, x.window_at(g.before), self.m, self.rows, self.columns

        def read(first: int, last: int, v: Array, start: int, work: Array) -> None:
            values(base, place, g.channels, m, rows, columns, first, last, v, start, work)

        return read

    def _write(self, bound: Bound, y: Map) -> Callable[[Array, int, int, Range, Array, Array], None]:
        g, w, m, rows, columns = self.geometry, bound.tensors["weight"], self.m, self.rows, self.columns
        finish = bound.finish.arguments(y)
        work_size = 2 * FREQUENCIES * lane_count(y.base.dtype)
        filters, per_group = g.filters // g.groups, len(w) // g.groups

        def write(v: Array, first: int, tiles: int, blocks: Range, own: Array, places: Array) -> None:
            work, p = own[:work_size], own[work_size:]
            filtered(
                v, tiles, w, per_group, *blocks, TOGETHER, p, places,
                y.base, y.at, filters, g.out_height, g.out_width, m, rows, columns, first, *finish, work,
            )  # fmt: skip

        return write


def _direct(
    g: Geometry, x: Array, x_at: At, w: Array, bias: Array, y: Array, y_at: At,
    finish: tuple[Any, ...], threads: int,
) -> Callable[[Range, Range], Task]:  # fmt: skip
    """Makes tasks of a direct convolution, for ranges of stops and of blocks of filters."""
    filters, channels = g.filters // g.groups, g.channels // g.groups
    full = packed_bias(bias, w)
    places = [np.zeros((3, chunk_of(g, y.itemsize) + TALLEST), np.int64) for _ in range(threads)]
    rest = [np.zeros(TALLEST * w.shape[3], y.dtype) for _ in range(threads)]

    def call(stops: Range, blocks: Range) -> Task:
        return lambda worker: direct(
            x, x_at, channels, w, y, y_at, filters, g.out_height, g.out_width, g.kernel, g.stride, g.dilation,
            *stops, *blocks, full, *finish, places[worker], rest[worker],
        )  # fmt: skip

    return call


def _afterwards(bound: Bound, y: Map, g: Geometry) -> list[Phase]:
    """The activation that no epilogue has, if there is one."""
    then = bound.finish.then
    if then is None:
        return []
    parts = [region(y, box) for box in boxes(g.batch, g.out_height, 2 * bound.threads)]
    return [[partial(_apply, then, part) for part in parts]]


def _apply(then: Callable[[Array], None], part: Array, _: int) -> None:
    then(part)


def _ranges(length: int, parts: int, step: int) -> list[Range]:
    """0 to length cut into parts of about one size, at multiples of the step."""
    edges = sorted({*(part * length // (parts * step) * step for part in range(parts)), length})
    return list(pairwise(edges))

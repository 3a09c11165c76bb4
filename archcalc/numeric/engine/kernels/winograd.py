"""3x3 and 5x5 convolutions with stride 1 by Winograd's minimal filtering: 2.25 to 4 times fewer multiplications.

The output is cut into tiles of m x m, each from (m + taps - 1)^2 inputs; transformed tiles and weights are multiplied
frequency by frequency, one matrix product for each of as many frequencies.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from archcalc.core.record import record
from archcalc.numeric.engine.kernels.base import Bound, Geometry, Scratch, Tensors
from archcalc.numeric.engine.kernels.winograd_matrices import transformed_weights
from archcalc.numeric.engine.layout import Border, Box, Map, boxes, region
from archcalc.numeric.engine.threads import Phase, Task
from archcalc.numeric.namespace import Array

BLOCK_BYTES = 3 << 20
"""Transformed tiles and products of one block of the first schedule."""

SHARED_BYTES = 24 << 20
"""The same of all workers together in the second schedule."""

WEIGHTS_IN_CACHE = 2 << 20
"""Transformed weights up to here stay in the cache while each thread walks over its own tiles."""


@record
class Winograd:
    """F(m x m, taps x taps)."""

    geometry: Geometry
    m: int
    threads: int

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
    def frequencies(self) -> int:
        return (self.m + self.geometry.kernel[0] - 1) ** 2

    @property
    def border(self) -> Border:
        more = self.geometry.kernel[0] - 1
        return self.geometry.border_to(self.rows * self.m + more, self.columns * self.m + more)

    def scratch(self, item: int) -> Scratch:
        g = self.geometry
        tiles = max(map(self._tiles, self._boxes(item)))
        work = self.frequencies * g.channels, self.m**2 * g.filters
        if self._by_tiles(item):
            return Scratch(own=tiles * (self.frequencies * (g.channels + g.filters) + max(work)))
        share = max(self._tiles(part) for box in self._boxes(item) for part in self._parts(box))
        return Scratch(self.frequencies * tiles * (g.channels + g.filters), share * max(work))

    def prepared(self, tensors: Tensors) -> Tensors:
        return {**tensors, "weight": transformed_weights(tensors["weight"], self.m)}

    def phases(self, bound: Bound) -> list[Phase]:
        item = bound.tensors["weight"].itemsize
        if self._by_tiles(item):
            return [[self._whole(bound, box) for box in self._boxes(item)]]
        return [phase for box in self._boxes(item) for phase in self._split(bound, box)]

    def _by_tiles(self, item: int) -> bool:
        """The first schedule: each task does all of its tiles. Else each phase is split in its own way."""
        g = self.geometry
        return self.frequencies * g.channels * g.filters * item <= WEIGHTS_IN_CACHE and self.rows * g.batch > 1

    def _boxes(self, item: int) -> list[Box]:
        """Blocks of tile rows."""
        g = self.geometry
        size = self.frequencies * g.batch * self.rows * self.columns * (g.channels + g.filters) * item
        if self._by_tiles(item):
            return boxes(g.batch, self.rows, -(-size // (BLOCK_BYTES * self.threads)) * self.threads)
        return boxes(g.batch, self.rows, -(-size // SHARED_BYTES))

    def _tiles(self, box: Box) -> int:
        return (box[1] - box[0]) * (box[3] - box[2]) * self.columns

    def _whole(self, bound: Bound, box: Box) -> Task:
        g, tiles = self.geometry, self._tiles(box)
        sizes = (self.frequencies * tiles * g.channels, self.frequencies * tiles * g.filters)

        def task(worker: int) -> None:
            own = bound.own[worker]
            v = own[: sizes[0]].reshape(self.frequencies, tiles, g.channels)
            p = own[sizes[0] : sum(sizes)].reshape(self.frequencies, tiles, g.filters)
            work = own[sum(sizes) :]
            self._input(bound, v, 0, work, box)
            np.matmul(v, bound.tensors["weight"], out=p)
            self._output(bound, p, 0, work, box)

        return task

    def _split(self, bound: Bound, box: Box) -> list[Phase]:
        g, tiles = self.geometry, self._tiles(box)
        size = self.frequencies * tiles * g.channels
        v = bound.shared[:size].reshape(self.frequencies, tiles, g.channels)
        p = bound.shared[size : size + self.frequencies * tiles * g.filters].reshape(self.frequencies, tiles, g.filters)
        weight = bound.tensors["weight"]
        parts = self._parts(box)
        starts = [0, *accumulate(map(self._tiles, parts))]

        def values(part: Box, start: int) -> Task:
            return lambda worker: self._input(bound, v, start, bound.own[worker], part)

        def product(first: int, stop: int) -> Task:
            return lambda _: np.matmul(v[first:stop], weight[first:stop], out=p[first:stop])

        def outputs(part: Box, start: int) -> Task:
            return lambda worker: self._output(bound, p, start, bound.own[worker], part)

        each = max(1, self.frequencies // (4 * bound.threads))
        cuts = range(0, self.frequencies, each)
        return [
            [values(part, start) for part, start in zip(parts, starts, strict=False)],
            [product(first, min(first + each, self.frequencies)) for first in cuts],
            [outputs(part, start) for part, start in zip(parts, starts, strict=False)],
        ]

    def _parts(self, box: Box) -> list[Box]:
        """A block shared out among the threads."""
        n0, n1, h0, h1 = box
        return [(n0 + a, n0 + b, h0 + c, h0 + d) for a, b, c, d in boxes(n1 - n0, h1 - h0, 2 * self.threads)]

    def _input(self, bound: Bound, v: Array, t0: int, work: Array, box: Box) -> None:
        (x,), g = bound.x, self.geometry
        assert isinstance(x, Map)
        place = x.window_at(g.before)
        bound.moves["winograd_input"](x.base, place, g.channels, v, t0, work, self.m, self.columns, box)

    def _output(self, bound: Bound, p: Array, t0: int, work: Array, box: Box) -> None:
        y, g = bound.y, self.geometry
        assert isinstance(y, Map)
        arguments = bound.finish.arguments(y)
        bound.moves["winograd_output"](
            p, t0, y.base, y.at, g.out_height, g.out_width, self.m, self.columns, box, *arguments, work
        )
        if bound.finish.then is not None:
            rows = (box[0], box[1], box[2] * self.m, min(box[3] * self.m, g.out_height))
            bound.finish.then(region(y, rows))

"""Convolutions with few stops as one matrix product, split by filters: each thread reads its share of the weights."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from archcalc.core.record import record
from archcalc.numeric.engine.kernels.base import Bound, Geometry, Scratch, Tensors
from archcalc.numeric.engine.layout import Border, Box, Map, boxes
from archcalc.numeric.engine.threads import Phase, Task
from archcalc.numeric.namespace import Array

FEW_STOPS = 100
"""Up to here packing the weights, which a matrix library does on each call, costs as much as the product."""


@record
class Columns:
    """One group; the taps of all stops are gathered first, unless the map is already what they would be."""

    geometry: Geometry
    threads: int

    @property
    def name(self) -> str:
        return "matmul by columns"

    @property
    def border(self) -> Border:
        return self.geometry.border

    def scratch(self, item: int) -> Scratch:  # noqa: ARG002
        g = self.geometry
        rows = g.batch * g.stops
        return Scratch(rows * g.taps, rows * max(stop - first for first, stop in self._shares()))

    def prepared(self, tensors: Tensors) -> Tensors:
        """(F, C, kh, kw) -> for each thread (kh * kw * C, its filters)."""
        rows = tensors["weight"].transpose(2, 3, 1, 0).reshape(self.geometry.taps, -1)
        parts = {f"weight{n}": np.ascontiguousarray(rows[:, a:b]) for n, (a, b) in enumerate(self._shares())}
        return {"bias": tensors["bias"], **parts}

    def phases(self, bound: Bound) -> list[Phase]:
        (x,), y, g = bound.x, bound.y, self.geometry
        assert isinstance(x, Map)
        assert isinstance(y, Map)
        if g.kernel == g.stride == (1, 1) and g.before == (0, 0) and x.borderless:
            return [self._products(bound, x.rows, y)]
        rows = bound.shared[: g.batch * g.stops * g.taps].reshape(-1, g.taps)
        return [self._gathered(bound, x, rows), self._products(bound, rows, y)]

    def _gathered(self, bound: Bound, x: Map, rows: Array) -> Phase:
        g, im2col = self.geometry, bound.moves["im2col"]
        place = x.window_at(g.before)

        def gather(box: Box) -> Task:
            first = (box[0] * g.out_height + box[2]) * g.out_width
            z = rows[first : first + (box[1] - box[0]) * (box[3] - box[2]) * g.out_width]
            return lambda _: im2col(x.base, place, g.channels, z, g.kernel, g.stride, g.dilation, g.out_width, box)

        return [gather(box) for box in boxes(g.batch, g.out_height, self.threads)]

    def _products(self, bound: Bound, rows: Array, y: Map) -> Phase:
        g, epilogue = self.geometry, bound.moves["epilogue"]
        bias, add, r, (row, column, channel), low, high = bound.finish.arguments(y)
        box = (0, g.batch, 0, g.out_height)

        def product(number: int, first: int, stop: int) -> Task:
            weight, place = bound.tensors[f"weight{number}"], (y.top, y.left, y.first + first)
            other = (row, column, channel + first)

            def task(worker: int) -> None:
                z = bound.own[worker][: len(rows) * (stop - first)].reshape(len(rows), stop - first)
                np.matmul(rows, weight, out=z)
                epilogue(z, y.base, place, g.out_width, box, bias[first:stop], add, r, other, low, high)
                if bound.finish.then is not None:
                    bound.finish.then(y.view[..., first:stop])

            return task

        return [product(number, *share) for number, share in enumerate(self._shares())]

    def _shares(self) -> list[tuple[int, int]]:
        parts = min(self.threads, self.geometry.filters)
        return list(pairwise(part * self.geometry.filters // parts for part in range(parts + 1)))

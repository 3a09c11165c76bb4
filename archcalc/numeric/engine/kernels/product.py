"""Convolutions as one matrix product: the taps of each stop are a row, the weights of a filter a column.

A 1x1 convolution on a map without borders is the product itself, nothing is copied. Otherwise the rows are gathered
tile by tile, as many as stay in the cache until they are multiplied.
"""

from __future__ import annotations

import numpy as np

from archcalc.core.record import record
from archcalc.numeric.engine.kernels.base import Bound, Geometry, Scratch, Tensors, finished
from archcalc.numeric.engine.layout import Border, Box, Map, boxes
from archcalc.numeric.engine.threads import Phase
from archcalc.numeric.namespace import Array

TILE_BYTES = 3 << 19
"""1.5 MiB of gathered rows: less, and the weights are packed too often; more, and they leave the cache."""


@record
class ProductKernel:
    """A convolution with one group, or a group at a time."""

    geometry: Geometry
    threads: int

    @property
    def name(self) -> str:
        one = self.geometry.kernel == (1, 1) and self.geometry.stride == (1, 1)
        return "matmul" if one else "im2col" if self.geometry.groups == 1 else "grouped im2col"

    @property
    def border(self) -> Border:
        return self.geometry.border

    def scratch(self, item: int) -> Scratch:
        rows = max((box[1] - box[0]) * (box[3] - box[2]) for box in self._boxes(item)) * self.geometry.out_width
        return Scratch(own=rows * (self.geometry.taps + self.geometry.filters // self.geometry.groups))

    def prepared(self, tensors: Tensors) -> Tensors:
        """(F, C / groups, kh, kw) -> (groups, kh * kw * C / groups, F / groups)."""
        g = self.geometry
        weight = tensors["weight"].reshape(g.groups, g.filters // g.groups, -1, *g.kernel)
        columns = weight.transpose(0, 3, 4, 2, 1).reshape(g.groups, g.taps, -1)
        return {**tensors, "weight": np.ascontiguousarray(columns)}

    def phases(self, bound: Bound) -> list[Phase]:
        (x,) = bound.x
        y = bound.y
        assert isinstance(x, Map)
        assert isinstance(y, Map)
        plain = self.name == "matmul" and self.geometry.groups == 1 and x.borderless and self.geometry.before == (0, 0)
        block = self._on_rows(bound, x, y) if plain else self._on_gathered(bound, x, y)
        return [[finished(block, box, y, bound.finish.then) for box in self._boxes(x.base.itemsize)]]

    def _boxes(self, item: int) -> list[Box]:
        g = self.geometry
        tiles = -(-g.batch * g.stops * g.taps * item // TILE_BYTES)
        return boxes(g.batch, g.out_height, -(-tiles // self.threads) * self.threads)

    def _on_rows(self, bound: Bound, x: Map, y: Map):  # type: ignore[no-untyped-def]
        weight, arguments = bound.tensors["weight"][0], bound.finish.arguments(y)
        epilogue, width, height = bound.moves["epilogue"], self.geometry.out_width, self.geometry.out_height
        direct = y.rows if y.borderless else None

        def block(box: Box, worker: int) -> None:
            n0, n1, h0, h1 = box
            if n1 - n0 > 1:  # whole examples
                h1 += (n1 - n0 - 1) * height
            rows = slice((n0 * height + h0) * width, (n0 * height + h1) * width)
            if direct is None:
                z = bound.own[worker][: (rows.stop - rows.start) * self.geometry.filters].reshape(
                    -1, self.geometry.filters
                )
            else:
                z = direct[rows]
            np.matmul(x.rows[rows], weight, out=z)
            epilogue(z, y.base, y.at, width, box, *arguments)

        return block

    def _on_gathered(self, bound: Bound, x: Map, y: Map):  # type: ignore[no-untyped-def]
        g = self.geometry
        filters, channels = g.filters // g.groups, g.channels // g.groups
        weights, moves = bound.tensors["weight"], bound.moves
        place = x.window_at(g.before)

        def block(box: Box, worker: int) -> None:
            count = (box[1] - box[0]) * (box[3] - box[2]) * g.out_width
            rows = bound.own[worker][: count * g.taps].reshape(count, g.taps)
            z = bound.own[worker][count * g.taps : count * (g.taps + filters)].reshape(count, filters)
            for group in range(g.groups):
                at = (place[0], place[1], place[2] + group * channels)
                moves["im2col"](x.base, at, channels, rows, g.kernel, g.stride, g.dilation, g.out_width, box)
                np.matmul(rows, weights[group], out=z)
                self._finish(bound, y, z, group * filters, box)

        return block

    def _finish(self, bound: Bound, y: Map, z: Array, first: int, box: Box) -> None:
        """The epilogue on the channels of one group."""
        bias, add, r, (row, column, channel), low, high = bound.finish.arguments(y)
        bound.moves["epilogue"](
            z, y.base, (y.top, y.left, y.first + first), self.geometry.out_width, box,
            bias[first : first + z.shape[1]], add, r, (row, column, channel + first), low, high,
        )  # fmt: skip

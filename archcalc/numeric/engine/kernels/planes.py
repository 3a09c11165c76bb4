"""First layers: few channels, read from the planes of the input itself; the taps are rows, the stops columns."""

from __future__ import annotations

import numpy as np

from archcalc.core.record import record
from archcalc.numeric.engine.kernels import numpy_moves
from archcalc.numeric.engine.kernels.base import Bound, Geometry, Scratch, Tensors, finished
from archcalc.numeric.engine.layout import Border, Box, Map, Planar, boxes, region
from archcalc.numeric.engine.threads import Phase

TILE_BYTES = 3 << 18


@record
class Planes:
    """A convolution on a plain array (N, C, H, W)."""

    geometry: Geometry
    threads: int

    @property
    def name(self) -> str:
        return "im2col of planes"

    @property
    def border(self) -> Border:
        return self.geometry.border

    def scratch(self, item: int) -> Scratch:
        stops = max((box[1] - box[0]) * (box[3] - box[2]) for box in self._boxes(item)) * self.geometry.out_width
        return Scratch(own=stops * (self.geometry.taps + 1))

    def prepared(self, tensors: Tensors) -> Tensors:
        """(F, C, kh, kw) -> (C * kh * kw + 1, F); the bias is the weight of one more tap, which reads 1."""
        columns = tensors["weight"].reshape(self.geometry.filters, -1).T
        return {**tensors, "weight": np.concatenate([columns, tensors["bias"][None]])}

    def phases(self, bound: Bound) -> list[Phase]:
        (x,), y, g = bound.x, bound.y, self.geometry
        assert isinstance(x, Planar)
        assert isinstance(y, Map)
        outside = (g.before[0] - x.top, g.before[1] - x.left)  # of the base; 0 unless others need a wider border
        weight, gather = bound.tensors["weight"], bound.moves["im2col_planes"]
        _, add, r, r_at, low, high = bound.finish.arguments(y)

        def block(box: Box, worker: int) -> None:
            n, h = box[1] - box[0], box[3] - box[2]
            taps = bound.own[worker][: n * h * g.out_width * len(weight)].reshape(len(weight), n, h, g.out_width)
            gather(x.base, taps[:-1], g.kernel, g.stride, g.dilation, outside, g.out_width, box)
            taps[-1] = 1
            target = region(y, box)
            np.matmul(taps.transpose(1, 2, 3, 0), weight, out=target)  # row by row, into a map with borders too
            if add:
                np.add(target, numpy_moves.region(r, r_at, box, g.out_width, g.filters), out=target)
            numpy_moves.clip(target, low, high)

        return [[finished(block, box, y, bound.finish.then) for box in self._boxes(x.base.itemsize)]]

    def _boxes(self, item: int) -> list[Box]:
        g = self.geometry
        tiles = -(-g.batch * g.stops * (g.taps + g.filters) * item // TILE_BYTES)
        return boxes(g.batch, g.out_height, -(-tiles // self.threads) * self.threads)

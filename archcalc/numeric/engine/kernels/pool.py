"""Pooling on maps."""

from __future__ import annotations

from math import inf

import numpy as np

from archcalc.core import Shape, Window
from archcalc.core.record import record
from archcalc.layers.pool import AvgPool, MaxPool
from archcalc.numeric.engine.kernels.base import Bound, Geometry, Scratch, Tensors
from archcalc.numeric.engine.layout import NO_BORDER, Border, Box, Map, boxes
from archcalc.numeric.engine.threads import Phase, Task
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.slide import padded, slid, tap_axes


@record
class Pool:
    """The largest value or the mean of each window."""

    geometry: Geometry
    layer: MaxPool | AvgPool
    threads: int

    @property
    def name(self) -> str:
        return self.layer.kind.replace("_", " ")

    @property
    def border(self) -> Border:
        return NO_BORDER

    def scratch(self, _: int) -> Scratch:
        return Scratch()

    def prepared(self, tensors: Tensors) -> Tensors:
        if isinstance(self.layer, MaxPool):
            return tensors
        windows = self.layer.windows(Shape((1, self.geometry.height, self.geometry.width)))
        return {"shares": shares_of(self.geometry, windows, self.layer.count_include_pad)}

    def phases(self, bound: Bound) -> list[Phase]:
        (x,), y, g = bound.x, bound.y, self.geometry
        assert isinstance(x, Map)
        assert isinstance(y, Map)
        maximum = isinstance(self.layer, MaxPool)
        move = bound.moves["max_pool" if maximum else "avg_pool"]
        arguments = (x.base, x.at, g.height, g.width, y.base, y.at, g.out_width, g.channels, g.kernel, g.stride)
        shares = None if maximum else bound.tensors["shares"].astype(x.base.dtype)

        def block(box: Box) -> Task:
            if maximum:
                return lambda _: move(*arguments, g.dilation, g.before, box, -inf)
            return lambda _: move(*arguments, g.before, shares, box)

        return [[block(box) for box in boxes(g.batch, g.out_height, 2 * self.threads)]]


@record
class GlobalAverage:
    """The mean of each channel."""

    batch: int
    threads: int

    @property
    def name(self) -> str:
        return "global average"

    @property
    def border(self) -> Border:
        return NO_BORDER

    def scratch(self, _: int) -> Scratch:
        return Scratch()

    def prepared(self, tensors: Tensors) -> Tensors:
        return tensors

    def phases(self, bound: Bound) -> list[Phase]:
        (x,), y = bound.x, bound.y
        assert isinstance(x, Map)
        move, flat = bound.moves["global_avg"], y.view[:, 0, 0] if isinstance(y, Map) else y

        def part(n0: int, n1: int) -> Task:
            return lambda _: move(x.base, x.at, x.height, x.width, x.channels, flat, n0, n1)

        return [[part(n0, n1) for n0, n1, _, _ in boxes(self.batch, 1, min(self.batch, self.threads))]]


def shares_of(g: Geometry, windows: tuple[Window, ...], with_padding: bool) -> Array:
    """One over the cells that count in each window of a mean, (out height, out width)."""
    cells = padded(np.ones((1, 1, g.height, g.width)), windows, float(with_padding))
    shares: Array = 1 / slid(cells, windows).sum(tap_axes(windows))[0, 0]
    return shares

"""Depthwise convolutions: each channel has one filter of its own; no matrix product."""

from __future__ import annotations

import numpy as np

from archcalc.core.record import record
from archcalc.numeric.engine.kernels.base import Bound, Geometry, Scratch, Tensors, finished
from archcalc.numeric.engine.layout import Border, Box, Map, boxes
from archcalc.numeric.engine.threads import Phase


@record
class Depthwise:
    """One filter a channel, all channels of a place together."""

    geometry: Geometry
    threads: int

    @property
    def name(self) -> str:
        return "depthwise"

    @property
    def border(self) -> Border:
        return self.geometry.border

    def scratch(self, _: int) -> Scratch:
        return Scratch()

    def prepared(self, tensors: Tensors) -> Tensors:
        """(C, 1, kh, kw) -> (kh, kw, C)."""
        return {**tensors, "weight": np.ascontiguousarray(tensors["weight"][:, 0].transpose(1, 2, 0))}

    def phases(self, bound: Bound) -> list[Phase]:
        (x,), y, g = bound.x, bound.y, self.geometry
        assert isinstance(x, Map)
        assert isinstance(y, Map)
        weight, place, arguments = bound.tensors["weight"], x.window_at(g.before), bound.finish.arguments(y)
        depthwise = bound.moves["depthwise"]

        def block(box: Box, _: int) -> None:
            depthwise(x.base, place, weight, y.base, y.at, g.out_width, g.kernel, g.stride, g.dilation, box, *arguments)

        parts = boxes(g.batch, g.out_height, 2 * self.threads)
        return [[finished(block, box, y, bound.finish.then) for box in parts]]

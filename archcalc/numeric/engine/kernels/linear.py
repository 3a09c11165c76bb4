"""Fully connected layers: bound by reading the weights, which each thread does for its own outputs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from archcalc.core.record import record
from archcalc.numeric.engine.kernels.base import Bound, Scratch, Tensors
from archcalc.numeric.engine.layout import NO_BORDER, Border
from archcalc.numeric.engine.threads import Phase, Task


@record
class LinearKernel:
    """(N, features) or (N, tokens, features) times the weights."""

    rows: int
    """Examples, or tokens of all examples."""
    features: int
    filters: int
    threads: int

    @property
    def name(self) -> str:
        return "matrix-vector" if self.rows == 1 else "matmul"

    @property
    def border(self) -> Border:
        return NO_BORDER

    def scratch(self, _: int) -> Scratch:
        return Scratch()

    def prepared(self, tensors: Tensors) -> Tensors:
        """The weights stay as they are, (F, features)."""
        return {**tensors, "weight": np.ascontiguousarray(tensors["weight"])}

    def phases(self, bound: Bound) -> list[Phase]:
        (x,), y = bound.x, bound.y
        assert isinstance(x, np.ndarray)
        assert isinstance(y, np.ndarray)
        weight, finish = bound.tensors["weight"], bound.finish
        rows, out = x.reshape(self.rows, self.features), y.reshape(self.rows, self.filters)

        def block(first: int, stop: int) -> Task:
            target, part, bias = out[:, first:stop], weight[first:stop], finish.bias[first:stop]

            def task(_: int) -> None:
                if self.rows == 1:
                    np.matmul(part, rows[0], out=target[0])
                else:
                    np.matmul(rows, part.T, out=target)
                np.add(target, bias, out=target)
                if finish.low != -np.inf:
                    np.maximum(target, finish.low, out=target)
                if finish.high != np.inf:
                    np.minimum(target, finish.high, out=target)
                if finish.then is not None:
                    finish.then(target)

            return task

        edges = [part * self.filters // self.threads for part in range(self.threads + 1)]
        return [[block(first, stop) for first, stop in pairwise(edges) if first < stop]]

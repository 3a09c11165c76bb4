"""Convolutions with long kernels by the Fourier transform: a product for each frequency."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from archcalc.core.record import record
from archcalc.numeric.engine.kernels.base import Bound, Geometry, Scratch, Tensors
from archcalc.numeric.engine.layout import Border, Map
from archcalc.numeric.engine.threads import Phase, Task

_SMOOTH = (2, 3, 5)


@record
class FFT:
    """Stride 1, no dilation, one group; one example at a time, over the whole map."""

    geometry: Geometry
    threads: int

    @property
    def name(self) -> str:
        return "fft"

    @property
    def border(self) -> Border:
        return self.geometry.border

    def scratch(self, _: int) -> Scratch:
        g = self.geometry
        rows, columns = self._padded
        return Scratch(2 * rows * (columns // 2 + 1) * (g.channels + g.filters), g.stops * g.filters)

    def prepared(self, tensors: Tensors) -> Tensors:
        """(F, C, kh, kw) -> the conjugated transform, (rows, frequencies, C, F)."""
        weight = tensors["weight"]
        spectrum = np.fft.rfft2(weight, self._padded).conj().transpose(2, 3, 1, 0)
        return {**tensors, "weight": np.ascontiguousarray(spectrum.astype(np.result_type(weight, np.complex64)))}

    def phases(self, bound: Bound) -> list[Phase]:
        return [phase for n in range(self.geometry.batch) for phase in self._example(bound, n)]

    def _example(self, bound: Bound, n: int) -> list[Phase]:
        (x,), y, g = bound.x, bound.y, self.geometry
        assert isinstance(x, Map)
        assert isinstance(y, Map)
        rows, columns = self._padded
        weight, half = bound.tensors["weight"], columns // 2 + 1
        flat = bound.shared.view(weight.dtype)
        size = rows * half * g.channels
        spectrum = flat[:size].reshape(rows, half, g.channels)
        products = flat[size : size + rows * half * g.filters].reshape(rows, half, g.filters)
        row, column, first = x.window_at(g.before)
        cells = x.base[
            n, row : row + g.out_height + g.kernel[0] - 1, column : column + g.out_width + g.kernel[1] - 1,
            first : first + g.channels,
        ]  # fmt: skip

        def forth(a: int, b: int) -> Task:
            def task(_: int) -> None:
                spectrum[..., a:b] = np.fft.rfft2(cells[..., a:b], (rows, columns), (0, 1))

            return task

        def product(a: int, b: int) -> Task:
            return lambda _: np.matmul(spectrum[a:b, :, None], weight[a:b], out=products[a:b, :, None])

        def back(a: int, b: int) -> Task:
            def task(worker: int) -> None:
                values = np.fft.irfft2(products[..., a:b], (rows, columns), (0, 1))[: g.out_height, : g.out_width]
                self._finish(bound, y, values, n, a, worker)

            return task

        return [
            [forth(a, b) for a, b in self._shares(g.channels)],
            [product(a, b) for a, b in self._shares(rows)],
            [back(a, b) for a, b in self._shares(g.filters)],
        ]

    def _finish(self, bound: Bound, y: Map, values, n: int, first: int, worker: int) -> None:  # type: ignore[no-untyped-def]
        g, filters = self.geometry, values.shape[2]
        z = bound.own[worker][: g.stops * filters].reshape(g.stops, filters)
        z[...] = values.reshape(g.stops, filters)
        bias, add, r, (row, column, channel), low, high = bound.finish.arguments(y)
        box = (n, n + 1, 0, g.out_height)
        bound.moves["epilogue"](
            z, y.base, (y.top, y.left, y.first + first), g.out_width, box,
            bias[first : first + filters], add, r, (row, column, channel + first), low, high,
        )  # fmt: skip
        if bound.finish.then is not None:
            bound.finish.then(y.view[n, ..., first : first + filters])

    @property
    def _padded(self) -> tuple[int, int]:
        """Sizes of the transform: what the windows read, up to products of 2, 3 and 5."""
        g = self.geometry
        return _smooth(g.out_height + g.kernel[0] - 1), _smooth(g.out_width + g.kernel[1] - 1)

    def _shares(self, length: int) -> list[tuple[int, int]]:
        parts = min(length, 2 * self.threads)
        edges = [part * length // parts for part in range(parts + 1)]
        return list(pairwise(edges))


def _smooth(length: int) -> int:
    """The next length that only has the factors 2, 3 and 5."""
    while True:
        rest = length
        for factor in _SMOOTH:
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return length
        length += 1

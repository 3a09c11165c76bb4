"""Steps on every value of maps: a batch norm on its own, sums, activations, copies, local response norm."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from archcalc.core.record import record
from archcalc.layers.local_response_norm import LocalResponseNorm
from archcalc.numeric.engine.kernels.base import Bound, Scratch, Tensors, finished
from archcalc.numeric.engine.layout import NO_BORDER, Border, Box, Map, Planar, boxes, region
from archcalc.numeric.engine.threads import Phase
from archcalc.numeric.namespace import Array

PARTS = 2
"""Blocks for each thread, so that one that was held up leaves work to the other."""


@record
class Elementwise:
    """A step whose output has the size of its inputs, block by block."""

    name: str
    batch: int
    height: int
    threads: int
    layer: LocalResponseNorm | None = None

    @property
    def border(self) -> Border:
        return NO_BORDER

    def scratch(self, _: int) -> Scratch:
        return Scratch()

    def prepared(self, tensors: Tensors) -> Tensors:
        return tensors

    def phases(self, bound: Bound) -> list[Phase]:
        y = bound.y
        assert isinstance(y, Map)
        block = BLOCKS[self.name](self, bound, list(bound.x), y)  # type: ignore[arg-type]
        return [
            [finished(block, box, y, bound.finish.then) for box in boxes(self.batch, self.height, PARTS * self.threads)]
        ]


Block = Callable[[Box, int], None]


def _scale(_: Elementwise, bound: Bound, x: list[Map], y: Map) -> Block:
    (source,), weight, finish, move = x, bound.tensors["weight"], bound.finish, bound.moves["scale"]
    return lambda box, _: move(
        source.base, source.at, y.base, y.at, y.width, box, weight, finish.bias, finish.low, finish.high
    )


def _sum(_: Elementwise, bound: Bound, x: list[Map], y: Map) -> Block:
    def block(box: Box, _: int) -> None:
        target = region(y, box)
        np.add(region(x[0], box), region(x[1], box), out=target)
        for other in x[2:]:
            np.add(target, region(other, box), out=target)
        _clip(target, bound)

    return block


def _product(_: Elementwise, __: Bound, x: list[Map], y: Map) -> Block:
    def block(box: Box, _: int) -> None:
        target = region(y, box)
        np.multiply(_stretched(x[0], box), _stretched(x[1], box), out=target)
        for other in x[2:]:
            np.multiply(target, _stretched(other, box), out=target)

    return block


def _copy(_: Elementwise, bound: Bound, x: list[Map], y: Map) -> Block:
    def block(box: Box, _: int) -> None:
        np.copyto(region(y, box), region(x[0], box))
        _clip(region(y, box), bound)

    return block


def _channels_last(_: Elementwise, bound: Bound, __: list[Map], y: Map) -> Block:
    (x,), move = bound.x, bound.moves["to_nhwc"]
    assert isinstance(x, Planar)
    planes = x.planes
    return lambda box, _: move(planes, y.base, y.at, box)


def _local_response_norm(step: Elementwise, bound: Bound, x: list[Map], y: Map) -> Block:
    (source,), layer, move = x, step.layer, bound.moves["local_response_norm"]
    assert layer is not None
    numbers = (layer.size, layer.alpha, layer.beta, layer.k)
    return lambda box, _: move(source.base, source.at, y.base, y.at, y.width, y.channels, *numbers, box)


def _clip(x: Array, bound: Bound) -> None:
    if bound.finish.low != -np.inf:
        np.maximum(x, bound.finish.low, out=x)
    if bound.finish.high != np.inf:
        np.minimum(x, bound.finish.high, out=x)


def _stretched(x: Map, box: Box) -> Array:
    """The block of a map, of one with a single row all of it."""
    return x.view[box[0] : box[1]] if x.height == 1 else region(x, box)


BLOCKS: dict[str, Callable[[Elementwise, Bound, list[Map], Map], Block]] = {
    "scale": _scale,
    "add": _sum,
    "multiply": _product,
    "copy": _copy,
    "to channels last": _channels_last,
    "local response norm": _local_response_norm,
}

"""Altered worlds: the same network with some layers changed, computed by the same engine.

A misconception replaces layers; shapes, counts and fields are then asked of the graph as of any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from archcalc.analysis.claims import quantity
from archcalc.analysis.quantities import MEASURES
from archcalc.analysis.summary import counts_of, summarize
from archcalc.core import AxisWindow, Shape, TensorSpec, Work
from archcalc.core.record import record
from archcalc.errors import ShapeError
from archcalc.graph.graph import Graph, Node
from archcalc.layers import Layer
from archcalc.layers.base import Weights, slide

Shapes = tuple[Shape, ...]


@record
class Changed(Layer):
    """A layer in which a student sees some facts otherwise; all others are those of `base`."""

    base: Layer
    windows_as: tuple[AxisWindow, ...] | None = None
    """How it slides in the student's mind."""
    shape_as: Shape | None = None
    """The whole output in the student's mind."""
    channels_as: int | None = None
    """Its output channels in the student's mind."""
    reads: Shape | None = None
    """The input that weights and work are reckoned on."""
    places: Shape | None = None
    """The output that work is reckoned on."""
    tensors: Callable[[Weights], Weights] | None = None
    operations: Callable[[Work], Work] | None = None

    @property
    def kind(self) -> str:  # type: ignore[override]
        return self.base.kind

    def __getattr__(self, name: str) -> Any:
        return getattr(self.base, name)

    def windows(self, *x: Shape) -> tuple[AxisWindow, ...]:
        return self.base.windows(*x) if self.windows_as is None else self.windows_as

    def output(self, *x: Shape) -> Shape:
        if self.shape_as is not None:
            return self.shape_as
        if self.windows_as is None and self.channels_as is None:
            return self.base.output(*x)
        shape = self.base.output(*x) if self.windows_as is None else self._slid(x[0])
        return shape if self.channels_as is None else Shape((self.channels_as, *shape[1:]))

    def weights(self, *x: Shape) -> Weights:
        found = self.base.weights(*self._inputs(x))
        return found if self.tensors is None else self.tensors(found)

    def work(self, *x_then_y: Shape) -> Work:
        *x, y = x_then_y
        found = self.base.work(*self._inputs(tuple(x)), y if self.places is None else self.places)
        return found if self.operations is None else self.operations(found)

    def _inputs(self, x: Shapes) -> Shapes:
        return x if self.reads is None else (self.reads, *x[1:])

    def _slid(self, x: Shape) -> Shape:
        assert self.windows_as is not None
        channels = getattr(self.base, "out_channels", None)
        if channels is None:
            channels = x.channels * getattr(self.base, "multiplier", 1)
        sizes = slide(self.windows_as, x.spatial)
        if any(size < 1 for size in sizes):
            raise ShapeError("nothing is left of the map")
        return Shape((channels, *sizes))


@record
class Offset:
    """A window whose rule is applied to a longer axis, or whose result is counted differently."""

    window: AxisWindow
    before: int = 0
    """Added to the length of the axis."""
    after: int = 0
    """Added to the size of the output."""

    def output(self, length: int) -> int:
        return self.window.output(length + self.before) + self.after

    def reads(self, index: int, length: int) -> Sequence[int]:
        return self.window.reads(index, length)


def figure(graph: Graph, subject: str) -> Any:
    """The figure at `conv1.params` or `macs`, whatever the world."""
    return quantity(graph, summarize(graph), subject)


def count_of(node: Node, word: str) -> int:
    """What one layer adds to the net's `word` (params, macs ...)."""
    row = MEASURES[word]
    if row.each is not None:
        return row.each(node)
    assert row.counted is not None, word
    return row.counted(counts_of(node))


def without_tensor(name: str) -> Callable[[Weights], Weights]:
    """The weights but those of this name."""
    return lambda weights: {key: tensor for key, tensor in weights.items() if key != name}


def reshaped(**shapes: Callable[[Shape], Iterable[int]]) -> Callable[[Weights], Weights]:
    """The weights with some tensors' shapes replaced, each by a function of its shape."""
    return lambda weights: {
        name: TensorSpec(Shape(shapes[name](tensor.shape)), tensor.role) if name in shapes else tensor
        for name, tensor in weights.items()
    }

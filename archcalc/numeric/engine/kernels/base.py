"""What a kernel is given when it is bound to arrays, and what it gives: phases of tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any, Protocol

from archcalc.core.record import record
from archcalc.core.window import Window
from archcalc.numeric.engine.arena import aligned
from archcalc.numeric.engine.kernels import Move
from archcalc.numeric.engine.layout import Border, Box, Map, Planar, region
from archcalc.numeric.engine.threads import Phase, Task
from archcalc.numeric.namespace import Array

Pair = tuple[int, int]
Tensors = Mapping[str, Array]
Place = Map | Planar | Array
"""Where a value lies: a map, or an input of the graph that is one, or a plain array (N, ...)."""


@record
class Geometry:
    """A window sliding over a map, `batch` examples at a time."""

    batch: int
    channels: int
    height: int
    width: int
    filters: int
    out_height: int
    out_width: int
    kernel: Pair
    stride: Pair
    dilation: Pair
    before: Pair
    """Padding before the first row and before the first column."""
    groups: int = 1

    @property
    def border(self) -> Border:
        """What the windows read around the map."""
        return self.border_to(*(
            (stops - 1) * step + gap * (taps - 1) + 1
            for stops, step, gap, taps in zip(
                (self.out_height, self.out_width), self.stride, self.dilation, self.kernel, strict=True
            )
        ))  # fmt: skip

    def border_to(self, rows: int, columns: int) -> Border:
        """A border so that this many cells of each axis can be read, the padding before it included."""
        (top, left) = self.before
        return Border(top, max(0, rows - top - self.height), left, max(0, columns - left - self.width))

    @property
    def stops(self) -> int:
        """Places of the window in one example."""
        return self.out_height * self.out_width

    @property
    def taps(self) -> int:
        """Values that one output of a group reads."""
        return self.kernel[0] * self.kernel[1] * self.channels // self.groups

    @property
    def macs(self) -> int:
        return self.batch * self.stops * self.filters * self.taps


def geometry_of(batch: int, x: Sequence[int], y: Sequence[int], windows: Sequence[Window], groups: int = 1) -> Geometry:
    """The geometry of a layer with two spatial axes; x and y are its shapes (C, H, W)."""
    down, right = windows
    return Geometry(
        batch, x[0], x[1], x[2], y[0], y[1], y[2], (down.kernel, right.kernel), (down.stride, right.stride),
        (down.dilation, right.dilation), (down.padding[0], right.padding[0]), groups,
    )  # fmt: skip


@record
class Finish:
    """What is done to a value on its way out: bias, residual, and an activation as two bounds or a function."""

    bias: Array
    residual: Map | None = None
    low: float = -inf
    high: float = inf
    then: Callable[[Array], None] | None = None
    """Changes a block of the output in place."""

    def arguments(self, y: Map) -> tuple[Any, ...]:
        """The end of the argument list of every move with an epilogue."""
        r = self.residual
        return (self.bias, int(r is not None), (r or y).base, (r or y).at, self.low, self.high)


@record
class Bound:
    """The arrays of one step."""

    x: Sequence[Place]
    y: Place
    tensors: Tensors
    finish: Finish
    moves: Mapping[str, Move]
    threads: int
    shared: Array
    """Flat scratch that all workers see."""
    own: Sequence[Array]
    """Flat scratch of each worker."""


@record
class Scratch:
    """Values (not bytes) of scratch."""

    shared: int = 0
    own: int = 0
    """Of each worker."""

    def bytes(self, item: int, threads: int) -> int:
        """All of it, each part at an aligned address."""
        return aligned(self.shared * item) + threads * aligned(self.own * item)


class Kernel(Protocol):
    """One way to compute a step; made for one geometry, before there are arrays."""

    @property
    def name(self) -> str: ...

    @property
    def border(self) -> Border:
        """What it reads around each of its maps."""

    def scratch(self, item: int) -> Scratch:
        """What it works in, for values of so many bytes."""

    def prepared(self, tensors: Tensors) -> Tensors:
        """The tensors as it needs them; made once, when they are loaded."""

    def phases(self, bound: Bound) -> list[Phase]:
        """The work on arrays that stay where they are."""


def finished(task: Callable[[Box, int], None], box: Box, y: Map, then: Callable[[Array], None] | None) -> Task:
    """A task on a block of y, with the function that follows it."""
    if then is None:
        return lambda worker: task(box, worker)
    block = region(y, box)

    def run(worker: int) -> None:
        task(box, worker)
        then(block)

    return run

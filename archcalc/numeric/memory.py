"""How much memory a forward pass takes, and how much there is."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from pathlib import Path

from archcalc.analysis.summary import BYTES, summarize
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import BackendError
from archcalc.graph.graph import Graph, Node
from archcalc.layers.attention import MultiheadAttention, WindowAttention
from archcalc.layers.conv import Conv, DepthwiseConv
from archcalc.numeric.weights import tensors

_WHOLE_COPIES = 3
"""Copies of its output that a layer without a row in `_workspace` holds at once, at the most: x - mean, its square."""

_ERROR_FUNCTION_COPIES = 10
"""The error function holds several copies of its input at twice the width of float32."""


@record
class Plan:
    """Values that a forward pass holds at once, at the most."""

    weights: int
    conversion: int
    """The largest tensor, which is there twice while it is drawn or read."""
    example: int
    """For each example of the batch: the values alive, and what the hungriest layer works on."""

    def values(self, batch: int) -> int:
        """Of the whole pass; no example is there yet while tensors are converted."""
        return self.weights + max(self.conversion, batch * self.example)


def plan(graph: Graph) -> Plan:
    """An upper estimate of what a pass holds."""
    shapes = [tensor.shape.elements for tensor in tensors(graph)]
    alive = summarize(graph).peak_activation_bytes // BYTES
    hungriest = max(map(_workspace, graph.nodes), default=0)
    return Plan(sum(shapes), max(shapes, default=0), alive + hungriest)


def refuse_too_large(graph: Graph, batch: int, item_bytes: int) -> None:
    """Raise BackendError where the pass needs more than is free, with the batch that fits."""
    free = free_bytes()
    needed = plan(graph)
    if free is None or needed.values(batch) * item_bytes <= free:
        return
    fitting = (free // item_bytes - needed.weights) // needed.example
    raise BackendError(
        f"{graph.name} at batch {batch} needs about {_gibibytes(needed.values(batch) * item_bytes)}, "
        f"{_gibibytes(free)} are free",
        help=f"--batch {fitting} fits" if 0 < fitting < batch else "a smaller --input, or another machine",
    )


def free_bytes() -> int | None:
    """Memory that a new array may take: the machine's, or what a container leaves of it; None where unknown."""
    return min(_free_by_source(), default=None)


def _workspace(node: Node) -> int:
    """Values of one example that a layer holds besides its inputs and its output."""
    x, y = node.input_shapes[0], node.shape
    layer = node.layer
    if isinstance(layer, Conv):
        return _taps(x, y, layer) + y.elements + _padded(x, layer)
    if isinstance(layer, DepthwiseConv):
        return _taps(x, y, layer) + y.elements + _padded(x, layer.grouped(x))
    if layer.kind == "gelu":
        return _ERROR_FUNCTION_COPIES * y.elements
    if isinstance(layer, MultiheadAttention):
        scores = layer.num_heads * x[0] * node.input_shapes[-1][0]
        return _WHOLE_COPIES * scores + 2 * _WHOLE_COPIES * y.elements
    if isinstance(layer, WindowAttention):
        cells = prod(layer.padded(x))
        scores = layer.num_heads * cells * layer.window**2
        return _WHOLE_COPIES * scores + 2 * _WHOLE_COPIES * cells * y.channels
    return _WHOLE_COPIES * max(x.elements, y.elements)


def _taps(x: Shape, y: Shape, layer: Conv | DepthwiseConv) -> int:
    """The matrix with a row for each stop of the window and a column for each of its taps."""
    return x.channels * prod(layer.kernel_size) * prod(y.spatial)


def _padded(x: Shape, layer: Conv) -> int:
    return x.channels * prod(
        length + sum(window.padding) for length, window in zip(x.spatial, layer.windows(x), strict=True)
    )


def _free_by_source() -> Iterator[int]:
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemAvailable:"):
            yield int(line.split()[1]) * 1024
    limit, used = (_lines(f"/sys/fs/cgroup/memory.{name}") for name in ("max", "current"))
    if limit and used and limit[0].isdigit():
        yield max(0, int(limit[0]) - int(used[0]))


def _lines(file: str) -> list[str]:
    try:
        return Path(file).read_text(encoding="ascii").splitlines()
    except OSError:
        return []


def _gibibytes(size: int) -> str:
    return f"{size / 2**30:,.1f} GiB"

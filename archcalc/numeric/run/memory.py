"""How much memory a forward pass takes, and how much there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archcalc.analysis.summary import BYTES, summarize
from archcalc.core import NO_WORK, Shape
from archcalc.core.record import record, replace
from archcalc.errors import BackendError
from archcalc.graph.graph import Graph, Node
from archcalc.layers.attention import MultiheadAttention, WindowAttention
from archcalc.layers.traits import FORWARD
from archcalc.numeric.run.options import DEFAULT_BACKEND, DTYPES, Options, cores
from archcalc.numeric.weights.matching import tensors

if TYPE_CHECKING:
    from archcalc.numeric.engine.plan import PlanStep

_WHOLE_COPIES = 3
"""Copies of its output that a layer without a row in `_workspace` holds at once, at the most: x - mean, its square."""

_WINOGRAD_GROWTH = 4
_ERROR_FUNCTION_COPIES = 10
"""The error function holds several copies of its input at twice the width of float32."""


@record
class MemoryPlan:
    """Values that a forward pass holds at once, at the most."""

    weights: int
    conversion: int
    """The largest tensor, which is there twice while it is drawn or read."""
    example: int
    """For each example of the batch: the values alive, and what the hungriest layer works on."""

    def values(self, batch: int) -> int:
        """Of the whole pass; no example is there yet while tensors are converted."""
        return self.weights + max(self.conversion, batch * self.example)


def plan(graph: Graph) -> MemoryPlan:
    """An upper estimate of what a pass holds."""
    shapes = [tensor.shape.elements for tensor in tensors(graph)]
    alive = summarize(graph).peak_activation_bytes // BYTES
    hungriest = max(map(_workspace, graph.nodes), default=0)
    return MemoryPlan(sum(shapes), max(shapes, default=0), alive + hungriest)


def refuse_too_large(graph: Graph, batch: int, options: Options) -> None:
    """Raise BackendError where the pass needs more than is free, with the batch that fits.

    The reference's plan is an upper estimate for the engine too; only where that is too large the engine makes its own.
    """
    free = free_bytes()
    needed = _of_reference(graph, options)
    if free is None or needed(batch) <= free:
        return
    if not options.reference and not options.verified and options.backend != "cupy":
        needed = _the_less(needed, _of_engine(graph, options))
        if needed(batch) <= free:
            return
    fitting = _largest_batch(needed, free, batch)
    raise BackendError(
        f"{graph.name} at batch {batch} needs about {_gibibytes(needed(batch))}, {_gibibytes(free)} are free",
        help=f"--batch {fitting} fits" if fitting else "a smaller --input, or another machine",
    )


def _the_less(one: Callable[[int], int], other: Callable[[int], int]) -> Callable[[int], int]:
    """Two upper estimates of the same are one."""
    return lambda batch: min(one(batch), other(batch))


def _of_reference(graph: Graph, options: Options) -> Callable[[int], int]:
    """Batch -> bytes of the textbook forward."""
    values, item = plan(graph).values, max(4, DTYPES[options.dtype])  # float16 is computed in float32
    return lambda batch: values(batch) * item


def _of_engine(graph: Graph, options: Options) -> Callable[[int], int]:
    """Batch -> bytes that the engine plans: its arena, what layers it leaves to the reference work on, the weights."""
    from archcalc.numeric.engine import planned

    item = max(4, DTYPES[options.dtype])
    backend, threads = options.backend or DEFAULT_BACKEND, options.threads or cores()

    def needed(batch: int) -> int:
        plan = planned(graph, batch, item, backend, threads, options.exact, "all" if options.stats else ())
        left = max((_workspace(n) for s in plan.steps for n in s.nodes if _as_reference(s.name, n)), default=0)
        outputs = sum(graph.value_shape(value).elements for value in graph.outputs)
        inputs = sum(shape.elements for _, shape in graph.inputs)
        weights, largest = _prepared_values(plan.steps)
        values = plan.planned_bytes + item * batch * (left + outputs + inputs)
        return item * weights + max(item * largest, values)

    return needed


def _as_reference(kernel: str, node: Node) -> bool:
    """Whether the engine leaves a layer to the reference, or calls its function in a step of its own."""
    whole = _WHOLE_COPIES * max(node.x.elements, node.shape.elements)
    return kernel == "reference" or (not _gathers(node) and _workspace(node) > whole)


def _prepared_values(steps: Iterable[PlanStep]) -> tuple[int, int]:
    """Of the weights as kernels need them, and of the largest layer's, which are there twice while they are made.

    Winograd's are 36 for the 9 of a kernel.
    """
    sizes: dict[str, int] = {}
    for step in steps:
        growth = _WINOGRAD_GROWTH if step.name.startswith("winograd") else 1
        for node in step.nodes:
            values = sum(tensor.shape.elements for tensor in node.weights.values())
            sizes[node.shared or node.name] = growth * values
    return sum(sizes.values()), max(sizes.values(), default=0)


def _largest_batch(needed: Callable[[int], int], free: int, batch: int) -> int:
    """The largest batch below this one that fits, 0 where none does; by halving: each asks for a plan."""
    low, high = 0, batch
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if needed(middle) <= free else (low, middle)
    return low


def free_bytes() -> int | None:
    """Memory that a new array may take: the machine's, or what a container leaves of it; None where unknown."""
    return min(_free_by_source(), default=None)


def _workspace(node: Node) -> int:
    """Values of one example that a layer holds besides its inputs and its output."""
    x, y = node.x, node.shape
    layer: Any = node.layer
    if layer.each:
        return prod(y[: layer.each]) * _workspace(_inside(node))
    if _gathers(node):
        return _taps(x, y, layer) + y.elements + _padded(x, layer)
    if layer.kind == "gelu":
        return _ERROR_FUNCTION_COPIES * y.elements
    if isinstance(layer, MultiheadAttention):
        scores = layer.num_heads * x[0] * node.input_shapes[-1][0]
        return _WHOLE_COPIES * scores + 2 * _WHOLE_COPIES * max(y.elements, x[0] * layer.widths(x)[0])
    if isinstance(layer, WindowAttention):
        cells = prod(layer.padded(x))
        scores = layer.num_heads * cells * layer.window**2
        return _WHOLE_COPIES * scores + 2 * _WHOLE_COPIES * cells * y.channels
    if layer.work(*node.input_shapes, y) == NO_WORK:  # it only moves or drops values
        return y.elements
    return _WHOLE_COPIES * max(x.elements, y.elements)


def _inside(node: Node) -> Node:
    """What a layer does for one cell of the axes that only count."""
    layer: Any = node.layer
    return replace(
        node, layer=layer.layer, input_shapes=layer.inside(node.input_shapes), shape=Shape(node.shape[layer.each :])
    )


def _gathers(node: Node) -> bool:
    """Whether it copies the cells of each stop of its window into a row."""
    return node.layer.traits.weighted and node.layer.traits.slides == FORWARD


def _taps(x: Shape, y: Shape, layer: Any) -> int:
    """The matrix with a row for each stop of the window and a column for each of its taps."""
    taps: int = prod(layer.kernel_size)
    return x.channels * taps * prod(y.spatial)


def _padded(x: Shape, layer: Any) -> int:
    axes = zip(x.spatial, layer.windows(x), strict=True)
    cells: int = prod(length + sum(window.padding) for length, window in axes)
    return x.channels * cells


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

"""A graph as steps: which kernel computes what, and where each value lies. No arrays yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from math import prod

from archcalc.core import Shape
from archcalc.core.record import draft, record
from archcalc.graph.graph import Graph, Node
from archcalc.layers.fitting import axis_of
from archcalc.layers.merge import Concat
from archcalc.numeric.engine.arena import Arena, Interval, allocate
from archcalc.numeric.engine.choose import ACTIVATIONS, EngineSetting, kernel_for
from archcalc.numeric.engine.fuse import Fused, Operation, fused
from archcalc.numeric.engine.kernels.base import Kernel, Scratch
from archcalc.numeric.engine.kernels.elementwise import Elementwise
from archcalc.numeric.engine.kernels.fallback import Fallback
from archcalc.numeric.engine.kernels.planes import Planes
from archcalc.numeric.engine.layout import NO_BORDER, Border


@record
class Slot:
    """Where a value lies: in a buffer, for a map from a channel on."""

    buffer: int
    shape: Shape
    first: int = 0


@draft
class Buffer:
    """Memory of one value, or of the maps that a concat joins."""

    shape: Shape
    is_map: bool
    """Channels last; the inputs of the graph, and what is no map, lie as they are outside."""
    border: Border
    first_step: int
    last_step: int

    def base(self, batch: int) -> tuple[int, ...]:
        """The shape of its array."""
        if len(self.shape) != 3:
            return (batch, *self.shape)
        channels, height, width = self.shape
        rows, columns = height + self.border.top + self.border.bottom, width + self.border.left + self.border.right
        return (batch, rows, columns, channels) if self.is_map else (batch, channels, rows, columns)


@record
class PlanStep:
    """One kernel at work."""

    kernel: Kernel | None
    """None where nothing is left to do: a concat whose parts were written into place."""
    operation: Operation | None
    """None for an input that is brought into the order of the engine."""
    nodes: tuple[Node, ...]
    """The layers it stands for; the last one's output is its output."""
    inputs: tuple[Slot, ...]
    residual: Slot | None
    output: Slot
    macs: int
    """MACs of these layers as their rules count them, for the whole batch."""

    @property
    def name(self) -> str:
        return "in place" if self.kernel is None else self.kernel.name

    @property
    def title(self) -> str:
        """`conv1 + bn1 + relu`."""
        return " + ".join(node.name for node in self.nodes) or "input"


@record
class Plan:
    """Steps in order, and the memory for their values and their scratch."""

    batch: int
    item: int
    """Bytes of a value."""
    threads: int
    inputs: int
    """How many inputs the graph has; they are its first values."""
    steps: tuple[PlanStep, ...]
    slots: dict[int, Slot]
    """Value of the graph -> where it lies."""
    buffers: tuple[Buffer, ...]
    scratch: tuple[Scratch, ...]
    """Of each step."""
    arena: Arena
    """The buffers, then the scratch of each step."""

    @property
    def planned_bytes(self) -> int:
        """What all values and all scratch take, the weights not."""
        return self.arena.size

    def __str__(self) -> str:
        rows = [(step.title, step.name, _written(step.output.shape), f"{step.macs:,}") for step in self.steps]
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        lines = [
            f"{title:<{widths[0]}}  {name:<{widths[1]}}  {shape:<{widths[2]}}  {macs:>{widths[3]}}".rstrip()
            for title, name, shape, macs in rows
        ]
        return "\n".join([*lines, f"{len(rows)} steps, {self.planned_bytes:,} bytes for values and scratch"])


Choose = Callable[[Graph, Operation, EngineSetting], Kernel]


def plan_of(
    graph: Graph,
    setting: EngineSetting,
    item: int,
    keep: Collection[int] = (),
    choose: Choose = kernel_for,
    activations: Collection[str] = ACTIVATIONS,
) -> Plan:
    """Choose a kernel for each operation and a place for each value.

    Args:
        keep: values of the graph that must come into being on their own.
        activations: kinds that the chosen kernels can end in.
    """
    joined = fused(graph, keep, activations)
    layout = _Layout(graph, joined)
    steps = [step for operation in joined.operations for step in _steps(graph, operation, layout, setting, choose)]
    steps = [*layout.conversions(setting), *steps]
    layout.measure(steps)
    scratch = tuple(step.kernel.scratch(item) if step.kernel else Scratch() for step in steps)
    intervals = [
        *(Interval(prod(b.base(setting.batch)) * item, b.first_step, b.last_step) for b in layout.buffers),
        *(Interval(s.bytes(item, setting.threads), number, number) for number, s in enumerate(scratch)),
    ]
    return Plan(
        setting.batch, item, setting.threads, graph.first, tuple(steps),
        layout.values(), tuple(layout.buffers), scratch, allocate(intervals),
    )  # fmt: skip


class _Layout:
    """Gives each value its slot, the parts of a concat within that of the whole."""

    def __init__(self, graph: Graph, joined: Fused) -> None:
        self.graph, self.joined = graph, joined
        self.buffers: list[Buffer] = []
        self.slots: dict[int, Slot] = {}
        self._maps: dict[int, Slot] = {}
        """Inputs of the graph in the order of the engine, where a kernel reads them so."""
        for value, (_, shape) in enumerate(graph.inputs):
            self.slots[value] = self._new(shape, is_map=False)
        for operation in reversed(joined.operations):
            self._place(operation)

    def map_of(self, value: int) -> Slot:
        """A value as kernels on maps read it."""
        slot = self.slots[value]
        if self.buffers[slot.buffer].is_map or len(slot.shape) != 3:
            return slot
        if value not in self._maps:
            self._maps[value] = self._new(slot.shape, is_map=True)
        return self._maps[value]

    def values(self) -> dict[int, Slot]:
        """Every value of the graph that comes into being -> where it lies."""
        every = range(self.graph.value_count)
        sources = {value: self.joined.source(value) for value in every}
        return {value: self.slots[source] for value, source in sources.items() if source in self.slots}

    def conversions(self, setting: EngineSetting) -> Iterator[PlanStep]:
        """The steps that bring inputs of the graph into the order of the engine."""
        for value, slot in self._maps.items():
            yield PlanStep(Elementwise("to channels last", setting.batch, slot.shape[1], setting.threads), None, (),
                       (self.slots[value],), None, slot, 0)  # fmt: skip

    def measure(self, steps: Sequence[PlanStep]) -> None:
        """Give each buffer the border that its readers need, and the steps from the first write to the last read."""
        for number, step in enumerate(steps):
            self._alive(step.output, number)
            for slot in (*step.inputs, *([step.residual] if step.residual else [])):
                buffer = self.buffers[slot.buffer]
                self._alive(slot, number)
                if step.kernel is not None and len(slot.shape) == 3 and slot in step.inputs:
                    buffer.border = buffer.border.around(step.kernel.border)
        for value in range(self.graph.first):
            self._alive(self.slots[value], 0)
        for value in self.graph.outputs:
            self._alive(self.slots[self.joined.source(value)], len(steps))

    def _alive(self, slot: Slot, number: int) -> None:
        buffer = self.buffers[slot.buffer]
        buffer.first_step = min(buffer.first_step, number)
        buffer.last_step = max(buffer.last_step, number)

    def _place(self, operation: Operation) -> None:
        shape = operation.nodes[-1].shape
        if operation.output not in self.slots:
            self.slots[operation.output] = self._new(shape, is_map=len(shape) == 3)
        if joins_channels(operation):
            mine = self.slots[operation.output]
            first = mine.first
            for value, part in zip(operation.inputs, operation.node.input_shapes, strict=True):
                if value not in self.slots:
                    self.slots[value] = Slot(mine.buffer, part, first)
                first += part.channels

    def _new(self, shape: Shape, is_map: bool) -> Slot:
        self.buffers.append(Buffer(shape, is_map, NO_BORDER, 1 << 60, -1))
        return Slot(len(self.buffers) - 1, shape)


def joins_channels(operation: Operation) -> bool:
    """Whether it is a concat of maps along their channels."""
    layer, shape = operation.node.layer, operation.node.shape
    return isinstance(layer, Concat) and len(shape) == 3 and axis_of(layer.axis, shape) == 0


def _steps(
    graph: Graph, operation: Operation, layout: _Layout, setting: EngineSetting, choose: Choose
) -> Iterator[PlanStep]:
    output = layout.slots[operation.output]
    if joins_channels(operation):
        yield from _concat(operation, layout, output, setting)
        return
    kernel = choose(graph, operation, setting)
    plain = isinstance(kernel, Planes | Fallback)
    inputs = tuple(layout.slots[v] if plain else layout.map_of(v) for v in operation.inputs)
    residual = None if operation.residual is None else layout.map_of(operation.residual)
    yield PlanStep(kernel, operation, tuple(operation.nodes), inputs, residual, output, _macs(operation, setting))


def _concat(operation: Operation, layout: _Layout, output: Slot, setting: EngineSetting) -> Iterator[PlanStep]:
    """Copies of the parts that lie elsewhere; the last step is the concat's own."""
    first = output.first
    parts = []
    for value, shape in zip(operation.inputs, operation.node.input_shapes, strict=True):
        target, source = Slot(output.buffer, shape, first), layout.map_of(value)
        first += shape.channels
        if source != target:
            parts.append((source, target))
    for source, target in parts:
        yield PlanStep(
            Elementwise("copy", setting.batch, output.shape[1], setting.threads), None, (), (source,), None, target, 0
        )
    inputs = tuple(layout.map_of(value) for value in operation.inputs)
    yield PlanStep(None, operation, tuple(operation.nodes), inputs, None, output, 0)


def _macs(operation: Operation, setting: EngineSetting) -> int:
    return setting.batch * sum(node.work.macs for node in operation.nodes)


def _written(shape: Shape) -> str:
    return "x".join(map(str, shape))

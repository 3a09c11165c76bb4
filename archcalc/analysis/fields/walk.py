"""One pass over a graph, one axis at a time: what each layer makes of its inputs' fields under some rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from archcalc.core import AxisWindow, Shape, Window
from archcalc.core.record import record
from archcalc.graph.graph import Graph, Node

State = TypeVar("State")
Result = TypeVar("Result")


class Rules(Protocol[State]):
    """What a pass carries from layer to layer."""

    def through(self, state: State, window: AxisWindow, length: int) -> State:
        """After a window over `length` units."""

    def whole(self, state: State, units: int) -> State:
        """For `units` units that all read the whole axis: its places are gone, or a single cell is stretched."""

    def merge(self, states: Sequence[State], node: Node, inputs: Sequence[int]) -> State:
        """Of a node that reads several inputs, these numbers of them, at the same place."""


@record
class Origin:
    """The values whose cells are the pixels: the inputs of the graph, or a layer."""

    name: str
    values: tuple[int, ...]
    lengths: tuple[int, ...]

    @property
    def axes(self) -> int:
        return len(self.lengths)


@record
class FieldPlan:
    """How each node slides along the axes of the origin, worked out once for all passes."""

    graph: Graph
    origin: Origin
    windows: tuple[tuple[AxisWindow, ...] | None, ...]
    """For each node; None where the places of its input are lost."""
    alike: bool
    """Whether everything along the other axes is as along the first: one pass is enough."""


def plan_of(graph: Graph, origin: Origin) -> FieldPlan:
    """Ask every layer for its windows; most layers of a net are alike and asked once."""
    known: dict[tuple[int, tuple[Shape, ...]], tuple[tuple[AxisWindow, ...] | None, bool]] = {}
    windows = []
    alike = len(set(origin.lengths)) <= 1
    for node in graph.nodes:
        key = (id(node.layer), node.input_shapes)
        if key not in known:
            known[key] = _windows(node, origin.axes)
        windows.append(known[key][0])
        alike = alike and known[key][1]
    return FieldPlan(graph, origin, tuple(windows), alike)


def walk(
    plan: FieldPlan, axis: int, start: State, rules: Rules[State], skipped: frozenset[tuple[int, int]] = frozenset()
) -> list[State | None]:
    """The state of every value along one axis; None where it does not depend on the origin.

    Args:
        skipped: inputs left out, as (value of the node, number of its input).
    """
    graph, origins, size = plan.graph, set(plan.origin.values), plan.origin.axes + 1
    states: list[State | None] = [None] * graph.first
    for value in origins.intersection(range(len(states))):
        states[value] = start
    for value, (node, windows) in enumerate(zip(graph.nodes, plan.windows, strict=True), start=len(states)):
        if value in origins:
            states.append(start)
        elif len(node.inputs) == 1:
            state = states[node.inputs[0]]
            if state is not None:
                state = _after(state, node.x, node.shape, windows, size, axis, rules)
            states.append(state)
        else:
            states.append(_merged(states, value, node, windows, size, axis, rules, skipped))
    return states


def per_axis(plan: FieldPlan, run: Callable[[int], Result]) -> tuple[Result, ...]:
    """The result of a pass for each axis; one pass where all axes are alike."""
    if plan.alike:
        return (run(0),) * plan.origin.axes
    return tuple(run(axis) for axis in range(plan.origin.axes))


def _merged(
    states: list[State | None],
    value: int,
    node: Node,
    windows: tuple[AxisWindow, ...] | None,
    size: int,
    axis: int,
    rules: Rules[State],
    skipped: frozenset[tuple[int, int]],
) -> State | None:
    arriving: list[State] = []
    inputs = []
    for number, (source, shape) in enumerate(zip(node.inputs, node.input_shapes, strict=True)):
        state = states[source]
        if state is not None and (value, number) not in skipped:
            arriving.append(_after(state, shape, node.shape, windows, size, axis, rules))
            inputs.append(number)
    if not arriving:
        return None
    return arriving[0] if len(arriving) == 1 else rules.merge(arriving, node, inputs)


def _after(
    state: State,
    shape: Shape,
    after: Shape,
    windows: tuple[AxisWindow, ...] | None,
    size: int,
    axis: int,
    rules: Rules[State],
) -> State:
    """One input's state after the node; `size` is the number of axes of a shape with places, channels included."""
    units = after[axis + 1] if len(after) == size else 1
    if windows is None or len(shape) != size:
        return rules.whole(state, units)
    window, length = windows[axis], shape[axis + 1]
    if window is POINT and length == units:
        return state
    if window.output(length) != units:  # a single cell is stretched, or the places are lost
        return rules.whole(rules.through(state, window, length), units)
    return rules.through(state, window, length)


POINT = Window(1)
"""The window of a layer that reads each cell at its own place."""


def _windows(node: Node, axes: int) -> tuple[tuple[AxisWindow, ...] | None, bool]:
    """The windows of a node, and whether it is alike along all axes."""
    windows = tuple(POINT if window == POINT else window for window in node.windows)
    alike = all(len(set(shape.spatial)) <= 1 for shape in (*node.input_shapes, node.shape))
    if len(windows) != axes:
        return None, alike
    return windows, alike and all(window == windows[0] for window in windows)

"""A plan with its arrays: every view made once, so that a run only calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod

import numpy as np

from archcalc.graph.graph import Node
from archcalc.layers import find
from archcalc.numeric.engine.arena import aligned, memory
from archcalc.numeric.engine.kernels import Move
from archcalc.numeric.engine.kernels.base import Bound, Finish, Place, Tensors
from archcalc.numeric.engine.kernels.fallback import Fallback, planes
from archcalc.numeric.engine.layout import NO_BORDER, Border, Map, Planar
from archcalc.numeric.engine.plan import Buffer, Plan, PlanStep, Slot
from archcalc.numeric.engine.threads import Phase, Task
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.activation import FUNCTIONS, UFUNCS


class Execution:
    """The memory of a plan, and for each step its phases."""

    def __init__(
        self, plan: Plan, tensors: Sequence[Tensors], moves: Mapping[str, Move], dtype: str, half: bool
    ) -> None:
        self.plan = plan
        self._memory = memory(plan.arena.size)
        self._dtype = np.dtype(dtype)
        self._bases = [self._base(number, buffer) for number, buffer in enumerate(plan.buffers)]
        inputs = [plan.slots[value] for value in range(plan.inputs)]
        self._inputs = [self.planes_of(slot) for slot in inputs]
        self._input_borders = [side for slot in inputs for side in self._border(slot)]
        self.phases: list[list[Phase]] = []
        """Of each step."""
        for number, (step, own) in enumerate(zip(plan.steps, tensors, strict=True)):
            self.phases.append(self._phases(number, step, own, moves, half))

    def load(self, inputs: Sequence[Array]) -> None:
        """Bring the inputs of the graph into the memory."""
        for side in self._input_borders:
            side.fill(0)
        for place, x in zip(self._inputs, inputs, strict=True):
            place[...] = x

    def place(self, slot: Slot) -> Place:
        """Where a value lies."""
        buffer, base = self.plan.buffers[slot.buffer], self._bases[slot.buffer]
        if len(slot.shape) != 3:
            return base
        channels, height, width = slot.shape
        if not buffer.is_map:
            return Planar(base, buffer.border.top, buffer.border.left, height, width)
        return Map(base, buffer.border.top, buffer.border.left, slot.first, height, width, channels)

    def planes(self, value: int) -> Array:
        """A value of the graph as everything outside the engine sees it, a view."""
        return self.planes_of(self.plan.slots[value])

    def planes_of(self, slot: Slot) -> Array:
        """The same for a slot."""
        return planes(self.place(slot))

    def _base(self, number: int, buffer: Buffer) -> Array:
        shape = buffer.base(self.plan.batch)
        start = self.plan.arena.offsets[number]
        return self._memory[start : start + prod(shape) * self._dtype.itemsize].view(self._dtype).reshape(shape)

    def _phases(
        self, number: int, step: PlanStep, tensors: Tensors, moves: Mapping[str, Move], half: bool
    ) -> list[Phase]:
        y = self.place(step.output)
        phases: list[Phase] = []
        clears = self._clears(number, step, moves)
        if clears:
            phases.append([clears])
        if step.kernel is None:
            return phases
        bias = tensors.get("bias", np.zeros(0, self._dtype))
        residual = self.place(step.residual) if step.residual else None
        assert residual is None or isinstance(residual, Map)
        shared, own = self._scratch(number)
        bound = Bound(
            [self.place(slot) for slot in step.inputs], y, tensors, _finish(step, bias, residual),
            moves, self.plan.threads, shared, own,
        )  # fmt: skip
        phases += step.kernel.phases(bound)
        if half:
            phases.append([_rounded(y.view if isinstance(y, Map) else y)])
        return phases

    def _scratch(self, number: int) -> tuple[Array, list[Array]]:
        """The shared part and each worker's own, all aligned."""
        scratch, item = self.plan.scratch[number], self._dtype.itemsize
        start = self.plan.arena.offsets[len(self.plan.buffers) + number]
        parts = []
        for size in (scratch.shared, *(scratch.own,) * self.plan.threads):
            parts.append(self._memory[start : start + size * item].view(self._dtype))
            start += aligned(size * item)
        return parts[0], parts[1:]

    def _clears(self, number: int, step: PlanStep, moves: Mapping[str, Move]) -> Task | None:
        """Zero the border of a buffer when its first part is written."""
        first = self.plan.buffers[step.output.buffer].first_step == number
        sides = self._border(step.output) if first else []
        return _cleared(sides, moves["clear"]) if sides else None

    def _border(self, slot: Slot) -> list[Array]:
        """What lies around the maps of a buffer, if other values have used the place since it was zero."""
        buffer, base = self.plan.buffers[slot.buffer], self._bases[slot.buffer]
        if buffer.border == NO_BORDER or not self.plan.arena.shared(slot.buffer):
            return []
        return _sides(base if buffer.is_map else base.transpose(0, 2, 3, 1), buffer.border)


def _cleared(sides: Sequence[Array], clear: Move) -> Task:
    def task(_: int) -> None:
        for side in sides:
            clear(side)

    return task


def _sides(base: Array, border: Border) -> list[Array]:
    """The four sides of a base around its maps."""
    rows, columns = base.shape[1] - border.bottom, base.shape[2] - border.right
    sides = [
        base[:, : border.top], base[:, rows:],
        base[:, border.top : rows, : border.left], base[:, border.top : rows, columns:],
    ]  # fmt: skip
    return [side for side in sides if side.size]


def _finish(step: PlanStep, bias: Array, residual: Map | None) -> Finish:
    node = None if step.operation is None else step.operation.activation
    if step.operation is not None and step.operation.node.layer.kind in FUNCTIONS:
        node = step.operation.node
    if isinstance(step.kernel, Fallback) or node is None:
        return Finish(bias, residual)
    kind = node.layer.kind
    if kind in BOUNDS:
        return Finish(bias, residual, *BOUNDS[kind])
    return Finish(bias, residual, then=_applied(node))


BOUNDS = {name: kind.traits.bounds for name in FUNCTIONS if (kind := find(name)) is not None and kind.traits.clips}
"""Activations that are two bounds: every epilogue has them."""


def _applied(node: Node) -> Callable[[Array], None]:
    if node.layer.kind in UFUNCS:
        ufunc = getattr(np, UFUNCS[node.layer.kind])
        return lambda block: ufunc(block, out=block)
    function = FUNCTIONS[node.layer.kind]

    def apply(block: Array) -> None:
        block[...] = function(np, block, node.layer)

    return apply


def _rounded(y: Array) -> Task:
    """What a value of 16 bits would keep."""

    def task(_: int) -> None:
        y[...] = y.astype(np.float16)

    return task

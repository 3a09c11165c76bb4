"""A network on a GPU: values and weights at fixed places, a list of launches, replayed as one CUDA graph."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from math import prod

import numpy as np

from archcalc.graph.graph import Graph
from archcalc.numeric.engine import Ran, kept
from archcalc.numeric.engine.choose import EngineSetting as PlanSetting
from archcalc.numeric.engine.execute import BOUNDS
from archcalc.numeric.engine.fuse import Operation
from archcalc.numeric.engine.kernels.base import Place
from archcalc.numeric.engine.kernels.fallback import planes
from archcalc.numeric.engine.layout import Map
from archcalc.numeric.engine.plan import Buffer, Plan, Slot, plan_of
from archcalc.numeric.engine.plan import PlanStep as Planned
from archcalc.numeric.gpu.convolution import pitch, values
from archcalc.numeric.gpu.device import Device, Step
from archcalc.numeric.gpu.steps import Arrays, GpuKernel, GpuSetting, copy, gpu_kernel
from archcalc.numeric.namespace import Array
from archcalc.numeric.run.forward import refuse_gaps


class GpuEngine:
    """A network with its weights on a device, ready to run; used as `archcalc.numeric.engine.Engine` is.

    Args:
        weights: every tensor by its full name, NumPy arrays.
        keep: names of layers whose output must come into being, or "all": nothing is fused across them.
        exact: no Winograd and no Fourier transform.
    """

    def __init__(
        self,
        graph: Graph,
        weights: Mapping[str, Array],
        device: Device,
        *,
        batch: int = 1,
        dtype: str = "float32",
        exact: bool = False,
        keep: Collection[str] | str = (),
    ) -> None:
        refuse_gaps(graph)
        self.graph, self.device, self.dtype = graph, device, np.dtype(dtype)
        self.timings: tuple[Ran, ...] = ()
        """Of each step in the last run that was timed."""
        self._setting = GpuSetting(graph, device, batch, dtype, exact)
        self.weight_bytes = 0
        """Of the weights as the kernels need them."""
        self.plan: Plan = plan_of(
            graph,
            PlanSetting(batch, 1, exact),
            self.dtype.itemsize,
            kept(graph, keep),
            self._choose,  # type: ignore[arg-type]  # a plan asks for no more than name, border and scratch
            BOUNDS,
        )
        self._captured: Step | None = None
        with device.active():
            self._memory = device.xp.zeros(self.plan.planned_bytes, np.uint8)
            self._bases = [self._base(number, buffer) for number, buffer in enumerate(self.plan.buffers)]
            self._steps = [self._step(number, step, weights) for number, step in enumerate(self.plan.steps)]

    def run(
        self, inputs: Sequence[Array], watch: Callable[[Ran], None] | None = None, timed: bool = False
    ) -> list[Array]:
        """The outputs of the graph, NumPy arrays (N, *shape).

        Args:
            watch: sees each step as it has run.
            timed: keep the time of each step in `timings`.
        """
        with self.device.active():
            for value, x in enumerate(inputs):
                planes(self._place(self.plan.slots[value]))[...] = self._upload(x)
            if watch is None and not timed:
                self.replay()
            else:
                self._one_by_one(watch)
            return [self._host(self.plan.slots[value]) for value in self.graph.outputs]

    def close(self) -> None:
        """Nothing is held that has to be ended."""

    def _choose(self, _: Graph, operation: Operation, __: PlanSetting) -> GpuKernel:
        return gpu_kernel(self._setting, operation)

    def replay(self) -> None:
        """All steps once more, on the inputs of the last run; as one CUDA graph where that can be."""
        if self._captured is None and all(getattr(step.kernel, "captured", True) for step in self.plan.steps):
            self._captured = self.device.capture(self._steps)
        for step in self._steps if self._captured is None else [self._captured]:
            step()

    def _one_by_one(self, watch: Callable[[Ran], None] | None) -> None:
        done = []
        for index, (planned, step) in enumerate(zip(self.plan.steps, self._steps, strict=True)):
            seconds = self.device.seconds(step)
            ran = Ran(index, planned.nodes, planned.name, seconds, planned.macs, self._leaver(planned.output))
            done.append(ran)
            if watch is not None:
                watch(ran)
        self.timings = tuple(done)

    def _leaver(self, slot: Slot) -> Callable[[], Array]:
        return lambda: self._host(slot)

    def _host(self, slot: Slot) -> Array:
        """A copy of a value (N, *shape) in the memory of the host."""
        place = self._place(slot)
        if isinstance(place, Map):
            found = self.device.xp.empty((self.plan.batch, place.channels, place.height, place.width), self.dtype)
            cells = place.height * place.width
            arguments = (values(place), found, self.plan.batch, place.channels, cells, pitch(place))
            self.device.launch("to_nchw", found.size, *arguments)
            place = found
        return place.get() if hasattr(place, "get") else np.array(place)

    def _place(self, slot: Slot) -> Place:
        base = self._bases[slot.buffer]
        if not self.plan.buffers[slot.buffer].is_map:
            return base
        channels, height, width = slot.shape
        return Map(base, 0, 0, slot.first, height, width, channels)

    def _base(self, number: int, buffer: Buffer) -> Array:
        shape = buffer.base(self.plan.batch)
        return self._typed(number, prod(shape)).reshape(shape)

    def _typed(self, number: int, count: int) -> Array:
        """So many values of an interval of the plan's memory."""
        start = self.plan.arena.offsets[number]
        return self._memory[start : start + count * self.dtype.itemsize].view(self.dtype)

    def _step(self, number: int, planned: Planned, weights: Mapping[str, Array]) -> Step:
        y = self._place(planned.output)
        if planned.kernel is None:
            return _nothing
        if planned.operation is None:
            assert isinstance(y, Map)
            return copy(self._setting, self._place(planned.inputs[0]), y)
        kernel = planned.kernel
        assert isinstance(kernel, GpuKernel)
        residual = None if planned.residual is None else self._place(planned.residual)
        assert residual is None or isinstance(residual, Map)
        scratch = self._typed(len(self.plan.buffers) + number, kernel.values)
        x = [self._place(slot) for slot in planned.inputs]
        tensors = {name: self._upload(tensor) for name, tensor in kernel.tensors(weights).items()}
        self.weight_bytes += sum(tensor.nbytes for tensor in tensors.values())
        return kernel.step(Arrays(x, y, tensors, residual, scratch))

    def _upload(self, x: Array) -> Array:
        return self.device.xp.asarray(np.ascontiguousarray(x, self.dtype))


def _nothing() -> None:
    """A concat whose parts were written into place."""

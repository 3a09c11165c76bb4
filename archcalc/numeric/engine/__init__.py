"""The fast forward pass: a plan made once for a graph, a batch and a backend, then run as often as wanted."""

from __future__ import annotations

from collections.abc import Callable, Collection, MutableMapping, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from archcalc.core.record import record
from archcalc.graph.graph import Graph, Node
from archcalc.numeric.engine.choose import EngineSetting
from archcalc.numeric.engine.execute import Execution
from archcalc.numeric.engine.kernels import moves
from archcalc.numeric.engine.plan import Plan, plan_of
from archcalc.numeric.engine.prepare import prepared
from archcalc.numeric.engine.threads import Workers, parallel_products
from archcalc.numeric.namespace import Array
from archcalc.numeric.run.forward import refuse_gaps

INLINE_MACS = 5_000_000
"""Below, a second thread costs more than it does."""


@record
class Ran:
    """A step that has run."""

    index: int
    """Among the steps of the plan."""
    nodes: tuple[Node, ...]
    """The layers it stands for, in order; none for a conversion of the engine's own."""
    kernel: str
    seconds: float
    macs: int
    _planes: Callable[[], Array]

    @property
    def output(self) -> Array:
        """The output of the last of its layers, (N, *shape); a copy."""
        return self._planes().copy()


class Engine:
    """A network with its weights, ready to run.

    float16 stands for storage of 16 bits: weights and every value that is stored are rounded to it, sums are float32.

    Args:
        weights: every tensor by its full name.
        keep: names of layers whose output must come into being, or "all": nothing is fused across them.
        exact: no Winograd and no Fourier transform.
        consume: take the tensors out of `weights` while they are transformed, so that they are never there twice.
    """

    def __init__(
        self,
        graph: Graph,
        weights: MutableMapping[str, Array],
        *,
        batch: int = 1,
        dtype: str = "float32",
        backend: str = "numpy",
        threads: int = 2,
        exact: bool = False,
        keep: Collection[str] | str = (),
        consume: bool = False,
    ) -> None:
        refuse_gaps(graph)
        self.graph = graph
        self.dtype = np.dtype("float32" if dtype == "float16" else dtype)
        self._half = dtype == "float16"
        self.timings: tuple[Ran, ...] = ()
        """Of each step in the last run that was timed."""
        self.plan: Plan = planned(graph, batch, self.dtype.itemsize, backend, threads, exact, keep)
        if self._half:
            weights = {name: tensor.astype(np.float16) for name, tensor in weights.items()}
        tensors = prepared(self.plan, weights, self.dtype.str, consume)
        self.weight_bytes = sum({id(tensor): tensor.nbytes for own in tensors for tensor in own.values()}.values())
        """Of the weights as the kernels need them."""
        self._execution = Execution(self.plan, tensors, moves(backend), self.dtype.str, self._half)
        self._workers = Workers(self.plan.threads)
        self._stretches: list[Any] = []
        """With numba: phases, and programs that stand for many of them."""
        if backend == "numba" and not self._half:
            from archcalc.numeric.engine.kernels.numba_program import stretches

            self._stretches = stretches(self.plan, self._execution.phases, self.dtype)

    def run(
        self, inputs: Sequence[Array], watch: Callable[[Ran], None] | None = None, timed: bool = False
    ) -> list[Array]:
        """The outputs of the graph, each (N, *shape), for the arrays at its inputs.

        Args:
            watch: sees each step as it has run.
            timed: keep the time of each step in `timings`.
        """
        self._execution.load([x.astype(np.float16) for x in inputs] if self._half else inputs)
        with np.errstate(all="ignore"):
            if self._workers.threads == 1:
                self._steps(watch, timed)
            else:
                with self._workers.pinned():
                    self._steps(watch, timed)
        return [self._execution.planes(value).copy() for value in self.graph.outputs]

    def close(self) -> None:
        """End the worker threads."""
        self._workers.close()

    def _steps(self, watch: Callable[[Ran], None] | None, timed: bool) -> None:
        run = self._workers.run
        if watch is None and not timed and self._stretches:
            self._run_stretches()
            return
        if watch is None and not timed:
            for phases in self._execution.phases:
                for phase in phases:
                    run(phase)
            return
        done = []
        for index, phases in enumerate(self._execution.phases):
            start = perf_counter()
            for phase in phases:
                run(phase)
            ran = self._ran(index, perf_counter() - start)
            done.append(ran)
            if watch is not None:
                watch(ran)
        self.timings = tuple(done)

    def _run_stretches(self) -> None:
        for stretch in self._stretches:
            if isinstance(stretch, Sequence):
                self._workers.run(stretch)
            else:
                stretch.start()
                self._workers.run(stretch.phase)

    def _ran(self, index: int, seconds: float) -> Ran:
        step = self.plan.steps[index]
        return Ran(index, step.nodes, step.name, seconds, step.macs, lambda: self._execution.planes_of(step.output))


def planned(
    graph: Graph, batch: int, item: int, backend: str, threads: int, exact: bool, keep: Collection[str] | str
) -> Plan:
    """What the engine would do, before there are any weights.

    Args:
        item: bytes of a value; the others as those of `Engine`.
    """
    macs = batch * sum(node.work.macs for node in graph.nodes)
    threads = threads if macs >= INLINE_MACS and parallel_products() else 1
    return plan_of(graph, EngineSetting(batch, threads, exact, backend, item), item, kept(graph, keep))


def kept(graph: Graph, keep: Collection[str] | str) -> set[int]:
    """The values of the layers of these names, or all."""
    if keep == "all":
        return set(range(graph.value_count))
    return {graph.values[name] for name in keep}


__all__ = ["Engine", "Ran", "planned"]

"""How a network runs: on the engine, planned once and run many times, or by the textbook forward."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from typing import Protocol

from archcalc.core.record import record
from archcalc.errors import BackendError, UnsupportedError
from archcalc.graph.graph import Graph, Node
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference import Tensors
from archcalc.numeric.run.forward import forward
from archcalc.numeric.run.material import Material
from archcalc.numeric.run.memory import plan
from archcalc.numeric.run.options import DEFAULT_BACKEND, DTYPES, Options, cores

NUMBA = (("0", "68"), ("0", "69"))
"""Versions that the compiled programs are written for."""


class RanStep(Protocol):
    """One step of a pass that has run."""

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The layer, or several that ran as one; none for a conversion of the engine's own."""
        ...

    @property
    def output(self) -> Array:
        """(N, *shape), of the last of them."""
        ...

    @property
    def seconds(self) -> float | None: ...

    @property
    def kernel(self) -> str: ...


Watch = Callable[[RanStep], None]


@record
class RanLayer:
    """A layer of the reference that has run."""

    nodes: tuple[Node, ...]
    output: Array
    seconds: float | None
    """None on a GPU, where one step does not wait for the other."""
    kernel: str = "reference"


class Runner(Protocol):
    """A network with its weights, ready to run."""

    words: str
    """What runs: `reference`, or the engine's backend with what it was told."""
    planned_bytes: int
    """Of weights, values and scratch."""

    def run(self, inputs: Sequence[Array], watch: Watch | None = None) -> list[Array]:
        """The outputs for inputs of (N, *shape); `watch` sees each step."""
        ...


class ReferenceRunner:
    """The textbook forward."""

    words = "reference"

    def __init__(self, graph: Graph, weights: Tensors, batch: int, dtype: str) -> None:
        self.graph, self.weights = graph, weights
        self.planned_bytes = plan(graph).values(batch) * DTYPES[dtype]

    def run(self, inputs: Sequence[Array], watch: Watch | None = None) -> list[Array]:
        if watch is None:
            return forward(self.graph, inputs, self.weights)
        return forward(
            self.graph, inputs, self.weights, lambda step: watch(RanLayer((step.node,), step.output, step.seconds))
        )


class OnEngine:
    """The engine, with a plan of its own."""

    def __init__(self, graph: Graph, material: Material, options: Options, keep: Collection[str] | None, consume: bool):
        from archcalc.numeric.engine import Engine

        backend = options.backend or DEFAULT_BACKEND
        raw = 0 if consume else _bytes(material.weights)
        self.engine = Engine(
            graph,
            material.weights,
            batch=material.batch,
            dtype=options.dtype,
            backend=backend,
            threads=options.threads or cores(),
            exact=options.exact,
            keep="all" if keep is None else keep,
            consume=consume,
        )
        threads = self.engine.plan.threads
        words = [backend, f"{threads} thread{'s' if threads > 1 else ''}", *(["exact"] if options.exact else [])]
        self.words = ", ".join(words)
        self.planned_bytes = raw + self.engine.weight_bytes + self.engine.plan.planned_bytes
        self._passing = _Passing(graph, keep)

    def run(self, inputs: Sequence[Array], watch: Watch | None = None) -> list[Array]:
        if watch is None:
            return self.engine.run(inputs)
        return self.engine.run(inputs, self._passing.watch(inputs, watch))


class OnGpu:
    """A GPU, through CuPy."""

    def __init__(self, graph: Graph, material: Material, options: Options, keep: Collection[str] | None):
        from archcalc.numeric.gpu.cupy_device import CupyDevice
        from archcalc.numeric.gpu.engine import GpuEngine

        tf32 = options.dtype == "tf32"
        dtype = "float32" if tf32 else options.dtype
        device = CupyDevice(dtype, tf32, options.exact)
        self.engine = GpuEngine(
            graph,
            material.weights,
            device,
            batch=material.batch,
            dtype=dtype,
            exact=options.exact,
            keep="all" if keep is None else keep,
        )
        self.words = ", ".join(["cupy", device.name, *(["exact"] if options.exact else [])])
        self.planned_bytes = self.engine.weight_bytes + self.engine.plan.planned_bytes
        self._passing = _Passing(graph, keep)

    def run(self, inputs: Sequence[Array], watch: Watch | None = None) -> list[Array]:
        if watch is None:
            return self.engine.run(inputs)
        return self.engine.run(inputs, self._passing.watch(inputs, watch))


class _Passing:
    """Layers that give what they get (dropout): no engine has a step for them, yet some of them are wanted."""

    def __init__(self, graph: Graph, keep: Collection[str] | None) -> None:
        from archcalc.numeric.engine.fuse import passes

        self.graph = graph
        self._after: dict[int, list[Node]] = {}
        sources: dict[int, int] = {}
        for value, node in graph.numbered():
            if passes(node):
                sources[value] = sources.get(node.inputs[0], node.inputs[0])
                if keep is None or node.name in keep:
                    self._after.setdefault(sources[value], []).append(node)

    def watch(self, inputs: Sequence[Array], watch: Watch) -> Watch:
        """A watch that sees these layers too, right after the one whose output they give on."""
        for value, x in enumerate(inputs):
            self._pass_on(value, x, watch)

        def both(ran: RanStep) -> None:
            watch(ran)
            value = self.graph.values[ran.nodes[-1].name] if ran.nodes else -1
            if value in self._after:
                self._pass_on(value, ran.output, watch)

        return both

    def _pass_on(self, value: int, output: Array, watch: Watch) -> None:
        for node in self._after.get(value, ()):
            watch(RanLayer((node,), output, None, "in place"))


def runner_of(
    graph: Graph, material: Material, options: Options, keep: Collection[str] | None = (), consume: bool = False
) -> Runner:
    """The runner that the options ask for.

    Args:
        keep: layers whose own output is wanted; None: every layer's.
        consume: nobody else needs the weights.

    Raises:
        UnsupportedError: for a layer that has no forward.
        BackendError: where there is no GPU.
    """
    if options.reference:
        return ReferenceRunner(graph, material.weights, material.batch, options.dtype)
    try:
        if options.backend == "cupy":
            return OnGpu(graph, material, options, keep)
        return OnEngine(graph, material, options, keep, consume)
    except MemoryError:
        raise BackendError(
            f"the memory is too small for {graph.name} at batch {material.batch}", help="a smaller --batch or --input"
        ) from None


def run_through(graph: Graph, material: Material, options: Options, value: int) -> tuple[Runner, list[Array], Array]:
    """What ran, the outputs of the graph, and one value of it."""
    layer = graph.value_name(value)
    found = list(material.inputs[value : value + 1])

    def watch(ran: RanStep) -> None:
        if ran.nodes and ran.nodes[-1].name == layer:
            found.append(ran.output)

    runner = runner_of(graph, material, options, [] if found else [layer])
    outputs = runner.run(material.inputs, watch)
    return runner, outputs, found[0]


def check_backend(options: Options) -> None:
    """Raise UnsupportedError where the extra of a backend is missing, BackendError where there is no GPU."""
    if options.backend == "numba":
        _check_numba()
    if options.backend == "cupy":
        from archcalc.numeric.gpu.cupy_device import cupy_with_a_gpu

        cupy_with_a_gpu()


def _check_numba() -> None:
    """Other versions may lack the inner parts of numba that the compiled programs are made of."""
    help = "pip install 'archcalc[fast]'"
    if find_spec("numba") is None:
        raise UnsupportedError("--backend numba needs numba, which is not installed", help=help)
    found = version("numba")
    if tuple(found.split(".")[:2]) not in NUMBA:
        known = " or ".join(".".join(parts) for parts in NUMBA)
        raise UnsupportedError(f"--backend numba needs numba {known}, {found} is installed", help=help)


def _bytes(weights: Tensors) -> int:
    return sum(tensor.nbytes for tensor in weights.values())

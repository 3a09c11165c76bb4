"""How long each step of a network takes: the NumPy and the numba kernels beside PyTorch's operations, in one process.

A step is a layer with what is fused into it; PyTorch's time is the sum of its calls for the same layers, batch norms
folded. The contestants take turns, a figure is the median of the rounds, ratios are to the faster of PyTorch's two
layouts: below 1 is faster.

Run: python benchmarks/kernels.py [--nets vgg16,mobilenet_v2] [--batches 1,8] [--rounds 7]
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median
from time import perf_counter

THREADS = 2
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # read when NumPy and torch load
    os.environ[variable] = str(THREADS)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from measure import table  # noqa: E402
from torch_networks import TorchNetwork, torch_network  # noqa: E402

from archcalc import load  # noqa: E402
from archcalc.graph.graph import Graph  # noqa: E402
from archcalc.numeric.engine import Engine  # noqa: E402
from archcalc.numeric.weights.weights import he_weights  # noqa: E402

NETS = "vgg16,alexnet,resnet50,googlenet,mobilenet_v1,mobilenet_v2"

Times = Mapping[str, float]
"""Last layer of a step -> seconds."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--nets", default=NETS, help="bundled specs, with commas between them")
    parser.add_argument("--batches", default="1,8")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each contestant")
    asked = parser.parse_args()
    for net in asked.nets.split(","):
        for batch in map(int, asked.batches.split(",")):
            print(f"\n{net}, batch {batch}, {THREADS} threads, milliseconds")
            table(list(_rows(net, batch, asked.rounds)))


def _rows(net: str, batch: int, rounds: int) -> list[list[str]]:
    graph = load(net).graph
    weights = he_weights(graph, 0)
    x = [np.random.default_rng(0).standard_normal((batch, *shape)).astype(np.float32) for _, shape in graph.inputs]
    engines = {b: Engine(graph, dict(weights), batch=batch, backend=b, threads=THREADS) for b in ("numpy", "numba")}
    contestants: dict[str, Callable[[], Times]] = {
        backend: partial(_engine_times, engine, x) for backend, engine in engines.items()
    }
    for layout, last in (("torch", False), ("torch channels_last", True)):
        network = torch_network(graph, weights, channels_last=last, fold=True)
        contestants[layout] = partial(_torch_times, graph, network, x)
    medians = _medians(contestants, rounds)
    rows = [["step", "kernel", "output", "numpy", "numba", "torch", "numpy/torch", "numba/torch", "numba/numpy"]]
    for step in engines["numba"].plan.steps:
        if step.nodes and step.kernel is not None:
            own = [medians[backend].get(step.nodes[-1].name) for backend in engines]
            theirs = [sum(medians[c].get(n.name, 0) for n in step.nodes) for c in ("torch", "torch channels_last")]
            shape = "x".join(map(str, step.output.shape))
            rows.append([step.title[:40], step.name, shape, *_figures(*own, min(theirs))])
    totals = [sum(medians[backend].values()) for backend in engines]
    rows.append(["all", "", "", *_figures(*totals, min(sum(medians[c].values()) for c in list(contestants)[2:]))])
    return rows


def _medians(contestants: Mapping[str, Callable[[], Times]], rounds: int) -> dict[str, dict[str, float]]:
    times: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            run()  # whose threads spun before has ended by now, and the caches are this contestant's
            for layer, seconds in run().items():
                times[name][layer].append(seconds)
    return {name: {layer: median(values) for layer, values in layers.items()} for name, layers in times.items()}


def _engine_times(engine: Engine, x: list[np.ndarray]) -> Times:
    engine.run(x, timed=True)
    return {ran.nodes[-1].name: ran.seconds for ran in engine.timings if ran.nodes}


def _torch_times(graph: Graph, network: TorchNetwork, x: list[np.ndarray]) -> Times:
    times = {}
    with torch.inference_mode():
        values = dict(enumerate(network.prepared(torch.from_numpy(array)) for array in x))
        for call, sources, target, ends in network.calls:
            start = perf_counter()
            values[target] = call(*[values[source] for source in sources])
            times[graph.nodes[target - len(graph.inputs)].name] = perf_counter() - start
            for value in ends:
                del values[value]
    return times


def _figures(numpy: float | None, numba: float | None, theirs: float) -> list[str]:
    milliseconds = [f"{1000 * t:.3f}" if t else "-" for t in (numpy, numba, theirs)]
    pairs = ((numpy, theirs), (numba, theirs), (numba, numpy))
    return [*milliseconds, *(f"{a / b:.2f}" if a and b else "-" for a, b in pairs)]


if __name__ == "__main__":
    torch.set_num_threads(THREADS)
    main()

"""How long a forward pass takes: our NumPy and numba paths beside PyTorch and ONNX Runtime, in one process.

Every contestant has the same weights, the same input and the same number of threads, and its output is held against
the others' before anything is timed. They take turns, so that drift hits all alike; a figure is the median of the
rounds. Ratios are to PyTorch eager, the faster of its two layouts: below 1 is faster.

Run: python benchmarks/forward.py [--nets lenet5,vgg16] [--batches 1,8] [--rounds 5] [--threads 2]
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from statistics import median
from time import perf_counter

THREADS = next((int(b) for a, b in zip(sys.argv, sys.argv[1:], strict=False) if a == "--threads"), 2)
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # read when NumPy and torch load
    os.environ[variable] = str(THREADS)

import numpy as np  # noqa: E402
from measure import table  # noqa: E402

from archcalc import load  # noqa: E402
from archcalc.analysis.summary import summarize  # noqa: E402
from archcalc.core.record import record  # noqa: E402
from archcalc.graph.graph import Graph  # noqa: E402
from archcalc.numeric.inputs.inputs import random_input  # noqa: E402
from archcalc.numeric.run.observe import matrix_roof  # noqa: E402
from archcalc.numeric.weights.weights import he_weights  # noqa: E402

NETS = ("lenet5", "alexnet", "vgg16", "resnet50", "googlenet", "mobilenet_v1", "mobilenet_v2")

EAGER = ("torch", "torch channels_last")
FOLDED = ("torch folded", "torch folded channels_last")

BARS: dict[tuple[str, str], dict[str, float]] = {
    ("vgg16", "numpy"): {"1": 0.70, "8": 0.70},
    ("vgg16", "numba"): {"1": 0.52, "8": 0.42},
    ("alexnet", "numba"): {"1": 0.82, "8": 0.82},
    ("resnet50", "numba"): {"1": 0.88, "8": 0.87},
    ("googlenet", "numba"): {"1": 0.87, "8": 0.87},
    ("mobilenet_v1", "numba"): {"1": 0.76, "8": 0.76},
    ("mobilenet_v2", "numba"): {"1": 0.76, "8": 0.76},
    ("lenet5", "numba"): {"1": 0.50, "8": 0.50},
}
"""Net and path -> batch -> the ratio to PyTorch eager that it has to reach."""

FOLDED_BARS: dict[tuple[str, str], dict[str, float]] = {("resnet50", "numba"): {"1": 1.0, "8": 1.0}}
"""The same against PyTorch with its batch norms folded."""

TOLERANCE = 2e-3
"""Of the RMS of the output: what two correct float32 passes may differ by, Winograd's rounding through 50 layers."""

LEAST_SECONDS = 0.05
"""A turn lasts at least so long; a small net runs more often in it."""

Forward = Callable[[], np.ndarray]


@record
class Result:
    """One net at one batch: the median seconds of each contestant."""

    net: str
    batch: int
    macs: int
    seconds: dict[str, float]

    def best(self, names: tuple[str, ...]) -> float | None:
        """The faster of several contestants; None where none ran."""
        return min((self.seconds[name] for name in names if name in self.seconds), default=None)


def main() -> None:
    asked = _arguments()
    print(f"{THREADS} threads; contestants: archcalc {', '.join(_backends())}; {', '.join(_others())}")
    results = []
    for net in asked.nets.split(","):
        for batch in map(int, asked.batches.split(",")):
            results.append(_measured(net, batch, asked.rounds))
            print(
                f"  {net} batch {batch}: {', '.join(f'{k} {1000 * s:.2f} ms' for k, s in results[-1].seconds.items())}"
            )
    roof = matrix_roof("float32")
    print()
    table(list(_rows(results, roof)))
    print(f"\nroof: {roof / 1e9:.1f} G MACs a second (1024x1024 matrix product, {THREADS} threads)")
    for line in _verdicts(results):
        print(line)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--nets", default=",".join(NETS), help="bundled specs, with commas between them")
    parser.add_argument("--batches", default="1,8")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contestant")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def _backends() -> list[str]:
    if find_spec("archcalc.numeric.engine.execute") is None:
        return ["reference"]
    return ["numpy", *(["numba"] if find_spec("numba") else [])]


def _others() -> list[str]:
    return [name for name in ("torch", "onnxruntime") if find_spec(name)]


def _measured(net: str, batch: int, rounds: int) -> Result:
    graph = load(net).graph
    weights = he_weights(graph, 0)
    x = random_input(graph, graph.inputs[0][0], 0, batch)
    contestants = dict(_contestants(graph, weights, x))
    _check(net, contestants)
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, forward in contestants.items():
            forward()  # whose threads spun before has ended by now, and the caches are this contestant's
            times[name] += _turn(forward)
    macs = sum(row.counts.macs for row in summarize(graph).rows) * batch
    return Result(net, batch, macs, {name: median(values) for name, values in times.items()})


def _turn(forward: Forward) -> list[float]:
    times: list[float] = []
    while sum(times) < LEAST_SECONDS:
        start = perf_counter()
        forward()
        times.append(perf_counter() - start)
    return times


def _contestants(graph: Graph, weights: dict[str, np.ndarray], x: np.ndarray) -> Iterator[tuple[str, Forward]]:
    for backend in _backends():
        yield backend, _ours(graph, weights, x, backend)
    if find_spec("torch"):
        yield from _torch(graph, weights, x)
    if find_spec("onnxruntime") and find_spec("onnx"):
        from onnx_networks import session_of

        session = session_of(graph, weights, len(x), THREADS)
        name = session.get_inputs()[0].name
        yield "onnxruntime", lambda: session.run(None, {name: x})[0]


def _ours(graph: Graph, weights: dict[str, np.ndarray], x: np.ndarray, backend: str) -> Forward:
    if backend == "reference":
        from archcalc.numeric.run.forward import forward

        return lambda: forward(graph, [x], weights)[0]
    from archcalc.numeric.engine import Engine

    engine = Engine(graph, weights, batch=len(x), dtype="float32", backend=backend, threads=THREADS)
    return lambda: engine.run([x])[0]


def _torch(graph: Graph, weights: dict[str, np.ndarray], x: np.ndarray) -> Iterator[tuple[str, Forward]]:
    import torch
    from torch_networks import torch_network

    torch.set_num_threads(THREADS)
    norms = any(node.layer.kind == "batch_norm" for node in graph.nodes)
    for names, fold in ((EAGER, False), (FOLDED, True))[: 2 if norms else 1]:
        for name, channels_last in zip(names, (False, True), strict=True):
            network = torch_network(graph, weights, channels_last=channels_last, fold=fold)
            yield name, _inferring(network, torch.from_numpy(x))


def _inferring(network: object, x: object) -> Forward:
    import torch

    @torch.inference_mode()
    def forward() -> np.ndarray:
        return network.run([x])[0].numpy()

    return forward


def _check(net: str, contestants: dict[str, Forward]) -> None:
    """Every output is the one of PyTorch (of the first where it is missing), or there is nothing to compare."""
    outputs = {name: forward().astype(np.float64) for name, forward in contestants.items()}
    name, expected = next(((name, outputs[name]) for name in EAGER if name in outputs), next(iter(outputs.items())))
    scale = np.sqrt((expected**2).mean())
    for other, found in outputs.items():
        error = abs(found.reshape(expected.shape) - expected).max() / scale
        if not error < TOLERANCE:
            raise SystemExit(f"{net}: {other} differs from {name} by {error:.2g} of the output's RMS")


def _rows(results: list[Result], roof: float) -> Iterator[tuple[str, ...]]:
    paths = _backends()
    heading = ["net", "N", *(f"{path} ms" for path in paths), "torch ms", "folded ms", "ort ms"]
    ratios = [f"{path}/{other}" for path in paths for other in ("torch", "folded", "ort")]
    yield (*heading, *ratios, *(f"{path} of roof" for path in paths))
    for result in results:
        ours = [result.seconds[path] for path in paths]
        others = [result.best(EAGER), result.best(FOLDED), result.best(("onnxruntime",))]
        yield (
            result.net,
            str(result.batch),
            *(f"{1000 * seconds:.2f}" for seconds in ours),
            *("-" if seconds is None else f"{1000 * seconds:.2f}" for seconds in others),
            *("-" if other is None else f"{own / other:.2f}" for own in ours for other in others),
            *(f"{result.macs / seconds / roof:.0%}" for seconds in ours),
        )


def _verdicts(results: list[Result]) -> Iterator[str]:
    for result in results:
        for bars, names, against in ((BARS, EAGER, "torch eager"), (FOLDED_BARS, FOLDED, "torch folded")):
            for path in _backends():
                bar = bars.get((result.net, path), {}).get(str(result.batch))
                other = result.best(names)
                if bar is not None and other is not None:
                    ratio = result.seconds[path] / other
                    verdict = "pass" if ratio <= bar else "miss"
                    yield f"{verdict}  {result.net} N={result.batch} {path} / {against}: {ratio:.2f}, bar {bar:.2f}"


if __name__ == "__main__":
    main()

"""How long a forward pass takes on a GPU: ours beside PyTorch with cuDNN, like with like in three columns.

float32 is strict on both sides, TF32 is what PyTorch's convolutions take unless told otherwise, float16 holds values in
16 bits. Ours is the plan replayed as one CUDA graph; PyTorch runs eagerly and, in a column of its own, captured as a
CUDA graph too. Batch norms are folded on both sides; every output is held against PyTorch's before anything is timed.

Bar: at most 1.2 times PyTorch's eager time, VGG-16 and ResNet-50, batch 1 and 64.
Run: python benchmarks/gpu.py [--nets vgg16,resnet50] [--batches 1,64] [--rounds 20]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from statistics import median

import cupy
import numpy as np
import torch
from measure import table
from torch_networks import torch_network

from archcalc import load
from archcalc.graph.graph import Graph
from archcalc.numeric.gpu.cupy_device import CupyDevice
from archcalc.numeric.gpu.engine import GpuEngine
from archcalc.numeric.inputs.inputs import random_input
from archcalc.numeric.weights.weights import he_weights

BAR = 1.2
TOLERANCE = {"float32": 1e-3, "tf32": 5e-2, "float16": 5e-2}
"""Of the RMS of the output."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--nets", default="vgg16,resnet50")
    parser.add_argument("--batches", default="1,64")
    parser.add_argument("--rounds", type=int, default=20)
    asked = parser.parse_args()
    print(f"{CupyDevice('float32').name}; PyTorch {torch.__version__}, cuDNN {torch.backends.cudnn.version()}")
    rows = [("net", "N", "type", "convolutions", "ours ms", "torch ms", "torch graph ms", "ours / torch", "bar")]
    for net in asked.nets.split(","):
        for batch in map(int, asked.batches.split(",")):
            rows += [_row(net, batch, kind, asked.rounds) for kind in TOLERANCE]
    table(rows)


def _row(net: str, batch: int, kind: str, rounds: int) -> tuple[str, ...]:
    graph = load(net).graph
    weights, x = he_weights(graph, 0), random_input(graph, graph.inputs[0][0], 0, batch)
    dtype = "float32" if kind == "tf32" else kind
    device = CupyDevice(dtype, tf32=kind == "tf32")
    engine = GpuEngine(graph, weights, device, batch=batch, dtype=dtype)
    eager, output = _torch(graph, weights, x, kind)
    _refuse_difference(net, kind, engine.run([x])[0], output)
    captured = _captured(eager)
    times: dict[str, list[float]] = {"ours": [], "torch": [], "graph": []}
    for _ in range(rounds):
        times["ours"].append(device.seconds(engine.replay))
        times["torch"].append(_seconds(eager))
        times["graph"].append(_seconds(captured))
    ours, torchs, graphs = (1000 * median(times[name]) for name in ("ours", "torch", "graph"))
    convolutions = "own kernels" if device.convolutions is None else "cuDNN"
    verdict = "reached" if ours <= BAR * torchs else "missed"
    figures = (f"{ours:.3f}", f"{torchs:.3f}", f"{graphs:.3f}", f"{ours / torchs:.2f}")
    return net, str(batch), kind, convolutions, *figures, verdict


def _torch(
    graph: Graph, weights: dict[str, np.ndarray], x: np.ndarray, kind: str
) -> tuple[Callable[[], None], np.ndarray]:
    """What runs PyTorch's network once, and its output."""
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = kind == "tf32"
    network = torch_network(graph, weights, channels_last=True, fold=True, put=lambda tensor: _put(tensor, kind))
    given = _put(torch.from_numpy(x), kind)

    @torch.inference_mode()
    def run() -> None:
        run.output = network.run([given])[0]

    run()
    return run, run.output.float().cpu().numpy()


def _put(tensor: torch.Tensor, kind: str) -> torch.Tensor:
    return tensor.to("cuda", torch.float16 if kind == "float16" else torch.float32)


def _captured(run: Callable[[], None]) -> Callable[[], None]:
    """The same as one CUDA graph."""
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for _ in range(3):
            run()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return graph.replay


def _seconds(run: Callable[[], None]) -> float:
    start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    run()
    stop.record()
    stop.synchronize()
    return start.elapsed_time(stop) / 1000


def _refuse_difference(net: str, kind: str, found: np.ndarray, expected: np.ndarray) -> None:
    error = abs(found.reshape(expected.shape) - expected).max() / np.sqrt((expected**2).mean())
    if not error < TOLERANCE[kind]:
        raise SystemExit(f"{net} in {kind}: ours differs from PyTorch's by {error:.2g} of the output's RMS")


if __name__ == "__main__":
    cupy.cuda.Device().use()
    main()

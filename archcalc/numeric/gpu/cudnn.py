"""Convolutions by cuDNN's own Python frontend: one fused graph each, the fastest of several plans by timing.

CuPy 14 has no cuDNN of its own. The frontend (package `nvidia-cudnn-frontend`) takes plain device pointers.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from archcalc.core.record import record
from archcalc.numeric.engine.kernels.base import Geometry
from archcalc.numeric.engine.layout import Map
from archcalc.numeric.gpu.convolution import Ends, pitch, values
from archcalc.numeric.gpu.device import CudaDevice, Step
from archcalc.numeric.namespace import Array

MOST_PLANS = 8
"""Plans that are timed for one convolution."""

ROUNDS = 5
"""Runs of a plan that is timed; the median counts."""

_TYPES = {"float16": "HALF", "float32": "FLOAT", "float64": "DOUBLE"}


def installed() -> bool:
    """Whether the frontend is there, and a cuDNN that it can load."""
    if find_spec("cudnn") is None:
        return False
    try:
        return int(import_module("cudnn").backend_version()) > 0
    except (ImportError, OSError, RuntimeError, AttributeError):
        return False


@record
class CudnnGraph:
    """A convolution with its bias, its residual and its ReLU as one cuDNN graph, and its tensors there."""

    graph: Any
    image: Any
    weight: Any
    bias: Any
    residual: Any
    output: Any


class Cudnn:
    """The convolutions of one device; the plan that was found fastest is kept for the next of the same geometry."""

    def __init__(self, device: CudaDevice) -> None:
        self.cudnn = import_module("cudnn")
        self.device = device
        self.handle = self.cudnn.create_handle()
        self.cudnn.set_stream(handle=self.handle, stream=device.stream.ptr)
        self.built: dict[tuple[Any, ...], tuple[CudnnGraph, int, int]] = {}

    def serves(self, geometry: Geometry, low: float, high: float) -> bool:
        """Whether it has plans for this geometry and activation, and is not slower than a kernel of our own."""
        depthwise = geometry.groups == geometry.channels == geometry.filters > 1
        return not depthwise and low in (0.0, float("-inf")) and (low == 0.0 or high == float("inf"))

    def weight(self, weight: Array) -> Array:
        """(F, C / groups, kh, kw) -> (F, kh, kw, C / groups)."""
        return weight.transpose(0, 2, 3, 1)

    def step(self, geometry: Geometry, x: Map, weight: Array, y: Map, ends: Ends) -> Step:
        """The convolution on arrays that stay where they are."""
        pitches = (pitch(x), pitch(y), None if ends.residual is None else pitch(ends.residual))
        bounds = (ends.low, ends.high)
        key = (geometry, pitches, bounds)
        if key not in self.built:
            fused = fused_graph(self.cudnn, geometry, self.device.dtype, pitches, bounds, self.handle)
            self.built[key] = (fused, *self._fastest(fused, x, weight, y, ends))
        fused, plan, size = self.built[key]
        workspace = self.device.xp.empty(size, np.uint8)
        pack = _pack(fused, x, weight, y, ends)
        return lambda: fused.graph.execute_plan_at_index(pack, workspace.data.ptr, plan, handle=self.handle)

    def _fastest(self, fused: CudnnGraph, x: Map, weight: Array, y: Map, ends: Ends) -> tuple[int, int]:
        """The plan that takes least time, and the bytes of its workspace."""
        graph, cudnn = fused.graph, self.cudnn
        graph.build_operation_graph()
        graph.create_execution_plans([cudnn.heur_mode.A, cudnn.heur_mode.FALLBACK])
        graph.deselect_numeric_notes(self._refused())
        graph.check_support()
        pack = _pack(fused, x, weight, y, ends)
        times: list[tuple[float, int, int]] = []
        for index in range(graph.get_execution_plan_count()):
            if len(times) == MOST_PLANS:
                break
            try:
                graph.build_plan_at_index(index)
            except (RuntimeError, NotImplementedError, cudnn.cudnnGraphNotSupportedError):
                continue  # this plan is not for this GPU; the next one may be
            size = graph.get_workspace_size_plan_at_index(index)
            times.append((self._time(graph, pack, index, size), index, size))
        _, plan, size = min(times)
        return plan, size

    def _refused(self) -> list[Any]:
        """What no plan may do: round products of strict float32; transform where exact products are asked for."""
        note = self.cudnn.numerical_note
        strict = self.device.dtype == "float32" and not self.device.tf32
        rounding = [note.TENSOR_CORE, note.DOWN_CONVERT_INPUTS, note.REDUCED_PRECISION_REDUCTION] if strict else []
        transforming = [name for name in dir(note) if name.startswith("WINOGRAD") or name == "FFT"]
        return rounding + [getattr(note, name) for name in transforming if self.device.exact]

    def _time(self, graph: Any, pack: dict[Any, int], index: int, size: int) -> float:
        """Milliseconds of one run, the median of several."""
        cupy, stream = self.device.xp, self.device.stream
        workspace = cupy.empty(size, np.uint8)
        taken = []
        for _ in range(ROUNDS + 1):  # the first one warms up
            start, stop = cupy.cuda.Event(), cupy.cuda.Event()
            start.record(stream)
            graph.execute_plan_at_index(pack, workspace.data.ptr, index, handle=self.handle)
            stop.record(stream)
            stop.synchronize()
            taken.append(cupy.cuda.get_elapsed_time(start, stop))
        return float(np.median(taken[1:]))


def fused_graph(
    cudnn: Any,
    g: Geometry,
    dtype: str,
    pitches: tuple[int, int, int | None],
    bounds: tuple[float, float],
    handle: Any = None,
) -> CudnnGraph:
    """A cuDNN graph: convolution, bias, residual, ReLU.

    Args:
        pitches: values from one cell to the next of the input, the output and the residual (None without one).
    """
    kind = getattr(cudnn.data_type, _TYPES[dtype])
    sums = cudnn.data_type.DOUBLE if dtype == "float64" else cudnn.data_type.FLOAT
    own = {} if handle is None else {"handle": handle}
    graph = cudnn.pygraph(io_data_type=kind, intermediate_data_type=sums, compute_data_type=sums, **own)
    taps = g.channels // g.groups
    kh, kw = g.kernel
    image = graph.tensor(name="x", **_map_of(g.batch, g.channels, g.height, g.width, pitches[0]), data_type=kind)
    weight = graph.tensor(
        name="w", dim=[g.filters, taps, kh, kw], stride=[kh * kw * taps, 1, kw * taps, taps], data_type=kind
    )
    bias = graph.tensor(name="b", **_map_of(1, g.filters, 1, 1, g.filters), data_type=kind)
    after = _after(g)
    y = graph.conv_fprop(
        image=image, weight=weight, pre_padding=list(g.before), post_padding=after, stride=list(g.stride),
        dilation=list(g.dilation), name="conv",
    )  # fmt: skip
    y = graph.bias(name="bias", input=y, bias=bias)
    residual = None
    if pitches[2] is not None:
        place = _map_of(g.batch, g.filters, g.out_height, g.out_width, pitches[2])
        residual = graph.tensor(name="r", **place, data_type=kind)
        y = graph.add(a=y, b=residual, name="add")
    low, high = bounds
    if low == 0.0:
        y = graph.relu(input=y, name="relu", **({} if high == float("inf") else {"upper_clip": high}))
    place = _map_of(g.batch, g.filters, g.out_height, g.out_width, pitches[1])
    y.set_output(True).set_data_type(kind).set_dim(place["dim"]).set_stride(place["stride"])
    return CudnnGraph(graph, image, weight, bias, residual, y)


def _map_of(batch: int, channels: int, height: int, width: int, ld: int) -> dict[str, list[int]]:
    """A map with its channels last, in cuDNN's words: sizes N, C, H, W and the steps of each."""
    return {"dim": [batch, channels, height, width], "stride": [height * width * ld, 1, width * ld, ld]}


def _after(g: Geometry) -> list[int]:
    """Padding after each axis, such that the output has its size and no more."""
    border = g.border
    return [border.bottom, border.right]


def _pack(fused: CudnnGraph, x: Map, weight: Array, y: Map, ends: Ends) -> dict[Any, int]:
    """Each tensor of the graph -> its address."""
    pack = {fused.image: values(x), fused.weight: weight, fused.bias: ends.bias, fused.output: values(y)}
    if ends.residual is not None:
        pack[fused.residual] = values(ends.residual)
    return {tensor: array.data.ptr for tensor, array in pack.items()}

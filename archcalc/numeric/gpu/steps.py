"""One operation of a network as launches on arrays that stay where they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any

import numpy as np

from archcalc.analysis.memory.lifetimes import has_fixed_statistics
from archcalc.core.record import record
from archcalc.core.window import Window
from archcalc.graph.graph import Graph, Node
from archcalc.layers.conv import Conv, DepthwiseConv
from archcalc.layers.pool import AvgPool, MaxPool
from archcalc.numeric.engine.execute import BOUNDS
from archcalc.numeric.engine.fold import folded, scale_and_shift
from archcalc.numeric.engine.fuse import Operation
from archcalc.numeric.engine.kernels.base import Geometry, Place, Scratch, geometry_of
from archcalc.numeric.engine.kernels.fallback import planes
from archcalc.numeric.engine.kernels.pool import shares_of
from archcalc.numeric.engine.layout import NO_BORDER, Border, Map, Planar
from archcalc.numeric.gpu.convolution import Convolution, Ends, method_of, pitch, sizes, values
from archcalc.numeric.gpu.device import Device, Step
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.run.forward import output_of_layer, tensors_of


@record
class GpuSetting:
    """What all steps of a plan share."""

    graph: Graph
    device: Device
    batch: int
    dtype: str
    exact: bool

    @property
    def item(self) -> int:
        """Bytes of a value."""
        return np.dtype(self.dtype).itemsize


@record
class Arrays:
    """Those of one step."""

    x: Sequence[Place]
    y: Place
    tensors: Mapping[str, Array]
    """On the device, as the step's kernel prepared them."""
    residual: Map | None
    scratch: Array
    """Flat, in the type of the values."""


@record
class GpuKernel:
    """How an operation becomes a step; in a plan it stands where the CPU has a `Kernel`."""

    name: str
    step: Callable[[Arrays], Step]
    tensors: Callable[[Tensors], dict[str, Array]] = lambda _: {}
    """The network's tensors -> those of the step, NumPy arrays."""
    values: int = 0
    """Of scratch."""
    captured: bool = True
    """Whether it launches the same kernels on the same arrays each time, so that a CUDA graph may hold it."""
    border: Border = NO_BORDER
    """Nothing around a map is read: the kernels look where they are."""

    def scratch(self, item: int) -> Scratch:  # noqa: ARG002
        return Scratch(shared=self.values)


def gpu_kernel(setting: GpuSetting, operation: Operation) -> GpuKernel:
    """The step of an operation: kernels of our own where there are some, else the textbook forward in CuPy."""
    make = None if operation.node.layer.each else _MAKERS.get(operation.node.layer.kind)
    found = make(setting, operation) if make is not None else None
    return _reference(setting, operation) if found is None else found


def copy(setting: GpuSetting, x: Place, y: Map) -> Step:
    """Bring an input of the net into the order of the kernels, or a map into its place in a concat."""
    if isinstance(x, Map):
        return _epilogue(setting, x, None, y, (-inf, inf))
    assert not isinstance(x, Planar)
    arguments = (x, values(y), setting.batch, y.channels, y.height * y.width, pitch(y))
    return lambda: setting.device.launch("to_nhwc", x.size, *arguments)


def _bounds(operation: Operation) -> tuple[float, float]:
    return (-inf, inf) if operation.activation is None else BOUNDS[operation.activation.layer.kind]


def _convolution(setting: GpuSetting, operation: Operation) -> GpuKernel | None:
    node = operation.node
    layer: Any = node.layer
    if len(node.shape) != 3 or layer.padding_mode != "zeros" or layer.bias == "untied" or _cuts(node):
        return None
    grouped = layer.grouped(node.input_shapes[0])
    geometry = _geometry(setting, node, grouped.groups)
    library = setting.device.convolutions
    if library is not None and library.serves(geometry, *_bounds(operation)):
        return _by_cudnn(operation, geometry, library)
    way = Convolution(geometry, method_of(geometry, setting.exact, setting.dtype))

    def tensors(weights: Tensors) -> dict[str, Array]:
        own = folded(node, operation.norm, weights)
        return {"weight": way.weight(own.weight), "bias": own.bias}

    def step(arrays: Arrays) -> Step:
        (x,), y = _maps(arrays.x), _map(arrays.y)
        ends = Ends(arrays.tensors["bias"], arrays.residual, *_bounds(operation))
        return way.step(setting.device, x, arrays.tensors["weight"], y, ends, arrays.scratch)

    return GpuKernel(way.method, step, tensors, way.scratch(setting.item) // setting.item)


def _by_cudnn(operation: Operation, geometry: Geometry, library: Any) -> GpuKernel:
    def tensors(weights: Tensors) -> dict[str, Array]:
        own = folded(operation.node, operation.norm, weights)
        return {"weight": library.weight(own.weight), "bias": own.bias}

    def step(arrays: Arrays) -> Step:
        (x,), y = _maps(arrays.x), _map(arrays.y)
        ends = Ends(arrays.tensors["bias"], arrays.residual, *_bounds(operation))
        made: Step = library.step(geometry, x, arrays.tensors["weight"], y, ends)
        return made

    return GpuKernel("cudnn", step, tensors)


def _linear(setting: GpuSetting, operation: Operation) -> GpuKernel:
    node = operation.node
    filters = node.shape[-1]

    def tensors(weights: Tensors) -> dict[str, Array]:
        own = folded(node, operation.norm, weights)
        return {"weight": own.weight.T, "bias": own.bias}

    def step(arrays: Arrays) -> Step:
        device, weight, y = setting.device, arrays.tensors["weight"], _plain(arrays.y)
        rows, out = _plain(arrays.x[0]).reshape(-1, len(weight)), y.reshape(-1, filters)
        ends = (arrays.tensors["bias"], None, 0, *_bounds(operation))

        def run() -> None:
            device.product(rows, weight, out)
            device.launch("epilogue", out.size, out, filters, out, filters, len(out), filters, *ends)

        return run

    return GpuKernel("product", step, tensors)


def _cuts(node: Node) -> bool:
    """Whether a padding is below 0: the reference knows it."""
    return any(min(window.padding) < 0 for window in node.windows if isinstance(window, Window))


def _max_pool(setting: GpuSetting, operation: Operation) -> GpuKernel | None:
    if len(operation.node.shape) != 3 or _cuts(operation.node):
        return None
    g = _geometry(setting, operation.node)

    def step(arrays: Arrays) -> Step:
        (x,), y = _maps(arrays.x), _map(arrays.y)
        arguments = (values(x), pitch(x), values(y), pitch(y), *sizes(g))
        windows = (*g.kernel, *g.stride, *g.dilation, *g.before, -inf)
        return lambda: setting.device.launch("max_pool", g.batch * g.stops * g.channels, *arguments, *windows)

    return GpuKernel("max pool", step)


def _avg_pool(setting: GpuSetting, operation: Operation) -> GpuKernel | None:
    node = operation.node
    layer = node.layer
    assert isinstance(layer, AvgPool)
    if len(node.shape) != 3 or _cuts(node):
        return None
    g = _geometry(setting, node)
    shares = shares_of(g, layer.windows(node.input_shapes[0]), layer.count_include_pad)

    def step(arrays: Arrays) -> Step:
        (x,), y = _maps(arrays.x), _map(arrays.y)
        arguments = (values(x), pitch(x), values(y), pitch(y), *sizes(g), *g.kernel, *g.stride, *g.before)
        inverse = arrays.tensors["shares"]
        return lambda: setting.device.launch("avg_pool", g.batch * g.stops * g.channels, *arguments, inverse)

    return GpuKernel("avg pool", step, lambda _: {"shares": shares})


def _global_avg(setting: GpuSetting, operation: Operation) -> GpuKernel | None:
    if len(operation.node.input_shapes[0]) != 3:
        return None

    def step(arrays: Arrays) -> Step:
        (x,), y = _maps(arrays.x), arrays.y
        flat = (y.base if isinstance(y, Map) else _plain(y)).reshape(setting.batch, -1)
        arguments = (values(x), pitch(x), flat, setting.batch, x.height * x.width, x.channels)
        return lambda: setting.device.launch("global_avg", flat.size, *arguments)

    return GpuKernel("global average", step)


def _batch_norm(setting: GpuSetting, operation: Operation) -> GpuKernel | None:
    node = operation.node
    if len(node.shape) != 3 or not has_fixed_statistics(node):
        return None

    def tensors(weights: Tensors) -> dict[str, Array]:
        scale, shift = (np.broadcast_to(a, (node.shape.channels,)) for a in scale_and_shift(node, weights))
        return {"scale": scale, "shift": shift}

    def step(arrays: Arrays) -> Step:
        (x,), y = _maps(arrays.x), _map(arrays.y)
        rows, own = setting.batch * y.height * y.width, arrays.tensors
        arguments = (values(x), pitch(x), values(y), pitch(y), rows, y.channels, own["scale"], own["shift"])
        return lambda: setting.device.launch("scale_shift", rows * y.channels, *arguments, *_bounds(operation))

    return GpuKernel("scale", step, tensors)


def _add(setting: GpuSetting, operation: Operation) -> GpuKernel | None:
    node = operation.node
    if len(node.shape) != 3 or any(shape != node.shape for shape in node.input_shapes):
        return None

    def step(arrays: Arrays) -> Step:
        sources, y = _maps(arrays.x), _map(arrays.y)
        sums = [_epilogue(setting, sources[0], sources[1], y, (-inf, inf) if sources[2:] else _bounds(operation))]
        for index, other in enumerate(sources[2:], 3):
            sums.append(_epilogue(setting, y, other, y, _bounds(operation) if index == len(sources) else (-inf, inf)))

        def run() -> None:
            for one in sums:
                one()

        return run

    return GpuKernel("add", step)


def _activation(setting: GpuSetting, operation: Operation) -> GpuKernel | None:
    if len(operation.node.shape) != 3:
        return None
    bounds = BOUNDS[operation.node.layer.kind]
    return GpuKernel("clip", lambda arrays: _epilogue(setting, _maps(arrays.x)[0], None, _map(arrays.y), bounds))


def _local_response_norm(setting: GpuSetting, operation: Operation) -> GpuKernel | None:
    layer: Any = operation.node.layer
    if len(operation.node.shape) != 3 or layer.region != "across":
        return None

    def step(arrays: Arrays) -> Step:
        (x,), y = _maps(arrays.x), _map(arrays.y)
        rows = setting.batch * y.height * y.width
        arguments = (values(x), pitch(x), values(y), pitch(y), rows, y.channels)
        numbers = (layer.size, layer.alpha, layer.beta, layer.k)
        return lambda: setting.device.launch("local_response_norm", rows * y.channels, *arguments, *numbers)

    return GpuKernel("local response norm", step)


def _softmax(setting: GpuSetting, operation: Operation) -> GpuKernel | None:
    if len(operation.node.shape) != 1:
        return None

    def step(arrays: Arrays) -> Step:
        x, y = _plain(arrays.x[0]), _plain(arrays.y)
        return lambda: setting.device.launch("softmax", len(y), x, y, len(y), y.shape[1])

    return GpuKernel("softmax", step)


def _flatten(setting: GpuSetting, operation: Operation) -> GpuKernel | None:
    """The values of a map in the order of its planes."""
    if len(operation.node.input_shapes[0]) != 3 or len(operation.node.shape) != 1:
        return None

    def step(arrays: Arrays) -> Step:
        (x,), y = _maps(arrays.x), _plain(arrays.y)
        arguments = (values(x), y, setting.batch, x.channels, x.height * x.width, pitch(x))
        return lambda: setting.device.launch("to_nchw", y.size, *arguments)

    return GpuKernel("flatten", step)


def _reference(setting: GpuSetting, operation: Operation) -> GpuKernel:
    """The layer, and what was joined to it, as `archcalc.numeric.reference` runs them."""
    nodes = operation.nodes

    def tensors(weights: Tensors) -> dict[str, Array]:
        return {f"{i}.{name}": t for i, node in enumerate(nodes) for name, t in tensors_of(node, weights).items()}

    def step(arrays: Arrays) -> Step:
        own = [_of(index, arrays.tensors) for index in range(len(nodes))]

        def run() -> None:
            value = output_of_layer(setting.graph, nodes[0], [planes(x) for x in arrays.x], own[0])
            for node, tensors in zip(nodes[1:], own[1:], strict=True):
                more = [planes(arrays.residual)] if node.layer.traits.sums and arrays.residual is not None else []
                value = output_of_layer(setting.graph, node, [value, *more], tensors)
            planes(arrays.y)[...] = value

        return run

    return GpuKernel("reference", step, tensors, captured=False)


_MAKERS: dict[str, Callable[[GpuSetting, Operation], GpuKernel | None]] = {
    "conv": _convolution,
    "depthwise_conv": _convolution,
    "linear": _linear,
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "global_avg_pool": _global_avg,
    "batch_norm": _batch_norm,
    "add": _add,
    **dict.fromkeys(BOUNDS, _activation),
    "local_response_norm": _local_response_norm,
    "softmax": _softmax,
    "flatten": _flatten,
}
"""Kind -> what makes its step, or None where the layer is out of the ordinary."""


def _epilogue(setting: GpuSetting, x: Map, residual: Map | None, y: Map, bounds: tuple[float, float]) -> Step:
    """y = x + residual between the bounds."""
    rows = setting.batch * y.height * y.width
    other = (None, 0) if residual is None else (values(residual), pitch(residual))
    arguments = (values(x), pitch(x), values(y), pitch(y), rows, y.channels, None, *other, *bounds)
    return lambda: setting.device.launch("epilogue", rows * y.channels, *arguments)


def _geometry(setting: GpuSetting, node: Node, groups: int = 1) -> Geometry:
    layer: Conv | MaxPool | AvgPool | DepthwiseConv = node.layer  # type: ignore[assignment]
    x = node.input_shapes[0]
    return geometry_of(setting.batch, x, node.shape, layer.windows(x), groups)


def _of(index: int, tensors: Mapping[str, Array]) -> dict[str, Array]:
    """The tensors of one layer of several."""
    head = f"{index}."
    return {name.removeprefix(head): tensor for name, tensor in tensors.items() if name.startswith(head)}


def _maps(places: Sequence[Place]) -> list[Map]:
    return [_map(place) for place in places]


def _map(place: Place) -> Map:
    assert isinstance(place, Map)
    return place


def _plain(place: Place) -> Array:
    assert not isinstance(place, Map | Planar)
    return place

"""Which kernel computes an operation."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis.memory.lifetimes import has_fixed_statistics
from archcalc.core.record import record
from archcalc.core.window import Window
from archcalc.graph.graph import Graph, Node
from archcalc.layers.conv import Conv, DepthwiseConv
from archcalc.layers.local_response_norm import LocalResponseNorm
from archcalc.layers.pool import AvgPool, MaxPool
from archcalc.numeric.engine.fuse import Operation
from archcalc.numeric.engine.kernels.base import Geometry, Kernel, geometry_of
from archcalc.numeric.engine.kernels.columns import FEW_STOPS, Columns
from archcalc.numeric.engine.kernels.depthwise import Depthwise
from archcalc.numeric.engine.kernels.elementwise import Elementwise
from archcalc.numeric.engine.kernels.fallback import Fallback
from archcalc.numeric.engine.kernels.fft import FFT
from archcalc.numeric.engine.kernels.linear import LinearKernel
from archcalc.numeric.engine.kernels.planes import Planes
from archcalc.numeric.engine.kernels.pool import GlobalAverage, Pool
from archcalc.numeric.engine.kernels.product import ProductKernel
from archcalc.numeric.engine.kernels.winograd import Winograd
from archcalc.numeric.reference.activation import FUNCTIONS

ACTIVATIONS = frozenset(FUNCTIONS)
"""Kinds that a step can end in."""

FEW_CHANNELS = 4
"""An input with so many is read as planes."""

LONG_KERNEL = 15
"""From here on a convolution is done by Fourier transforms."""

WINOGRAD_CHANNELS = 16
"""With fewer input or output channels the transforms cost more than they save."""

WINOGRAD_MACS = 35_000_000
"""The same for the work of the whole layer."""

LARGE_TILES = 32
"""Tiles of 4 x 4 from which on these pay; with fewer, packing 36 matrices of weights costs more than they save."""


@record
class EngineSetting:
    """What all operations of a plan share."""

    batch: int
    threads: int
    exact: bool
    """No Winograd, no Fourier transform: each output is a sum of the products that define it."""
    backend: str = "numpy"
    item: int = 4
    """Bytes of a value."""


def kernel_for(graph: Graph, operation: Operation, setting: EngineSetting) -> Kernel:
    """The fastest kernel that computes this operation; the reference where there is none."""
    return _kernel(graph, operation.node, setting) or Fallback(graph, tuple(operation.nodes))


def _kernel(graph: Graph, node: Node, setting: EngineSetting) -> Kernel | None:
    layer, x, y = node.layer, node.x, node.shape
    if layer.each:
        return None
    if len(x) == 3 and len(y) == 3:
        if isinstance(layer, Conv | DepthwiseConv):
            return _convolution(graph, node, layer, setting)
        if isinstance(layer, MaxPool | AvgPool) and not cuts(layer.windows(x)):
            return Pool(geometry_of(setting.batch, x, y, layer.windows(x)), layer, setting.threads)
        name = _elementwise(node)
        if name is not None:
            lrn = layer if isinstance(layer, LocalResponseNorm) else None
            return Elementwise(name, setting.batch, y[1], setting.threads, lrn)
    if len(x) == 3 and _averages_all(node):
        return GlobalAverage(setting.batch, setting.threads)
    if layer.kind == "linear":
        rows = setting.batch * (x.elements // x[-1])
        if setting.backend == "numba":
            from archcalc.numeric.engine.kernels.numba_kernels import linear

            return linear(rows, x[-1], y[-1], setting.threads)
        return LinearKernel(rows, x[-1], y[-1], setting.threads)
    return None


def _convolution(graph: Graph, node: Node, layer: Conv | DepthwiseConv, setting: EngineSetting) -> Kernel | None:
    x, y = node.x, node.shape
    conv = layer.grouped(x)
    windows = conv.windows(x)
    if conv.bias == "untied" or not _plain(windows):
        return None
    geometry = geometry_of(setting.batch, x, y, windows, conv.groups)
    if conv.groups == geometry.channels == geometry.filters:
        return Depthwise(geometry, setting.threads)
    if setting.backend == "numba" and max(geometry.kernel) < LONG_KERNEL:
        from archcalc.numeric.engine.kernels.numba_kernels import convolution

        return convolution(geometry, setting.threads, setting.exact, setting.item)
    if conv.groups == 1 and node.inputs[0] < graph.first and geometry.channels <= FEW_CHANNELS:
        return Planes(geometry, setting.threads)
    if not setting.exact and conv.groups == 1:
        if _unit_steps(geometry) and max(geometry.kernel) >= LONG_KERNEL:
            return FFT(geometry, setting.threads)
        tile = _tile(geometry)
        if tile:
            return Winograd(geometry, tile, setting.threads)
    if conv.groups == 1 and setting.threads > 1 and geometry.batch * geometry.stops <= FEW_STOPS:
        return Columns(geometry, setting.threads)
    return ProductKernel(geometry, setting.threads)


def _plain(windows: Sequence[Window]) -> bool:
    """Whether the padding is zeros around the map, as the producer writes them."""
    return not cuts(windows) and all(window.mode == "zeros" or not any(window.padding) for window in windows)


def cuts(windows: Sequence[Window]) -> bool:
    """Whether a padding is below 0, which no kernel knows: the reference does."""
    return any(min(window.padding) < 0 for window in windows)


def _tile(g: Geometry) -> int:
    """The outputs of a Winograd tile along an axis; 0 where a matrix product is faster."""
    wide = g.kernel in ((3, 3), (5, 5)) and _unit_steps(g) and min(g.channels, g.filters) >= WINOGRAD_CHANNELS
    if not wide or g.macs < WINOGRAD_MACS:
        return 0
    many = g.batch * -(-g.out_height // 4) * -(-g.out_width // 4) >= LARGE_TILES
    return 4 if many and g.kernel == (3, 3) else 2


def _unit_steps(g: Geometry) -> bool:
    return g.stride == g.dilation == (1, 1)


def _elementwise(node: Node) -> str | None:
    """The name of the elementwise step for a layer on maps."""
    kind, shapes = node.layer.kind, node.input_shapes
    if has_fixed_statistics(node):
        return "scale"
    if node.layer.traits.sums:
        return "add" if len(set(shapes)) == 1 else None
    if kind == "multiply":
        return "multiply" if all(s == node.shape or s[1:] == (1, 1) for s in shapes) else None
    if kind in ACTIVATIONS:
        return "copy"
    return "local response norm" if getattr(node.layer, "region", "") == "across" else None


def _averages_all(node: Node) -> bool:
    traits = node.layer.traits
    return traits.averages and not traits.slides and node.shape.elements == node.x.channels

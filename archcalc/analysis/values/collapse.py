"""A chain of convolutions with nothing between them as the one filter that it is: f * up(g).

up(g): the taps of the second layer stand as far apart as the first one steps, and the strides multiply. A pooling of
one cell is the filter [1] at its stride, an average of two cells [1/2, 1/2].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import prod

from archcalc.analysis.explain.explain import call_of
from archcalc.core import Shape, Window
from archcalc.core.arrays import Array, Number, offset, plainer
from archcalc.core.record import record
from archcalc.core.result import Result
from archcalc.errors import UsageError
from archcalc.graph.graph import Graph, Node
from archcalc.layers.traits import FORWARD, SAME

MOST_PRODUCTS = 1_000_000
"""Products of weights that are added up, at most."""


@record
class ChainLink:
    """One layer of a chain."""

    name: str
    call: str
    weights: int


@record
class FilterChain:
    """Neighbouring layers that are one filter."""

    links: tuple[ChainLink, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    shape: Shape
    """Of the filter: filters x channels x kernel."""
    filter: Array | None
    """Its numbers, where those of all layers are given."""
    padded: bool
    """Whether a layer after the first has padding, so that the two differ at the border."""
    biased: bool
    """Whether a layer has biases; the one filter has a bias too then."""

    @property
    def weights(self) -> int:
        """Of the layers together."""
        return sum(link.weights for link in self.links)


@record
class Collapsed(Result):
    """The chains of a network."""

    spec: str
    chains: tuple[FilterChain, ...]


def collapse(graph: Graph, weights: Mapping[str, Array] | None = None) -> Collapsed:
    """Every chain of at least two layers. Raises UsageError where there is none, or the weights do not fit.

    Args:
        weights: of layers by name; of others those that the spec states.
    """
    for name, array in (weights or {}).items():
        node = graph.part(name)
        expected = next((one.weights["weight"].shape for one in graph.nodes_of(node) if "weight" in one.weights), None)
        if array.shape != expected:
            raise UsageError(f"the weights of {name} are {array.shape}, it has {expected or 'none'}")
    stated = {graph.title(node): graph.stated_of(node) for node in graph.nodes if graph.stated and _is_filter(node)}
    given = {name: array for name, array in stated.items() if array is not None} | dict(weights or {})
    chains = tuple(_collapsed(graph, nodes, given) for nodes in _chains(graph))
    if not chains:
        help = "two convolutions with nothing between them, or a pooling of one cell, are one filter"
        raise UsageError(f"{graph.name} has no chain of filters", help=help)
    return Collapsed(graph.name, chains)


def _chains(graph: Graph) -> Iterator[list[Node]]:
    readers: dict[int, list[int]] = {}
    for value, node in graph.numbered():
        for source in node.inputs:
            readers.setdefault(source, []).append(value)
    chain: list[tuple[int, Node]] = []
    for value, node in graph.numbered():
        follows = bool(chain) and node.inputs == (chain[-1][0],)
        alone = (
            bool(chain) and readers[chain[-1][0]] == [value] and chain[-1][0] not in graph.outputs if follows else False
        )
        if follows and alone and node.layer.traits.view == SAME:
            chain[-1] = (value, chain[-1][1])
        elif follows and alone and _is_filter(node):
            chain.append((value, node))
        else:
            yield from _long(chain)
            chain = [(value, node)] if _is_filter(node) else []
    yield from _long(chain)


def _long(chain: Sequence[tuple[int, Node]]) -> Iterator[list[Node]]:
    if sum(node.layer.traits.weighted for _, node in chain) and len(chain) > 1:
        yield [node for _, node in chain]


def _is_filter(node: Node) -> bool:
    """A convolution with zeros around it, an average without any, or a pooling of one cell, which only subsamples."""
    traits = node.layer.traits
    if traits.slides != FORWARD or not (traits.weighted or traits.picks or traits.averages):
        return False
    windows = [window for window in node.windows if isinstance(window, Window) and window.mode == "zeros"]
    if len(windows) < len(node.windows):
        return False
    inside = not any(side for window in windows for side in window.padding) and not getattr(node.layer, "ceil_mode", 0)
    return traits.weighted or (traits.averages and inside) or all(window.extent == 1 for window in windows)


def _collapsed(graph: Graph, nodes: Sequence[Node], given: Mapping[str, Array]) -> FilterChain:
    axes = len(nodes[0].windows)
    kernel, stride = [1] * axes, [1] * axes
    for node in nodes:
        windows = [window for window in node.windows if isinstance(window, Window)]
        kernel = [size + (window.extent - 1) * step for size, window, step in zip(kernel, windows, stride, strict=True)]
        stride = [step * window.stride for step, window in zip(stride, windows, strict=True)]
    shape = Shape((nodes[-1].shape.channels, nodes[0].input_shapes[0].channels, *kernel))
    links = tuple(
        ChainLink(graph.title(node), call_of(node.layer), node.weights["weight"].elements if node.weights else 0)
        for node in nodes
    )  # fmt: skip
    padded = any(
        side for node in nodes[1:] for window in node.windows if isinstance(window, Window) for side in window.padding
    )
    known = all(not node.weights or graph.title(node) in given for node in nodes)
    filter_ = _filter(graph, nodes, given, shape) if known else None
    return FilterChain(
        links, tuple(kernel), tuple(stride), shape, filter_, padded, any("bias" in node.weights for node in nodes)
    )


Taps = dict[tuple[int, int, tuple[int, ...]], Fraction]
"""(output channel, input channel, place) -> weight."""


def _filter(graph: Graph, nodes: Sequence[Node], given: Mapping[str, Array], shape: Shape) -> Array:
    axes = len(nodes[0].windows)
    found: Taps = {(c, c, (0,) * axes): Fraction(1) for c in range(shape[1])}
    stride = [1] * axes
    for node in nodes:
        found = _through(found, _taps(node, given.get(graph.title(node))), stride)
        stride = [step * w.stride for step, w in zip(stride, node.windows, strict=True) if isinstance(w, Window)]
    cells: list[Number] = [0] * shape.elements
    for (out, channel, place), weight in found.items():
        cells[offset((out, channel, *place), shape)] = plainer(weight)
    return Array(shape, tuple(cells))


def _taps(node: Node, weight: Array | None) -> Taps:
    """The taps of one layer at their distances; a pooling has equal ones, of each channel its own."""
    x = node.x
    windows = [window for window in node.windows if isinstance(window, Window)]
    if weight is None:
        share = Fraction(1, prod(window.kernel for window in windows))
        places = [*product(*(range(0, w.extent, w.dilation) for w in windows))]
        return {(c, c, place): share for c in range(x.channels) for place in places}
    found: Taps = {}
    for (out, channel, kernel), tap in product(node.layer.joins(x), product(*(range(w.kernel) for w in windows))):
        place = tuple(t * w.dilation for t, w in zip(tap, windows, strict=True))
        found[out, channel, place] = found.get((out, channel, place), Fraction(0)) + weight.at((*kernel, *tap))
    return found


def _through(first: Taps, second: Taps, stride: Sequence[int]) -> Taps:
    """h[t + s·u] += f[t]·g[u], summed over the channels between."""
    if len(first) * len(second) > MOST_PRODUCTS:
        raise UsageError(
            f"the filters have more than {MOST_PRODUCTS:,} products", help="leave out --weights, or those of the spec"
        )
    found: Taps = {}
    for ((middle, channel, near), f), ((out, read, far), g) in product(first.items(), second.items()):
        if read == middle:
            place = tuple(t + step * u for t, u, step in zip(near, far, stride, strict=True))
            found[out, channel, place] = found.get((out, channel, place), Fraction(0)) + f * g
    return found

"""What one layer computes of a small array, step by step: the window, the products, the sum.

Where a window stops and what each tap reads, the layer's own `windows` say; which channels a kernel joins, its `joins`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import prod

from archcalc.analysis.explain.explain import call_of
from archcalc.core import Shape, TransposedWindow, Window
from archcalc.core.arrays import Array, Number, plainer
from archcalc.core.record import record
from archcalc.core.result import Result
from archcalc.errors import UsageError
from archcalc.graph.graph import Node
from archcalc.layers.traits import FORWARD

MOST_PRODUCTS = 20_000
"""Products that are written out, at most."""

Place = tuple[int, ...]

SUM, LARGEST, MEAN = "sum", "largest", "mean"


@record
class Tap:
    """What one tap adds to an output value."""

    source: Place | None
    """Where in the input it reads; None in the padding."""
    value: Number
    """What it reads: 0 in the padding."""
    weight: Number | None = None
    """What that is multiplied with; None in a pooling."""
    kernel: Place | None = None
    """Where the weight stands."""

    @property
    def product(self) -> Number:
        """Its part of the sum."""
        return self.value if self.weight is None else plainer(Fraction(self.value * self.weight))


@record
class WorkedCell:
    """One output value."""

    unit: Place
    """Channel, then the place along each axis, from 0."""
    terms: tuple[Tap, ...]
    """In the order of the taps, channel by channel."""
    bias: Number
    divisor: int
    """How many cells a mean counts; else 1."""
    chosen: int | None
    """The term that a maximum takes, the first of equals."""
    result: Number


@record
class LayerValues(Result):
    """A layer on one array, with every step."""

    name: str
    call: str
    rule: str
    """SUM, LARGEST or MEAN."""
    input: Array
    weight: Array | None
    """As the layer uses it."""
    given: Array | None
    """As it was given, before it was turned; None where it was not."""
    bias: tuple[Number, ...]
    """One a channel; empty where there is none."""
    taps: tuple[int, ...]
    """The cells of a window along each axis; empty where none slides over the input."""
    output: Array
    steps: tuple[WorkedCell, ...]


def layer_values(
    node: Node, x: Array, weight: Array | None = None, bias: Sequence[Number] = (), flip: bool = False
) -> LayerValues:
    """The layer on an array. Raises UsageError where it has no such rule, or the weights do not fit it.

    Args:
        flip: turn the kernel around first, as a convolution in mathematics does.
    """
    rule = _rule(node)
    _check(node, weight, bias)
    taps = taps_of(node)
    used = weight.turned(len(taps)) if flip and weight is not None else weight
    steps = tuple(_steps(node, rule, x, used, tuple(bias)))
    output = Array(node.shape, tuple(step.result for step in steps))
    return LayerValues(
        node.name, call_of(node.layer), rule, x, used, weight if flip else None, tuple(bias),
        taps if node.layer.traits.slides == FORWARD else (), output, steps,
    )  # fmt: skip


def reads(node: Node) -> Iterator[tuple[Place, Place, Place]]:
    """Each product of a weighted layer that reads a real cell: output unit, input cell, place of the weight."""
    x, y = node.x, node.shape
    joins = [*node.layer.joins(x)]
    for place, taps in _stops(node, x, y):
        for out, channel, kernel in joins:
            for tap, source in taps:
                if source is not None:
                    yield (out, *place), (channel, *source), (*kernel, *tap)


def _steps(node: Node, rule: str, x: Array, weight: Array | None, bias: tuple[Number, ...]) -> Iterator[WorkedCell]:
    joined: dict[int, list[tuple[int, Place]]] = {}
    for out, channel, kernel in node.layer.joins(x.shape):
        joined.setdefault(out, []).append((channel, kernel))
    stops = [*_stops(node, x.shape, node.shape)]
    padded = node.layer.traits.slides == FORWARD  # where a window stands over the padding, it reads zeros
    for out in range(node.shape.channels):
        for number, (place, taps) in enumerate(stops):
            if weight is None:
                yield _pooled(rule, (out, *place), x, taps, _counted(node, number) if rule == MEAN else 1)
            else:
                pairs = [(join, tap) for join in joined.get(out, ()) for tap in taps if padded or tap[1] is not None]
                terms = tuple(_term(x, weight, *join, *tap) for join, tap in pairs)
                yield _summed((out, *place), terms, bias[out] if bias else 0)


def _stops(node: Node, x: Shape, y: Shape) -> Iterator[tuple[Place, list[tuple[Place, Place | None]]]]:
    """Each place of the output with its taps and the cells that they read."""
    windows = node.layer.windows(x)
    for place in product(*map(range, y.spatial)):
        axes = []
        for window, index, length in zip(windows, place, x.spatial, strict=True):
            assert isinstance(window, Window | TransposedWindow)
            axes.append([*enumerate(window.taps(index, length))])
        found: list[tuple[Place, Place | None]] = []
        for taps in product(*axes):
            cells = [cell for _, cell in taps if cell is not None]
            found.append((tuple(tap for tap, _ in taps), tuple(cells) if len(cells) == len(taps) else None))
        yield place, found


def _term(x: Array, weight: Array, channel: int, kernel: Place, tap: Place, source: Place | None) -> Tap:
    at = (*kernel, *tap)
    if source is None:
        return Tap(None, 0, weight.at(at), at)
    return Tap((channel, *source), x.at((channel, *source)), weight.at(at), at)


def _summed(unit: Place, terms: tuple[Tap, ...], bias: Number) -> WorkedCell:
    total = sum((term.product for term in terms), Fraction(bias))
    return WorkedCell(unit, terms, bias, 1, None, plainer(total))


def _pooled(rule: str, unit: Place, x: Array, taps: Sequence[tuple[Place, Place | None]], divisor: int) -> WorkedCell:
    places = [None if source is None else (unit[0], *source) for _, source in taps]
    terms = tuple(Tap(place, 0 if place is None else x.at(place)) for place in places)
    if rule == MEAN:
        mean = plainer(Fraction(sum(term.value for term in terms)) / divisor)
        return WorkedCell(unit, terms, 0, divisor, None, mean)
    real = [number for number, term in enumerate(terms) if term.source is not None]
    chosen = max(real, key=lambda number: terms[number].value)
    return WorkedCell(unit, terms, 0, 1, chosen, terms[chosen].value)


def _counted(node: Node, stop: int) -> int:
    """The cells that count in a mean: real ones, and those of the padding unless the layer leaves them out."""
    x, counts = node.x, 1
    rest = stop
    for window, length, size in reversed([*zip(node.windows, x.spatial, node.shape.spatial, strict=True)]):
        rest, index = divmod(rest, size)
        assert isinstance(window, Window)
        before, after = window.padding if getattr(node.layer, "count_include_pad", True) else (0, 0)
        counts *= sum(-before <= cell < length + after for cell in window.stop(index))
    return counts


def _rule(node: Node) -> str:
    traits = node.layer.traits
    if traits.weighted:
        return SUM
    if traits.slides and (traits.picks or traits.averages):
        return LARGEST if traits.picks else MEAN
    help = "it writes out convolutions, linear layers, max_pool and avg_pool"
    raise UsageError(f"{node.layer.kind} has no steps to write out", help=help)


def _check(node: Node, weight: Array | None, bias: Sequence[Number]) -> None:
    if weight is not None and weight.shape != node.weights["weight"].shape:
        raise UsageError(
            f"the weights are {weight.shape}, {node.layer.kind} on {node.x} has {node.weights['weight'].shape}",
            help="filters x input channels x kernel",
        )
    if bias and len(bias) != node.shape.channels:
        what = f"there are {len(bias)} biases for {node.shape.channels} output channels"
        raise UsageError(what, help="one a channel")
    count = products(node)
    if count > MOST_PRODUCTS:
        help = "archcalc run SPEC --input FILE.npy computes larger ones"
        raise UsageError(f"that are {count:,} products, at most {MOST_PRODUCTS:,} are written out", help=help)


def products(node: Node) -> int:
    """Products or cells that its steps take together, padding included."""
    taps = prod(taps_of(node))
    if not node.layer.traits.weighted:
        return node.shape.elements * taps
    return sum(1 for _ in node.layer.joins(node.x)) * taps * prod(node.shape.spatial)


def taps_of(node: Node) -> tuple[int, ...]:
    """The kernel along each axis."""
    return tuple(window.kernel for window in node.windows if isinstance(window, Window | TransposedWindow))

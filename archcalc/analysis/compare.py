"""Networks side by side: totals, ratios against the first, shares by kind, stages by resolution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from archcalc.analysis.accuracy import ORIGINAL, Accuracy, Challenge, accuracy_of, challenge_of, check_weights
from archcalc.analysis.fields.last_map import last_map, placed_fields
from archcalc.analysis.quantities import MEASURES, Figures
from archcalc.analysis.stated import stated_notes
from archcalc.analysis.summary import LayerRow, Summary
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.core.result import Result
from archcalc.errors import UsageError
from archcalc.graph.graph import Graph
from archcalc.layers import KINDS
from archcalc.layers.traits import CONV, LINEAR
from archcalc.spec.names import did_you_mean, listed, nearest


@record
class Share:
    """What one sort of layer holds."""

    sort: str
    """conv, fc or other."""
    layers: int
    params: int
    macs: int


@record
class Stage:
    """The layers whose output has one resolution; those without spatial axes are the last stage."""

    size: Shape
    layers: int
    params: int
    macs: int


@record
class ComparedNetwork:
    """One network of a comparison."""

    name: str
    inputs: tuple[Shape, ...]
    figures: Mapping[str, int]
    """The quantities of COMPARED, by name."""
    field: tuple[int, ...]
    """Receptive field of the last map, in pixels along each axis; empty where there is none."""
    field_layer: str | None
    accuracy: Accuracy | None
    challenge: Challenge | None
    """The entry of the ILSVRC that was made of it."""
    shares: tuple[Share, ...]
    stages: tuple[Stage, ...]
    notes: tuple[str, ...] = ()
    """What of its figures is only stated."""

    @property
    def params(self) -> int:
        return self.figures["params"]

    @property
    def macs(self) -> int:
        return self.figures["macs"]

    @property
    def top1_per_million(self) -> float | None:
        """Percent of top-1 for each million params: how well a network uses them."""
        return self.accuracy.top1 * 10**6 / self.params if self.accuracy and self.params else None


@record
class Comparison(Result):
    """The networks in the order given or sorted; ratios are against `base`."""

    sides: tuple[ComparedNetwork, ...]
    base: ComparedNetwork
    weights: str = ORIGINAL
    """Whose accuracies they are: the original weights, or the best ones."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the networks, in order."""
        return tuple(side.name for side in self.sides)

    def ratio(self, side: ComparedNetwork, quantity: str) -> Fraction | None:
        """How much of `quantity` a side has, in units of the base; None where the base has none."""
        own, base = side.figures[quantity], self.base.figures[quantity]
        return Fraction(own, base) if base else None


SORTS = {CONV: "conv", LINEAR: "fc", "": "other"}
"""Family -> what its share is called; "" for all others."""

COMPARED = tuple(row for row in MEASURES.values() if row.compared)
"""Quantities that every side has."""

_PUBLISHED = ("top1", "top5")
SORT_KEYS = (*(row.name for row in COMPARED), "field", *_PUBLISHED, "top1_per_million", "top5_error", "name")


def compare_graphs(graphs: Sequence[tuple[str, Graph]], sort: str | None = None, weights: str = ORIGINAL) -> Comparison:
    """Compare networks, each with the name to show.

    Args:
        weights: whose published accuracies, `original` or `best`.

    Raises UsageError for fewer than one network, an unknown key to sort by and unknown weights.
    """
    check_weights(weights)
    if not graphs:
        raise UsageError("there is nothing to compare", help="such as: compare vgg16 googlenet")
    if sort is not None and sort not in SORT_KEYS:
        help = did_you_mean(nearest(sort, SORT_KEYS)) or f"it sorts by {listed(SORT_KEYS, 20)}"
        raise UsageError(f"--sort {sort} is unknown", help=help)
    sides = [side_of(name, graph, weights) for name, graph in graphs]
    ordered = sides if sort is None else sorted(sides, key=lambda side: _key(side, sort))
    return Comparison(tuple(ordered), sides[0], weights)


def side_of(name: str, graph: Graph, weights: str = ORIGINAL) -> ComparedNetwork:
    """The figures of one network."""
    figures = Figures(graph)
    summary, params = figures.summary, figures.total("params")
    field, layer = _last_field(graph)
    return ComparedNetwork(
        name=name,
        inputs=tuple(shape for _, shape in graph.inputs),
        figures={row.name: figures.total(row.name) for row in COMPARED},
        field=field,
        field_layer=layer,
        accuracy=accuracy_of(graph, params, weights),
        challenge=challenge_of(graph, params),
        shares=tuple(_share(sort, summary.rows) for sort in SORTS.values()),
        stages=_stages(summary),
        notes=tuple(stated_notes(graph)),
    )


def _last_field(graph: Graph) -> tuple[tuple[int, ...], str | None]:
    name = last_map(graph)
    fields = placed_fields(graph)
    if name is None or fields is None:
        return (), None
    field = fields.of(name)
    return tuple(axis.largest for axis in field.axes), graph.title(graph.nodes[graph.values[name] - graph.first])


def _share(sort: str, rows: Sequence[LayerRow]) -> Share:
    own = [row for row in rows if _sort_of(row.kind) == sort]
    return Share(sort, len(own), sum(row.counts.params for row in own), sum(row.counts.macs for row in own))


def _sort_of(kind: str) -> str:
    return SORTS.get(KINDS[kind].traits.family, SORTS[""])


def _stages(summary: Summary) -> tuple[Stage, ...]:
    """Layers by the spatial size of their output, in the order in which the sizes first appear."""
    axes = len(summary.inputs[0][1].spatial)
    groups: dict[Shape, list[LayerRow]] = {}
    for row in summary.rows:
        spatial = row.output.spatial
        groups.setdefault(Shape(spatial if len(spatial) == axes else ()), []).append(row)
    ordered: Mapping[Shape, list[LayerRow]] = {**{size: rows for size, rows in groups.items() if size}, **groups}
    return tuple(
        Stage(size, len(rows), sum(row.counts.params for row in rows), sum(row.counts.macs for row in rows))
        for size, rows in ordered.items()
    )


def _key(side: ComparedNetwork, sort: str) -> tuple[float, str]:
    """Numbers largest first, names in order; what a side has not comes last."""
    if sort == "name":
        return (0, side.name)
    value: float | None
    if sort in _PUBLISHED:
        value = None if side.accuracy is None else getattr(side.accuracy, sort)
    elif sort == "top5_error":
        value = None if side.challenge is None else side.challenge.top5_error
    elif sort == "field":
        value = max(side.field, default=None)
    elif sort in side.figures:
        value = side.figures[sort]
    else:
        value = getattr(side, sort)
    return (0 if value is None else -value, side.name)

"""Where a number comes from: which figure, convention, variant, input or slip gives it, and the terms of the gap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from archcalc.analysis.cost import Counted, Term, all_conventions
from archcalc.analysis.lifetimes import lifetimes
from archcalc.analysis.slips import NO_SLIP, digit_slip, slips
from archcalc.core import Shape, Work
from archcalc.core.record import record, replace
from archcalc.core.units import Quantity
from archcalc.errors import ArchcalcError
from archcalc.graph.elaborate import Choices, elaborate
from archcalc.graph.graph import Graph, Node
from archcalc.spec.document import Document


@record
class Part:
    """One summand of a figure: `times` x `amount` of `what`."""

    what: str
    amount: int
    times: int = 1

    @property
    def total(self) -> int:
        """What it adds."""
        return self.times * self.amount


@record
class Figure:
    """A number that someone may quote of a network."""

    name: str
    """`params`, `fvcore`, `output values of all layers`."""
    value: int
    parts: tuple[Part, ...] = ()
    """What it is the sum of; empty where it is one thing."""


@record
class Finding:
    """One way to get the claimed number."""

    figure: Figure
    also: tuple[str, ...]
    """Other figures that are the same number."""
    change: str
    """What is not as in the spec: `variant grouped`, `input 1x28x28`. Empty for the spec itself."""
    slip: str
    """Empty for the figure itself."""


@record
class Reconciliation:
    """Every likely way, the simplest first; where there is none, the nearest figures of the spec itself."""

    spec: str
    claim: str
    value: int
    findings: tuple[Finding, ...]
    nearest: tuple[Figure, ...]


MOST = 6
"""Findings that are told."""
_LEAST = 10
"""Smaller figures are passed over: they turn up by chance."""
_SIZES = (28, 32, 64, 96, 112, 128, 160, 192, 224, 227, 240, 256, 288, 299, 320, 331, 384, 448, 512)
_CLASSES = (10, 100, 1000, 1001)


def reconcile(document: Document, choices: Choices, graph: Graph, text: str, claim: Quantity) -> Reconciliation:
    """Look for the claim: in the spec itself, then in its relatives, then with slips, then as a sum of terms."""
    own = figures(graph)
    found = [*_matching(claim, own, "")]
    if not any(finding.slip == "" for finding in found):
        for change, relative in _relatives(document, choices, graph):
            found += [finding for finding in _matching(claim, figures(relative), change) if not finding.slip]
    if not found:
        found = [*_sums(claim, own), *_layers(claim, graph, own), *_digits(claim, own)]
    ordered = sorted(found, key=lambda finding: (bool(finding.slip), bool(finding.change)))
    return Reconciliation(
        spec=graph.name,
        claim=text,
        value=claim.value,
        findings=tuple(ordered[:MOST]),
        nearest=() if ordered else _nearest(claim, own),
    )


def figures(graph: Graph) -> tuple[Figure, ...]:
    """All that is quoted of a network: params in several readings, operations by every convention, values."""
    return (*_params(graph), *_operations(graph), *_values(graph))


def _params(graph: Graph) -> Iterator[Figure]:
    sums: Counter[str] = Counter()
    for node in graph.nodes:
        if node.shared is None:
            for name, tensor in node.layer.weights(*node.input_shapes).items():
                sums[_sort(node, name, tensor.role, len(tensor.shape))] += tensor.elements
    params = {what: sums[what] for what in ("weights", "biases", "weights and biases of norms") if sums[what]}
    total = sum(params.values())
    yield Figure("params", total, _parts(params))
    buffers = sums["running statistics"]
    if buffers:
        yield Figure("params and buffers (Keras)", total + buffers, _parts({**params, "running statistics": buffers}))
    if sums["biases"]:
        yield Figure("params without the biases", total - sums["biases"])
    if sums["weights and biases of norms"]:
        yield Figure("params without those of norms", total - sums["weights and biases of norms"])
    for kind, words in (("conv", "convolutions"), ("linear", "linear layers")):
        yield Figure(f"params of {words} alone", sum(map(_count, _of_kind(graph, kind))))


def _sort(node: Node, name: str, role: str, axes: int) -> str:
    if role == "buffer":
        return "running statistics"
    if node.layer.kind.endswith("_norm"):
        return "weights and biases of norms"
    return "biases" if "bias" in name else "weights"


def _parts(amounts: Mapping[str, int]) -> tuple[Part, ...]:
    return tuple(Part(what, amount) for what, amount in amounts.items()) if len(amounts) > 1 else ()


def _of_kind(graph: Graph, kind: str) -> list[Node]:
    return [node for node in graph.nodes if kind in node.layer.kind and node.shared is None]


def _count(node: Node) -> int:
    tensors = node.layer.weights(*node.input_shapes).values()
    return sum(tensor.elements for tensor in tensors if tensor.role != "buffer")


def _operations(graph: Graph) -> Iterator[Figure]:
    """The figure of every convention, with the terms that are not 0."""
    works: dict[tuple[int, tuple[Shape, ...]], Work] = {}
    for node in graph.nodes:
        key = (id(node.layer), node.input_shapes)
        if key not in works:
            works[key] = node.layer.work(*node.input_shapes, node.shape)
    for name, convention in all_conventions().items():
        built = convention.built(graph)
        calls = Counter(
            Counted(node.layer, node.input_shapes, node.shape, works[id(node.layer), node.input_shapes],
                    built.get(node.name, ""))
            for node in graph.nodes
        )  # fmt: skip
        parts = [Part(term.what, _amount(term, calls), term.times) for term in convention.terms]
        parts = [part for part in parts if part.amount]
        yield Figure(name, sum(part.total for part in parts), tuple(parts))


def _amount(term: Term, calls: Mapping[Counted, int]) -> int:
    return sum(term.of(counted) * times for counted, times in calls.items())


def _values(graph: Graph) -> Iterator[Figure]:
    outputs = sum(node.shape.elements for node in graph.nodes)
    inputs = sum(shape.elements for _, shape in graph.inputs)
    weighted = [node for node in graph.nodes if node.layer.work(*node.input_shapes, node.shape).connections]
    in_place = lifetimes(graph, inplace=True)
    kept = sum(graph.value_shape(value).elements for value, owner in enumerate(in_place.owners) if value == owner)
    yield Figure("neurons", sum(node.shape.elements for node in weighted))
    yield Figure("output values of all layers", outputs)
    yield Figure("values of all layers and the input", outputs + inputs)
    yield Figure("values kept for training, relu in place", kept)
    yield Figure("most values in memory at once", lifetimes(graph).peak)
    yield Figure("bytes of params in float32", 4 * sum(map(_count, _of_kind(graph, ""))))


def _matching(claim: Quantity, found: Sequence[Figure], change: str) -> Iterator[Finding]:
    """The figures that are the claim; where none is, those that are with a slip."""
    by_slip: dict[str, dict[int, list[Figure]]] = {}
    for figure in found:
        for slip in slips(claim, figure.value) if figure.value >= _LEAST else ():
            by_slip.setdefault(slip.says, {}).setdefault(figure.value, []).append(figure)
    chosen = {NO_SLIP.says: by_slip[NO_SLIP.says]} if NO_SLIP.says in by_slip else by_slip
    for says, values in chosen.items():
        for same in values.values():
            yield Finding(same[0], tuple(figure.name for figure in same[1:]), change, says)


def _relatives(document: Document, choices: Choices, graph: Graph) -> Iterator[tuple[str, Graph]]:
    """The network in another variant, for another input, for other classes; what does not fit is passed over."""
    for change, other in _other_choices(document, choices, graph):
        try:
            yield change, elaborate(document, other)
        except ArchcalcError:
            continue


def _other_choices(document: Document, choices: Choices, graph: Graph) -> Iterator[tuple[str, Choices]]:
    if choices != Choices():
        yield "the spec without a variant or settings", Choices()
    for variant in document.variants.values():
        if Choices.of(variant) != choices:
            yield f"variant {variant.name}", Choices.of(variant)
    for classes in _CLASSES if "num_classes" in graph.params else ():
        if classes != graph.params["num_classes"]:
            yield f"num_classes={classes}", replace(choices, params={**choices.params, "num_classes": classes})
    name, usual = graph.inputs[0]
    sizes = dict.fromkeys(Shape((usual.channels, *(size,) * len(usual.spatial))) for size in _SIZES)
    for shape in sizes if len(usual) > 1 else ():
        if shape != usual:
            yield f"input {shape}", replace(choices, inputs={**choices.inputs, name: shape})


def _sums(claim: Quantity, found: Sequence[Figure]) -> Iterator[Finding]:
    """The MACs and one or two terms that some tool adds, once, twice or four times."""
    macs = next(figure.value for figure in found if figure.name == "macs")
    gap = claim.value - macs
    if not claim.exact or gap <= 0:
        return
    amounts = {part.amount: part for figure in found for part in figure.parts if _is_small(part, macs)}
    terms = [Part(part.what, part.amount, times) for part in amounts.values() for times in (1, 2, 4)]
    for count in (1, 2):
        for chosen in combinations(terms, count):
            if sum(part.total for part in chosen) == gap and len({part.amount for part in chosen}) == count:
                figure = Figure("a sum that no tool prints", claim.value, (Part("MACs", macs), *chosen))
                yield Finding(figure, (), "", "")


def _is_small(part: Part, macs: int) -> bool:
    return 0 < part.amount < macs


def _layers(claim: Quantity, graph: Graph, found: Sequence[Figure]) -> Iterator[Finding]:
    """The params or the MACs with one layer left out or counted twice, or without one layer's biases."""
    totals = {figure.name: figure.value for figure in found}
    for node in graph.nodes if claim.exact else ():
        title = graph.title(node)
        params, macs = _count(node), node.layer.work(*node.input_shapes, node.shape).macs
        tensors = node.layer.weights(*node.input_shapes).items()
        bias = sum(tensor.elements for name, tensor in tensors if "bias" in name)
        for name, amount in (("params", params), ("macs", macs)):
            if amount and claim.value == totals[name] - amount:
                yield Finding(Figure(f"{name} without {title}", claim.value), (), "", "")
            if amount and claim.value == totals[name] + amount:
                yield Finding(Figure(f"{name} with {title} twice", claim.value), (), "", "")
        if bias and claim.value == totals["params"] - bias:
            yield Finding(Figure(f"params without the biases of {title}", claim.value), (), "", "")


def _digits(claim: Quantity, found: Sequence[Figure]) -> Iterator[Finding]:
    for figure in found:
        slip = digit_slip(claim, figure.value)
        if slip:
            yield Finding(figure, (), "", slip)


def _nearest(claim: Quantity, found: Sequence[Figure]) -> tuple[Figure, ...]:
    distinct = {figure.value: figure for figure in reversed(found) if figure.value}
    return tuple(sorted(distinct.values(), key=lambda figure: abs(figure.value - claim.value))[:3])

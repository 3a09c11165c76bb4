"""Where a number comes from: which figure, convention, variant, input or slip gives it, and the terms of the gap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from archcalc.analysis.quoted import Figure, Part, figures
from archcalc.analysis.slips import NO_SLIP, digit_slip, slips
from archcalc.core import Shape
from archcalc.core.record import record, replace
from archcalc.core.units import Quantity
from archcalc.errors import ArchcalcError
from archcalc.graph.elaborate import Choices, elaborate
from archcalc.graph.graph import Graph
from archcalc.spec.document import Document


@record
class Finding:
    """One way to get the claimed number."""

    figure: Figure
    also: tuple[str, ...]
    """Other figures that are the same number."""
    change: str
    """What is not as in the spec: `in variant grouped`, `for input 1x28x28`. Empty for the spec itself."""
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
        found = [*_bundled(claim), *_sums(claim, own), *_layers(claim, graph, own), *_digits(claim, own)]
    ordered = sorted(found, key=lambda finding: (bool(finding.slip), bool(finding.change)))
    return Reconciliation(
        spec=graph.name,
        claim=text,
        value=claim.value,
        findings=tuple(ordered[:MOST]),
        nearest=() if ordered else _nearest(claim, own),
    )


def _matching(claim: Quantity, found: Sequence[Figure], change: str) -> Iterator[Finding]:
    """The figures that are the claim; where none is, those that are with a slip."""
    by_slip: dict[str, dict[int, list[Figure]]] = {}
    for figure in found:
        for slip in slips(claim, figure.value) if figure.value >= _LEAST else ():
            by_slip.setdefault(slip.says, {}).setdefault(figure.value, []).append(figure)
    chosen = {NO_SLIP.says: by_slip[NO_SLIP.says]} if NO_SLIP.says in by_slip else by_slip
    for says, values in chosen.items():
        for same in values.values():
            parts = max((figure.parts for figure in same), key=len)
            yield Finding(replace(same[0], parts=parts), tuple(figure.name for figure in same[1:]), change, says)


def _relatives(document: Document, choices: Choices, graph: Graph) -> Iterator[tuple[str, Graph]]:
    """The network in another variant, for another input, for other classes; what does not fit is passed over."""
    for change, other in _other_choices(document, choices, graph):
        try:
            yield change, elaborate(document, other)
        except ArchcalcError:
            continue


def _other_choices(document: Document, choices: Choices, graph: Graph) -> Iterator[tuple[str, Choices]]:
    if choices != Choices():
        yield "without its variant and settings", Choices()
    for variant in document.variants.values():
        if Choices.of(variant) != choices:
            yield f"in variant {variant.name}", Choices.of(variant)
    for classes in _CLASSES if "num_classes" in graph.params else ():
        if classes != graph.params["num_classes"]:
            yield f"with num_classes={classes}", replace(choices, params={**choices.params, "num_classes": classes})
    name, usual = graph.inputs[0]
    sizes = dict.fromkeys(Shape((usual.channels, *(size,) * len(usual.spatial))) for size in _SIZES)
    for shape in sizes if len(usual) > 1 else ():
        if shape != usual:
            yield f"for input {shape}", replace(choices, inputs={**choices.inputs, name: shape})


def _bundled(claim: Quantity) -> Iterator[Finding]:
    """The params or the MACs of another architecture."""
    from archcalc.analysis.catalog import catalog

    for row in catalog() if claim.exact else ():
        for name, value in (("params", row.params), ("macs", row.macs)):
            if value == claim.value >= _LEAST:
                yield Finding(Figure(name, value), (), f"of {row.name}", "")


def _sums(claim: Quantity, found: Sequence[Figure]) -> Iterator[Finding]:
    """The MACs and one or two terms that some tool adds, once, twice or four times."""
    macs = next(figure.value for figure in found if figure.name == "macs")
    gap = claim.value - macs
    if not claim.exact or gap <= 0:
        return
    amounts: dict[int, Part] = {}
    for part in (part for figure in found for part in figure.parts if _is_small(part, macs)):
        amounts.setdefault(part.amount, part)  # of equal ones the first
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
        params, macs = node.params, node.work.macs
        tensors = node.weights.items()
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

"""Where a number comes from: which figure, convention, variant, input or slip gives it, and the terms of the gap."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from itertools import chain, combinations

from archcalc.analysis.origins import relatives
from archcalc.analysis.origins.quoted import Part, QuotableFigure, figures
from archcalc.analysis.origins.relatives import Relative
from archcalc.analysis.origins.slips import AS_IT_IS, NO_SLIP, Slip, Written, digit_slip, slips
from archcalc.core.record import record, replace
from archcalc.core.result import Result
from archcalc.core.units import Quantity, parse_quantity
from archcalc.errors import SpecError, UsageError
from archcalc.graph.choices import Choices
from archcalc.graph.graph import Graph
from archcalc.spec.document import Claim, Document


@record
class Finding:
    """One way to get the claimed number."""

    figure: QuotableFigure
    also: tuple[str, ...]
    """Other figures that are the same number."""
    change: str
    """What is not as in the spec: `in variant grouped`, `for input 1x28x28`. Empty for the spec itself."""
    slip: Slip = NO_SLIP
    """What happened to the figure on its way."""
    source: str = ""
    """What the source of the figure says, where that is the claim: `the paper says 60 million`."""


@record
class Reconciliation(Result):
    """Every likely way, the simplest first; where there is none, the nearest figures of the spec itself."""

    spec: str
    claim: str
    value: int
    exact: bool
    """Whether every digit of the claim is written."""
    findings: tuple[Finding, ...]
    nearest: tuple[QuotableFigure, ...]


MOST = 6
"""Findings that are told."""
_LEAST = 10
"""Smaller figures are passed over: they turn up by chance."""
_FEWEST = 3
"""Significant digits below which the figures on all sorts of images fit any number."""


def reconcile(document: Document, choices: Choices, graph: Graph, text: str, claim: Quantity) -> Reconciliation:
    """Look for the claim: in the spec itself, then in its relatives, then with slips, then as a sum of terms."""
    written, own = Written.of(claim), figures(graph)
    found = [*_matching(written, own, "")]
    if not any(finding.slip == NO_SLIP for finding in found):
        known = {(finding.figure.name, finding.figure.value) for finding in found}
        others = [*_in_relatives(document, choices, graph, written, known)]
        precise = [finding for finding in others if finding.slip == NO_SLIP]
        found += [*map(_as_quoted, quoted(document, choices, written)), *(precise or others)]
    if not found:
        found = [*_bundled(claim), *_sums(claim, own), *_layers(claim, graph, own), *_digits(written, own)]
    ordered = sorted(found, key=lambda finding: (not finding.source, finding.slip.rank, bool(finding.change)))
    return Reconciliation(
        spec=graph.name,
        claim=text,
        value=claim.value,
        exact=claim.exact,
        findings=tuple(ordered[:MOST]),
        nearest=() if ordered else _nearest(claim, own),
    )


def claimed(option: str, text: str) -> Quantity:
    """The number of a claim. Raises UsageError."""
    try:
        return parse_quantity(text)
    except SpecError as error:
        raise UsageError(f"{option}: {error.what}", help=error.help) from None


def _matching(written: Written, found: Sequence[QuotableFigure], change: str) -> Iterator[Finding]:
    """The figures that are the claim; where none is, those that are with the likeliest slip of each."""
    by_slip: dict[Slip, dict[int, list[QuotableFigure]]] = {}
    for figure in found:
        for slip in slips(written, figure.value, figure.main, figure.batched) if figure.value >= _LEAST else ():
            by_slip.setdefault(slip, {}).setdefault(figure.value, []).append(figure)
    chosen = {NO_SLIP: by_slip[NO_SLIP]} if NO_SLIP in by_slip else by_slip
    for slip, values in chosen.items():
        for same in values.values():
            parts = max((figure.parts for figure in same), key=len)
            yield Finding(replace(same[0], parts=parts), tuple(figure.name for figure in same[1:]), change, slip)


def _in_relatives(
    document: Document, choices: Choices, graph: Graph, written: Written, known: Collection[tuple[str, int]]
) -> Iterator[Finding]:
    """The claim in another variant, in a cousin, with other options, classes or images.

    Of networks with a name it may be rounded or cut off; all that can be set fits too many numbers for that. What is
    `known`, a figure by name and value, is told of no cousin again.
    """
    for relative in relatives.variants(document, choices):
        yield from _of_relative(relative, written, coarse=True)
    for relative in relatives.cousins(document):
        for finding in _of_relative(relative, written, coarse=written.digits > 1):
            if (finding.figure.name, finding.figure.value) not in known:
                yield finding
    unnamed = chain(relatives.options(document, choices, graph), relatives.classes(document, choices, graph))
    images = relatives.images(document, choices, graph) if written.digits >= _FEWEST else ()
    for relative in chain(unnamed, images):
        yield from _of_relative(relative, written, coarse=False)


def _of_relative(relative: Relative, written: Written, coarse: bool) -> Iterator[Finding]:
    graph = relative.graph
    for finding in _matching(written, figures(graph), relative.change) if graph else ():
        if finding.slip == NO_SLIP or (coarse and finding.slip.factor is AS_IT_IS):
            yield finding


@record
class Quoted:
    """A figure whose source says a number."""

    subject: str
    value: int
    source: str
    relative: Relative | None
    """The network it is of; None for the one in question."""
    wrong: bool = False
    """Whether the number is told as someone's error."""


def quoted(document: Document, choices: Choices, written: Written) -> Iterator[Quoted]:
    """Figures of the spec and its variants whose source has the number: `the paper says 60 million`, a misprint."""
    own = document.claims if choices == Choices() else []
    for variant in document.variants.values():
        if Choices.of(variant) == choices:
            own = variant.claims
    yield from _of_claims(own, written, None)
    for relative in relatives.variants(document, choices):
        claims = document.claims if relative.choices == Choices() else document.variants[relative.variant].claims
        yield from _of_claims(claims, written, relative)


def _of_claims(claims: Sequence[Claim], written: Written, relative: Relative | None) -> Iterator[Quoted]:
    for claim in claims:
        wanted = claim.demand.wanted
        if wanted.sign == "=" and not wanted.shape:
            value = wanted.values[0][0].value
            for part in claim.source.split(";"):
                wrong = _tells_wrong(part, written, value)
                if wrong or _says(part, written):
                    yield Quoted(claim.subject, value, part.strip(), relative, wrong)
                    break


def _as_quoted(claim: Quoted) -> Finding:
    change = claim.relative.change if claim.relative else ""
    return Finding(QuotableFigure(claim.subject, claim.value), (), change, NO_SLIP, claim.source)


def _says(text: str, written: Written) -> bool:
    """Whether a text has the number, with its unit."""
    for number, unit in re.findall(r"(\d[\d,]*(?:\.\d+)?)\s*(thousand|million|billion|[KMG](?=B?\b))", text):
        if Fraction(number.replace(",", "")) * _UNITS[unit] == written.value:
            return True
    return False


def _tells_wrong(text: str, written: Written, right: int) -> bool:
    """Whether a text tells that someone `prints` or `comes to` the number, and it is not the right one."""
    if written.digits < _FEWEST or written.holds(right):
        return False
    numbers = [int(number.replace(",", "")) for number in re.findall(r"(?:prints|comes to) (\d[\d,]*\d)", text)]
    return any(number != right and written.holds(number) for number in numbers)


_UNITS = {"thousand": 10**3, "K": 10**3, "million": 10**6, "M": 10**6, "billion": 10**9, "G": 10**9}


def _bundled(claim: Quantity) -> Iterator[Finding]:
    """The params or the MACs of another architecture."""
    from archcalc.analysis.catalog import catalog

    written = Written.of(claim)
    for row in catalog() if written.digits >= _FEWEST else ():
        for name, value in (("params", row.params), ("macs", row.macs)):
            if written.holds(value) and value >= _LEAST:
                yield Finding(QuotableFigure(name, value), (), f"of {row.name}")


def _sums(claim: Quantity, found: Sequence[QuotableFigure]) -> Iterator[Finding]:
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
                figure = QuotableFigure("a sum that no tool prints", claim.value, (Part("MACs", macs), *chosen))
                yield Finding(figure, (), "")


def _is_small(part: Part, macs: int) -> bool:
    return 0 < part.amount < macs


def _layers(claim: Quantity, graph: Graph, found: Sequence[QuotableFigure]) -> Iterator[Finding]:
    """The params or the MACs with one layer left out or counted twice, or without one layer's biases."""
    if not claim.exact:
        yield from _without_one(claim, graph, found)
        return
    totals = {figure.name: figure.value for figure in found}
    for node in graph.nodes:
        title = graph.title(node)
        params, macs = node.params, node.work.macs
        tensors = node.weights.items()
        bias = sum(tensor.elements for name, tensor in tensors if "bias" in name)
        for name, amount in (("params", params), ("macs", macs)):
            if amount and claim.value == totals[name] - amount:
                yield Finding(QuotableFigure(f"{name} without {title}", claim.value), (), "")
            if amount and claim.value == totals[name] + amount:
                yield Finding(QuotableFigure(f"{name} with {title} twice", claim.value), (), "")
        if bias and claim.value == totals["params"] - bias:
            yield Finding(QuotableFigure(f"params without the biases of {title}", claim.value), (), "")


def _without_one(claim: Quantity, graph: Graph, found: Sequence[QuotableFigure]) -> Iterator[Finding]:
    """What a rounded number may leave out: a layer of a size that no other has, an untied head as often as not."""
    totals = {figure.name: figure.value for figure in found}
    if claim.approximate or claim.in_bytes or Written.of(claim).digits < _FEWEST:
        return
    own = [node for node in graph.nodes if node.shared is None]
    for name, amounts in (("params", [node.params for node in own]), ("macs", [node.work.macs for node in own])):
        for node, amount in zip(own, amounts, strict=True):
            rest = totals.get(name, 0) - amount
            if amount and amounts.count(amount) == 1 and claim.holds(rest):
                yield Finding(QuotableFigure(f"{name} without {graph.title(node)}", rest), (), "")


def _digits(written: Written, found: Sequence[QuotableFigure]) -> Iterator[Finding]:
    for figure in found:
        slip = digit_slip(written, figure.value)
        if slip is not None:
            yield Finding(figure, (), "", slip)


def _nearest(claim: Quantity, found: Sequence[QuotableFigure]) -> tuple[QuotableFigure, ...]:
    distinct = {figure.value: figure for figure in reversed(found) if figure.value}
    return tuple(sorted(distinct.values(), key=lambda figure: abs(figure.value - claim.value))[:3])

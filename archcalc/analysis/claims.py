"""The claims of a spec, and any other figure asked for by name, held against what is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.analysis.quantities import MEASURES, Figures, is_measure, measure
from archcalc.analysis.stated import refuse_exact
from archcalc.analysis.summary import Summary
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import Place, SpecError, SpecErrors, UnknownName, UsageError
from archcalc.graph.graph import Graph, Group, Node
from archcalc.spec.document import Claim
from archcalc.spec.names import listed, nearest, unknown

if TYPE_CHECKING:
    from fractions import Fraction

    from archcalc.analysis.fields.figures import Extent
    from archcalc.core.demand import Demand, Ends


@record
class ClaimResult:
    """A claim and what is computed for it; `holds` is None where it was skipped, for the `reason`."""

    subject: str
    claimed: str
    actual: int | float | Shape | None
    holds: bool | None
    reason: str
    source: str
    place: Place


@record
class Held:
    """A demand, what is computed for it, and whether it holds."""

    demand: Demand
    actual: int | Fraction | Shape | Extent
    holds: bool

    @property
    def ends(self) -> Ends:
        """The least and the largest value along each axis."""
        return _ends(self.actual, self.demand.wanted.shape)


def figure_at(figures: Figures, subject: str) -> int | Fraction | Shape | Extent:
    """The figure at `conv1.params`, `pool2.out.h`, `conv5.rf` or `macs`. Raises UnknownName with the nearest."""
    part, name = split_subject(figures.graph, subject)
    return figures.at(part, name)


def hold(figures: Figures, demand: Demand) -> Held:
    """Hold a demand against what is computed: of a field along every axis, for the least and the largest unit."""
    return _held(demand, figure_at(figures, demand.subject))


def _held(demand: Demand, actual: int | Fraction | Shape | Extent) -> Held:
    wanted = demand.wanted
    ends = _ends(actual, wanted.shape)
    values = len(wanted.values[0])
    if values not in (1, len(ends)) and not wanted.shape:
        axes = "1 axis" if len(ends) == 1 else f"{len(ends)} axes"
        raise SpecError(f"`{demand.text}` has {values} values, {demand.subject} has {axes}")
    return Held(demand, actual, wanted.holds(ends))


def check_claims(graph: Graph, summary: Summary | None = None) -> tuple[ClaimResult, ...]:
    """Every claim of the spec; all are skipped where `--set` or `--input` changed what they speak of.

    Raises SpecErrors for all claims of what the network does not have.
    """
    if graph.overridden:
        reason = f"skipped: {', '.join(graph.overridden)} changes the net"
        return tuple(
            ClaimResult(c.demand.subject, c.demand.wanted.text, None, None, reason, c.source, c.place)
            for c in graph.claims
        )
    figures = Figures(graph, summary)
    results, errors = [], []
    for claim in graph.claims:
        try:
            results.append(_check(claim, figures))
        except SpecError as error:
            errors.append(error)
    if errors:
        raise SpecErrors(errors)
    return tuple(results)


def claim_result(held: Held, claimed: str, source: str, place: Place) -> ClaimResult:
    """The result of a demand as that of a claim."""
    subject = held.demand.subject
    try:
        actual = single(held.actual)
        shown = actual if isinstance(actual, int | float | Shape) else float(actual)
        return ClaimResult(subject, claimed, shown, held.holds, "", source, place)
    except SpecError as error:
        return ClaimResult(subject, claimed, None, held.holds, error.what, source, place)


def quantity(graph: Graph, summary: Summary, subject: str) -> int | float | Fraction | Shape:
    """The figure at `conv1.params`, `pool2.out.h` or `macs`. Raises UnknownName with the nearest."""
    return single(figure_at(Figures(graph, summary), subject))


def single(figure: int | Fraction | Shape | Extent) -> int | float | Fraction | Shape:
    """The one value of a figure. Raises SpecError where the units of a layer have several."""
    if isinstance(figure, int | Shape):
        return figure
    from fractions import Fraction

    return figure if isinstance(figure, Fraction) else figure.single


def split_subject(graph: Graph, subject: str) -> tuple[Node | Group | None, str]:
    """The part and the quantity that a subject names. Raises UnknownName."""
    address, name = _known(subject)
    if name not in MEASURES and graph.has(subject):  # a layer that is called like its kind
        raise _unknown(subject)
    return (graph.part(address) if address else None), name


def refuse_stated(figures: Figures, demand: Demand) -> None:
    """Raise SpecError for an exact number of what holds an opaque layer. Raises UnknownName."""
    part, name = split_subject(figures.graph, demand.subject)
    refuse_exact(demand, measure(name), figures.graph.nodes if part is None else figures.graph.nodes_of(part))


def known_figure(subject: str) -> str:
    """The subject itself, where it ends in a quantity that there is. Raises UnknownName."""
    _known(subject)
    return subject


def is_figure(subject: str) -> bool:
    """Whether a subject ends in a quantity that there is."""
    return _split(subject) is not None


def _known(subject: str) -> tuple[str, str]:
    """The address, empty for the net, and the quantity."""
    found = _split(subject)
    if found is None:
        raise _unknown(subject)
    return found


def _unknown(subject: str) -> UnknownName:
    asked = subject.replace("/", ".").rpartition(".")[2]
    help = f"quantities are {listed(MEASURES, 20)}, and the kinds of layers, which are counted"
    return unknown(f"unknown quantity `{asked}`", asked, nearest(asked, MEASURES), help)


def _split(subject: str) -> tuple[str, str] | None:
    words = subject.replace("/", ".").split(".")
    for cut in range(len(words)):
        name = ".".join(words[cut:])
        if is_measure(name):
            return ".".join(words[:cut]), name
    return None


def _ends(actual: int | Fraction | Shape | Extent, shape: bool) -> Ends:
    """Of an output its sizes where a shape is wanted, else how many values it has."""
    if isinstance(actual, Shape):
        return tuple((size, size) for size in actual) if shape else ((actual.elements, actual.elements),)
    from fractions import Fraction

    return ((actual, actual),) if isinstance(actual, int | Fraction) else actual.ends


def _check(claim: Claim, figures: Figures) -> ClaimResult:
    demand = claim.demand
    try:
        actual = figure_at(figures, demand.subject)
    except SpecError as error:
        raise error.at(claim.name_place) from None
    except UsageError as error:  # a figure that this network has not, asked for by its own file
        raise SpecError(error.what, help=error.help).at(claim.name_place) from None
    try:
        refuse_stated(figures, demand)
        held = _held(demand, actual)
        if demand.wanted.sign == "=":
            single(held.actual)  # a claim of one value needs one
    except SpecError as error:
        raise error.at(claim.place) from None
    return claim_result(held, demand.wanted.text, claim.source, claim.place)

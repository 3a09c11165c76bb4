"""Layers whose shape and counts the spec states and nothing here computes (`opaque`): what is said of totals that hold
them, and claims of an exact number that nobody can check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from archcalc.core.demand import Demand
from archcalc.errors import SpecError
from archcalc.graph.graph import Graph, Node
from archcalc.spec.names import listed

if TYPE_CHECKING:
    from archcalc.analysis.quantities import Measure


def stated(nodes: Iterable[Node]) -> list[Node]:
    """Those of the layers whose counts are only stated."""
    return [node for node in nodes if node.layer.traits.stated]


def stated_notes(graph: Graph) -> Iterator[str]:
    """`roi is opaque: 1,000 params and 5,000 MACs of the totals are stated by the spec, not computed`."""
    found = stated(graph.nodes)
    if found:
        params = sum(node.params for node in found if not node.shared)
        macs = sum(node.work.macs for node in found)
        kinds = " and ".join(dict.fromkeys(node.layer.kind for node in found))
        verb = "is" if len(found) == 1 else "are"
        names = listed((graph.title(node) for node in found), 4)
        yield f"{names} {verb} {kinds}: {params:,} params and {macs:,} MACs of the totals are stated, not computed"


def said_of(node: Node) -> str:
    """What a layer states of itself, in words."""
    note = getattr(node.layer, "note", None)
    what = f"it is opaque ({note.replace('_', ' ')})" if note else "it is opaque"
    return (
        f"{what}: its shape {node.shape}, {node.params:,} params and {node.work.macs:,} MACs are stated, not computed"
    )


def refuse_exact(demand: Demand, measure: Measure, nodes: Iterable[Node]) -> None:
    """Raise SpecError for an exact number of what holds a layer that only states it."""
    wanted = demand.wanted
    exact = wanted.sign in ("=", "!=") and all(number.exact for value in wanted.values for number in value)
    found = stated(nodes) if exact and measure.is_counted else []
    if found:
        why = f"{found[0].name} is {found[0].layer.kind}, its counts are stated"
        what = f"{demand.subject} cannot be checked exactly: {why}"
        about = "a number of about that size, or a bound"
        raise SpecError(what, help=f"{about}: ~{wanted.text.lstrip('!= ')}, <= {wanted.text.lstrip('!= ')}")

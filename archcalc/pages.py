"""Pages that one opens in a browser: what `archcalc report` writes and `view` shows. They need no network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archcalc.analysis.claims import check_claims
from archcalc.analysis.diagram import parts, title_of
from archcalc.analysis.explain.explain import explain_node
from archcalc.analysis.fields.receptive import AxisField, ReceptiveFields
from archcalc.analysis.fields.table import exact_units
from archcalc.analysis.memory.memory import memory_of
from archcalc.analysis.summary import summarize
from archcalc.errors import ArchcalcError
from archcalc.graph.graph import Graph
from archcalc.report.drawing.figures import short
from archcalc.report.formats.escape import html
from archcalc.report.network.explain import shown_figure
from archcalc.report.page.document import document, page
from archcalc.report.page.parts import network_parts
from archcalc.version import __version__

MOST_LISTED = 64
"""Units along an axis whose fields are listed one by one, where they follow no rule."""


def network_page(graph: Graph, live: str = "") -> str:
    """The page of one network.

    Args:
        live: the script of a page that is shown while the spec is edited; "" for a file.
    """
    return page(title_of(graph), _subtitle(graph), [network_data(graph)], _provenance(graph), live)


def pair_page(before: Graph, after: Graph) -> str:
    """The page of two networks side by side, the layers that changed in colour."""
    from archcalc.analysis.changes.diff import difference

    found = difference(before, after)
    states: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for line in found.lines:
        for side, row in enumerate((line.before, line.after)):
            if row is not None and line.state != "equal":
                states[side][row.name] = line.state
    networks = [
        {**network_data(graph), "changes": changes} for graph, changes in zip((before, after), states, strict=True)
    ]
    counts = ", ".join(f"{found.count(state)} {state}" for state in ("equal", "changed", "added", "removed"))
    return page(f"{title_of(before)} → {title_of(after)}", counts, networks, _provenance(before))


def network_data(graph: Graph) -> dict[str, Any]:
    """What the scripts of a page draw, fold and explain one network from."""
    summary = summarize(graph)
    fields = _receptive_fields(graph)
    longest = (lambda value: max(fields.at("", value).size) if fields.reaches(value) else None) if fields else None
    drawn = network_parts(parts(graph, summary, longest), graph.inputs, [node.inputs for node in graph.nodes])
    explained, numbers = _explained(graph)
    for node, number in zip(drawn["nodes"], numbers, strict=True):
        node["explained"] = number
    memory = memory_of(graph)
    return {
        "title": title_of(graph),
        "parts": drawn,
        "explained": explained,
        "fields": [_field(fields, graph, index) for index in range(len(graph.nodes))],
        "alive": [memory.input_bytes, *(row.alive_bytes for row in memory.rows)],
        "claims": list(_claims(graph)),
    }


def _explained(graph: Graph) -> tuple[list[list[list[str]]], list[int]]:
    """The formulas of all layers, each once, and which are whose."""
    found: dict[str, int] = {}
    texts: list[list[list[str]]] = []
    numbers = []
    for node in graph.nodes:
        lines = [list(shown_figure(figure)) for figure in explain_node(graph, node).figures]
        key = repr(lines)
        if key not in found:
            found[key] = len(texts)
            texts.append(lines)
        numbers.append(found[key])
    return texts, numbers


def _receptive_fields(graph: Graph) -> ReceptiveFields | None:
    try:
        return ReceptiveFields(graph)
    except ArchcalcError:  # an input without spatial axes has no fields
        return None


def _field(fields: ReceptiveFields | None, graph: Graph, index: int) -> list[dict[str, Any]] | None:
    value = index + graph.first
    if fields is None or not fields.reaches(value):
        return None
    name = graph.nodes[index].name
    found = fields.at(name, value)
    lengths, units = fields.origin.lengths, fields.units(value)
    listed = _listed(fields, name, len(found.axes), max(units)) if any(a.fit != "affine" for a in found.axes) else {}
    return [
        {**_axis(axis), "length": length, "units": count, **({"listed": listed[number]} if number in listed else {})}
        for number, (axis, length, count) in enumerate(zip(found.axes, lengths, units, strict=False))
    ]


def _axis(axis: AxisField) -> dict[str, Any]:
    jump = axis.jump
    return {
        "least": axis.smallest, "most": axis.largest, "lo": axis.lo,
        "jump": None if jump is None else int(jump) if jump.denominator == 1 else float(jump),
    }  # fmt: skip


def _listed(fields: ReceptiveFields, name: str, axes: int, longest: int) -> dict[int, list[list[int]]]:
    """The first and last pixel of every unit, by axis, where they are few."""
    if longest > MOST_LISTED:
        return {}
    found: dict[int, list[list[int]]] = {}
    for unit in exact_units(fields, name):
        last = unit.last if unit.last is not None else -1
        found.setdefault(unit.axis, []).append([unit.first or 0, last])
    return found if len(found) == axes else dict.fromkeys(range(axes), found[0])


def _claims(graph: Graph) -> Iterator[list[Any]]:
    for claim in check_claims(graph):
        actual = f"{claim.actual:,}" if isinstance(claim.actual, int) else str(claim.actual or "")
        yield [claim.subject, claim.claimed, actual, claim.holds, claim.source or claim.reason]


def _subtitle(graph: Graph) -> str:
    totals = summarize(graph).totals
    return f"{totals.params:,} params · {short(totals.macs)} MACs · {len(graph.nodes)} layers"


def _provenance(graph: Graph) -> str:
    counted = "macs: conv, linear and products with weights, no bias"
    return f"archcalc {__version__} · {graph.name} · batch 1 · float32 · {counted}"


def error_page(name: str, error: ArchcalcError, live: str = "") -> str:
    """The page of a spec with errors: each with its line, its caret and its repair."""
    from archcalc.report.formats.diagnostics import render

    count = len(error.errors)
    said = "1 error" if count == 1 else f"{count} errors"
    body = f'<header><h1>{html(name)}</h1><p class="bad">{said}</p></header>\n'
    body += f'<pre class="errors">{html(render(error))}</pre>'
    return document(name, body, [live] if live else [], connect="'self'" if live else "'none'")


def index_page(title: str, rows: Sequence[tuple[str, str, Graph | None]]) -> str:
    """The page of a folder: every network with its totals and a link, those with errors told as such.

    Args:
        rows: the address, the file of its page, and the network; None where its spec has errors.
    """
    heads = ("Network", "Params", "MACs", "Layers", "Input")
    lines = [f'<tr><td><a href="{html(file)}">{html(name)}</a></td>{_totals(graph)}</tr>' for name, file, graph in rows]
    head = "".join(f"<th>{word}</th>" for word in heads)
    body = f"<header><h1>{html(title)}</h1><p>{len(rows)} networks</p></header>"
    body += f'<div class="panel"><table><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
    return document(title, body)


def _totals(graph: Graph | None) -> str:
    if graph is None:
        return '<td colspan="4" class="bad">has errors</td>'
    totals = summarize(graph).totals
    numbers = [f'<td class="number">{n:,}</td>' for n in (totals.params, totals.macs, len(graph.nodes))]
    return "".join(numbers) + f"<td>{html(', '.join(str(shape) for _, shape in graph.inputs))}</td>"

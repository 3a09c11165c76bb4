"""`archcalc rf --explain`: the recurrence of a layer, line by line."""

from __future__ import annotations

from archcalc.analysis.fields.explain import recurrences
from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.analysis.fields.table import field_summary, padding_law
from archcalc.cli.formats import chosen
from archcalc.cli.rf.query import FieldQuery
from archcalc.errors import ArchcalcError
from archcalc.graph.graph import Graph
from archcalc.network import Network
from archcalc.report.fields.recurrence import explain_table, law_text
from archcalc.report.formats.text import plain


def answer(query: FieldQuery) -> int:
    """Write a table for each axis; where they are alike one."""
    network = query.network()
    fields = query.fields_of(network)
    tables = [
        explain_table(network.name, found, fields.origin.axes, _law(query, network, fields, found.axis))
        for found in recurrences(fields, query.layer)
    ]
    if len(tables) == 1:
        return query.report(table=lambda: tables[0])
    chosen(query.format, query.output, ("text",))
    page = query.session.page(query.output)
    return query.report(text=lambda: "\n".join(plain(table, page) for table in tables))


def _law(query: FieldQuery, network: Network, fields: ReceptiveFields, axis: int) -> str:
    """The effective padding as a function of the input size, where `same` padding makes it one."""
    row = fields.of(query.layer).axes[axis]
    if query.wrt is not None or row.fit != "affine" or not field_summary(fields, query.layer).same:
        return ""
    assert row.jump is not None

    def graph_at(length: int) -> Graph:
        shape = list(network.graph.inputs[0][1])
        shape[axis + 1] = length
        return query.network("x".join(map(str, shape))).graph

    try:
        law = padding_law(graph_at, query.layer, axis, fields.origin.lengths[axis], int(row.jump))
    except ArchcalcError:  # another size does not fit this net
        return ""
    return law_text(query.layer, law)

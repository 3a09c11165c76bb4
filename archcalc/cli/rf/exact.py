"""`archcalc rf --exact`: what every unit sees, in real pixels only."""

from __future__ import annotations

from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.analysis.fields.table import exact_sizes, exact_units
from archcalc.cli.rf.query import FieldQuery
from archcalc.report.fields.units import exact_sizes_table, exact_table
from archcalc.report.formats.table import Table


def answer(query: FieldQuery) -> int:
    """Write every unit of a layer, or the sizes in every layer."""
    fields = query.fields()
    return query.report(table=lambda: _units(query, fields) if query.layer else _sizes(query, fields))


def _units(query: FieldQuery, fields: ReceptiveFields) -> Table:
    units = exact_units(fields, query.layer)
    return exact_table(fields.graph.name, query.layer, units, fields.origin.axes, fields.plan.alike)


def _sizes(query: FieldQuery, fields: ReceptiveFields) -> Table:
    summary = query.summary(fields)
    values = [fields.value(fields.graph.part(row.name)) for row in summary.rows]
    return exact_sizes_table(summary, [exact_sizes(fields, value) for value in values])

"""`archcalc rf --effective`: how much of the field counts."""

from __future__ import annotations

from archcalc.analysis.fields.effective import influences
from archcalc.cli.rf.query import FieldQuery
from archcalc.report.fields.receptive import effective_table


def answer(query: FieldQuery) -> int:
    """Write sigma of every layer's effective field."""
    fields = query.fields()
    summary, found = query.summary(fields), influences(fields)
    values = [fields.value(fields.graph.part(row.name)) for row in summary.rows]
    return query.report(table=lambda: effective_table(summary, [[axis[v] for axis in found] for v in values]))

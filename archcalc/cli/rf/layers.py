"""`archcalc rf SPEC`: the field of every layer, or of one."""

from __future__ import annotations

from archcalc.cli.rf.query import FieldQuery
from archcalc.report.fields.receptive import field_json, field_table


def answer(query: FieldQuery) -> int:
    """Write the table of the layers asked for."""
    summary = query.summary(query.fields())
    return query.report(table=lambda: field_table(summary), json=lambda: field_json(summary))

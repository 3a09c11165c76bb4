"""`archcalc rf --pixel 0,0`: the units that see a pixel."""

from __future__ import annotations

from archcalc.analysis.fields.cells import pixel_view
from archcalc.cli.rf.query import FieldQuery, place
from archcalc.report.fields.checks import pixel_table
from archcalc.report.fields.picture import pixel_text


def answer(query: FieldQuery) -> int:
    """Write the units."""
    fields = query.fields()
    view = pixel_view(fields, query.layer, place(query.said, "--pixel"))
    return query.report(text=lambda: pixel_text(view), table=lambda: pixel_table(fields.graph.name, view))

"""`archcalc rf --draw` and `--output FILE.svg`: the box of a unit, drawn on the input."""

from __future__ import annotations

from archcalc import charts
from archcalc.cli.formats import PICTURED, chosen
from archcalc.cli.rf.query import FieldQuery
from archcalc.cli.rf.unit import seen
from archcalc.report.fields.picture import terminal_picture, unit_text


def answer(query: FieldQuery) -> int:
    """Draw it in signs, or as a figure."""
    chosen(query.format, query.output, PICTURED)
    fields = query.fields()
    unit, unseen = seen(query, fields)
    title = f"{fields.graph.name}: {unit.layer}, unit {','.join(map(str, unit.unit))}"
    if query.format == "text":
        return query.report(text=lambda: terminal_picture(unit, unseen) + unit_text(unit, unseen))
    return query.picture(charts.field(unit, unseen, title, query.theme))

"""`archcalc rf --draw` and `--output FILE.svg`: the box of a unit, drawn on the input."""

from __future__ import annotations

from archcalc.cli.formats import chosen
from archcalc.cli.rf.query import FieldQuery
from archcalc.cli.rf.unit import seen
from archcalc.report.fields.picture import svg_picture, terminal_picture, unit_text


def answer(query: FieldQuery) -> int:
    """Draw it in signs, or as a figure."""
    chosen(query.format, query.output, ("text", "svg"))
    fields = query.fields()
    unit, unseen = seen(query, fields)
    title = f"{fields.graph.name}: {unit.layer}, unit {','.join(map(str, unit.unit))}"
    return query.report(
        text=lambda: terminal_picture(unit, unseen) + unit_text(unit, unseen),
        svg=lambda: svg_picture(unit, unseen, title),
    )

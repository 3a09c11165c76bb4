"""`archcalc rf --require 'conv5>=163'`: whether fields are what is demanded of them."""

from __future__ import annotations

from archcalc.analysis.budget import field_demand, hold_option
from archcalc.analysis.quantities import Figures
from archcalc.cli.formats import chosen
from archcalc.cli.rf.query import NOT_MET, FieldQuery
from archcalc.report.fields.checks import demands_json, demands_text


def answer(query: FieldQuery) -> int:
    """Write each demand with what there is; exit code 1 where one does not hold."""
    fields = query.fields()
    chosen(query.format, query.output, ("text", "json"))
    figures = Figures(fields.graph, fields=fields)
    demands = [hold_option(figures, field_demand(fields.graph, text), "--require") for text in query.said]
    name = fields.graph.name
    query.report(text=lambda: demands_text(name, demands), json=lambda: demands_json(name, demands))
    return 0 if all(found.holds for found in demands) else NOT_MET

"""`archcalc rf --layer conv5 --uses`: how many units see each pixel, as numbers and as a picture."""

from __future__ import annotations

from archcalc import charts
from archcalc.analysis.fields.uses import pixel_uses
from archcalc.cli.formats import TABLES
from archcalc.cli.rf.query import FieldQuery
from archcalc.report.fields import uses as report


def answer(query: FieldQuery) -> int:
    """Write the counts; with --draw or as a picture shades of them."""
    found = pixel_uses(query.fields(), query.layer)
    if query.format not in TABLES:
        return query.picture(charts.uses(found, query.theme))
    return query.report(
        text=lambda: report.uses_text(found),
        table=lambda: report.uses_table(found),
        json=lambda: report.uses_json(found),
    )

"""`archcalc rf --layer conv5 --uses`: how many units see each pixel, as numbers and as a picture."""

from __future__ import annotations

from archcalc.analysis.fields.uses import pixel_uses
from archcalc.cli.rf.query import FieldQuery
from archcalc.report.fields import uses as report


def answer(query: FieldQuery) -> int:
    """Write the counts; with --draw or as SVG shades of them."""
    found = pixel_uses(query.fields(), query.layer)
    return query.report(
        text=lambda: report.uses_text(found),
        table=lambda: report.uses_table(found),
        json=lambda: report.uses_json(found),
        svg=lambda: report.uses_svg(found),
    )

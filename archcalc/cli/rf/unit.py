"""`archcalc rf --at 3,5` and `--unit border`: the box that one unit sees."""

from __future__ import annotations

from archcalc.analysis.fields.bounds import bounds_of
from archcalc.analysis.fields.cells import UnitField, unit_field
from archcalc.analysis.fields.receptive import ReceptiveFields, Unseen
from archcalc.analysis.fields.table import unseen_by
from archcalc.cli.rf.query import FieldQuery, place
from archcalc.errors import UsageError
from archcalc.report.fields.checks import unit_table
from archcalc.report.fields.phrases import bound_text, unknown_text
from archcalc.report.fields.picture import unit_text


def answer(query: FieldQuery) -> int:
    """Write the box."""
    fields = query.fields()
    unit, unseen = seen(query, fields)
    return query.report(text=lambda: unit_text(unit, unseen), table=lambda: unit_table(fields.graph.name, unit, unseen))


def seen(query: FieldQuery, fields: ReceptiveFields) -> tuple[UnitField, Unseen | None]:
    """The unit asked for and the pixels inside its box that it does not see; what is not exact is said."""
    unit = unit_field(fields, query.layer, _place(query, fields.origin.axes))
    unseen, unknown = unseen_by(fields, *fields.placed(query.layer))
    bound = bounds_of(fields).get(fields.placed(query.layer)[1])
    if bound:
        query.session.say(f"note: {bound_text([bound])}")
    if unknown:
        query.session.say(f"note: {unknown_text(unknown)}")
    return unit, unseen


def _place(query: FieldQuery, axes: int) -> tuple[int, ...] | None:
    """Where the unit stands; None for the one in the middle."""
    if query.question == "--at":
        return place(query.said, "--at")
    if query.said not in (None, "center", "border"):
        raise UsageError(f"unknown unit `{query.said}`", help="center or border; --at Y,X names any unit")
    return (0,) * axes if query.said == "border" else None

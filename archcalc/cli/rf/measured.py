"""`archcalc rf --verify`: the field of a layer, measured by running the network."""

from __future__ import annotations

from importlib.util import find_spec

from archcalc.cli.rf.query import NOT_MET, FieldQuery
from archcalc.errors import UnsupportedError
from archcalc.report.fields.checks import verify_json, verify_table


def answer(query: FieldQuery) -> int:
    """Write what a run changes, beside what is computed."""
    fields = query.fields()
    if find_spec("numpy") is None:
        raise UnsupportedError("rf --verify needs NumPy", help="pip install 'archcalc[numeric]'")
    from archcalc.numeric.run.field_check import check_field

    found = check_field(fields, query.layer)
    query.report(table=lambda: verify_table(found), json=lambda: verify_json(found))
    return NOT_MET if "no" in found.verdicts else 0

"""`archcalc/check/1`: what scripts read of claims, of specs that could not be read, and of what left the lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from archcalc.analysis.changes.diff import Difference
from archcalc.analysis.claims import ClaimResult
from archcalc.errors import ArchcalcError
from archcalc.report.formats.errors_json import error_entry
from archcalc.report.formats.json import document
from archcalc.report.network.diff import diff_entries

Checked = tuple[str, str, Sequence[ClaimResult]]
"""A spec, its file and the results of its claims."""


def claims_json(
    checked: Iterable[Checked], errors: Sequence[ArchcalcError] = (), moved: Difference | None = None
) -> str:
    """`archcalc/check/1`: every claim, and whether all hold.

    Args:
        errors: why specs could not be read; with any, the check has not passed.
        moved: from the lock file to the spec, under `lock`.
    """
    checked = list(checked)
    holds = [result.holds for _, _, results in checked for result in results if result.holds is not None]
    return document(
        "archcalc/check/1",
        {
            "specs": [
                {"spec": spec, "file": file, "claims": [_claim(result) for result in results]}
                for spec, file, results in checked
            ],
            "passed": bool(holds) and all(holds) and not errors,
            **({} if moved is None else {"lock": diff_entries(moved)}),
            **({"errors": [error_entry(single) for error in errors for single in error.errors]} if errors else {}),
        },
    )


def _claim(result: ClaimResult) -> dict[str, Any]:
    return {
        "subject": result.subject,
        "claimed": result.claimed,
        "actual": result.actual,
        "holds": result.holds,
        "reason": result.reason,
        "source": result.source,
        "line": result.place.line,
        "column": result.place.column,
    }

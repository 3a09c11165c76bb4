"""Findings as GitHub workflow commands: lines that its runner turns into annotations of the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from archcalc.analysis.claims import ClaimResult
from archcalc.errors import ArchcalcError, Place
from archcalc.report.formats.escape import workflow_data, workflow_property
from archcalc.report.formats.table import cell_text

Level = Literal["error", "warning", "notice"]

MOST_ANNOTATIONS = 10
"""GitHub shows no more of one step."""
LARGEST_SUMMARY = 1000 * 1024
"""Bytes; GitHub refuses the summary of a step that is larger than 1 MiB."""


def annotation(level: Level, title: str, message: str, place: Place | None, end: int | None = None) -> str:
    """`::error file=net.yaml,line=3,col=5,title=...::message`, with what would end a part of it escaped.

    Args:
        end: the column after the last one that is meant.
    """
    where = {} if place is None else {"file": place.file, "line": str(place.line), "col": str(place.column)}
    until = {} if end is None else {"endColumn": str(end)}
    properties = {**where, **until, "title": title}
    written = ",".join(f"{key}={workflow_property(value)}" for key, value in properties.items())
    return f"::{level} {written}::{workflow_data(message)}\n"


def claim_annotations(checked: Iterable[tuple[str, str, Sequence[ClaimResult]]]) -> list[str]:
    """One error a claim that does not hold."""
    return [
        annotation("error", f"{spec}: {result.subject}", _message(result), result.place)
        for spec, _, results in checked
        for result in results
        if result.holds is False
    ]


def error_annotations(error: ArchcalcError) -> list[str]:
    """One error each for what is wrong with a spec."""
    return [
        annotation(
            "error", "archcalc", "\n".join([single.what, *single.notes, single.help or ""]).strip(), single.place
        )
        for single in error.errors
    ]


def _message(result: ClaimResult) -> str:
    computed = result.reason if result.actual is None else f"computed {cell_text(result.actual)}"
    return f"{result.subject}: {result.claimed}, {computed}"

"""Checked specs for GitHub Actions: annotations at the lines of the specs, and a summary of the step in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archcalc.analysis.changes.diff import Difference, DiffLine
from archcalc.analysis.claims import ClaimResult
from archcalc.errors import ArchcalcError, Place
from archcalc.report.formats.annotations import (
    LARGEST_SUMMARY,
    MOST_ANNOTATIONS,
    annotation,
    claim_annotations,
    error_annotations,
)
from archcalc.report.formats.escape import log, one_line
from archcalc.report.formats.escape import markdown as escape
from archcalc.report.formats.markdown import render as markdown
from archcalc.report.formats.table import Column, Table
from archcalc.report.network.claims import claims_count, computed
from archcalc.report.network.diff import diff_table, line_text, told

Checked = Sequence[tuple[str, str, Sequence[ClaimResult]]]
"""Specs, their files and the results of their claims."""


def render(
    checked: Checked,
    errors: Sequence[ArchcalcError] = (),
    moved: Difference | None = None,
    places: Mapping[str, Place] | None = None,
) -> str:
    """An annotation for what is wrong and for each claim and locked layer that does not hold, at most ten; a count.

    Args:
        moved: from the lock file to the only spec.
        places: of the layers of that spec.
    """
    lines = [line for error in errors for line in error_annotations(error)]
    lines += claim_annotations(checked)
    lines += _moves(checked, moved, places or {})
    notices = list(_unchecked(checked))
    shown = lines[:MOST_ANNOTATIONS]
    if len(lines) > MOST_ANNOTATIONS:
        shown.append(f"{len(lines) - MOST_ANNOTATIONS} more are in the step summary\n")
    return "".join([*shown, *notices[:MOST_ANNOTATIONS], log(claims_count(checked)) + "\n"])


def summary(checked: Checked, errors: Sequence[ArchcalcError] = (), moved: Difference | None = None) -> str:
    """What is wrong, each claim that does not hold, and what moved since the lock file, with a count."""
    parts = [f"### archcalc check\n\n{claims_count(checked)}\n"]
    if errors:
        parts.append(markdown(_errors_table(errors)))
    if any(result.holds is False for _, _, results in checked for result in results):
        parts.append(markdown(_claims_table(checked)))
    unchecked = [f"- {escape(reason)}\n" for reason in map(_reason, checked) if reason]
    parts.append("".join(unchecked))
    if moved is not None:
        parts.append(markdown(diff_table(moved, one_row=True, named=True)))
    text = "\n".join(filter(None, parts))
    if len(text.encode()) > LARGEST_SUMMARY:
        return f"{parts[0]}\nThe tables find no room in this summary.\n"
    return text


def _moves(checked: Checked, moved: Difference | None, places: Mapping[str, Place]) -> Iterator[str]:
    if moved is None:
        return
    spec, file, _ = checked[0]
    for line in told(moved, named=True):
        name = _name(line)
        place = places.get(name) if line.after is not None else None
        yield annotation("error", f"{spec}: {name}", f"{name}: {line_text(line)}", place or Place(file, 1, 1))


def _name(line: DiffLine) -> str:
    row = line.after or line.before
    assert row is not None
    return row.name


def _unchecked(checked: Checked) -> Iterator[str]:
    for one in checked:
        reason = _reason(one)
        if reason:
            yield annotation("notice", one[0], reason, Place(one[1], 1, 1))


def _reason(one: tuple[str, str, Sequence[ClaimResult]]) -> str:
    """Why nothing of a spec was checked; empty where something was."""
    spec, _, results = one
    if not results:
        return f"{one_line(spec)} makes no claims: nothing was checked; write some under expect:"
    if any(result.holds is not None for result in results):
        return ""
    return f"{one_line(spec)}: nothing was checked: {results[0].reason}"


def _errors_table(errors: Sequence[ArchcalcError]) -> Table:
    singles = [single for error in errors for single in error.errors]
    return Table(
        title="",
        columns=(Column("at", "at"), Column("what is wrong", "what"), Column("help", "help")),
        rows=tuple((str(single.place or ""), single.what, single.help or "") for single in singles),
    )


def _claims_table(checked: Checked) -> Table:
    return Table(
        title="",
        columns=(
            Column("spec", "spec"), Column("figure", "figure"), Column("claimed", "claimed"),
            Column("computed", "computed"), Column("at", "at"),
        ),
        rows=tuple(
            (spec, result.subject, result.claimed, computed(result), str(result.place))
            for spec, _, results in checked
            for result in results
            if result.holds is False
        ),
    )  # fmt: skip

"""A marked sheet for GitHub Actions: annotations at the lines of the sheet, and a summary in Markdown.

What a student wrote reaches the log only inside an escaped annotation, never at the beginning of a line, so that no
text of a sheet is taken for a workflow command.
"""

from __future__ import annotations

import re

from archcalc.report.diagnostics import printable
from archcalc.report.homework import MarkedAnswer, MarkedSheet, Remark
from archcalc.report.homework_text import headline

MOST_ANNOTATIONS = 10
"""GitHub shows no more of one step."""


def sheet_annotations(sheet: MarkedSheet) -> str:
    """`::error file=...::` for each answer that is not right, at most ten, and a count."""
    wrong = [answer for answer in sheet.answers if not answer.passes]
    lines = [_annotation(answer) for answer in wrong[:MOST_ANNOTATIONS]]
    if len(wrong) > MOST_ANNOTATIONS:
        lines.append(f"{len(wrong) - MOST_ANNOTATIONS} more are in the step summary")
    right = len(sheet.answers) - len(wrong)
    return "\n".join([*lines, f"{right} of {len(sheet.answers)} answers are right"]) + "\n"


def sheet_summary(sheet: MarkedSheet) -> str:
    """A Markdown table of all answers for the summary of the step."""
    rows = [f"| {_cell(answer.id)} | {_cell(headline(answer))} | {_cell(answer.message)} |" for answer in sheet.answers]
    return "\n".join([f"### {_cell(sheet.file)}", "", "| question | verdict | |", "|---|---|---|", *rows]) + "\n"


def _annotation(answer: MarkedAnswer) -> str:
    remark = next((remark for remark in answer.remarks if remark.place is not None), Remark((), (), ""))
    place = remark.place or answer.place
    level = "notice" if answer.verdict == "unanswered" else "error"
    message = answer.message or headline(answer)
    title = _property(f"{answer.id}: {headline(answer)}")
    return (
        f"::{level} file={_property(place.file)},line={place.line},col={place.column},"
        f"endColumn={place.column + max(1, place.length)},title={title}::{_data(message)}"
    )


def _data(text: str) -> str:
    """Text behind the `::` of a command."""
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A value between the commas of a command."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    """Text in a Markdown table: no sign of it means anything."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+\-.!|~@:$])", r"\\\1", printable(text).replace("\n", " "))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

"""Marked sheets for GitHub Actions: annotations at the lines of the sheets, and a summary in Markdown.

What a student wrote reaches the log only inside an escaped annotation, never at the beginning of a line, so that no
text of a sheet is taken for a workflow command.
"""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.report.formats.annotations import LARGEST_SUMMARY, MOST_ANNOTATIONS, Level, annotation
from archcalc.report.formats.escape import name
from archcalc.report.marks.markdown import table
from archcalc.report.marks.text import headline
from archcalc.tables.marks import MarkedAnswer, MarkedSheet


def render(sheets: Sequence[MarkedSheet]) -> str:
    """`::error file=...::` for each answer that is not right, at most ten of all sheets, and a count."""
    answers = [answer for sheet in sheets for answer in sheet.answers]
    told = [answer for answer in answers if not answer.passes and answer.verdict != "received"]
    lines = [_annotation(answer) for answer in told[:MOST_ANNOTATIONS]]
    if len(told) > MOST_ANNOTATIONS:
        lines.append(f"{len(told) - MOST_ANNOTATIONS} more are in the step summary\n")
    if any(sheet.withheld for sheet in sheets):
        received = sum(answer.verdict == "received" for answer in answers)
        return "".join([*lines, f"{received} of {len(answers)} answers are received\n"])
    return "".join([*lines, f"{len(answers) - len(told)} of {len(answers)} answers are right\n"])


def summary(sheets: Sequence[MarkedSheet], room: int = LARGEST_SUMMARY) -> str:
    """The tables of the sheets for the summary of the step, as many as there is room for."""
    tables: list[str] = []
    for index, sheet in enumerate(sheets):
        written = table(sheet)
        room -= len(written.encode()) + 1
        if room < 0:
            tables.append(f"{len(sheets) - index} more sheets find no room in this summary.\n")
            break
        tables.append(written)
    return "\n".join(tables)


def _annotation(answer: MarkedAnswer) -> str:
    place = answer.pointed
    level: Level = "notice" if answer.verdict == "unanswered" else "error"
    title = f"{name(answer.id)}: {headline(answer)}"
    end = place.column + max(1, place.length)
    return annotation(level, title, answer.message or headline(answer), place, end)

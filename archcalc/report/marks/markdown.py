"""Marked sheets as Markdown: a table of the answers for each sheet."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.report.formats.escape import markdown, name
from archcalc.report.marks.text import count, headline, points_text, worth_text
from archcalc.tables.marks import MarkedAnswer, MarkedSheet, Remark


def render(sheets: Sequence[MarkedSheet]) -> str:
    """Every sheet under a heading of its own."""
    return "\n".join(map(table, sheets))


def table(sheet: MarkedSheet) -> str:
    """One sheet: whose it is, the count, and a row for each answer."""
    who = [sheet.file, *([sheet.student] if sheet.student else []), *([sheet.assignment] if sheet.assignment else [])]
    points = bool(sheet.assignment) and not sheet.withheld
    titles = ["question", *(["points"] if points else []), "verdict", "at", "what to look at"]
    rows = [_row(answer, points) for answer in sheet.answers]
    lines = [titles, ["---"] * len(titles), *rows]
    heading = [f"### {' · '.join(markdown(name(word)) for word in who)}", "", f"{count(sheet)}"]
    return "\n".join([*heading, "", *(f"| {' | '.join(line)} |" for line in lines)]) + "\n"


def _row(answer: MarkedAnswer, points: bool) -> list[str]:
    remarks = dict.fromkeys(_remark(remark) for remark in answer.remarks)
    worth = [f"{points_text(answer.points)} of {worth_text(answer.max_points)}"] if points else []
    question = markdown(name(answer.id)) + (f": {markdown(answer.ask)}" if answer.ask else "")
    return [
        question,
        *worth,
        markdown(headline(answer)),
        f"{answer.pointed.line}:{answer.pointed.column}",
        "<br>".join(remarks),
    ]


def _remark(remark: Remark) -> str:
    """The sentence, behind the part of the working that it is about."""
    part = remark.text[remark.start : remark.start + remark.length].strip()
    about = f"<code>{markdown(name(part))}</code>: " if part and part != remark.text.strip() else ""
    return about + markdown(remark.message)

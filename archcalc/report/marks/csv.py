"""Marked sheets for spreadsheets and scripts: a row for each answer."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from fractions import Fraction
from io import StringIO

from archcalc.report.formats.escape import csv_cell
from archcalc.report.marks.text import points_text
from archcalc.tables.marks import MarkedAnswer, MarkedSheet

COLUMNS = (
    "file", "assignment", "student", "question", "verdict", "misconceptions", "layers", "line", "column", "points",
    "max_points", "message",
)  # fmt: skip


def render(sheets: Sequence[MarkedSheet]) -> str:
    """The heading and the rows; points are empty where they are not told."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([*_row(answer, sheet)] for sheet in sheets for answer in sheet.answers)
    return text.getvalue()


def _row(answer: MarkedAnswer, sheet: MarkedSheet) -> Iterator[str | int]:
    yield from map(csv_cell, (sheet.file, sheet.assignment, sheet.student, answer.id, answer.verdict))
    yield csv_cell(" ".join(answer.misconceptions))
    yield csv_cell(" ".join(answer.layers))
    yield from (answer.pointed.line, answer.pointed.column)
    yield from ("" if sheet.withheld else _number(points) for points in (answer.points, answer.max_points))
    yield csv_cell(answer.message)


def _number(points: Fraction) -> str:
    """2, 0.5 or 0.67: as it is told elsewhere, without a zero behind the point."""
    return points_text(points).removesuffix(".0")

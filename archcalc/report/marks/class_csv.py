"""Grades for a spreadsheet: a row for each student, a column for each question."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from io import StringIO

from archcalc.report.formats.escape import csv_cell, log
from archcalc.tables.class_marks import GradeRow


def grades_csv(questions: Sequence[str], rows: Iterable[GradeRow]) -> Iterator[str]:
    """The lines of `grades.csv`, the heading first."""
    yield _line(["student", "points", "max", "flags", *questions])
    for row in rows:
        flags = "; ".join(row.flags)
        yield _line([row.student, points(row.points), points(row.max_points), flags, *map(points, row.answers)])


def points(value: Fraction | None) -> str:
    """Points with at most four decimals; nothing where there are none."""
    if value is None:
        return ""
    return f"{float(value):.4f}".rstrip("0").rstrip(".")


def _line(cells: Sequence[str]) -> str:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\n").writerow([csv_cell(cell) for cell in cells])
    return log(buffer.getvalue())

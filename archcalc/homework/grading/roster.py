"""Rosters: the teacher's list of students, a CSV file with a column `student`.

A column `submission` may say what a student's file or folder is called where that is not the id. Other columns are
passed over.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from archcalc.core.record import record
from archcalc.errors import ArchcalcError, AssignmentError, Place, Source
from archcalc.homework.asking.assignment import AssignmentErrors
from archcalc.homework.reading.submissions import identity
from archcalc.spec.foreign.files import ROSTER, text_of
from archcalc.spec.names import listed

LARGEST = 16 * 1024 * 1024
SEPARATORS = (",", ";", "\t")
STUDENT = "student"
SUBMISSION = "submission"


@record
class Roster:
    """Who is expected to hand in, in the order of the file."""

    file: str
    students: tuple[str, ...]
    submissions: dict[str, str]
    """What a student's file or folder is called -> the student, where the roster says so."""


def load_roster(path: Path) -> Roster:
    """Read a roster's file. Raises AssignmentErrors, or AssignmentError for a file that cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise AssignmentError(f"the roster {path} cannot be read: {error.strerror}") from None
    if len(data) > LARGEST:
        raise AssignmentError(f"the roster {path} is larger than 16 MiB, the limit")
    return read_roster(text_of(data, str(path), ROSTER, AssignmentError), str(path))


def read_roster(text: str, file: str) -> Roster:
    """Read a roster. Raises AssignmentErrors with every line that is wrong."""
    source = Source(text.removeprefix("\ufeff"), file)
    rows = list(_rows(source))
    if not rows:
        raise _refused("the roster is empty", source, 1, "its first line is a heading with `student`")
    columns = [name.strip().lower() for name in rows[0][1]]
    if STUDENT not in columns:
        help = f"the columns are {listed(columns)}; rename the one of the ids"
        raise _refused("the roster has no column `student`", source, rows[0][0], help)
    return _roster(source, rows[1:], columns)


def _roster(source: Source, rows: list[tuple[int, list[str]]], columns: list[str]) -> Roster:
    at = columns.index(STUDENT)
    named = columns.index(SUBMISSION) if SUBMISSION in columns else None
    students: dict[str, int] = {}
    submissions: dict[str, str] = {}
    errors: list[ArchcalcError] = []
    for line, row in rows:
        student = identity(row[at]) if at < len(row) else ""
        submission = identity(row[named]) if named is not None and named < len(row) else ""
        if not student:
            errors.append(AssignmentError("this line names no student", place=_line(source, line)))
        elif student in students:
            what = f"`{student}` stands twice, first in line {students[student]}"
            errors.append(AssignmentError(what, place=_line(source, line), help="delete one of them"))
        elif submission and submission in submissions:
            what = f"the submission `{submission}` is given to two students"
            errors.append(AssignmentError(what, place=_line(source, line), help="delete one of them"))
        else:
            students[student] = line
            submissions |= {submission: student} if submission else {}
    if errors:
        raise AssignmentErrors(errors)
    if not students:
        raise _refused("the roster names no student", source, 1, "a line for each, below the heading")
    return Roster(source.file, tuple(students), submissions)


def _rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, with their lines; columns parted as in the heading."""
    lines = source.text.replace("\r\n", "\n").split("\n")
    heading = next((line for line in lines if line.strip()), "")
    separator = max(SEPARATORS, key=heading.count)
    rows = csv.reader((line + "\n" for line in lines), delimiter=separator, strict=True)
    try:
        for row in rows:
            if any(cell.strip() for cell in row):
                yield rows.line_num, row
    except csv.Error as error:
        raise _refused(f"this is no CSV: {error}", source, rows.line_num, "save the roster as CSV") from None


def _refused(what: str, source: Source, line: int, help: str) -> AssignmentErrors:
    return AssignmentErrors([AssignmentError(what, place=_line(source, line), help=help)])


def _line(source: Source, line: int) -> Place:
    return source.place(line, 1, 1 << 16)

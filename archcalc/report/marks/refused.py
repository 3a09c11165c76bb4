"""A sheet that could not be read or marked, as a marked sheet: formats that machines read leave none out."""

from __future__ import annotations

from fractions import Fraction

from archcalc.errors import ArchcalcError, Place
from archcalc.tables.marks import MarkedAnswer, MarkedSheet, Remark

WHOLE_SHEET = "sheet"
"""What stands for a question's name where the sheet as a whole is meant."""


def refused(
    error: ArchcalcError, file: str, assignment: str = "", student: str = "", points: Fraction = Fraction(0)
) -> MarkedSheet:
    """A sheet with an unreadable answer for each error.

    Args:
        points: what the assignment is worth; none of them is earned.
    """
    answers = tuple(
        _answer(single, file, Fraction(0) if number else points) for number, single in enumerate(error.errors)
    )
    return MarkedSheet(file, assignment, student, answers)


def _answer(error: ArchcalcError, file: str, points: Fraction) -> MarkedAnswer:
    """The error as what is said about an answer: one sentence, with the repair."""
    parts = [error.what, *error.notes, *([error.help] if error.help else [])]
    message = ": ".join(parts)
    end = "" if message.endswith((".", "?", "!")) else "."
    remark = Remark((), (), f"{message}{end}")
    return MarkedAnswer(WHOLE_SHEET, "unreadable", error.place or Place(file, 1, 1), (remark,), max_points=points)

"""Marked sheets made by hand, for the tests of the formats."""

from __future__ import annotations

from fractions import Fraction

from archcalc.errors import AnswerError, Place, SpecErrors
from archcalc.report.marks.refused import refused
from archcalc.tables.marks import MarkedAnswer, MarkedSheet, Remark

WORK = "(5*5+1)*6 + (5*5+1)*16 + 48120"
RUNNER = {
    "CLASSROOM": "dl",
    "ASSIGNMENT": "hw1",
    "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d",
    "COMMIT_URL": "https://example.org/commit/a1b2c3d",
    "RELEASE_URL": "https://example.org/releases/1",
}
"""What Classroom 50's runner sets."""
FLAG = "gave the answer of another student's paper"
"""A flag: only the teacher sees it."""


def place(line: int, column: int, length: int = 1, file: str = "answers.yaml") -> Place:
    return Place(file, line, column, length, "")


def good() -> MarkedSheet:
    """Everything right, in one sheet that names its network."""
    return MarkedSheet(
        "answers.yaml", "", "", (MarkedAnswer("conv1.params", "exact", place(3, 17), points=Fraction(1)),)
    )


def bad() -> MarkedSheet:
    """One answer of each verdict: 1 + 1/2 + 0 + 2 + 0 + 0 + 1/3 + 0 of 1 + 2 + 1 + 2 + 8/3 + 1 + 1 + 1/3 points."""
    term = Remark(
        ("par.no_in_channels", "par.stride_for_channels"), ("conv2",), "Each filter spans all 6 input channels.",
        WORK, 12, 10, place(5, 19, 10),
    )  # fmt: skip
    cut = Remark(("slip.rounded",), (), "You cut the digits off: round to the nearest.")
    unread = Remark((), (), "`x` means nothing in an answer.", "5x", 1, 1, place(9, 8))
    order = Remark(("out.layout",), (), "Right numbers, other order: this sheet wants HWC.")
    lost = Remark((), (), "This is not the answer, and no known mistake gives it.")
    answers = (
        MarkedAnswer("q1", "exact", place(4, 7), (), Fraction(1), Fraction(1)),
        MarkedAnswer("q2", "misconception", place(5, 7), (term,), Fraction(1, 2), Fraction(2), (FLAG,), "How many?"),
        MarkedAnswer("q3", "slip", place(6, 7), (cut,), Fraction(0), Fraction(1)),
        MarkedAnswer("q4", "accepted", place(7, 7), (), Fraction(2), Fraction(2)),
        MarkedAnswer("q5", "unanswered", place(1, 1), (), Fraction(0), Fraction(8, 3)),
        MarkedAnswer("q6", "wrong", place(8, 7), (lost,), Fraction(0), Fraction(1)),
        MarkedAnswer("q7", "convention", place(9, 1), (order,), Fraction(1, 3), Fraction(1)),
        MarkedAnswer("q8", "unreadable", place(9, 7), (unread,), Fraction(0), Fraction(1, 3)),
    )
    return MarkedSheet("answers.yaml", "hw1", "s1", answers, (FLAG,))


def right_otherwise() -> MarkedSheet:
    """An answer that is right by an accepted convention."""
    remark = Remark(("rnn.one_bias",), (), "You counted one bias for each gate.", accepted=True)
    return MarkedSheet("answers.yaml", "", "", (MarkedAnswer("q1", "convention", place(4, 7), (remark,), Fraction(1)),))


def empty() -> MarkedSheet:
    """A sheet without answers."""
    return MarkedSheet("empty.yaml", "", "", ())


def withheld() -> MarkedSheet:
    """A sheet of which nothing is told."""
    answers = (MarkedAnswer("q1", "received", place(4, 7)), MarkedAnswer("q2", "unanswered", place(1, 1)))
    return MarkedSheet("answers.yaml", "exam", "s1", answers)


def unmarked() -> MarkedSheet:
    """A sheet that could not be read, with two errors."""
    errors = [
        AnswerError("`answers` is missing", place=place(1, 1), help="write answers:"),
        AnswerError("unknown question `q9`", place=place(6, 3, 2), help="did you mean `q8`?"),
    ]
    return refused(SpecErrors(errors), "answers.yaml", "hw1", points=Fraction(11))


def hostile(threat: str) -> MarkedSheet:
    """The threat in every place that a student or a file's name can fill."""
    where = Place(threat, 2, 3, 4, threat)
    answers = (
        MarkedAnswer(threat, "unreadable", where, (Remark((), (), f"`{threat}` means nothing.", threat, 0, 3, where),)),
        MarkedAnswer("q2", "wrong", where, (Remark(("par.no_bias",), (threat,), f"{threat}", f"1 + {threat}", 4, 3),)),
        MarkedAnswer("q3", "unanswered", where, ask=threat),
        MarkedAnswer("q4", "exact", where, points=Fraction(1)),
    )
    return MarkedSheet(threat, threat, threat, answers, (FLAG,))

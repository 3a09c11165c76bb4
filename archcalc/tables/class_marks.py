"""What the reports of a graded folder draw. Made by homework/grading/tally.py."""

from __future__ import annotations

from fractions import Fraction

from archcalc.core.record import record


@record
class GradeRow:
    """One student's line of grades."""

    student: str
    points: Fraction | None
    """None where archcalc itself failed on the sheet: that is no zero."""
    max_points: Fraction
    flags: tuple[str, ...]
    """What the teacher should look at, the reason why a sheet could not be marked first."""
    answers: tuple[Fraction | None, ...]
    """Points of each question; None where the sheet could not be marked."""


@record
class QuestionTally:
    """How one question was answered."""

    id: str
    ask: str
    right: int
    convention: int
    misconception: int
    slip: int
    wrong: int
    unreadable: int
    blank: int
    points: Fraction
    """All points given for it."""
    max_points: Fraction
    """What one answer can earn."""
    misconceptions: tuple[tuple[str, str, int], ...]
    """The likeliest explanation of each answer that has one: its id, what the students did, how many; the most
    frequent first."""

    @property
    def sheets(self) -> int:
        return self.right + self.convention + self.misconception + self.slip + self.wrong + self.unreadable + self.blank

    @property
    def share(self) -> Fraction:
        """The share of its points that was earned."""
        most = self.max_points * self.sheets
        return self.points / most if most else Fraction(0)


@record
class Unexplained:
    """A wrong answer that several gave and no known mistake explains."""

    question: str
    value: str
    count: int


@record
class SameWorking:
    """A wrong working that stands in several sheets word by word."""

    question: str
    working: str
    students: tuple[str, ...]


@record
class GradeReport:
    """A graded folder."""

    assignment: str
    title: str
    students: int
    marked: int
    missing: int
    """Students of the roster who handed nothing in."""
    failed: tuple[tuple[str, str], ...]
    """Students whose sheet could not be marked, with the reason."""
    bugs: int
    mean: Fraction
    median: Fraction
    max_points: Fraction
    questions: tuple[QuestionTally, ...]
    unexplained: tuple[Unexplained, ...]
    same_working: tuple[SameWorking, ...]
    flagged: tuple[tuple[str, str], ...]
    passed_over: tuple[tuple[str, str], ...]
    """Files that are no submissions, with the reason."""
    left_out: dict[str, int]
    """How many rows of a list above are not in it, by its name."""
    left: tuple[str, ...] = ()
    """Files of feedback that nobody has any more, and that are not as they were written."""

"""What the reports of a quiz draw: papers, keys and the findings of a lint. Made by homework/."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from archcalc.core.record import field, record
from archcalc.errors import Place

Form = Literal["value", "formula", "spec"]


@record
class PaperQuestion:
    """One question as a student reads it."""

    path: tuple[str, ...]
    """Its id; of a table's cell the table, the row and the column."""
    text: str
    """What it asks for; of a cell, what its column does."""
    points: Fraction
    form: Form = "value"
    table: str = ""
    """What the table of a cell is about."""

    @property
    def id(self) -> str:
        return ".".join(self.path)


@record
class Paper:
    """One student's questions, with the numbers drawn for them."""

    assignment: str
    student: str
    questions: tuple[PaperQuestion, ...]
    course: str = ""
    title: str = ""
    drawn: Mapping[str, Mapping[str, int]] = field(factory=dict)
    tag: str = ""

    @property
    def points(self) -> Fraction:
        return sum((question.points for question in self.questions), Fraction(0))


@record
class KeyAnswer:
    """The right answer to one question of one student. For the teacher only."""

    student: str
    id: str
    text: str
    answer: str
    points: Fraction


Level = Literal["warning", "note"]


@record
class QuizFinding:
    """What is to be said about a question: a warning is to be mended, a note is to be known."""

    level: Level
    rule: str
    question: str
    says: str
    place: Place


@record
class Power:
    """What a question's answer tells about the student."""

    question: str
    asks: str
    variants: int
    """0 where it is the same for all."""
    told: int
    """Misconceptions that give a wrong value."""
    blind: tuple[str, ...]
    """Misconceptions that give the right one."""
    digits: int | None
    """Significant digits that a rounded answer needs, so that no misconception rounds to the same; None where no number
    is asked for, or only the exact one will do."""


@record
class KnownMistake:
    """One misconception of the catalogue."""

    id: str
    did: str
    """What the student did."""
    family: str
    evidence: tuple[str, ...]
    feedback: str
    """What a student is told, in the example's words; "" where it depends on the answer."""
    example: str


@record
class Given:
    """What a misconception gives for one figure."""

    figure: str
    right: str
    id: str
    value: str
    did: str
    layers: tuple[str, ...]

"""Papers: each student's questions with the numbers drawn for them, and the key to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcalc.errors import ArchcalcError, AssignmentError, UsageError
from archcalc.homework.asking.asked import Asked
from archcalc.homework.asking.formulas import FORMULAS
from archcalc.homework.asking.variants import drawn, tag
from archcalc.homework.diagnosis.misconceptions.mistake import Value
from archcalc.homework.marking.assess import Assessor
from archcalc.homework.marking.mark import right_value
from archcalc.homework.quiz.wording import figure_words, sentence, table_sentence
from archcalc.homework.reading.sheet import read_sheet
from archcalc.report.quiz.paper import paper_sheet
from archcalc.tables.quiz import KeyAnswer, Paper, PaperQuestion

NO_ANSWER = "(any that meets it)"
"""What the key has for a design."""


class Papers:
    """The papers of one assignment."""

    def __init__(self, assessor: Assessor, secret: bytes | None = None) -> None:
        """Raises UsageError where numbers are drawn and there is no secret to draw them with."""
        self.assessor = assessor
        self.assignment = assessor.assignment
        self.secret = secret
        varying = [asked.id for asked in self.assignment.questions if asked.vary]
        if varying and secret is None:
            what = f"{varying[0]} draws other numbers for each student, and there is no secret to draw them with"
            raise UsageError(what, help="set the variable ARCHCALC_SECRET, or name a file with --secret-file")
        self.varies = bool(varying)

    def paper(self, student: str) -> Paper:
        """The questions of one student. Raises AssignmentError where no variant can be asked."""
        assignment, numbers = self.assignment, self._numbers(student)
        questions = tuple(self._question(asked, numbers) for asked in assignment.questions)
        made = tag(self.secret, assignment, student, numbers) if self.secret and numbers else ""
        return Paper(assignment.id, student, questions, assignment.course, assignment.title, numbers, made)

    def key(self, student: str = "") -> Iterator[KeyAnswer]:
        """The right answers to one student's questions; for the teacher only."""
        numbers = self._numbers(student)
        for asked in self.assignment.questions:
            answer = self._right(asked, numbers.get(asked.id, {}))
            yield KeyAnswer(student, asked.id, self._text(asked, numbers), answer, asked.points)

    def _question(self, asked: Asked, numbers: Mapping[str, Mapping[str, int]]) -> PaperQuestion:
        if asked.path:
            heading = figure_words(asked.path[-1], self.assignment.layout)
            return PaperQuestion(asked.path, heading, asked.points, table=table_sentence(asked))
        return PaperQuestion((asked.id,), self._text(asked, numbers), asked.points, asked.form)

    def _numbers(self, student: str) -> dict[str, Mapping[str, int]]:
        if self.secret is None or not self.varies:
            return {}
        return drawn(self.assignment, self.secret, student, self.assessor.blind)

    def _text(self, asked: Asked, numbers: Mapping[str, Mapping[str, int]]) -> str:
        return sentence(asked.filled(numbers.get(asked.id, {})), self.assignment.layout)

    def _right(self, asked: Asked, numbers: Mapping[str, int]) -> str:
        if asked.formula:
            return FORMULAS[asked.formula].rule
        if asked.design is not None:
            return NO_ANSWER
        return shown(right_value(self.assessor.catalogue(asked, numbers).question), self.assignment.layout)


def shown(value: Value, layout: str = "CHW") -> str:
    """A right answer as a sheet may hold it: plain digits, sizes joined by x."""
    if isinstance(value, tuple):
        ordered = (*value[1:], value[0]) if layout == "HWC" and len(value) > 1 else value
        return "x".join(map(str, ordered))
    return str(value)


def checked_sheet(paper: Paper) -> str:
    """The answer sheet of a paper, read back before it is handed out. Raises AssignmentError."""
    text = paper_sheet(paper)
    try:
        sheet = read_sheet(text, "paper.yaml")
    except ArchcalcError as error:
        what = f"the paper of `{paper.student}` would not be readable: {error.errors[0].what}"
        raise AssignmentError(what, help="an id of a student or a question is the cause") from None
    same = (sheet.student, sheet.assignment, sheet.tag, dict(sheet.drawn)) == (
        paper.student, paper.assignment, paper.tag, dict(paper.drawn)
    )  # fmt: skip
    if not same or [entry.question for entry in sheet.entries] != [question.id for question in paper.questions]:
        what = f"the paper of `{paper.student}` would not say what was drawn"
        raise AssignmentError(what, help="an id of a student or a question is the cause")
    return text

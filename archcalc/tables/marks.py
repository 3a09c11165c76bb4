"""What the reports of a marked sheet draw: verdicts, what they come from, and where it stands. Made by homework/."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from archcalc.core.record import record
from archcalc.errors import Place

Verdict = Literal[
    "exact", "accepted", "convention", "misconception", "slip", "wrong", "unreadable", "unanswered", "received",
]  # fmt: skip

RIGHT: tuple[Verdict, ...] = ("exact", "accepted")
"""Verdicts of answers that pass. One that is right under another convention passes where that one is accepted too
(Remark.accepted); one that was `received` could be read, and nothing more is told."""


@record
class Remark:
    """One thing said about an answer."""

    misconceptions: tuple[str, ...]
    """Ids of the catalogue, the likeliest first; several where no tool could tell them apart."""
    layers: tuple[str, ...]
    message: str
    text: str = ""
    """The working that it is about."""
    start: int = 0
    """Where in the working, from 0."""
    length: int = 0
    place: Place | None = None
    """Where in the file, where that is known better than the answer's own place."""
    accepted: bool = False
    """Whether it names a convention under which the answer is right and earns all points."""
    told_from: str = "hint"
    """The feedback from which on it is told: hint, steps or full."""


@record
class MarkedAnswer:
    """One answer and its verdict."""

    id: str
    verdict: Verdict
    place: Place
    remarks: tuple[Remark, ...] = ()
    points: Fraction = Fraction(0)
    max_points: Fraction = Fraction(1)
    flags: tuple[str, ...] = ()
    """What only the teacher is told: never in a student's format."""
    ask: str = ""
    """The question in the teacher's words."""
    bug: bool = False
    """Whether archcalc failed on it: then nobody knows whether it is right."""

    @property
    def passes(self) -> bool:
        under_another = self.verdict == "convention" and any(remark.accepted for remark in self.remarks)
        return self.verdict in RIGHT or under_another

    @property
    def pointed(self) -> Place:
        """Where to look: at what the first remark with a place is about, else at the answer."""
        return next((remark.place for remark in self.remarks if remark.place is not None), self.place)

    @property
    def misconceptions(self) -> tuple[str, ...]:
        """All ids, the likeliest first, each once."""
        return tuple(dict.fromkeys(id for remark in self.remarks for id in remark.misconceptions))

    @property
    def layers(self) -> tuple[str, ...]:
        """All layers concerned, each once."""
        return tuple(dict.fromkeys(layer for remark in self.remarks for layer in remark.layers))

    @property
    def message(self) -> str:
        """Everything said about the answer, as one text."""
        return " ".join(dict.fromkeys(remark.message for remark in self.remarks))


@record
class MarkedSheet:
    """A sheet with all its verdicts."""

    file: str
    assignment: str
    student: str
    answers: tuple[MarkedAnswer, ...]
    flags: tuple[str, ...] = ()
    """What only the teacher is told: never in a student's format."""

    @property
    def withheld(self) -> bool:
        """Whether the verdicts are not told, and so no points."""
        return any(answer.verdict == "received" for answer in self.answers)

    @property
    def points(self) -> Fraction:
        return sum((answer.points for answer in self.answers), Fraction(0))

    @property
    def max_points(self) -> Fraction:
        return sum((answer.max_points for answer in self.answers), Fraction(0))

    @property
    def bug(self) -> bool:
        """Whether archcalc failed on one of its answers."""
        return any(answer.bug for answer in self.answers)

    @property
    def answered(self) -> bool:
        return any(answer.verdict != "unanswered" for answer in self.answers)

    @property
    def passed(self) -> bool:
        return bool(self.answers) and all(answer.passes for answer in self.answers)

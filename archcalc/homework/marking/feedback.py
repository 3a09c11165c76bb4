"""How much of a marked sheet its student is told."""

from __future__ import annotations

from fractions import Fraction

from archcalc.core.record import replace
from archcalc.homework.asking.asked import FEEDBACK
from archcalc.tables.marks import MarkedAnswer, MarkedSheet

EXPLAINED = ("misconception", "convention", "slip")
"""Verdicts that say that a mistake was recognised; who is told no more than right or wrong hears `wrong`."""


def told(marked: MarkedSheet, feedback: str) -> MarkedSheet:
    """The sheet with no more than the assignment's feedback allows; `none` keeps back the verdicts and the points."""
    return replace(marked, answers=tuple(_told(answer, feedback) for answer in marked.answers))


def _told(answer: MarkedAnswer, feedback: str) -> MarkedAnswer:
    if answer.verdict == "unreadable":
        return answer
    if feedback == "none":
        verdict = answer.verdict if answer.verdict == "unanswered" else "received"
        return replace(answer, verdict=verdict, points=Fraction(0), remarks=())
    if feedback == "verdict" and answer.verdict in EXPLAINED:
        return replace(answer, verdict="accepted" if answer.passes else "wrong", remarks=())
    level = FEEDBACK.index(feedback)
    return replace(answer, remarks=tuple(r for r in answer.remarks if FEEDBACK.index(r.told_from) <= level))

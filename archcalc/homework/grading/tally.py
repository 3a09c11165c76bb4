"""Adding up the results of a class, one line after the other, in memory that does not grow with the sheets' texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from archcalc.core.record import draft, field
from archcalc.homework.asking.asked import Asked, Assignment
from archcalc.homework.grading.elsewhere import RightElsewhere
from archcalc.homework.grading.grader import NO_SUBMISSION
from archcalc.homework.misconceptions import MISCONCEPTIONS
from archcalc.tables.class_marks import GradeReport, GradeRow, QuestionTally, SameWorking, Unexplained

FEW = 3
"""So many of the same unexplained answer make a candidate for the catalogue."""
SHORTEST_WORKING = 12
"""Characters; shorter ones are the same by chance."""
COMMON = 10
"""A wrong working that more have is a common mistake, not a copy."""
MOST_ROWS = 200
"""Rows of each list of the report."""
MOST_DISTINCT = 100_000
"""Distinct answers, and workings, that are told apart."""

_RIGHT = ("exact", "accepted")


class Tally:
    """Counts of everything that the report says."""

    def __init__(self, assignment: Assignment, elsewhere: RightElsewhere) -> None:
        self.assignment = assignment
        self.most = assignment.points
        self.elsewhere = elsewhere
        self.questions = {asked.id: _Question(asked) for asked in assignment.questions}
        self.points: Counter[Fraction] = Counter()
        self.marked = self.missing = self.bugs = 0
        self.failed = _List()
        self.flagged = _List()
        self.unexplained: Counter[tuple[str, str]] = Counter()
        self.workings: dict[bytes, _Working] = {}
        self.uncounted = 0

    def add(self, line: Mapping[str, Any]) -> GradeRow:
        """Count one student's line. Returns the student's row of grades."""
        student, problem = line["student"], line["problem"]
        flags = self._flags(line)
        for flag in flags:
            self.flagged.add(student, flag)
        if problem:
            return self._add_problem(line, flags)
        self.marked += 1
        earned = [self._add_answer(student, result) for result in line["results"]]
        if line["bug"]:
            self.bugs += 1
            return GradeRow(student, None, self.most, flags, tuple(earned))
        total = sum((points for points in earned if points is not None), Fraction(0))
        self.points[total] += 1
        return GradeRow(student, total, self.most, flags, tuple(earned))

    def report(self, passed_over: Sequence[tuple[str, str]]) -> GradeReport:
        """All that was counted."""
        unexplained = [
            Unexplained(question, value, count)
            for (question, value), count in self.unexplained.most_common()
            if count >= FEW
        ]
        unexplained.sort(key=lambda row: (-row.count, row.question, row.value))
        same = [working.row() for working in self.workings.values() if 1 < working.count <= COMMON]
        same.sort(key=lambda row: (-len(row.working), row.question, row.students))
        lists = {
            "failed": self.failed.total, "flagged": self.flagged.total, "unexplained": len(unexplained),
            "same_working": len(same), "passed_over": len(passed_over),
        }  # fmt: skip
        left_out = {name: total - MOST_ROWS for name, total in lists.items() if total > MOST_ROWS}
        if self.uncounted:
            left_out["distinct"] = self.uncounted
        return GradeReport(
            self.assignment.id, self.assignment.title, self.marked + self.missing + self.failed.total, self.marked,
            self.missing, tuple(self.failed.rows), self.bugs, _mean(self.points), _median(self.points),
            self.most, tuple(question.row() for question in self.questions.values()),
            tuple(unexplained[:MOST_ROWS]), tuple(same[:MOST_ROWS]), tuple(self.flagged.rows),
            tuple(passed_over[:MOST_ROWS]), left_out,
        )  # fmt: skip

    def _add_problem(self, line: Mapping[str, Any], flags: tuple[str, ...]) -> GradeRow:
        student, problem, bug = line["student"], line["problem"], line["bug"]
        self.missing += problem == NO_SUBMISSION
        self.bugs += bug
        if problem != NO_SUBMISSION:
            self.failed.add(student, problem)
        points = None if bug else Fraction(0)
        if not bug:
            self.points[Fraction(0)] += 1
        nothing = (None,) * len(self.questions)
        return GradeRow(student, points, self.most, (problem, *flags), nothing)

    def _add_answer(self, student: str, result: Mapping[str, Any]) -> Fraction | None:
        """The points of an answer; None where archcalc failed on it."""
        if result["earned"] is None:
            return None
        question = self.questions[result["id"]]
        points = question.add(result)
        if result["verdict"] == "wrong" and "value" in result:
            self._count(self.unexplained, (result["id"], result["value"]))
        working = result.get("working", "")
        if len(working) >= SHORTEST_WORKING:
            self._add_working(student, result["id"], working)
        return points

    def _count(self, counter: Counter[tuple[str, str]], key: tuple[str, str]) -> None:
        if key in counter or len(counter) < MOST_DISTINCT:
            counter[key] += 1
        else:
            self.uncounted += 1

    def _add_working(self, student: str, question: str, working: str) -> None:
        digest = blake2b(f"{question}\0{working}".encode("utf-8", "surrogatepass"), digest_size=12).digest()
        found = self.workings.get(digest)
        if found is not None:
            found.again(student, working)
        elif len(self.workings) < MOST_DISTINCT:
            self.workings[digest] = _Working(question, [student])
        else:
            self.uncounted += 1

    def _flags(self, line: Mapping[str, Any]) -> tuple[str, ...]:
        """Of the sheet, then of its answers."""
        own = [
            f"{result['id']}: {flag}"
            for result in line["results"]
            for flag in (*result.get("flags", ()), *self.elsewhere.flag(line["student"], result))
        ]
        return (*line["flags"], *own)


@draft
class _Working:
    """A wrong working, and who has it; its text is kept from the second time on."""

    question: str
    students: list[str]
    count: int = 1
    text: str = ""

    def again(self, student: str, text: str) -> None:
        self.count += 1
        self.text = text
        if self.count <= COMMON:
            self.students.append(student)

    def row(self) -> SameWorking:
        return SameWorking(self.question, self.text, tuple(self.students))


@draft
class _List:
    """The first rows of a list, and how many there are."""

    rows: list[tuple[str, str]] = field(factory=list)
    total: int = 0

    def add(self, student: str, what: str) -> None:
        self.total += 1
        if len(self.rows) < MOST_ROWS:
            self.rows.append((student, what))


class _Question:
    """The counts of one question."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.verdicts: Counter[str] = Counter()
        self.misconceptions: Counter[str] = Counter()
        self.earned: Counter[str] = Counter()
        """How many earned so many points; adding fractions up is slow."""

    def add(self, result: Mapping[str, Any]) -> Fraction:
        self.earned[result["earned"]] += 1
        self.verdicts[result["verdict"]] += 1
        if result["misconceptions"]:
            self.misconceptions[result["misconceptions"][0]] += 1
        return _points(result["earned"])

    def row(self) -> QuestionTally:
        count = self.verdicts
        by_count = sorted(self.misconceptions.items(), key=lambda item: (-item[1], item[0]))
        named = [(id, MISCONCEPTIONS.get(id, ("", ""))[0], count) for id, count in by_count]
        points = sum((_points(text) * times for text, times in self.earned.items()), Fraction(0))
        return QuestionTally(
            self.asked.id, self.asked.ask, sum(count[verdict] for verdict in _RIGHT), count["convention"],
            count["misconception"], count["slip"], count["wrong"], count["unreadable"], count["unanswered"],
            points, self.asked.points, tuple(named),
        )  # fmt: skip


@lru_cache(maxsize=256)
def _points(text: str) -> Fraction:
    return Fraction(text)


def _mean(points: Counter[Fraction]) -> Fraction:
    count = points.total()
    return sum((value * times for value, times in points.items()), Fraction(0)) / count if count else Fraction(0)


def _median(points: Counter[Fraction]) -> Fraction:
    count = points.total()
    return (_at(points, (count - 1) // 2) + _at(points, count // 2)) / 2 if count else Fraction(0)


def _at(points: Counter[Fraction], rank: int) -> Fraction:
    """The value at a rank, from 0, of all values in order."""
    for value in sorted(points):
        rank -= points[value]
        if rank < 0:
            return value
    return Fraction(0)

"""Adding up a class: means and medians, what several gave, and lists that do not grow with the class."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archcalc.homework.asking.assignment import read_assignment
from archcalc.homework.grading.elsewhere import RightElsewhere
from archcalc.homework.grading.tally import Tally

ASSIGNMENT = read_assignment(
    "archcalc: assignment/1\nid: hw1\nquestions:\n"
    "  - {id: q1, spec: lenet5, get: params, points: 2}\n"
    "  - {id: q2, spec: lenet5, get: macs, points: 3}\n",
    "hw1.yaml",
)


def result(id, verdict="wrong", earned="0", misconceptions=(), **more):
    return {"id": id, "verdict": verdict, "earned": earned, "misconceptions": list(misconceptions), **more}


def line(student, *results, flags=(), problem="", bug=False):
    return {"student": student, "results": list(results), "flags": list(flags), "problem": problem, "bug": bug}


def report(*lines, passed_over=()):
    tally = Tally(ASSIGNMENT, RightElsewhere(ASSIGNMENT))
    rows = [tally.add(one) for one in lines]
    return rows, tally.report(passed_over)


def test_points_are_exact():
    rows, found = report(
        line("a", result("q1", "exact", "2"), result("q2", "misconception", "1/3", ["par.no_bias", "par.bias_once"])),
        line("b", result("q1", "accepted", "2"), result("q2", "exact", "3")),
        line("c", problem="no submission"),
        line("d", problem="not UTF-8"),
        line("e", problem="a bug", bug=True),
    )
    assert [row.points for row in rows] == [Fraction(7, 3), Fraction(5), Fraction(0), Fraction(0), None]
    assert (found.mean, found.median) == (Fraction(22, 12), Fraction(7, 6))  # (7/3 + 5) / 4, and half of 7/3
    assert (found.students, found.marked, found.missing, found.bugs) == (5, 2, 1, 1)
    assert found.failed == (("d", "not UTF-8"), ("e", "a bug"))
    q1, q2 = found.questions
    assert (q1.right, q1.share, q2.right, q2.misconception, q2.share) == (2, 1, 1, 1, Fraction(10, 18))
    assert q2.misconceptions == (("par.no_bias", "forgot the biases", 1),)


def test_nobody():
    _, found = report()
    assert (found.mean, found.median, found.students) == (0, 0, 0)
    assert [question.share for question in found.questions] == [0, 0]


def test_unexplained_answers_of_three():
    same = [line(f"s{n}", result("q1", value="7"), result("q2", value="7" if n < 2 else "8")) for n in range(5)]
    explained = [line(f"t{n}", result("q1", "misconception", misconceptions=["x"], value="9")) for n in range(5)]
    _, found = report(*same, *explained)
    assert [(row.question, row.value, row.count) for row in found.unexplained] == [("q1", "7", 5), ("q2", "8", 3)]


@pytest.mark.parametrize(("count", "working", "shown"), [
    pytest.param(1, "(5*5+1)*6+16", False, id="one student"),
    pytest.param(2, "(5*5+1)*6+16", True, id="two"),
    pytest.param(10, "(5*5+1)*6+16", True, id="ten"),
    pytest.param(11, "(5*5+1)*6+16", False, id="so many that it is a common mistake"),
    pytest.param(2, "(5*5+1)*6+1", False, id="too short to tell"),
])  # fmt: skip
def test_the_same_wrong_working(count, working, shown):
    students = tuple(f"s{n}" for n in range(count))
    _, found = report(*(line(student, result("q1", "slip", working=working)) for student in students))
    rows = [(row.question, row.working, row.students) for row in found.same_working]
    assert rows == ([("q1", working, students)] if shown else [])


def test_the_same_working_of_two_questions_is_not_the_same():
    working = "(5*5+1)*6+16"
    _, found = report(*(line(id, result(id, "slip", working=working)) for id in ("q1", "q2")))
    assert found.same_working == ()


def test_lists_end(monkeypatch):
    monkeypatch.setattr("archcalc.homework.grading.tally.MOST_ROWS", 2)
    monkeypatch.setattr("archcalc.homework.grading.tally.MOST_DISTINCT", 3)
    lines = [line(f"s{n}", result("q1", value=str(n)), flags=["odd"]) for n in range(5)]
    lines += [line(f"t{n}", problem="not UTF-8") for n in range(4)]
    _, found = report(*lines, passed_over=[("a", "x"), ("b", "x"), ("c", "x")])
    assert found.flagged == (("s0", "odd"), ("s1", "odd"))
    assert found.failed == (("t0", "not UTF-8"), ("t1", "not UTF-8"))
    assert found.passed_over == (("a", "x"), ("b", "x"))
    assert found.left_out == {"failed": 2, "flagged": 3, "passed_over": 1, "distinct": 2}
    assert (found.students, found.marked) == (9, 5)

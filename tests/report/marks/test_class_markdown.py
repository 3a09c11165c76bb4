"""The teacher's report of a class: each list is there where it has rows, and only there."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archcalc.report.marks.class_markdown import report_markdown
from archcalc.tables.class_marks import GradeReport, SameWorking, Unexplained

EMPTY = {
    "assignment": "hw1", "title": "Homework 1", "students": 7, "marked": 5, "missing": 2, "failed": (), "bugs": 0,
    "mean": Fraction(5, 2), "median": Fraction(3), "max_points": Fraction(5), "questions": (), "unexplained": (),
    "same_working": (), "flagged": (), "passed_over": (), "left_out": {},
}  # fmt: skip

LISTS = {
    "unexplained": (
        (Unexplained("q1", "62,000", 3),),
        "## Wrong answers that no known mistake gives, from three or more\n\n"
        "| question | answer | students |\n| --- | --- | --- |\n| q1 | 62,000 | 3 |\n",
    ),
    "failed": (
        (("s1", "not UTF-8"),),
        "## Sheets that could not be marked\n\n| student | why |\n| --- | --- |\n| s1 | not UTF-8 |\n",
    ),
    "flagged": (
        (("s1", "says that it is right"),),
        "## Flagged sheets\n\n| student | what |\n| --- | --- |\n| s1 | says that it is right |\n",
    ),
    "same_working": (
        (SameWorking("q1", "(5+1)x6", ("s1", "s2")),),
        "## The same wrong working in several sheets\n\n"
        "| question | working | students |\n| --- | --- | --- |\n| q1 | (5+1)x6 | s1, s2 |\n",
    ),
    "passed_over": (
        (("notes.pdf", "no sheet"),),
        "## Files passed over\n\n| file | why |\n| --- | --- |\n| notes.pdf | no sheet |\n",
    ),
}


def report(**given):
    return report_markdown(GradeReport(**{**EMPTY, **given}))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_the_report(name):
    rows, section = LISTS[name]
    text = report(**{name: rows})
    assert section in text
    headings = [said.split("\n")[0] for other, (_, said) in LISTS.items() if other != name]
    assert [heading for heading in headings if heading in text] == []


def test_rows_that_are_left_out_are_counted():
    rows = (Unexplained("q1", "62,000", 3),)
    assert "1,234" in report(unexplained=rows, left_out={"unexplained": 1234})
    assert "17 more answers were too many to compare with each other." in report(left_out={"distinct": 17})


def test_the_points_of_the_class():
    assert report().startswith("# Homework 1\n\n7 students, 5 sheets marked, 2 without a submission. "
                               "Points: mean 2.5, median 3 of 5.\n")  # fmt: skip

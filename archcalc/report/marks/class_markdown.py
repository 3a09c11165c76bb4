"""The report of a graded folder for the teacher, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archcalc.report.formats.escape import log, markdown, name
from archcalc.report.marks.class_csv import points
from archcalc.tables.class_marks import GradeReport, QuestionTally

HARDEST = 5
SHOWN = 10
"""Misconceptions of one question, and students of one row, that are shown."""


def report_markdown(report: GradeReport) -> str:
    """The whole report; sections with nothing in them are left out."""
    return log("\n".join(_lines(report)) + "\n")


def summary(report: GradeReport) -> tuple[str, str]:
    """How many there were, and how they did."""
    parts = [_count(report.students, "student"), f"{_count(report.marked, 'sheet')} marked"]
    parts += [f"{len(report.failed) + report.left_out.get('failed', 0):,} could not be marked"] if report.failed else []
    parts += [f"{report.missing:,} without a submission"] if report.missing else []
    parts += [f"archcalc failed on {report.bugs:,}, which have no points"] if report.bugs else []
    most = points(report.max_points)
    return f"{', '.join(parts)}.", f"Points: mean {points(report.mean)}, median {points(report.median)} of {most}."


def _lines(report: GradeReport) -> Iterator[str]:
    yield f"# {markdown(report.title or report.assignment or 'Grades')}"
    yield ""
    yield " ".join(summary(report))
    yield from _questions(report)
    yield from _misconceptions(report)
    yield from _hardest(report)
    rows = [(row.question, row.value, f"{row.count:,}") for row in report.unexplained]
    yield from _section(
        report, "unexplained", "Wrong answers that no known mistake gives, from three or more",
        ("question", "answer", "students"), rows,
    )  # fmt: skip
    yield from _section(report, "failed", "Sheets that could not be marked", ("student", "why"), report.failed)
    yield from _section(report, "flagged", "Flagged sheets", ("student", "what"), report.flagged)
    same = [(row.question, row.working, ", ".join(map(name, row.students))) for row in report.same_working]
    yield from _section(
        report, "same_working", "The same wrong working in several sheets",
        ("question", "working", "students"), same,
    )  # fmt: skip
    yield from _section(report, "passed_over", "Files passed over", ("file", "why"), report.passed_over)
    if report.left_out.get("distinct"):
        yield ""
        yield f"{report.left_out['distinct']:,} more answers were too many to compare with each other."


def _questions(report: GradeReport) -> Iterator[str]:
    yield from ("", "## Questions", "")
    heading = ("question", "right", "other convention", "known mistake", "slip", "wrong", "unreadable", "blank")
    numbers = [
        (q.right, q.convention, q.misconception, q.slip, q.wrong, q.unreadable, q.blank) for q in report.questions
    ]
    rows = [
        (question.id, *(f"{number:,}" for number in row), _percent(question))
        for question, row in zip(report.questions, numbers, strict=True)
    ]
    yield from _table((*heading, "points earned"), rows, right_from=1)


def _misconceptions(report: GradeReport) -> Iterator[str]:
    rows = [
        (question.id, id, what, f"{count:,}")
        for question in report.questions
        for id, what, count in question.misconceptions[:SHOWN]
    ]
    if rows:
        yield from ("", "## Known mistakes", "")
        yield from _table(("question", "mistake", "what they did", "students"), rows, right_from=3)


def _hardest(report: GradeReport) -> Iterator[str]:
    hard = sorted((q for q in report.questions if q.share < 1), key=lambda question: question.share)[:HARDEST]
    if report.marked and hard:
        yield from ("", "## Hardest questions", "")
        for place, question in enumerate(hard, 1):
            ask = f": {markdown(question.ask)}" if question.ask else ""
            yield f"{place}. {markdown(question.id)}, {_percent(question)} of its points{ask}"


def _section(
    report: GradeReport, list_: str, title: str, heading: Sequence[str], rows: Iterable[Sequence[str]]
) -> Iterator[str]:
    """A table under its title, and how many rows are not shown; nothing without rows."""
    rows = list(rows)
    if not rows:
        return
    yield from ("", f"## {title}", "")
    yield from _table(heading, rows, right_from=len(heading))
    if list_ in report.left_out:
        yield from ("", f"{report.left_out[list_]:,} more are not shown.")


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]], right_from: int) -> Iterator[str]:
    """A Markdown table; columns from `right_from` on hold numbers."""
    yield _row(heading)
    yield _row(["---" if index < right_from else "---:" for index in range(len(heading))])
    for row in rows:
        yield _row([markdown(name(cell)) for cell in row])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _percent(question: QuestionTally) -> str:
    return f"{float(100 * question.share):.0f} %"

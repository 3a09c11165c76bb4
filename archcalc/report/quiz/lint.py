"""A linted assignment: findings a line each, and a table of what each question tells; JSON; GitHub annotations."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.report.formats.annotations import annotation
from archcalc.report.formats.escape import one_line
from archcalc.report.formats.json import document
from archcalc.report.formats.page import ANYWHERE, Page
from archcalc.report.formats.table import Column, Table
from archcalc.report.formats.text import plain
from archcalc.tables.quiz import Power, QuizFinding

_WIDEST = 36


def lint_text(assignment: str, powers: Sequence[Power], findings: Sequence[QuizFinding], page: Page = ANYWHERE) -> str:
    """`hw1.yaml:9:10: note: q1: cannot tell out.ceil from the right answer [blind]`, the table, and a count."""
    lines = [line for finding in findings for line in page.lines(page.written(_said(finding)), 3)]
    table = [plain(power_table(powers), page)] if powers else []
    return "\n".join([*lines, *([""] if lines and table else []), *table, _count(assignment, findings)]) + "\n"


def _said(f: QuizFinding) -> str:
    return f"{one_line(str(f.place))}: {f.level}: {one_line(f.question)}: {one_line(f.says)} [{f.rule}]"


def power_table(powers: Sequence[Power]) -> Table:
    """A row for each question."""
    columns = (
        Column("Question", "question"), Column("Variants", "variants", True, drop=1), Column("Told", "told", True),
        Column("Blind", "blind", True), Column("Digits", "digits", True, drop=2),
        Column("Asks", "asks", drop=3, wraps=16),
    )  # fmt: skip
    rows = [
        (one_line(p.question), p.variants or None, p.told, len(p.blind), p.digits, _cut(one_line(p.asks)))
        for p in powers
    ]
    notes = (
        "told: misconceptions that an answer shows",
        "blind: misconceptions that give the right answer",
        "digits: that a rounded answer needs, so that no misconception rounds to the same",
    )
    return Table("Questions", columns, tuple(rows), notes=notes)


def lint_json(assignment: str, powers: Sequence[Power], findings: Sequence[QuizFinding]) -> str:
    """`archcalc/quiz-lint/1`."""
    questions = [
        {"id": p.question, "asks": p.asks, "variants": p.variants, "told": p.told, "blind": p.blind, "digits": p.digits}
        for p in powers
    ]
    found = [
        {"level": f.level, "rule": f.rule, "question": f.question, "says": f.says, "file": f.place.file,
         "line": f.place.line, "column": f.place.column}
        for f in findings
    ]  # fmt: skip
    return document("archcalc/quiz-lint/1", {"assignment": assignment, "questions": questions, "findings": found})


def lint_annotations(findings: Sequence[QuizFinding]) -> str:
    """A warning or a notice each."""
    levels = {"warning": "warning", "note": "notice"}
    return "".join(
        annotation(levels[f.level], f.rule, f"{f.question}: {f.says}", f.place)  # type: ignore[arg-type]
        for f in findings
    )


def _count(assignment: str, findings: Sequence[QuizFinding]) -> str:
    warnings = sum(finding.level == "warning" for finding in findings)
    notes = len(findings) - warnings
    said = f"{warnings} {'warning' if warnings == 1 else 'warnings'} and {notes} {'note' if notes == 1 else 'notes'}"
    return f"{one_line(assignment) or 'the assignment'}: {said}"


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."

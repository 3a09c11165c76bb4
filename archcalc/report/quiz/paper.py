"""A student's paper: an answer sheet to fill in, and the same questions to print."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import groupby
from textwrap import wrap

from archcalc.report.formats.escape import markdown, one_line
from archcalc.report.formats.table import Cell, Column, Table
from archcalc.tables.quiz import KeyAnswer, Paper, PaperQuestion

_WIDTH = 100


def paper_sheet(paper: Paper) -> str:
    """The answer sheet: its head filled in, each question as a comment above the empty place of its answer."""
    lines = [
        *_comment(_heading(paper)),
        *_comment("Write each answer behind its colon: a number, an expression or a shape."),
    ]
    lines += ["archcalc: answers/1", f"assignment: {_quoted(paper.assignment)}", f"student: {_quoted(paper.student)}"]
    if paper.drawn:
        lines += ["# These numbers are yours alone. Leave them as they are.", "drawn:"]
        lines += [f"  {_key(id)}: {_flow(values)}" for id, values in paper.drawn.items()]
    lines += [f"tag: {_quoted(paper.tag)}"] if paper.tag else []
    return "\n".join([*lines, "answers:", *_answers(paper.questions)]) + "\n"


def paper_markdown(paper: Paper) -> str:
    """The questions to print, with room for the answers."""
    head = [f"# {markdown(_heading(paper))}", "", f"Student: {markdown(paper.student)}", ""]
    course = f"{markdown(paper.course)}, " if paper.course else ""
    head += [f"{course}{_points(paper.points)} in all.", ""]
    shown: list[str] = []
    for number, (id, inside) in enumerate(_by_table(paper.questions), 1):
        margin = " " * (len(str(number)) + 2)
        first, points = inside[0], _points(sum((question.points for question in inside), Fraction(0)))
        shown += [f"{number}. **{markdown(id)}** ({points}) {markdown(first.table or first.text)}", ""]
        room = _table_to_print(inside) if first.table else [_ROOM[first.form]]
        shown += [*(margin + line for line in room), ""]
    return "\n".join([*head, *shown[:-1]]) + "\n"


def _by_table(questions: Sequence[PaperQuestion]) -> Iterator[tuple[str, list[PaperQuestion]]]:
    """The questions, the cells of a table together."""
    for id, inside in groupby(questions, key=lambda question: question.path[0]):
        yield id, list(inside)


def _table_to_print(cells: Sequence[PaperQuestion]) -> list[str]:
    columns = dict.fromkeys(cell.text for cell in cells)
    rows = dict.fromkeys(cell.path[1] for cell in cells)
    lines = ["| Layer | " + " | ".join(map(markdown, columns)) + " |", "|---" * (len(columns) + 1) + "|"]
    return lines + [f"| {markdown(row)} |" + " |" * len(columns) for row in rows]


def key_table(answers: Sequence[KeyAnswer]) -> Table:
    """The right answers, a row for each question of each student."""
    columns: tuple[Column, ...] = (
        Column("Asks", "asks", wraps=16), Column("Student", "student"), Column("Question", "question"),
        Column("Points", "points", True), Column("Answer", "answer", True),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (one_line(a.text), one_line(a.student), a.id, _number(a.points), a.answer) for a in answers
    ]
    if not any(answer.student for answer in answers):
        columns, rows = (columns[0], *columns[2:]), [(row[0], *row[2:]) for row in rows]
    return Table("Key", columns, tuple(rows))


_ROOM = {
    "value": "Answer: ____________________",
    "formula": "Formula: ____________________",
    "spec": "File: ____________",
}


def _heading(paper: Paper) -> str:
    return ": ".join(filter(None, (paper.assignment, paper.title))) or "Questions"


def _answers(questions: Sequence[PaperQuestion]) -> Iterator[str]:
    """A line for each question; the cells of a table stand in their rows."""
    for id, inside in _by_table(questions):
        first, points = inside[0], _points(sum((question.points for question in inside), Fraction(0)))
        if not first.table:
            yield from (f"  {line}" for line in _comment(f"{first.text} ({points})"))
            yield f"  {_key(id)}:" + ("" if first.form == "value" else f" {{{first.form}: }}")
            continue
        columns = dict.fromkeys(f"{cell.path[-1]}: {cell.text}" for cell in inside)
        yield from (f"  {line}" for line in _comment(f"{_sentence(first.table)} {'; '.join(columns)} ({points})"))
        yield f"  {_key(id)}:"
        for row, cells in groupby(inside, key=lambda cell: cell.path[1]):
            yield f"    {_key(row)}:"
            yield from (f"      {_key(cell.path[2])}:" for cell in cells)


def _sentence(text: str) -> str:
    """With a point at its end, unless it ends in a sign of its own."""
    return text if text.endswith((".", "?", "!", ":")) else f"{text}."


def _comment(text: str) -> Iterable[str]:
    return (f"# {line}" for line in wrap(one_line(text), _WIDTH, break_long_words=False, break_on_hyphens=False))


def _flow(values: Mapping[str, int]) -> str:
    return "{" + ", ".join(f"{name}: {number}" for name, number in values.items()) + "}"


def _key(name: str) -> str:
    return name if name.replace("_", "").isalnum() and name.isascii() else _quoted(name)


def _quoted(text: str) -> str:
    """In double quotes, as JSON and YAML read it alike; signs beyond the BMP as they are."""
    return json.dumps(text, ensure_ascii=False)


def _points(points: Fraction) -> str:
    return f"{_number(points)} {'point' if points == 1 else 'points'}"


def _number(points: Fraction) -> str:
    """`2`, `0.75`, `1/3`."""
    decimal = f"{float(points):.4f}".rstrip("0").rstrip(".")
    return decimal if Fraction(decimal) == points else str(points)

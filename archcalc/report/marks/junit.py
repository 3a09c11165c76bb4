"""Marked sheets as JUnit XML: a suite for each sheet, a case for each answer.

The elements and attributes are those of the Jenkins xUnit plugin's junit-10.xsd, which other readers know as well. An
answer that is not given is skipped; an answer that cannot be read has failed: it is the student's, not the tool's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.report.formats.escape import name, one_line, xml
from archcalc.report.marks.text import count, explained, headline, points_text, worth_text
from archcalc.tables.marks import MarkedAnswer, MarkedSheet

_NO_FAILURE = ("received", "unanswered")
"""Verdicts of answers that do not pass and are no failures."""


def render(sheets: Sequence[MarkedSheet]) -> str:
    """All sheets in one document."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f"<testsuites{_attributes(name='archcalc', **_totals(sheets))}>")
    lines += [f"  {line}" for sheet in sheets for line in _suite(sheet)]
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _totals(sheets: Sequence[MarkedSheet]) -> dict[str, str]:
    answers = [answer for sheet in sheets for answer in sheet.answers]
    failures = sum(_fails(answer) for answer in answers)
    return {"tests": str(len(answers)), "failures": str(failures), "errors": "0", "time": "0"}


def _fails(answer: MarkedAnswer) -> bool:
    return not answer.passes and answer.verdict not in _NO_FAILURE


def _suite(sheet: MarkedSheet) -> Iterator[str]:
    skipped = sum(answer.verdict == "unanswered" for answer in sheet.answers)
    yield f"<testsuite{_attributes(name=name(sheet.file), **_totals([sheet]), skipped=str(skipped))}>"
    words = {"student": sheet.student, "assignment": sheet.assignment, "count": count(sheet)}
    yield "  <properties>"
    for key, word in words.items():
        if word:
            yield f"    <property{_attributes(name=key, value=name(word))}/>"
    yield "  </properties>"
    for answer in sheet.answers:
        yield from (f"  {line}" for line in _case(answer, sheet))
    yield "</testsuite>"


def _case(answer: MarkedAnswer, sheet: MarkedSheet) -> Iterator[str]:
    heading = _attributes(name=name(answer.id), classname=name(sheet.assignment or sheet.file), time="0")
    yield f"<testcase{heading}>"
    if answer.verdict == "unanswered":
        yield f"  <skipped{_attributes(message=headline(answer))}/>"
    elif _fails(answer):
        place = f"{name(answer.place.file)}:{answer.place.line}:{answer.place.column}"
        text = "\n".join([place, *explained(answer)])
        yield f"  <failure{_attributes(type=answer.verdict, message=headline(answer))}>{xml(text)}</failure>"
    if sheet.assignment and not sheet.withheld:
        points = f"{points_text(answer.points)} of {worth_text(answer.max_points)} points"
        yield f"  <system-out>{xml(points)}</system-out>"
    yield "</testcase>"


def _attributes(**values: str) -> str:
    return "".join(f' {key}="{xml(one_line(value))}"' for key, value in values.items())

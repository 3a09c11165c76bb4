"""A marked sheet for people: a line for each answer, the working with carets under what is wrong, and a count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from archcalc.report.formats.escape import name, one_line
from archcalc.report.formats.page import ANYWHERE, NARROWEST, Page, columns_of
from archcalc.tables.marks import MarkedAnswer, MarkedSheet, Remark

WIDEST = 100
"""Characters of a working that are shown."""
INDENT = "   "
_RED, _OFF = "\x1b[31m", "\x1b[0m"
_STYLES = {"exact": "", "accepted": "", "received": "", "unanswered": "\x1b[2m", "convention": "\x1b[33m"}
"""Verdict -> its colour; all others are red."""
PLAIN = {
    "exact": "right",
    "accepted": "right",
    "received": "received",
    "unanswered": "not answered",
    "unreadable": "cannot be read",
}
"""Verdicts that need no misconception to be told."""


def render(sheets: Sequence[MarkedSheet], quiet: bool = False, page: Page = ANYWHERE, color: bool = False) -> str:
    """Every answer with its verdict, and a count for each sheet.

    Args:
        quiet: only answers that are not right.
        page: what the terminal can show.
        color: whether verdicts are coloured.
    """
    return "".join(f"{line}\n" for sheet in sheets for line in _sheet(sheet, quiet, page, color))


def headline(answer: MarkedAnswer) -> str:
    """`right`, `wrong`, or the misconceptions with their layers: `par.no_in_channels in conv2`."""
    named = [_named(remark) for remark in answer.remarks if remark.misconceptions]
    if answer.verdict == "exact" and named:
        return f"right, but the working is not: {'; '.join(named)}"
    if named and answer.verdict not in PLAIN:
        right = "right by " if answer.passes else ""
        kind = f"{right}convention: " if answer.verdict == "convention" else ""
        return kind + "; ".join(named)
    return PLAIN.get(answer.verdict, "wrong")


def explained(answer: MarkedAnswer, page: Page = ANYWHERE) -> Iterator[str]:
    """What is said about the answer, each remark under the working that it is about."""
    for index, remark in enumerate(answer.remarks):
        if remark.text and remark.length and not _same_excerpt(answer, index):
            yield from _excerpt(remark, page)
        yield from page.lines(page.written(f"{INDENT}{one_line(remark.message)}"), len(INDENT))


def count(sheet: MarkedSheet) -> str:
    """`3 answers: 1 right, 1 wrong (1 explained), 1 not answered, 4.0 of 12 points`."""
    number = len(sheet.answers)
    parts = [part for part in _counts(sheet) if part]
    if sheet.assignment and not sheet.withheld:
        parts.append(f"{points_text(sheet.points)} of {worth_text(sheet.max_points)} points")
    return f"{number} {'answer' if number == 1 else 'answers'}: " + ", ".join(parts)


def points_text(points: Fraction) -> str:
    """Points that are earned: 2.0, 0.5 or 0.67."""
    hundredths = round(points * 100)
    return f"{hundredths // 100}.{hundredths % 100:02}".removesuffix("0")


def worth_text(points: Fraction) -> str:
    """Points that a question is worth: 2, 0.5 or 0.67."""
    return str(points) if points.denominator == 1 else points_text(points)


def _sheet(sheet: MarkedSheet, quiet: bool, page: Page, color: bool) -> Iterator[str]:
    points = bool(sheet.assignment) and not sheet.withheld
    for answer in sheet.answers:
        if not quiet or not answer.passes:
            yield from _answer(answer, points, page, color)
    yield from page.lines(count(sheet), len(INDENT))


def _answer(answer: MarkedAnswer, points: bool, page: Page, color: bool) -> Iterator[str]:
    worth = f"{points_text(answer.points)}/{worth_text(answer.max_points)}  " if points else ""
    file = name(answer.place.file)  # an answer on the command line stands in none
    place = f"{file}:{answer.place.line}:{answer.place.column}  " if file else ""
    style = _STYLES.get(answer.verdict, _RED)
    head = f"{place}{name(answer.id)}  {worth}{headline(answer)}"
    for line in page.lines(page.written(head), len(INDENT)):
        yield f"{style}{line}{_OFF}" if color and style else line
    yield from explained(answer, page)


def _named(remark: Remark) -> str:
    where = f" in {' and '.join(remark.layers)}" if 0 < len(remark.layers) <= 3 else ""
    first, *others = remark.misconceptions
    return f"{first}{one_line(where)}" + (f" (or {', '.join(others)})" if others else "")


def _same_excerpt(answer: MarkedAnswer, index: int) -> bool:
    """Whether the remark before points at the same place."""
    here, before = answer.remarks[index], answer.remarks[index - 1]
    return index > 0 and (here.text, here.start, here.length) == (before.text, before.start, before.length)


def _excerpt(remark: Remark, page: Page) -> Iterator[str]:
    """The working and carets under the term; a long one is cut around it."""
    text, start = one_line(remark.text), remark.start
    widest = min(WIDEST, max(page.width, NARROWEST) - len(INDENT) - 8) if page.width else WIDEST
    if len(text) > widest:
        first = max(0, min(start - 20, len(text) - widest))
        cut = text[first : first + widest]
        before, behind = "... " if first else "", " ..." if first + widest < len(text) else ""
        text, start = before + cut + behind, start - first + len(before)
    before, fault = page.written(text[:start]), page.written(text[start : start + remark.length])
    yield f"{INDENT}{before}{fault}{page.written(text[start + remark.length :])}"
    yield f"{INDENT}{' ' * max(start, columns_of(before))}{'^' * max(1, columns_of(fault))}"


def _counts(sheet: MarkedSheet) -> Iterator[str]:
    verdicts = [answer.verdict for answer in sheet.answers]
    blank = f"{verdicts.count('unanswered')} not answered" if "unanswered" in verdicts else ""
    if sheet.withheld:
        unread = verdicts.count("unreadable")
        yield f"{verdicts.count('received')} received"
        yield f"{unread} cannot be read" if unread else ""
        yield blank
        return
    right = sum(answer.passes for answer in sheet.answers)
    wrong = len(verdicts) - right - verdicts.count("unanswered")
    named = verdicts.count("misconception") + verdicts.count("slip")
    yield f"{right} right"
    yield f"{wrong} wrong" + (f" ({named} explained)" if named else "")
    yield blank

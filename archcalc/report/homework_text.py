"""A marked sheet for people: a line for each answer, the working with carets under what is wrong, and a count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from archcalc.report.escape import name, one_line
from archcalc.report.homework import MarkedAnswer, MarkedSheet, Remark

WIDEST = 100
"""Characters of a working that are shown."""
NARROWEST = 40
"""Columns below which a terminal has to wrap the lines itself."""
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


def render(sheets: Sequence[MarkedSheet], quiet: bool = False, width: int = 0, color: bool = False) -> str:
    """Every answer with its verdict, and a count for each sheet.

    Args:
        quiet: only answers that are not right.
        width: columns of the terminal; 0 where lines may be of any length.
        color: whether verdicts are coloured.
    """
    return "".join(f"{line}\n" for sheet in sheets for line in _sheet(sheet, quiet, width, color))


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


def explained(answer: MarkedAnswer, width: int = 0) -> Iterator[str]:
    """What is said about the answer, each remark under the working that it is about."""
    for index, remark in enumerate(answer.remarks):
        if remark.text and remark.length and not _same_excerpt(answer, index):
            yield from _excerpt(remark, min(WIDEST, max(width, NARROWEST) - len(INDENT) - 8) if width else WIDEST)
        yield from wrapped(f"{INDENT}{one_line(remark.message)}", width)


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


def _sheet(sheet: MarkedSheet, quiet: bool, width: int, color: bool) -> Iterator[str]:
    points = bool(sheet.assignment) and not sheet.withheld
    for answer in sheet.answers:
        if not quiet or not answer.passes:
            yield from _answer(answer, points, width, color)
    yield from wrapped(count(sheet), width)


def _answer(answer: MarkedAnswer, points: bool, width: int, color: bool) -> Iterator[str]:
    worth = f"{points_text(answer.points)}/{worth_text(answer.max_points)}  " if points else ""
    place = f"{name(answer.place.file)}:{answer.place.line}:{answer.place.column}"
    style = _STYLES.get(answer.verdict, _RED)
    for line in wrapped(f"{place}  {name(answer.id)}  {worth}{headline(answer)}", width):
        yield f"{style}{line}{_OFF}" if color and style else line
    yield from explained(answer, width)


def wrapped(text: str, width: int) -> list[str]:
    """The lines of a text at a terminal; what does not fit goes on below, indented."""
    if not width or len(text) <= width:
        return [text]
    from textwrap import wrap

    return wrap(text, max(width, NARROWEST), subsequent_indent=INDENT, break_long_words=False, break_on_hyphens=False)


def _named(remark: Remark) -> str:
    where = f" in {' and '.join(remark.layers)}" if 0 < len(remark.layers) <= 3 else ""
    first, *others = remark.misconceptions
    return f"{first}{one_line(where)}" + (f" (or {', '.join(others)})" if others else "")


def _same_excerpt(answer: MarkedAnswer, index: int) -> bool:
    """Whether the remark before points at the same place."""
    here, before = answer.remarks[index], answer.remarks[index - 1]
    return index > 0 and (here.text, here.start, here.length) == (before.text, before.start, before.length)


def _excerpt(remark: Remark, widest: int) -> Iterator[str]:
    """The working and carets under the term; a long one is cut around it."""
    text, start = one_line(remark.text), remark.start
    if len(text) > widest:
        first = max(0, min(start - 20, len(text) - widest))
        cut = text[first : first + widest]
        before, behind = "... " if first else "", " ..." if first + widest < len(text) else ""
        text, start = before + cut + behind, start - first + len(before)
    yield f"{INDENT}{text}"
    yield f"{INDENT}{' ' * start}{'^' * max(1, min(remark.length, len(text) - start))}"


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

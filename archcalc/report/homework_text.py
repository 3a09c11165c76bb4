"""A marked sheet for people: a line for each answer, the working with carets under what is wrong, and a count."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from archcalc.report.diagnostics import printable
from archcalc.report.homework import MarkedAnswer, MarkedSheet, Remark

WIDEST = 100
"""Characters of a working that are shown."""


def sheet_text(sheet: MarkedSheet, quiet: bool = False) -> str:
    """Every answer with its verdict; with `quiet` only those that are not right."""
    blocks = [
        "\n".join(_answer(answer, bool(sheet.assignment))) for answer in sheet.answers if not (quiet and answer.passes)
    ]
    return "\n".join([*blocks, _count(sheet)]) + "\n"


def headline(answer: MarkedAnswer) -> str:
    """`right`, `wrong`, or the misconceptions with their layers: `par.no_in_channels in conv2`."""
    words = {"exact": "right", "accepted": "right", "unanswered": "not answered", "unreadable": "cannot be read"}
    named = [_named(remark) for remark in answer.remarks if remark.misconceptions]
    if answer.verdict == "exact" and named:
        return f"right, but the working is not: {'; '.join(named)}"
    if named and answer.verdict not in words:
        kind = "convention: " if answer.verdict == "convention" else ""
        return kind + "; ".join(named)
    return words.get(answer.verdict, "wrong")


def _named(remark: Remark) -> str:
    where = f" in {' and '.join(remark.layers)}" if 0 < len(remark.layers) <= 3 else ""
    first, *others = remark.misconceptions
    return f"{first}{printable(where)}" + (f" (or {', '.join(others)})" if others else "")


def _answer(answer: MarkedAnswer, points: bool) -> Iterator[str]:
    worth = f"{_points(answer.points)}/{_short(answer.max_points)}  " if points else ""
    yield f"{printable(str(answer.place))}  {printable(answer.id)}  {worth}{headline(answer)}"
    for index, remark in enumerate(answer.remarks):
        if remark.text and remark.length and not _same_excerpt(answer, index):
            yield from _excerpt(remark)
        yield f"   {printable(remark.message)}"


def _same_excerpt(answer: MarkedAnswer, index: int) -> bool:
    """Whether the remark before points at the same place."""
    here, before = answer.remarks[index], answer.remarks[index - 1]
    return index > 0 and (here.text, here.start, here.length) == (before.text, before.start, before.length)


def _excerpt(remark: Remark) -> Iterator[str]:
    """The working and carets under the term; a long one is cut around it."""
    text, start = printable(remark.text.replace("\n", " ")), remark.start
    if len(text) > WIDEST:
        first = max(0, min(start - 20, len(text) - WIDEST))
        cut = text[first : first + WIDEST]
        before, behind = "... " if first else "", " ..." if first + WIDEST < len(text) else ""
        text, start = before + cut + behind, start - first + len(before)
    yield f"   {text}"
    yield f"   {' ' * start}{'^' * max(1, min(remark.length, len(text) - start))}"


def _count(sheet: MarkedSheet) -> str:
    right = sum(answer.passes for answer in sheet.answers)
    blank = sum(answer.verdict == "unanswered" for answer in sheet.answers)
    wrong = len(sheet.answers) - right - blank
    named = sum(answer.verdict in ("misconception", "slip") for answer in sheet.answers)
    parts = [f"{right} right", f"{wrong} wrong" + (f" ({named} explained)" if named else "")]
    parts += [f"{blank} not answered"] if blank else []
    if sheet.assignment:
        parts.append(f"{_points(sheet.points)} of {_short(sheet.max_points)} points")
    return f"{len(sheet.answers)} {'answer' if len(sheet.answers) == 1 else 'answers'}: " + ", ".join(parts)


def _short(points: Fraction) -> str:
    return str(points) if points.denominator == 1 else _points(points)


def _points(points: Fraction) -> str:
    """2.0, 0.5 or 0.67."""
    hundredths = round(points * 100)
    return f"{hundredths // 100}.{hundredths % 100:02}".removesuffix("0")

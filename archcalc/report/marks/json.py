"""Marked sheets for scripts: `archcalc/result/1`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from archcalc.report.formats.escape import printable
from archcalc.report.formats.json import document
from archcalc.tables.marks import MarkedAnswer, MarkedSheet, Remark

SCHEMA = "archcalc/result/1"


def render(sheets: Sequence[MarkedSheet]) -> str:
    """The result of a sheet; of several sheets `archcalc/results/1`, a list of results. Keys are a contract."""
    if len(sheets) == 1:
        return document(SCHEMA, result(sheets[0]))
    return document("archcalc/results/1", {"sheets": [{"schema": SCHEMA, **result(sheet)} for sheet in sheets]})


def result(sheet: MarkedSheet) -> dict[str, Any]:
    """Every answer with its verdict, its misconceptions and its place; points are null where they are not told."""
    return {
        "file": sheet.file,
        "assignment": sheet.assignment or None,
        "student": sheet.student or None,
        "points": None if sheet.withheld else number(sheet.points),
        "max_points": number(sheet.max_points),
        "passed": None if sheet.withheld else sheet.passed,
        "results": [_answer(answer, sheet.withheld) for answer in sheet.answers],
    }


def number(points: Fraction) -> int | float:
    """Points as JSON has them."""
    return int(points) if points.denominator == 1 else float(points)


def _answer(answer: MarkedAnswer, withheld: bool) -> dict[str, Any]:
    return {
        "id": answer.id,
        "verdict": answer.verdict,
        "misconceptions": list(answer.misconceptions),
        "layers": list(answer.layers),
        "line": answer.pointed.line,
        "column": answer.pointed.column,
        "points": None if withheld else number(answer.points),
        "max_points": number(answer.max_points),
        "message": printable(answer.message),
        "remarks": [_remark(remark, answer) for remark in answer.remarks],
    }


def _remark(remark: Remark, answer: MarkedAnswer) -> dict[str, Any]:
    place = remark.place or answer.place
    return {
        "misconceptions": list(remark.misconceptions),
        "layers": list(remark.layers),
        "line": place.line,
        "column": place.column,
        "length": remark.length,
        "message": printable(remark.message),
    }

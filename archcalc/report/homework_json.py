"""A marked sheet for scripts: `archcalc/result/1`."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from archcalc.report.homework import MarkedAnswer, MarkedSheet, Remark
from archcalc.report.json import document


def sheet_json(sheet: MarkedSheet) -> str:
    """Every answer with its verdict, its misconceptions and its place; keys are a contract."""
    return document(
        "archcalc/result/1",
        {
            "file": sheet.file,
            "assignment": sheet.assignment or None,
            "student": sheet.student or None,
            "points": _number(sheet.points),
            "max_points": _number(sheet.max_points),
            "passed": sheet.passed,
            "results": [_answer(answer) for answer in sheet.answers],
        },
    )


def _answer(answer: MarkedAnswer) -> dict[str, Any]:
    place = next((remark.place for remark in answer.remarks if remark.place is not None), answer.place)
    return {
        "id": answer.id,
        "verdict": answer.verdict,
        "misconceptions": list(answer.misconceptions),
        "layers": list(answer.layers),
        "line": place.line,
        "column": place.column,
        "points": _number(answer.points),
        "max_points": _number(answer.max_points),
        "message": answer.message,
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
        "message": remark.message,
    }


def _number(points: Fraction) -> int | float:
    return int(points) if points.denominator == 1 else float(points)

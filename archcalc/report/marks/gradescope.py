"""A marked sheet as Gradescope's `results.json`: a test for each answer, with its points.

The fields are those of Gradescope's autograder specification. Texts are given as plain text, which Gradescope shows as
it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from archcalc.report.formats.escape import json_text, name, one_line
from archcalc.report.marks.text import count, explained, headline
from archcalc.tables.marks import MarkedAnswer, MarkedSheet
from archcalc.version import __version__


def render(sheets: Sequence[MarkedSheet]) -> str:
    """The only sheet of a run. What the command prints beside it stays with the teacher."""
    (sheet,) = sheets
    return json_text(
        {
            "score": _number(sheet.points),
            "output": count(sheet),
            "output_format": "text",
            "test_output_format": "text",
            "test_name_format": "text",
            "visibility": "visible",
            "stdout_visibility": "hidden",
            "extra_data": {"archcalc": __version__, "assignment": one_line(sheet.assignment)},
            "tests": [_test(answer, number) for number, answer in enumerate(sheet.answers, 1)],
        }
    )  # fmt: skip


def _test(answer: MarkedAnswer, number: int) -> dict[str, Any]:
    return {
        "score": _number(answer.points),
        "max_score": _number(answer.max_points),
        "status": "passed" if answer.passes else "failed",
        "name": name(answer.id) + (f": {one_line(answer.ask)}" if answer.ask else ""),
        "name_format": "text",
        "number": str(number),
        "output": "\n".join([headline(answer), *explained(answer)]),
        "output_format": "text",
        "visibility": "visible",
        "extra_data": {
            "verdict": answer.verdict,
            "misconceptions": list(answer.misconceptions),
            "layers": [one_line(layer) for layer in answer.layers],
            "line": answer.pointed.line,
            "column": answer.pointed.column,
        },
    }


def _number(points: Fraction) -> int | float:
    """Points to four decimals: 8/3 is 2.6667."""
    return int(points) if points.denominator == 1 else float(round(points, 4))

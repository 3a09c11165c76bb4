"""A marked sheet as the `result.json` of Classroom 50, as its schemas/result-v1.schema.json has it.

Scores are whole numbers there, so they are hundredths of a point; each test carries its points beside them. Whose
result it is, and of which submission, Classroom 50's runner says in variables of the environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from archcalc.errors import UsageError
from archcalc.report.formats.escape import json_text, name, one_line
from archcalc.report.marks.text import headline, points_text, worth_text
from archcalc.spec.names import listed
from archcalc.tables.marks import MarkedAnswer, MarkedSheet

SCHEMA = "classroom50/result/v1"
SCALE = 100
"""Units of score a point."""
GIVEN = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
}
"""Fields that the runner's variables fill."""
STAMPED = {"assignment_type": "ASSIGNMENT_TYPE", "owner": "OWNER"}
"""Fields that the runner writes itself; given where it has said them."""


def render(sheets: Sequence[MarkedSheet]) -> str:
    """The only sheet of a run. Raises UsageError outside of Classroom 50's runner."""
    (sheet,) = sheets
    tests = list(_tests(sheet))
    return json_text(
        {
            "schema": SCHEMA,
            **_submission(os.environ),
            "datetime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "score": sum(test["score"] for test in tests),
            "max-score": sum(test["max-score"] for test in tests),
            "tests": tests,
        }
    ) + "\n"  # fmt: skip


def _submission(environment: Mapping[str, str]) -> dict[str, str]:
    missing = [variable for variable in GIVEN.values() if not environment.get(variable)]
    if missing:
        help = "Classroom 50's runner sets them for its autograder.py"
        raise UsageError(f"--format classroom50 needs the variables {listed(missing)}", help=help)
    found = {field: environment[variable] for field, variable in GIVEN.items()}
    found |= {field: environment[variable] for field, variable in STAMPED.items() if environment.get(variable)}
    return found | {"review": environment.get("REVIEW_URL") or found["commit"]}


def _tests(sheet: MarkedSheet) -> Iterator[dict[str, Any]]:
    """A test for each answer. What it can score does not depend on the student, and adds up to the whole's points."""
    before = Fraction(0)
    for answer in sheet.answers:
        most = round((before + answer.max_points) * SCALE) - round(before * SCALE)
        before += answer.max_points
        full = answer.points == answer.max_points
        yield _test(answer, most if full else min(most, round(answer.points * SCALE)), most)


def _test(answer: MarkedAnswer, score: int, most: int) -> dict[str, Any]:
    return {
        "test-name": name(answer.id) or "?",
        "passed": answer.passes,
        "score": score,
        "max-score": most,
        "points": f"{points_text(answer.points)} of {worth_text(answer.max_points)}",
        "message": one_line(" ".join([f"{headline(answer)}.", answer.message]).strip()),
    }

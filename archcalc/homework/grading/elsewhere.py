"""Answers that are wrong here and right on another student's paper, found among the results of a class."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from archcalc.homework.asking.asked import Assignment

OTHER_VARIANT = "slip.other_variant"
SMALLEST = 1000
"""Smaller numbers are right on somebody's paper by chance."""
MOST_OWNERS = 3
"""A value that is right on more papers than these points at nobody."""


class RightElsewhere:
    """The right answers of all papers with drawn numbers, by those who gave them."""

    def __init__(self, assignment: Assignment) -> None:
        self.varying = {asked.id for asked in assignment.questions if asked.vary}
        self.owners: dict[tuple[str, str], tuple[str, ...]] = {}

    def note(self, line: Mapping[str, Any]) -> None:
        """Take down what is right on a student's paper."""
        for result in line["results"]:
            if result["id"] in self.varying and result["verdict"] == "exact" and "value" in result:
                key = result["id"], result["value"]
                owners = self.owners.get(key, ())
                if len(owners) <= MOST_OWNERS:
                    self.owners[key] = (*owners, line["student"])

    def flag(self, student: str, result: Mapping[str, Any]) -> tuple[str, ...]:
        """Whose answer a wrong one is; nothing where it is nobody's, or too many's."""
        owners = self.owners.get((result["id"], result.get("value", "")), ())
        if result["verdict"] == "exact" or not owners or len(owners) > MOST_OWNERS or not _tells(result["value"]):
            return ()
        others = [owner for owner in owners if owner != student]
        return (f"{OTHER_VARIANT}: right on the paper of {', '.join(others)}",) if others else ()


def _tells(value: str) -> bool:
    """Whether a value is not met by chance: a large number, or a shape."""
    if "x" in value:
        return True
    try:
        return abs(Fraction(value)) >= SMALLEST
    except ValueError:
        return False

"""What a design is required to have, checked as it is written."""

from __future__ import annotations

from archcalc.analysis.claims import known_figure
from archcalc.core.demand import parse_demand
from archcalc.errors import AssignmentError, SpecError
from archcalc.homework.asking.asked import Requirement


def requirement_fault(requirement: Requirement) -> AssignmentError | None:
    """What is wrong with a requirement as it is written; None where nothing is."""
    try:
        parse_demand(requirement.text, known_figure)
    except SpecError as error:
        return AssignmentError(error.what, place=requirement.place, help=error.help)
    return None

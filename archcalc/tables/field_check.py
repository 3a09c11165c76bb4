"""Receptive fields that were measured, beside the computed ones: made by `numeric`, drawn by `report`."""

from __future__ import annotations

from typing import Literal

from archcalc.core.record import record

Verdict = Literal["yes", "no", "bound", "not decided"]


@record
class AxisCheck:
    """One unit along one axis; each set has bit n for the pixels n of that axis, a whole row or column."""

    unit: tuple[int, ...]
    axis: int
    predicted: int
    """What the exact form says."""
    changed: int
    """Pixels with another value that changed the unit: each is proof that it sees them."""
    reached: int
    """What changed it, and what is predicted and made it not a number, which no activation hides."""
    bound: bool = False
    """Whether the exact form says no more than that nothing else is seen."""

    @property
    def verdict(self) -> Verdict:
        """Yes: each pixel predicted changed the unit and no other did; not decided: the others only reach it.

        Bound: no other did, but some of the bound do not even reach it.
        """
        if self.changed & ~self.predicted:
            return "no"
        if self.predicted & ~self.reached:
            return "bound" if self.bound else "no"
        return "yes" if self.changed == self.predicted else "not decided"


@record
class FieldCheck:
    """A layer whose field was measured."""

    spec: str
    layer: str
    origin: str
    lengths: tuple[int, ...]
    checks: tuple[AxisCheck, ...]
    """Each unit along each axis."""

    @property
    def verdicts(self) -> frozenset[Verdict]:
        return frozenset(check.verdict for check in self.checks)

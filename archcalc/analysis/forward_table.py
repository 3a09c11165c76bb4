"""What a forward pass shows, as plain values: made by `numeric`, drawn by `report`."""

from __future__ import annotations

from archcalc.core import Shape
from archcalc.core.record import record


@record
class Statistics:
    """Of all values of a layer, over the whole batch."""

    minimum: float
    mean: float
    maximum: float
    zeros: float
    """Share of values that are 0."""
    finite: bool


@record
class ForwardRow:
    """One layer that has run."""

    name: str
    kind: str
    shape: Shape
    """Of the array, without the batch."""
    rule: Shape
    """What the shape rule says."""
    statistics: Statistics
    seconds: float
    macs: int
    """Of the whole batch."""


@record
class RankedClass:
    """One class of one example, best first."""

    example: int
    rank: int
    index: int
    label: str | None
    value: float
    share: float | None
    """Its part of the softmax over the values; None where the values are no logits."""


@record
class ForwardOutput:
    """One output of the network."""

    name: str
    shape: Shape
    classes: tuple[RankedClass, ...] = ()


@record
class ForwardTable:
    """A forward pass: rows in execution order, leaves only."""

    spec: str
    inputs: tuple[tuple[str, Shape, str], ...]
    """Name, shape and where the values come from."""
    batch: int
    dtype: str
    weights: str
    """Where they come from: `He, seed 0`, or a file."""
    rows: tuple[ForwardRow, ...]
    outputs: tuple[ForwardOutput, ...]
    roof: float | None = None
    """Multiply-adds a second of a large matrix product on this machine, where it was measured."""

    @property
    def misfits(self) -> tuple[ForwardRow, ...]:
        """The layers whose array has another shape than the rule says."""
        return tuple(row for row in self.rows if row.shape != row.rule)

    @property
    def first_not_finite(self) -> str | None:
        """The first layer that gives a NaN or an infinity."""
        return next((row.name for row in self.rows if not row.statistics.finite), None)

"""What a forward pass shows, as plain values: made by `numeric`, drawn by `report`."""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.core import Shape
from archcalc.core.record import record

_NOTHING_LEFT = 0.5
"""Half of an output's root mean square: whatever differs by less than a tolerance of that may be anything."""


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
    """One layer that has run, or several that ran as one step of the engine."""

    name: str
    kind: str
    kernel: str
    """What computed it: `reference`, or a kernel of the engine; empty where nobody says."""
    shape: Shape
    """Of the array, without the batch."""
    rule: Shape
    """What the shape rule says."""
    statistics: Statistics | None
    """None where nobody asked for them."""
    seconds: float | None
    """None where it was not timed by itself."""
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
    values: tuple[tuple[float, ...], ...] | None = None
    """Of each example, in the order of their places, where the input was numbers in a text and they are few."""


@record
class Loading:
    """How the tensors of a file went to those of the network."""

    by: str
    """`name`, `order`, or the library whose names were translated."""
    sources: Mapping[str, str]
    """Tensor of the network -> its name in the file."""
    left_out: tuple[str, ...]
    """Of the file."""
    drawn: tuple[str, ...]
    """Of the network: at random, as the file does not hold them."""
    notes: tuple[str, ...]
    """What a reader of the result should know."""
    norm_eps: float | None = None
    """The eps that the batch norms of the file were trained with, where it is not the network's."""


@record
class InputOrigin:
    """What ran, on what, and how."""

    spec: str
    inputs: tuple[tuple[str, Shape, str], ...]
    """Name, shape and where the values come from."""
    batch: int
    dtype: str
    weights: str
    """Where they come from: `He, seed 0`, `of the spec`, or a file."""
    engine: str
    """`reference`, or the engine's backend with what it was told: `numpy, 2 threads`."""
    notes: tuple[str, ...] = ()
    """What was done to the files that nobody asked for."""
    loading: Loading | None = None
    """None for random weights."""
    stated: tuple[str, ...] = ()
    """The tensors whose numbers the spec states."""


@record
class OutputError:
    """How far an output of the engine is from the reference."""

    name: str
    error: float
    """The largest difference, in parts of the root mean square of the reference's values."""
    tolerance: float
    """The largest error that counts as rounding."""
    rounding: float | None = None
    """By how much the reference moves when its weights are rounded another way, where that was measured."""

    @property
    def comparable(self) -> bool:
        """Whether a wrong output could be told from rounding at all."""
        return self.tolerance < _NOTHING_LEFT

    @property
    def holds(self) -> bool:
        return self.error <= self.tolerance


@record
class MemoryUse:
    """Bytes of a pass: weights, values and what the layers work on."""

    planned: int
    measured: int | None
    """By how much the process grew, at its peak; None where the system does not say."""


@record
class ForwardTable:
    """A forward pass: rows in execution order, leaves only."""

    origin: InputOrigin
    rows: tuple[ForwardRow, ...]
    outputs: tuple[ForwardOutput, ...]
    seconds: float | None = None
    """Of a whole pass, where it was timed."""
    roof: float | None = None
    """MACs a second of a large matrix product on this machine, where it was measured."""
    errors: tuple[OutputError, ...] = ()
    """Of each output of the engine, where it was held against the reference."""
    memory: MemoryUse | None = None
    first_not_finite: str | None = None
    """The first layer that gives a NaN or an infinity, where an output or a layer that was looked at has one."""

    @property
    def misfits(self) -> tuple[ForwardRow, ...]:
        """The layers whose array has another shape than the rule says."""
        return tuple(row for row in self.rows if row.shape != row.rule)

    @property
    def verified(self) -> bool:
        """Whether every array has the shape of its rule, and every output held against the reference agrees."""
        return not self.misfits and all(error.holds for error in self.errors)

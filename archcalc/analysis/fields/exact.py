"""The exact form as a pass over a graph: one set a unit on short axes, runs of units on long ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

from archcalc.analysis.fields.walk import FieldPlan, walk
from archcalc.core import AxisWindow, field_mask, field_runs
from archcalc.core.field_mask import Masks
from archcalc.core.field_runs import Runs, TooManyUnits
from archcalc.graph.graph import Node


class Unlisted(Enum):
    """Stands for the units of a value of which more see something of their own than can be kept."""

    UNLISTED = "unlisted"


UNLISTED = Unlisted.UNLISTED


def exact_along(
    plan: FieldPlan, axis: int, longest: int, skipped: frozenset[tuple[int, int]]
) -> Sequence[Masks | Unlisted | None]:
    """The exact fields of every value along one axis.

    Args:
        longest: the most units that any value has along it.
        skipped: inputs left out, as `walk` takes them.
    """
    length = plan.origin.lengths[axis]
    if length * max(length, longest) <= field_runs.SHORTEST**2:
        return walk(plan, axis, field_mask.pixels(length), MaskRules(), skipped)
    return walk(plan, axis, field_runs.pixels(length), RunRules(), skipped)


class MaskRules:
    """Exact sets of pixels; equal work is done once."""

    def __init__(self) -> None:
        self.done: dict[tuple[int, AxisWindow], Masks] = {}
        self.kept: list[Masks] = []
        """Keeps the masks alive whose identity is a key."""

    def through(self, state: Masks, window: AxisWindow, length: int) -> Masks:
        key = (id(state), window)
        if key not in self.done:
            self.kept.append(state)
            self.done[key] = field_mask.through(state, window, length)
        return self.done[key]

    def whole(self, state: Masks, units: int) -> Masks:
        return [field_mask.union(state)] * units

    def merge(self, states: Sequence[Masks], node: Node, inputs: Sequence[int]) -> Masks:  # noqa: ARG002
        return field_mask.merge(states)


class RunRules:
    """The same for long axes, as long as what is kept is not too much."""

    def __init__(self) -> None:
        self.done: dict[tuple[int, AxisWindow], Runs | Unlisted] = {}
        self.kept: list[Runs | Unlisted] = []
        """Keeps the runs alive whose identity is a key."""
        self.room = 2 * field_runs.MOST_UNITS

    def through(self, state: Runs | Unlisted, window: AxisWindow, length: int) -> Runs | Unlisted:
        key = (id(state), window)
        if key not in self.done:
            self.kept.append(state)
            self.done[key] = self._fitting(field_runs.through, state, window, length)
        return self.done[key]

    def whole(self, state: Runs | Unlisted, units: int) -> Runs | Unlisted:
        return self._fitting(field_runs.whole, state, units)

    def merge(self, states: Sequence[Runs | Unlisted], node: Node, inputs: Sequence[int]) -> Runs | Unlisted:  # noqa: ARG002
        runs = [state for state in states if isinstance(state, Runs)]
        return self._fitting(field_runs.merge, runs) if len(runs) == len(states) else UNLISTED

    def _fitting(self, rule: Callable[..., Runs], state: Any, *arguments: Any) -> Runs | Unlisted:
        """What a rule makes, unless it or all together is too much."""
        if isinstance(state, Unlisted):
            return state
        try:
            made = rule(state, *arguments)
        except TooManyUnits:
            return UNLISTED
        if all(made is not given for given in (state if isinstance(state, list) else [state])):
            self.room -= made.kept
        return made if self.room >= 0 else UNLISTED

"""The effective receptive field: how far from its centre a unit's influence reaches, as a standard deviation.

For equal weights in every window the influences of the layers add up as variances: sigma^2 is the sum over the
layers of (j d)^2 (K^2 - 1)/12, j the jump before the layer. Where branches meet, their influences are mixed in
equal parts, or by channels where they are joined channel by channel.
Source: Luo, Li, Urtasun, Zemel 2016, "Understanding the effective receptive field in deep CNNs".
"""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis.fields.receptive import Lost, ReceptiveFields
from archcalc.analysis.fields.walk import per_axis, walk
from archcalc.core import AxisWindow, Window
from archcalc.core.record import record
from archcalc.graph.graph import Node


@record
class Influence:
    """Where the influence on unit 0 lies along one axis, in pixels."""

    jump: int
    mean: float
    variance: float
    mixed: bool = False
    """Whether branches were mixed on the way."""

    @property
    def sigma(self) -> float:
        """The standard deviation."""
        return float(self.variance**0.5)


def influences(fields: ReceptiveFields) -> tuple[list[Influence | Lost | None], ...]:
    """For each axis the influence on each value; Lost where the units of a layer are not all alike."""
    rules = _InfluenceRules()
    start: Influence | Lost = Influence(1, 0.0, 0.0)
    fields.forms  # noqa: B018  (knows the gates to skip)
    return per_axis(fields.plan, lambda axis: walk(fields.plan, axis, start, rules, frozenset(fields.skipped)))


class _InfluenceRules:
    """The sums of variances."""

    def through(self, state: Influence | Lost, window: AxisWindow, length: int) -> Influence | Lost:  # noqa: ARG002
        if isinstance(state, Lost) or not isinstance(window, Window):
            return Lost.UNEVEN
        reach = state.jump * window.dilation
        shift = state.jump * ((window.extent - 1) / 2 - window.padding[0])
        variance = state.variance + reach**2 * (window.kernel**2 - 1) / 12
        return Influence(state.jump * window.stride, state.mean + shift, variance, state.mixed)

    def whole(self, state: Influence | Lost, units: int) -> Influence | Lost:  # noqa: ARG002
        return Lost.WHOLE

    def merge(self, states: Sequence[Influence | Lost], node: Node, inputs: Sequence[int]) -> Influence | Lost:
        known = [state for state in states if isinstance(state, Influence)]
        if len(known) < len(states) or any(state.jump != known[0].jump for state in known):
            return Lost.UNEVEN
        channels = [node.input_shapes[number].channels for number in inputs]
        weights = channels if sum(channels) == node.shape.channels else [1] * len(known)
        return _mixture(known, [weight / sum(weights) for weight in weights])


def _mixture(states: Sequence[Influence], weights: Sequence[float]) -> Influence:
    pairs = list(zip(states, weights, strict=True))
    mean = sum(weight * state.mean for state, weight in pairs)
    variance = sum(weight * (state.variance + (state.mean - mean) ** 2) for state, weight in pairs)
    return Influence(states[0].jump, mean, variance, mixed=True)

"""The way back through one layer on a small array: what each input cell and each weight gets of the output's gradient.

It takes the terms of the forward steps and nothing else: a term x·w passes g·w to x and g·x to w.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import product

from archcalc.analysis.values.forward import LARGEST, MEAN, LayerValues, Place, Tap, WorkedCell
from archcalc.core import Shape
from archcalc.core.arrays import Array, Number, plainer
from archcalc.core.record import record
from archcalc.core.result import Result
from archcalc.errors import UsageError


@record
class Gradient:
    """That of one array, with the sum behind each of its values."""

    name: str
    """input, weight or bias."""
    array: Array
    steps: tuple[WorkedCell, ...]


@record
class LayerGradients(Result):
    """The way back of one gradient."""

    forward: LayerValues
    upstream: Array
    """The gradient of the output."""
    mask: Array | None
    """Of a maximum: how many windows took each cell."""
    gradients: tuple[Gradient, ...]

    @property
    def name(self) -> str:
        """The layer's."""
        return self.forward.name


def layer_gradients(forward: LayerValues, upstream: Array) -> LayerGradients:
    """Carry a gradient back. Raises UsageError where it does not have the output's shape."""
    if upstream.shape != forward.output.shape:
        raise UsageError(
            f"the gradient is {upstream.shape}, the output is {forward.output.shape}", help="one number an output value"
        )
    to_input: dict[Place, list[Tap]] = {}
    to_weight: dict[Place, list[Tap]] = {}
    to_bias: dict[Place, list[Tap]] = {}
    for step in forward.steps:
        gradient = upstream.at(step.unit)
        for number, term in enumerate(step.terms):
            if term.source is not None and (forward.rule != LARGEST or number == step.chosen):
                factor = Fraction(1, step.divisor) if forward.rule == MEAN else term.weight
                to_input.setdefault(term.source, []).append(Tap(step.unit, gradient, factor))
            if term.kernel is not None:
                to_weight.setdefault(term.kernel, []).append(Tap(step.unit, gradient, term.value))
        to_bias.setdefault(step.unit[:1], []).append(Tap(step.unit, gradient))
    found = [_gathered("input", forward.input.shape, to_input)]
    if forward.weight is not None:
        found.append(_gathered("weight", forward.weight.shape, to_weight))
    if forward.bias:
        found.append(_gathered("bias", Shape.of(len(forward.bias)), to_bias))
    mask = _mask(forward.input.shape, to_input) if forward.rule == LARGEST else None
    return LayerGradients(forward, upstream, mask, tuple(found))


def everywhere(number: Number, shape: Shape) -> Array:
    """The same number at each place."""
    return Array(shape, (number,) * shape.elements)


def _gathered(name: str, shape: Shape, terms: dict[Place, list[Tap]]) -> Gradient:
    steps = tuple(_sum(place, terms.get(place, ())) for place in product(*map(range, shape)))
    return Gradient(name, Array(shape, tuple(step.result for step in steps)), steps)


def _sum(place: Place, terms: Iterable[Tap]) -> WorkedCell:
    terms = tuple(terms)
    return WorkedCell(place, terms, 0, 1, None, plainer(sum((term.product for term in terms), Fraction(0))))


def _mask(shape: Shape, terms: dict[Place, list[Tap]]) -> Array:
    return Array(shape, tuple(len(terms.get(place, ())) for place in product(*map(range, shape))))

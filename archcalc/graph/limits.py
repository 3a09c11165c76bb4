"""How large a network may become: small files can say very much with repeats and blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from archcalc.core import Shape
from archcalc.errors import ArchcalcError, Place, ShapeError, SpecError, SpecErrors
from archcalc.spec.document import Block, Body, Branches, Call, Chain, Document, Step
from archcalc.spec.operations import LARGEST

LAYERS = 100_000
"""Layers after expansion."""

REPEAT = 10_000

NESTING = 64
"""How deep groups may stand in groups, so that no call stack overflows."""

ADDRESS = 1000
"""Characters of a group's address, so that no 100,000 of them fill the memory."""

STEPS = 750_000
"""Work of one expansion: two a step, one a name or eight characters that an expression reads."""

_ERRORS = 100


class Allowance:
    """What one elaboration has spent; refuses to go on past the limits."""

    __slots__ = ("errors", "failures", "left", "seen")

    def __init__(self) -> None:
        self.left = STEPS
        self.errors: list[ArchcalcError] = []
        self.seen: set[tuple[str, str]] = set()
        self.failures = 0

    def report(self, error: ArchcalcError) -> None:
        """Keep one error of each place and text: a block may be used many times."""
        self.failures += len(error.errors)
        for single in error.errors:
            key = (str(single.place), single.what if single.layer is None else "")
            if key not in self.seen:
                self.seen.add(key)
                self.errors.append(single)
        if len(self.errors) >= _ERRORS or self.failures >= 10 * _ERRORS:
            last = self.errors[-1]
            count = len(self.errors)
            last.notes = (*last.notes, f"the search ends after {count} errors" if count > 1 else "the search ends here")
            raise SpecErrors(self.errors)

    def spend(self, steps: int, place: Place) -> None:
        """Count work done, so that what makes no layers ends too. Raises SpecErrors past the limit."""
        self.left -= steps
        if self.left < 0:
            what = f"to expand the spec takes more than {STEPS:,} steps, the limit"
            error = SpecError(what, help="make the repeats smaller, or their conditions simpler")
            raise SpecErrors([*self.errors, error.at(place)])

    def refuse_size(self, place: Place) -> NoReturn:
        """The spec expands to too much."""
        raise SpecErrors([*self.errors, _too_many_layers(place)])


def refuse_expansion(document: Document, params: Mapping[str, Any]) -> None:
    """Refuse at once what would certainly expand to more than 100,000 layers. Raises SpecErrors."""
    counts: dict[int, int] = {}
    for block in document.blocks.values():  # a block stands after those it calls
        counts[id(block)] = _least(block.body, counts, params, {argument.name for argument in block.arguments})
    total = 0
    for step in document.layers.steps:
        total += _least_of_step(step, counts, params, set())
        if total > LAYERS:
            raise SpecErrors([*document.errors, _too_many_layers(step.place)])


def refuse_depth(path: str, place: Place) -> None:
    """Refuse an address that is nested too deep, or too long. Raises SpecErrors."""
    if path.count(".") >= NESTING:
        error = SpecError(f"groups stand more than {NESTING} deep in groups, the limit", help="flatten the nesting")
        raise SpecErrors([error.at(place)])
    if len(path) > ADDRESS:
        error = SpecError(f"the address of a group has more than {ADDRESS:,} characters, the limit")
        raise SpecErrors([error.at(place)])


def refuse_shape(shape: Shape) -> None:
    """Refuse a map that no machine could hold. Raises ShapeError."""
    if shape.elements > LARGEST:
        raise ShapeError("its output holds more than 10^15 values, the limit", help="make its sizes smaller")


def _too_many_layers(place: Place) -> SpecError:
    help = "make the repeats smaller"
    return SpecError(f"the spec expands to more than {LAYERS:,} layers, the limit", help=help).at(place)


def _least(body: Body, counts: Mapping[int, int], params: Mapping[str, Any], hidden: set[str]) -> int:
    """Layers that a body makes at the least."""
    if isinstance(body, Call):
        return counts.get(id(body.target), 0) if isinstance(body.target, Block) else 1
    if isinstance(body, Chain | Branches):
        return sum(_least_of_step(step, counts, params, hidden) for step in body.steps)
    return 0


def _least_of_step(step: Step, counts: Mapping[int, int], params: Mapping[str, Any], hidden: set[str]) -> int:
    if step.when is not None:
        return 0
    count = _least(step.body, counts, params, hidden)
    if step.repeat is None:
        return count
    expression = step.repeat.expression
    if not expression.names <= params.keys() - hidden:  # an argument of the block, or the size of a layer
        return 0
    try:
        times = expression.evaluate(params.__getitem__)
    except SpecError:
        return 0
    return count * times if isinstance(times, int) and 0 <= times <= REPEAT else 0

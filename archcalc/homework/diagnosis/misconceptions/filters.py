"""Misconceptions about the shape of one filter: how deep it is, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import partial
from itertools import permutations

from archcalc.errors import ArchcalcError
from archcalc.homework.asking.question import Question
from archcalc.homework.diagnosis.effects import told
from archcalc.homework.diagnosis.misconceptions.mistake import Altered, Candidate, LayerPlace, Mistake
from archcalc.homework.diagnosis.misconceptions.parameters import PARAMETERS
from archcalc.layers.base import Weights


def _unaltered(_place: LayerPlace) -> Iterator[Altered]:
    """No layer: another part of the same one is given."""
    yield from ()


_AS_DEPTH = Mistake(
    "par.filters_as_depth", "A filter is as deep as its input; {Co} is how many filters there are.", _unaltered
)
_ALL = Mistake("par.all_filters", "Those are all {Co} filters; one is asked for.", _unaltered)


def filter_candidates(question: Question) -> Iterator[Candidate]:
    """What answers about the shape of a filter could be."""
    index = next(index for index in question.indices if _filters(question.graph.nodes[index].weights))
    place = LayerPlace(question.graph, index)
    filters = _filters(place.node.weights)
    own = (filters[0], *filters[2:])
    seen = [(_AS_DEPTH, own, {}), (_ALL, filters, {}), *_seen_otherwise(place)]
    for mistake, shape, letters in seen:
        for ordered in (shape, (*shape[1:], shape[0]), (*shape[2:], *shape[1::-1])):  # channels first, and last
            feedback = partial(told, question, mistake, index, letters)
            yield Candidate(_value(ordered), mistake.id, (place.title,), "one", feedback)
    wanted = f"Right numbers, other order: this sheet wants {', '.join(question.layout)}."
    for mixed in permutations(filters[1:]):
        yield Candidate(_value(mixed), "out.layout", (), "one", wanted, True)


def _seen_otherwise(place: LayerPlace) -> Iterator[tuple[Mistake, tuple[int, ...], Mapping[str, str]]]:
    """The filter of the layer as each misconception about its params has it."""
    for mistake in PARAMETERS:
        for altered in mistake.alter(place):
            try:
                filters = _filters(altered.layer.weights(*place.node.input_shapes))
            except ArchcalcError:
                continue
            right = _filters(place.node.weights)
            if len(filters) == len(right) and filters[1:] != right[1:]:
                yield mistake, filters[1:], altered.letters


def _filters(weights: Weights) -> tuple[int, ...]:
    """Filters, channels that each reads, kernel; nothing where a layer has no filter."""
    shape = weights["weight"].shape if "weight" in weights else ()
    return tuple(shape) if len(shape) > 2 else ()


def _value(shape: tuple[int, ...]) -> tuple[Fraction, ...]:
    return tuple(map(Fraction, shape))

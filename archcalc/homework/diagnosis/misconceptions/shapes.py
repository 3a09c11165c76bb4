"""Misconceptions about a shape as a whole: its order, the layer it belongs to, the input of the net."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations

from archcalc.core import Shape, Window
from archcalc.core.record import replace
from archcalc.errors import ArchcalcError
from archcalc.homework.asking.question import Question
from archcalc.homework.diagnosis.misconceptions.mistake import Candidate, LayerPlace, Value, filled, letters_of
from archcalc.homework.diagnosis.worlds import figure

OTHER_SIDES = {227: (224,), 224: (227, 256), 32: (28,), 28: (32,), 299: (224,), 256: (224,), 231: (224, 227)}
"""Sides of images that are mistaken for each other."""
FRACTIONAL = "A size must be a whole number: take the floor of the division."


def shape_candidates(question: Question) -> Iterator[Candidate]:
    """What answers about a shape or one of its axes could be."""
    yield from _fractional(question)
    yield from _other_input(question)
    if question.asks_shape:
        yield from _reordered(question)
    yield from _one_layer_off(question)


def as_value(found: object) -> Value:
    """A figure as candidates hold it."""
    if isinstance(found, tuple):
        return tuple(Fraction(size) for size in found)
    assert isinstance(found, int | Fraction)
    return Fraction(found)


def _fractional(question: Question) -> Iterator[Candidate]:
    """The division by the stride left as a fraction, at the last layer that slides."""
    places = [LayerPlace(question.graph, index) for index in question.indices]
    sliding = [place for place in places if place.slides]
    if not sliding or question.part is None:
        return
    place = sliding[-1]
    sizes = [_unrounded(w, n) for w, n in zip(place.layer.windows(place.x), place.x.spatial, strict=True)]
    shape = (Fraction(place.y.channels), *sizes)
    whole: dict[str, Value] = {"out": shape, "out.h": sizes[-2:][0], "out.w": sizes[-1]}
    if question.word in whole:
        yield Candidate(whole[question.word], "out.fractional", (place.title,), "one", FRACTIONAL)


def _unrounded(window: object, length: int) -> Fraction:
    """(W + P - K_eff)/s + 1: what stride 1 gives, its steps divided by the stride."""
    assert isinstance(window, Window)
    dense = replace(window, stride=1, ceil_mode=False)
    return Fraction(dense.output(length) - 1, window.stride) + 1


def _other_input(question: Question) -> Iterator[Candidate]:
    """The image of another net."""
    for name, shape in question.graph.inputs:
        sides = {other for side in shape.spatial for other in OTHER_SIDES.get(side, ())}
        for side in sides:
            other = Shape((shape.channels, *(side for _ in shape.spatial)))
            try:
                found = figure(question.network.otherwise(inputs={name: other}), question.subject)
            except ArchcalcError:
                continue
            feedback = f"Check the input: this spec starts from {'x'.join(map(str, shape.spatial))}."
            yield Candidate(as_value(found), "out.input_wrong", (), "net", feedback)
            if question.part is not None:
                yield from _fractional_too(question, other, name, feedback)


def _fractional_too(question: Question, image: Shape, name: str, feedback: str) -> Iterator[Candidate]:
    """The other image, and the division left as a fraction: (224 - 11)/4 + 1."""
    graph = question.network.otherwise(inputs={name: image})
    elsewhere = replace(question, network=replace(question.network, graph=graph))
    for candidate in _fractional(elsewhere):
        yield Candidate(candidate.value, "out.input_wrong", (), "net", feedback)


def _reordered(question: Question) -> Iterator[Candidate]:
    actual = tuple(map(Fraction, question.actual))  # type: ignore[arg-type]
    last = (*actual[1:], actual[0]) if question.layout == "CHW" else (actual[-1], *actual[:-1])
    wanted = ", ".join(question.layout)
    if len(actual) > 1:
        yield Candidate(last, "out.layout", (), "one", f"Right numbers, other order: this sheet wants {wanted}.", True)
    if len(actual) == 3:
        swapped = (actual[0], actual[2], actual[1])
        for order in (swapped, (actual[2], actual[1], actual[0])):
            yield Candidate(order, "out.hw_swapped", (), "one", "Height and width are exchanged.")
    for mixed in permutations(actual):
        feedback = f"Right numbers, other order: this sheet wants {wanted}."
        yield Candidate(mixed, "out.layout", (), "one", feedback, True)


def _one_layer_off(question: Question) -> Iterator[Candidate]:
    """The figure of the layer before or after."""
    if question.part is None or not question.indices:
        return
    first, last = LayerPlace(question.graph, question.indices[0]), LayerPlace(question.graph, question.indices[-1])
    near = [place for place in (first.before(), *last.readers()) if place is not None]
    skipped = [p for place in near for p in (place.before(), *place.readers()) if p is not None]
    for place in (*near, *skipped):
        if place.index in question.indices or place.y == last.y:
            continue
        try:
            found = figure(question.graph, f"{place.node.name}.{question.word}")
        except ArchcalcError:
            continue
        feedback = filled("That is the figure of {layer}, one layer away.", letters_of(place))
        yield Candidate(as_value(found), "out.one_layer_off", (place.title,), "one", feedback)

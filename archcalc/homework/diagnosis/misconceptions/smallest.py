"""Misconceptions about the smallest image that a network takes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from archcalc.core import Shape
from archcalc.errors import ArchcalcError, SpecError
from archcalc.graph.rerun import altered
from archcalc.homework.asking.question import Question
from archcalc.homework.diagnosis.misconceptions.mistake import Candidate, LayerPlace, Mistake, filled
from archcalc.homework.diagnosis.misconceptions.output import OUTPUT
from archcalc.layers import Layer

GOING_BACK = ("out.pad_ignored", "out.pad_once", "out.no_plus1", "out.ceil", "out.dil_ignored")
"""Mistakes that are made, too, where sizes are worked out from the last layer back to the image."""

MOST_LAYERS = 20_000
"""Layers that are tried on images of growing size, all together."""


def smallest_candidates(question: Question) -> Iterator[Candidate]:
    """What answers could be: a pixel less, or the smallest image under another rule."""
    assert isinstance(question.actual, Fraction)
    side = int(question.actual)
    refusal = _refusal(question, side - 1) if side > 1 else ""
    if refusal:
        yield Candidate(Fraction(side - 1), "out.min_input", (), "net", f"One pixel too small: {refusal}.")
    for mistake in OUTPUT:
        if mistake.id in GOING_BACK:
            yield from _under(question, mistake)


def _refusal(question: Question, side: int) -> str:
    """What does not fit on an image of this side."""
    images = {name: Shape((s.channels, *(side for _ in s.spatial))) for name, s in question.graph.inputs if s.spatial}
    try:
        question.network.otherwise(inputs=images)
    except SpecError as error:
        return error.errors[0].what
    return ""


def _under(question: Question, mistake: Mistake) -> Iterator[Candidate]:
    graph = question.graph
    changes: dict[int, Layer] = {}
    for index in range(len(graph.nodes)):
        for seen in mistake.alter(LayerPlace(graph, index)):
            changes[index] = seen.layer
    most = min(2 * max(graph.inputs[0][1].spatial), MOST_LAYERS // len(graph.nodes)) if changes else 0
    for side in range(1, most + 1):
        images = {name: Shape((s.channels, *(side for _ in s.spatial))) for name, s in graph.inputs if s.spatial}
        try:
            altered(graph, changes, images)
        except (ArchcalcError, ZeroDivisionError):
            continue
        yield Candidate(Fraction(side), mistake.id, (), "net", filled(mistake.feedback, {}))
        return

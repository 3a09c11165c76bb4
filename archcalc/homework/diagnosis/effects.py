"""What each misconception makes of each layer that a sum is about, and what a student is told about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, cached_property

from archcalc.core import Shape
from archcalc.core.record import record, replace
from archcalc.errors import ArchcalcError
from archcalc.graph.rerun import with_layer
from archcalc.homework.asking.question import Question
from archcalc.homework.diagnosis.misconceptions.mistake import LETTERS, LayerPlace, Mistake, filled, letters_of
from archcalc.homework.diagnosis.worlds import Changed, count_of
from archcalc.layers import Layer

NO_WORLD = (ArchcalcError, ZeroDivisionError)
"""What an altered world raises that does not fit together."""


@record
class Effect:
    """What one way of one misconception makes of one layer."""

    mistake: Mistake
    index: int
    way: int
    count: int
    """The layer's figure under the misconception."""
    letters: Mapping[str, str]
    layer: Layer
    """The layer as the student sees it."""
    change: int
    """How much the count is more than the right one."""


class Effects:
    """Every misconception on every layer of a question where it changes the count."""

    def __init__(self, question: Question, mistakes: Sequence[Mistake]) -> None:
        self.question = question
        self.mistakes = mistakes

    @cached_property
    def counts(self) -> dict[int, int]:
        """What each layer adds to the figure, layers that add nothing left out."""
        question = self.question
        if not question.adds_up:
            return {}
        counted = {index: count_of(question.graph.nodes[index], question.word) for index in question.indices}
        return {index: count for index, count in counted.items() if count}

    @cached_property
    def all(self) -> list[Effect]:
        return [effect for mistake in self.mistakes for effect in self._of(mistake)]

    @cached_property
    def ways(self) -> list[list[Effect]]:
        """The effects of one way of one misconception each, the likelier first."""
        groups: dict[tuple[str, int], list[Effect]] = {}
        for effect in self.all:
            groups.setdefault((effect.mistake.id, effect.way), []).append(effect)
        return list(groups.values())

    def both(self, first: Effect, second: Effect) -> int | None:
        """The count of a layer under two misconceptions at once; None where they do not go together."""
        index = first.index
        for a, b in ((first, second), (second, first)):
            layer = self._composed(a, b)
            if layer is not None:
                return self.count(index, layer)
        return None

    def count(self, index: int, layer: Layer) -> int | None:
        """What the layer would add to the figure; None where it does not fit its place."""
        try:
            return count_of(with_layer(self.question.graph.nodes[index], layer), self.question.word)
        except NO_WORLD:
            return None

    def _of(self, mistake: Mistake) -> list[Effect]:
        found = []
        for index in self.question.indices:
            right = self.counts.get(index, 0)
            for way, altered in enumerate(mistake.alter(LayerPlace(self.question.graph, index))):
                count = self.count(index, altered.layer)
                if count is not None and count != right:
                    found.append(Effect(mistake, index, way, count, altered.letters, altered.layer, count - right))
        return found

    def _composed(self, a: Effect, b: Effect) -> Layer | None:
        """The second misconception about the layer as the first one leaves it."""
        graph = self.question.graph
        node = graph.nodes[a.index]
        if isinstance(a.layer, Changed):
            over = isinstance(b.layer, Changed) and b.layer.base == node.layer
            return replace(b.layer, base=a.layer) if over else None
        nodes = (*graph.nodes[: a.index], with_layer(node, a.layer), *graph.nodes[a.index + 1 :])
        there = LayerPlace(replace(graph, nodes=nodes), a.index)
        return next((x.layer for way, x in enumerate(b.mistake.alter(there)) if way == b.way), None)


def told(question: Question, mistake: Mistake, index: int, letters: Mapping[str, str] | None) -> str:
    """The feedback at one layer (or, without letters, at several), the right answer never in it."""
    mentioned = _mentioned(mistake.feedback)
    if letters is None or not mentioned:
        return filled(mistake.feedback, {})
    actual = question.actual
    secret = set(map(str, actual)) if isinstance(actual, Shape) else {str(actual)}
    known = {**letters_of(LayerPlace(question.graph, index)), **letters}
    return filled(mistake.feedback, {key: _kept(key, known[key], secret) for key in mentioned if key in known})


@cache
def _mentioned(feedback: str) -> tuple[str, ...]:
    """The letters of a feedback that are filled in."""
    return tuple(dict.fromkeys(re.findall(r"{(\w+)}", feedback)))


def _kept(letter: str, text: str, secret: set[str]) -> str:
    """What stands for a letter: the letter itself where its number would tell the answer."""
    tells = letter not in _NAMES and not secret.isdisjoint(re.findall("[0-9]+", text))
    return LETTERS.get(letter, letter) if tells else text


_NAMES = ("layer", "other")
"""Letters that stand for names of layers."""

"""The catalogue over one question: every value that a misconception would give, and who gives which.

Made once for a question and asked for every sheet. Scopes: on one layer, all layers, one family of layers, all but
one, and the same misconception on two layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import TypeVar

from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import ArchcalcError
from archcalc.graph.graph import Group
from archcalc.homework.misconceptions.catalogue import (
    LETTERS,
    Candidate,
    Mistake,
    Place,
    Value,
    filled,
    letters_of,
)
from archcalc.homework.misconceptions.operations import OPERATIONS
from archcalc.homework.misconceptions.output import OUTPUT, SLIDING
from archcalc.homework.misconceptions.parameters import PARAMETERS
from archcalc.homework.misconceptions.receptive import field_candidates
from archcalc.homework.misconceptions.shapes import shape_candidates
from archcalc.homework.misconceptions.totals import family_of, total_candidates
from archcalc.homework.question import Question
from archcalc.homework.worlds import count_of, figure, rerun
from archcalc.layers import Layer

Item = TypeVar("Item")

SIZE_WORDS = ("out", "out.c", "out.h", "out.w", "elements")
FIELD_WORDS = ("rf", "rf.h", "rf.w", "rf.max", "rf.min")
_BY_WORD: dict[str, tuple[Mistake, ...]] = {
    **dict.fromkeys(("params", "trainable_params", "weights", "weight_bytes"), PARAMETERS),
    **dict.fromkeys(("macs", "flops"), OPERATIONS),
}

MOST_LAYERS_ONE_BY_ONE = 64
"""Nets with more layers that slide are altered as a whole only."""

SHOWN = 6
"""Misconceptions that one answer is said to come from, at most."""

_RANKS = {"all": 0, "one": 1, "conv": 2, "fc": 2, "pool": 2, "norm": 2, "net": 3, "but": 4, "resized": 4, "pair": 5}


@record
class Effect:
    """What one way of one misconception makes of one layer."""

    mistake: Mistake
    index: int
    way: int
    count: int
    """The layer's figure under the misconception."""
    letters: Mapping[str, str]


class Catalogue:
    """All candidates of one question."""

    def __init__(self, question: Question) -> None:
        self.question = question

    def explain(self, value: Value) -> list[Candidate]:
        """The misconceptions that give this value, the likelier first; each named once."""
        found = self.by_value.get(value, [])
        best = min((_RANKS.get(candidate.scope, 3) for candidate in found), default=0)
        likely = [c for c in found if _RANKS.get(c.scope, 3) <= max(best, 3)]
        return each_once(likely, lambda candidate: candidate.id)[:SHOWN]

    def inside(self, least: Fraction, limit: Fraction) -> bool:
        """Whether a simple misconception gives a value from `least` up to `limit`."""
        return any(
            isinstance(value, Fraction) and least <= value < limit and any(_RANKS.get(c.scope, 3) < 4 for c in found)
            for value, found in self.by_value.items()
        )

    @cached_property
    def by_value(self) -> dict[Value, list[Candidate]]:
        """Each value that is not the right one -> its candidates, the likelier first."""
        actual = self.question.actual
        right = tuple(map(Fraction, actual)) if isinstance(actual, Shape) else actual
        found: dict[Value, list[Candidate]] = {}
        ranked = sorted(self._candidates(), key=lambda candidate: _RANKS.get(candidate.scope, 3))
        for candidate in ranked:
            if candidate.value != right:
                found.setdefault(candidate.value, []).append(candidate)
        return found

    @cached_property
    def counts(self) -> dict[int, int]:
        """What each layer adds to the figure, layers that add nothing left out."""
        question = self.question
        counted = {}
        for index in question.indices if question.adds_up else ():
            node = question.graph.nodes[index]
            counted[index] = count_of(question.graph, node, node.layer, question.word)
        return {index: count for index, count in counted.items() if count}

    @cached_property
    def effects(self) -> list[Effect]:
        """Every misconception on every layer where it changes the count."""
        return [effect for mistake in _BY_WORD.get(self.question.word, ()) for effect in self._effects(mistake)]

    def _candidates(self) -> Iterator[Candidate]:
        question = self.question
        if question.adds_up:
            yield from self._sums()
            yield from total_candidates(question, self.counts)
            yield from self._resized() if self._depends_on_sizes() else ()
        elif question.word in SIZE_WORDS:
            yield from self._resized()
            yield from shape_candidates(question)
        elif question.word in FIELD_WORDS and question.part is not None:
            yield from field_candidates(question)

    def _effects(self, mistake: Mistake) -> Iterator[Effect]:
        question = self.question
        for index in question.indices:
            place = Place(question.graph, index)
            for way, altered in enumerate(mistake.alter(place)):
                count = self._count(index, altered.layer)
                if count is not None and count != self.counts.get(index, 0):
                    yield Effect(mistake, index, way, count, altered.letters)

    def _count(self, index: int, layer: Layer) -> int | None:
        """What the layer would add to the figure; None where it does not fit its place."""
        graph = self.question.graph
        try:
            return count_of(graph, graph.nodes[index], layer, self.question.word)
        except _NO_WORLD:
            return None

    def _sums(self) -> Iterator[Candidate]:
        """The sum over the layers with one misconception in some of them."""
        groups: dict[tuple[str, int], list[Effect]] = {}
        for effect in self.effects:
            groups.setdefault((effect.mistake.id, effect.way), []).append(effect)
        for effects in groups.values():
            if len(effects) > 1:
                yield self._sum(effects, "all")
                yield from self._by_family(effects)
                yield from self._all_but_one(effects)
            yield from (self._sum([effect], "one") for effect in effects)
            if len(effects) <= MOST_LAYERS_ONE_BY_ONE:
                yield from (self._sum(pair, "pair") for pair in combinations(effects, 2) if len(effects) > 2)

    def _by_family(self, effects: list[Effect]) -> Iterator[Candidate]:
        families: dict[str, list[Effect]] = {}
        for effect in effects:
            families.setdefault(family_of(self.question.graph.nodes[effect.index].layer.kind), []).append(effect)
        for family, inside in families.items():
            if 1 < len(inside) < len(effects):
                yield self._sum(inside, family)

    def _all_but_one(self, effects: list[Effect]) -> Iterator[Candidate]:
        if len(effects) > 2:
            for left_out in effects:
                yield self._sum([effect for effect in effects if effect is not left_out], "but")

    def _sum(self, effects: Iterable[Effect], scope: str) -> Candidate:
        chosen = list(effects)
        total = sum(self.counts.values()) + sum(e.count - self.counts.get(e.index, 0) for e in chosen)
        titles = tuple(dict.fromkeys(Place(self.question.graph, effect.index).title for effect in chosen))
        mistake = chosen[0].mistake
        feedback = self.told(mistake, chosen[0].index, chosen[0].letters if len(chosen) == 1 else None)
        return Candidate(Fraction(total), mistake.id, titles, scope, feedback, mistake.convention)

    def told(self, mistake: Mistake, index: int, letters: Mapping[str, str] | None) -> str:
        """The feedback at one layer (or, without letters, at several), the right answer never in it."""
        if letters is None:
            return filled(mistake.feedback, {})
        actual = self.question.actual
        secret = set(map(str, actual)) if isinstance(actual, Shape) else {str(actual)}
        known = {**letters_of(Place(self.question.graph, index)), **letters}
        return filled(
            mistake.feedback, {key: LETTERS.get(key, key) if text in secret else text for key, text in known.items()}
        )

    def _resized(self) -> Iterator[Candidate]:
        """Misconceptions about sizes: at one layer, the nearest first, or at all; with what follows from them."""
        sliding = [i for i in self._reaching() if self.question.graph.nodes[i].layer.kind in _RESIZABLE]
        for mistake in OUTPUT:
            ways: dict[int, dict[int, Layer]] = {}
            for index in reversed(sliding):
                for way, altered in enumerate(mistake.alter(Place(self.question.graph, index))):
                    ways.setdefault(way, {})[index] = altered.layer
            for changes in ways.values():
                if len(changes) > 1:
                    yield from self._world(mistake, changes, "all")
                for index in changes if len(changes) <= MOST_LAYERS_ONE_BY_ONE else ():
                    yield from self._world(mistake, {index: changes[index]}, "one")

    def _depends_on_sizes(self) -> bool:
        """Whether another size of a map changes the sum: operations always, params behind a flatten."""
        question = self.question
        return question.word in _PER_POSITION or any(node.layer.kind == "linear" for node in question.nodes)

    def _world(self, mistake: Mistake, changes: dict[int, Layer], scope: str) -> Iterator[Candidate]:
        try:
            value = self._figure(changes)
        except _NO_WORLD:
            return
        own = set(self.question.indices)
        index = next(iter(changes))
        rank = scope if scope == "one" and index in own and not self.question.adds_up else "resized"
        titles = tuple(Place(self.question.graph, i).title for i in sorted(changes)) if scope == "one" else ()
        feedback = self.told(mistake, index, {} if scope == "one" else None)
        yield Candidate(value, mistake.id, titles, rank, feedback, mistake.convention)

    def _figure(self, changes: dict[int, Layer]) -> Value:
        question = self.question
        if question.word in SIZE_WORDS:
            shape = rerun(question.graph, changes, upto=self._last()).value_shape(self._value())
            return _axis_of(shape, question.word)
        found = figure(rerun(question.graph, changes), question.subject)
        return Fraction(found)

    def _value(self) -> int:
        """The value whose shape is asked for."""
        question = self.question
        if question.part is None:
            return question.graph.outputs[0]
        return question.part.output if isinstance(question.part, Group) else question.graph.values[question.part.name]

    def _last(self) -> int:
        return max(0, self._value() - len(self.question.graph.inputs))

    def _reaching(self) -> list[int]:
        """The layers that the question's shape or sum can depend on, in order."""
        graph, inputs = self.question.graph, len(self.question.graph.inputs)
        summed = self.question.indices if self.question.adds_up else (self._value() - inputs,)
        reached = {index + inputs for index in summed}
        found = []
        for index in range(len(graph.nodes) - 1, -1, -1):
            if index + inputs in reached:
                reached.update(graph.nodes[index].inputs)
                found.append(index)
        return found[::-1]


def each_once(items: Iterable[Item], name: Callable[[Item], str]) -> list[Item]:
    """The first of each name, in order."""
    found: dict[str, Item] = {}
    for item in items:
        found.setdefault(name(item), item)
    return list(found.values())


_NO_WORLD = (ArchcalcError, ZeroDivisionError)
"""What an altered world raises that does not fit together."""

_PER_POSITION = frozenset({"macs", "flops", "connections", "neurons"})
_RESIZABLE = SLIDING | {"conv_transpose", "concat", "add"}


def _axis_of(shape: Shape, word: str) -> Value:
    sizes = tuple(Fraction(size) for size in shape)
    if word == "out":
        return sizes
    if word == "elements":
        return Fraction(shape.elements)
    return {"out.c": sizes[0], "out.h": sizes[-2:][0], "out.w": sizes[-1]}[word]

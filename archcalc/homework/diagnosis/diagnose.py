"""The catalogue over one question: every value that a misconception would give, and who gives which.

Made once for a question and asked for every sheet. Scopes: on one layer, all layers, one family of layers, all but
one, the same misconception on two layers; then two different misconceptions at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeVar

from archcalc.analysis import quantities
from archcalc.analysis.quantities import MEASURES, sorted_as
from archcalc.core import Shape
from archcalc.core.record import replace
from archcalc.homework.asking.question import Question
from archcalc.homework.diagnosis.effects import Effect, Effects, told
from archcalc.homework.diagnosis.misconceptions.filters import filter_candidates
from archcalc.homework.diagnosis.misconceptions.memory import PEAK, memory_candidates
from archcalc.homework.diagnosis.misconceptions.mistake import Candidate, LayerPlace, Mistake, Value
from archcalc.homework.diagnosis.misconceptions.operations import OPERATIONS
from archcalc.homework.diagnosis.misconceptions.parameters import PARAMETERS
from archcalc.homework.diagnosis.misconceptions.ratios import ratio_candidates
from archcalc.homework.diagnosis.misconceptions.receptive import field_candidates
from archcalc.homework.diagnosis.misconceptions.shapes import shape_candidates
from archcalc.homework.diagnosis.misconceptions.smallest import smallest_candidates
from archcalc.homework.diagnosis.misconceptions.totals import total_candidates
from archcalc.homework.diagnosis.others import Others
from archcalc.homework.diagnosis.resized import SIZE_WORDS, Resized
from archcalc.homework.diagnosis.sums import Sums
from archcalc.layers.traits import LINEAR

Item = TypeVar("Item")
Convention = TypeVar("Convention", Mistake, Candidate)

FIELD_WORDS = tuple(word for word in sorted_as(quantities.FIELD) if word.startswith("rf"))
_BY_WORD: dict[str, tuple[Mistake, ...]] = {
    **dict.fromkeys(sorted_as(quantities.LEARNED), PARAMETERS),
    **dict.fromkeys(sorted_as(quantities.OPERATIONS), OPERATIONS),
}

FINEST = 100
"""A rounded number that may stand for more than one part in so many could be any misconception's."""

SHOWN = 6
"""Misconceptions that one answer is said to come from, at most."""

MOST_REMEMBERED = 512
"""Answers to one question, and what else follows from it, that are worked out once for all sheets."""

_RANKS = {"all": 0, "one": 1, "conv": 2, "fc": 2, "pool": 2, "norm": 2, "net": 3, "but": 4, "resized": 4, "pair": 5}
_OTHER_RANK = 3


class Catalogue:
    """All candidates of one question."""

    def __init__(self, question: Question, pinned: Collection[str] = ()) -> None:
        """Of the accepted conventions those that are `pinned` earn nothing: the course has agreed on others."""
        self.question = question
        self._pinned = pinned
        self._effects = Effects(question, [self._by_course(one) for one in _BY_WORD.get(question.word, ())])
        self._memory: dict[object, Any] = {}

    def explain(self, value: Value) -> list[Candidate]:
        """The misconceptions that give this value, the likelier first; each named once.

        Where no single one does, the likeliest two that give it together.
        """
        found = self.by_value.get(value, [])
        if not found:
            return [self.couples[value]] if value in self.couples else []
        if found[0].accepted:
            return [found[0]]
        best = min(map(_rank, found))
        likely = [candidate for candidate in found if _rank(candidate) <= max(best, _OTHER_RANK)]
        return each_once(likely, lambda candidate: candidate.id)[:SHOWN]

    @cached_property
    def accepted(self) -> dict[Value, Candidate]:
        """Each value that is right under a convention as good as the engine's own -> that convention."""
        return {value: found[0] for value, found in self.by_value.items() if found[0].accepted}

    @cached_property
    def others(self) -> Others:
        """The numbers of other networks."""
        return Others(self.question)

    def near(self, least: Fraction, limit: Fraction) -> list[Candidate]:
        """The simple misconceptions whose value a number stands for where it is written finely enough."""
        return [] if abs(limit - least) * FINEST > abs(least) else self.inside(least, limit)

    def inside(self, least: Fraction, limit: Fraction) -> list[Candidate]:
        """The simple misconceptions that give a value from `least` up to `limit`, the likelier first; none accepted."""
        found = [
            candidate
            for value, candidates in self.by_value.items()
            if isinstance(value, Fraction) and least <= value < limit
            for candidate in candidates
            if _rank(candidate) <= _OTHER_RANK and not candidate.accepted
        ]
        return each_once(sorted(found, key=_rank), lambda candidate: candidate.id)[:SHOWN]

    @cached_property
    def by_value(self) -> dict[Value, list[Candidate]]:
        """Each value that is not the right one -> its candidates, the likelier first; one misconception each."""
        right = self._right
        found: dict[Value, list[Candidate]] = {}
        ordered = sorted(self._candidates(), key=_rank)  # what would be accepted stays before all mistakes
        for candidate in map(self._by_course, ordered):
            if candidate.value != right:
                found.setdefault(candidate.value, []).append(candidate)
        return found

    @cached_property
    def couples(self) -> dict[Value, Candidate]:
        """Each value that two misconceptions give together, and none alone -> the likeliest two."""
        found: dict[Value, Candidate] = {}
        for couple in Sums(self._effects).couples() if self.question.adds_up else ():
            if couple.value != self._right and couple.value not in self.by_value:
                found.setdefault(couple.value, couple)
        return found

    def remembered(self, key: tuple[object, ...], make: Callable[[], Item]) -> Item:
        """What `make` makes; of all sheets that come to the same key, it is made for the first."""
        if key not in self._memory:
            if len(self._memory) >= MOST_REMEMBERED:
                self._memory.clear()
            self._memory[key] = make()
        found: Item = self._memory[key]
        return found

    def blind(self) -> tuple[str, ...]:
        """The misconceptions that concern this question and give its right value all the same."""
        question = self.question
        telling = {candidate.id for found in self.by_value.values() for candidate in found}
        ids = [
            candidate.id
            for candidate in self._candidates()
            if candidate.value == self._right and not candidate.accepted
        ]
        for mistake in self._effects.mistakes:
            if any(any(mistake.alter(LayerPlace(question.graph, index))) for index in question.indices):
                ids.append(mistake.id)
        return tuple(dict.fromkeys(id for id in ids if id not in telling))

    @property
    def counts(self) -> dict[int, int]:
        """What each layer adds to the figure, layers that add nothing left out."""
        return self._effects.counts

    @property
    def effects(self) -> list[Effect]:
        """Every misconception on every layer where it changes the count."""
        return self._effects.all

    def told(self, mistake: Mistake, index: int, letters: Mapping[str, str] | None) -> str:
        """The feedback at one layer (or, without letters, at several), the right answer never in it."""
        return told(self.question, mistake, index, letters)

    @cached_property
    def _right(self) -> Value:
        actual = self.question.actual
        return tuple(map(Fraction, actual)) if isinstance(actual, Shape) else actual

    def _candidates(self) -> Iterator[Candidate]:
        question = self.question
        if question.adds_up:
            yield from Sums(self._effects).candidates()
            yield from total_candidates(question, self.counts)
            yield from memory_candidates(question)
            yield from Resized(question, self.counts).candidates() if self._depends_on_sizes() else ()
        elif question.word == "filter":
            yield from filter_candidates(question)
        elif question.word in SIZE_WORDS:
            yield from Resized(question, {}).candidates()
            yield from shape_candidates(question)
        elif question.word in FIELD_WORDS and question.part is not None:
            yield from field_candidates(question)
        elif question.word == PEAK:
            yield from memory_candidates(question)
        elif question.word == "min_input":
            yield from smallest_candidates(question)
        elif question.word == "ratio":
            above, below = question.parts
            yield from ratio_candidates(question, Catalogue(above).by_value, Catalogue(below).by_value)

    def _by_course(self, one: Convention) -> Convention:
        return replace(one, accepted=False) if one.accepted and one.id in self._pinned else one

    def _depends_on_sizes(self) -> bool:
        """Whether another size of a map changes the sum: operations always, params behind a flatten."""
        question = self.question
        row = MEASURES.get(question.word)
        return (row is not None and row.per_position) or any(
            node.layer.traits.family == LINEAR for node in question.nodes
        )


def each_once(items: Iterable[Item], name: Callable[[Item], str]) -> list[Item]:
    """The first of each name, in order."""
    found: dict[str, Item] = {}
    for item in items:
        found.setdefault(name(item), item)
    return list(found.values())


def _rank(candidate: Candidate) -> int:
    return -1 if candidate.accepted else _RANKS.get(candidate.scope, _OTHER_RANK)

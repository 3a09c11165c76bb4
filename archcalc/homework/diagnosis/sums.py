"""Sums over layers with misconceptions in some of them: in one, all, one family, all but one, two, and two at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property, partial
from itertools import combinations, islice

from archcalc.core.record import replace
from archcalc.homework.diagnosis.effects import Effect, Effects, told
from archcalc.homework.diagnosis.misconceptions.mistake import Candidate, LayerPlace
from archcalc.homework.diagnosis.misconceptions.totals import family_of

MOST_LAYERS_ONE_BY_ONE = 64
"""Nets with more layers that a misconception concerns are altered as a whole, or one layer at a time."""

MOST_COUPLES = 20_000

LEAST_OF_COUPLES = 1000
"""Smaller totals are explained by one misconception or not at all: by two, any number can be."""


NEVER_COUPLED = frozenset({"par.other_kernel", "par.lenet_paper", "par.relu_counted"})
"""Misconceptions with so many values that with a second one they would explain any number near the right one."""


class Sums:
    """What the sum would be."""

    def __init__(self, effects: Effects) -> None:
        self.effects = effects
        self.question = effects.question
        self.total = sum(effects.counts.values())

    def candidates(self) -> Iterator[Candidate]:
        """The sums with one misconception in some of the layers."""
        for effects in self.effects.ways:
            if len(effects) > 1:
                yield self._sum(effects, "all", accepted=True)
                yield from self._by_family(effects)
                yield from self._all_but_one(effects)
            for effect in effects:
                yield self._sum([effect], "one", accepted=len(effects) == 1)
            if 2 < len(effects) <= MOST_LAYERS_ONE_BY_ONE:
                yield from (self._sum(pair, "pair") for pair in combinations(effects, 2))

    def couples(self) -> Iterator[Candidate]:
        """The sums with two misconceptions in all layers that they concern, or one and a layer left out."""
        if len(self.effects.counts) <= MOST_LAYERS_ONE_BY_ONE:
            yield from islice(filter(self._tells, (*self._two(), *self._one_and_a_layer_missing())), MOST_COUPLES)

    def _by_family(self, effects: list[Effect]) -> Iterator[Candidate]:
        families: dict[str, list[Effect]] = {}
        for effect in effects:
            families.setdefault(family_of(self.question.graph.nodes[effect.index]), []).append(effect)
        for family, inside in families.items():
            if 1 < len(inside) < len(effects):
                yield self._sum(inside, family)

    def _all_but_one(self, effects: list[Effect]) -> Iterator[Candidate]:
        if len(effects) < 3:
            return
        everywhere = self.total + sum(effect.change for effect in effects)
        titles = [self._titles[effect.index] for effect in effects]
        for number, left_out in enumerate(effects):
            layers = tuple(dict.fromkeys(titles[:number] + titles[number + 1 :]))
            yield self._candidate(everywhere - left_out.change, effects[0], layers, "but")

    def _two(self) -> Iterator[Candidate]:
        coupled = [(effects, self._everywhere(effects)) for effects in self._coupled]
        for (first, one), (second, other) in combinations(coupled, 2):
            if one.id != other.id:
                change = self._change_of_both(first, second)
                if change is not None:
                    yield self._couple(self.total + change, one, other)

    def _one_and_a_layer_missing(self) -> Iterator[Candidate]:
        """One misconception in all the layers, of which one is left out."""
        counts = self.effects.counts
        for effects in self._coupled if len(counts) > 1 else ():
            everywhere = self.total + sum(effect.change for effect in effects)
            changes = {effect.index: effect.change for effect in effects}
            for index, count in counts.items():
                if not changes.keys() <= {index}:
                    without = everywhere - count - changes.get(index, 0)
                    yield self._couple(without, self._everywhere(effects), self._missing(index))

    def _missing(self, index: int) -> Candidate:
        title, rest = self._titles[index], self.total - self.effects.counts[index]
        return Candidate(Fraction(rest), "tot.layer_missing", (title,), "one", f"{title} is missing in your total.")

    def _change_of_both(self, first: Sequence[Effect], second: Sequence[Effect]) -> int | None:
        """How much two misconceptions change the sum; None where they do not go together on a layer."""
        others = {effect.index: effect for effect in second}
        change = 0
        for effect in first:
            other = others.pop(effect.index, None)
            if other is None:
                change += effect.change
                continue
            count = self.effects.both(effect, other)
            if count is None:
                return None
            change += count - self.effects.counts.get(effect.index, 0)
        return change + sum(effect.change for effect in others.values())

    def _everywhere(self, effects: Sequence[Effect]) -> Candidate:
        return self._sum(effects, "all" if len(effects) > 1 else "one")

    def _couple(self, total: int, first: Candidate, second: Candidate) -> Candidate:
        convention = first.convention and second.convention
        layers = first.layers if first.scope != "all" else ()
        return Candidate(Fraction(total), first.id, layers, "couple", first.said, convention, partner=second)

    def _tells(self, couple: Candidate) -> bool:
        return len(self.effects.counts) <= 1 or abs(couple.value) >= LEAST_OF_COUPLES  # type: ignore[arg-type]

    def _sum(self, effects: Sequence[Effect], scope: str, accepted: bool = False) -> Candidate:
        """The sum with a misconception in some layers; one that is accepted is so only in all that it concerns."""
        total = self.total + sum(effect.change for effect in effects)
        titles = self._titles
        layers = tuple(dict.fromkeys([titles[effect.index] for effect in effects]))
        found = self._candidate(total, effects[0], layers, scope, alone=len(effects) == 1)
        return replace(found, accepted=True) if accepted and effects[0].mistake.accepted else found

    def _candidate(
        self, total: int, effect: Effect, layers: tuple[str, ...], scope: str, alone: bool = False
    ) -> Candidate:
        mistake = effect.mistake
        letters = effect.letters if alone else None
        feedback = partial(told, self.question, mistake, effect.index, letters)
        return Candidate(Fraction(total), mistake.id, layers, scope, feedback, mistake.convention)

    @property
    def _coupled(self) -> list[list[Effect]]:
        return [effects for effects in self.effects.ways if effects[0].mistake.id not in NEVER_COUPLED]

    @cached_property
    def _titles(self) -> dict[int, str]:
        graph = self.question.graph
        return {index: LayerPlace(graph, index).title for index in self.question.indices}

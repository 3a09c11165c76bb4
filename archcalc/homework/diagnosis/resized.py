"""Sizes seen otherwise: misconceptions about the output of layers, with all that follows from it in the net."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property, partial

from archcalc.analysis.quantities import SIZE, sorted_as
from archcalc.core import Shape
from archcalc.graph.graph import Node
from archcalc.graph.rerun import altered
from archcalc.homework.asking.question import Question
from archcalc.homework.diagnosis.effects import NO_WORLD, told
from archcalc.homework.diagnosis.misconceptions.mistake import Candidate, LayerPlace, Mistake, Value
from archcalc.homework.diagnosis.misconceptions.output import OUTPUT
from archcalc.homework.diagnosis.sums import MOST_LAYERS_ONE_BY_ONE
from archcalc.homework.diagnosis.worlds import Changed, count_of
from archcalc.layers import Layer

SIZE_WORDS = sorted_as(SIZE)


class Resized:
    """A question where the maps have other sizes."""

    def __init__(self, question: Question, counts: Mapping[int, int]) -> None:
        self.question = question
        self.counts = counts
        self.known: dict[tuple[int, Shape], Value] = {}
        """The figure where one layer has another output."""
        self.counted: dict[tuple[object, ...], int] = {}
        """What the layers of the net count on other inputs."""

    def candidates(self) -> Iterator[Candidate]:
        """One layer, the nearest first, or all of them seen otherwise."""
        graph = self.question.graph
        sliding = [index for index in self._reaching() if _resizes(graph.nodes[index])]
        for mistake in OUTPUT:
            ways: dict[int, dict[int, Layer]] = {}
            for index in reversed(sliding):
                for way, seen in enumerate(mistake.alter(LayerPlace(graph, index))):
                    ways.setdefault(way, {})[index] = seen.layer
            for changes in ways.values():
                if len(changes) > 1:
                    yield from self._world(mistake, changes, "all")
                for index in changes if len(changes) <= MOST_LAYERS_ONE_BY_ONE else ():
                    yield from self._world(mistake, {index: changes[index]}, "one")

    def _world(self, mistake: Mistake, changes: dict[int, Layer], scope: str) -> Iterator[Candidate]:
        try:
            value = self._figure(changes)
        except NO_WORLD:
            return
        question = self.question
        index = next(iter(changes))
        rank = scope if scope == "one" and index in question.indices and not question.adds_up else "resized"
        titles = (LayerPlace(question.graph, index).title,) if scope == "one" else ()
        feedback = partial(told, question, mistake, index, {} if scope == "one" else None)
        yield Candidate(value, mistake.id, titles, rank, feedback, mistake.convention)

    def _figure(self, changes: dict[int, Layer]) -> Value:
        """The figure in the altered world; worked out once for worlds that differ in nothing but the mistake."""
        (index, layer), *others = changes.items()
        if others or not isinstance(layer, Changed):
            return self._asked(changes)
        key = (index, layer.output(*self.question.graph.nodes[index].input_shapes))
        if key not in self.known:
            self.known[key] = self._asked(changes)
        return self.known[key]

    def _asked(self, changes: dict[int, Layer]) -> Value:
        question = self.question
        found = altered(question.graph, changes, upto=self._last)
        if question.adds_up:
            own = [index for index in found if index in self._own]
            change = sum(self._count(found[index], index) - self.counts.get(index, 0) for index in own)
            return Fraction(sum(self.counts.values()) + change)
        node = found.get(self._value - question.graph.first)
        return _axis_of(question.graph.value_shape(self._value) if node is None else node.shape, question.word)

    def _count(self, node: Node, index: int) -> int:
        if node.layer is not self.question.graph.nodes[index].layer:
            return count_of(node, self.question.word)
        key = (id(node.layer), node.input_shapes, node.shared, node.frozen)
        if key not in self.counted:
            self.counted[key] = count_of(node, self.question.word)
        return self.counted[key]

    @cached_property
    def _own(self) -> frozenset[int]:
        return frozenset(self.question.indices)

    @cached_property
    def _value(self) -> int:
        """The value whose shape is asked for."""
        question = self.question
        if question.part is None:
            return question.graph.outputs[0]
        return question.graph.value_of(question.part)

    @cached_property
    def _last(self) -> int:
        """The last layer that matters."""
        if self.question.adds_up:
            return max(self.question.indices)
        return max(0, self._value - self.question.graph.first)

    def _reaching(self) -> list[int]:
        """The layers that the question's shape or sum can depend on, in order."""
        graph, inputs = self.question.graph, self.question.graph.first
        summed = self.question.indices if self.question.adds_up else (self._value - inputs,)
        reached = {index + inputs for index in summed}
        found = []
        for index in range(len(graph.nodes) - 1, -1, -1):
            if index + inputs in reached:
                reached.update(graph.nodes[index].inputs)
                found.append(index)
        return found[::-1]


def _resizes(node: Node) -> bool:
    """Whether students get the output of such a layer wrong: a window, or branches that meet."""
    return bool(node.layer.traits.slides) or len(node.inputs) > 1


def _axis_of(shape: Shape, word: str) -> Value:
    sizes = tuple(Fraction(size) for size in shape)
    if word == "out":
        return sizes
    if word == "elements":
        return Fraction(shape.elements)
    return {"out.c": sizes[0], "out.h": sizes[-2:][0], "out.w": sizes[-1]}[word]

"""Working laid beside the layers: which term of a sum stands for which layer, and which is wrong or missing.

Terms and layers are aligned in order at the least cost; a term such as `(...)*2` may stand for two layers, two
neighbouring terms (weights and biases apart) for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from archcalc.core.record import record
from archcalc.homework.diagnosis.diagnose import SHOWN, Catalogue, each_once
from archcalc.homework.diagnosis.effects import Effect
from archcalc.homework.diagnosis.misconceptions.mistake import LayerPlace
from archcalc.homework.reading.expression import AnswerPart, addends

MOST_COPIES = 64
MOST_STEPS = 200_000
"""Terms times layers; beyond it a sum is not aligned."""

_EXPLAINED, _MISSING, _WRONG, _EXTRA = 2, 5, 6, 7
"""Costs of a layer whose term has a known mistake, of one without a term, of an unexplained and of a needless term."""


@record
class WorkingTerm:
    """One addend of the working, or two neighbouring ones that belong together."""

    value: Fraction
    start: int
    stop: int
    copies: int = 1
    """How many layers it stands for: `(...)*2` may stand for two."""


@record
class TermFinding:
    """What is said about one term; a missing layer has none."""

    term: WorkingTerm | None
    layer: str
    """The layer's title; empty for a term that belongs to no layer."""
    effects: tuple[Effect, ...] = ()
    """The mistakes that explain it, the likelier first."""
    copy: int = 0
    """Which of several copies, from 1."""


@record
class Alignment:
    """The findings of a sum, and how many of its terms are right."""

    findings: tuple[TermFinding, ...]
    right: int
    cost: int

    @property
    def tells(self) -> bool:
        """Whether the sum follows the layers well enough for its findings to mean something."""
        unexplained = sum(not finding.effects for finding in self.findings)
        return bool(self.findings) and unexplained <= self.right + len(self.findings) - unexplained


def align(catalogue: Catalogue, working: AnswerPart) -> Alignment | None:
    """The working beside the layers; None where it is no sum over several of them.

    Sums in brackets are taken for one layer's term each; where that leaves something unexplained, for several.
    """
    alignment = _align(catalogue, addends(working))
    if alignment is None or all(finding.effects for finding in alignment.findings):
        return alignment
    opened = _align(catalogue, addends(working, opening=True))
    return opened if opened is not None and opened.cost < alignment.cost else alignment


def _align(catalogue: Catalogue, sum: list[tuple[int, AnswerPart]]) -> Alignment | None:
    counts = catalogue.counts
    terms = [WorkingTerm(sign * node.value, node.start, node.stop) for sign, node in sum]
    copies = [_copies(node) for _, node in sum]
    several = len(terms) > 1 or any(copies)
    if not several or len(counts) < 2 or len(terms) * len(counts) * 4 > MOST_STEPS:
        return None
    layers = list(counts.values())
    forward = range(len(terms))
    tried = []
    for written in (forward, forward[::-1]):
        order = [written[i] for i in _in_layer_order([terms[i].value for i in written], layers)]
        tried.append(_Aligner(catalogue, [terms[i] for i in order], [copies[i] for i in order]).best())
    return min(tried, key=lambda alignment: alignment.cost)


def _copies(node: AnswerPart) -> tuple[int, Fraction] | None:
    """n and x of `x*n` or `n*x`, where n is a small number and x a sum or a product."""
    if node.kind != "*":
        return None
    for number, other in (node.parts, node.parts[::-1]):
        times = number.value
        if number.kind == "number" and times.denominator == 1 and 2 <= times <= MOST_COPIES and other.kind != "number":
            return int(times), other.value
    return None


def _in_layer_order(values: Sequence[Fraction], layers: Sequence[int]) -> list[int]:
    """The terms by the layer that each is exactly; the others stay behind the term before them."""
    left = list(enumerate(layers))
    keys: list[tuple[int, int]] = []
    last = -1
    for number, value in enumerate(values):
        found = next((entry for entry in left if entry[1] == value and entry[0] > last), None)
        found = found or next((entry for entry in left if entry[1] == value), None)
        if found is not None:
            left.remove(found)
            last = found[0]
        keys.append((last, number))
    return sorted(range(len(values)), key=lambda number: keys[number])


@record
class _Step:
    """How the best alignment arrives at a state."""

    cost: int
    terms: int
    layers: int
    findings: tuple[TermFinding, ...]
    right: int


class _Aligner:
    """Least-cost alignment of terms and layers, both in order."""

    def __init__(
        self, catalogue: Catalogue, terms: Sequence[WorkingTerm], copies: Sequence[tuple[int, Fraction] | None]
    ) -> None:
        self.terms = terms
        self.copies = copies
        graph = catalogue.question.graph
        self.layers = [(LayerPlace(graph, index).title, index, count) for index, count in catalogue.counts.items()]
        self.effects: dict[tuple[int, int], list[Effect]] = {}
        for effect in catalogue.effects:
            self.effects.setdefault((effect.index, effect.count), []).append(effect)

    def best(self) -> Alignment:
        states: dict[tuple[int, int], _Step] = {(0, 0): _Step(0, 0, 0, (), 0)}
        trails: dict[tuple[int, int], tuple[tuple[int, int], _Step]] = {}
        for term in range(len(self.terms) + 1):
            for layer in range(len(self.layers) + 1):
                here = states.get((term, layer))
                for step in self.steps(term, layer) if here is not None else ():
                    assert here is not None
                    cost, state = here.cost + step.cost, (term + step.terms, layer + step.layers)
                    if state not in states or cost < states[state].cost:
                        states[state] = _Step(cost, step.terms, step.layers, step.findings, step.right)
                        trails[state] = ((term, layer), step)
        return self.alignment(trails, states)

    def alignment(
        self, trails: Mapping[tuple[int, int], tuple[tuple[int, int], _Step]], states: Mapping[tuple[int, int], _Step]
    ) -> Alignment:
        findings: list[TermFinding] = []
        right = 0
        state = (len(self.terms), len(self.layers))
        while state != (0, 0):
            state, step = trails[state]
            findings[:0] = step.findings
            right += step.right
        return Alignment(tuple(findings), right, states[len(self.terms), len(self.layers)].cost)

    def steps(self, term: int, layer: int) -> Iterator[_Step]:
        """What may come next: term by layer, two terms for one, one term for several, either alone."""
        if layer < len(self.layers):
            yield _Step(_MISSING, 0, 1, (TermFinding(None, self.layers[layer][0]),), 0)
        if term < len(self.terms):
            yield _Step(_EXTRA, 1, 0, (TermFinding(self.terms[term], ""),), 0)
        if term == len(self.terms) or layer == len(self.layers):
            return
        yield self.match(self.terms[term], layer, 1)
        if term + 1 < len(self.terms):
            first, second = self.terms[term : term + 2]
            both = WorkingTerm(first.value + second.value, min(first.start, second.start), max(first.stop, second.stop))
            joined = self.match(both, layer, 2)
            if joined.cost < _WRONG:
                yield joined
        copied = self.copies[term]
        if copied is not None and layer + copied[0] <= len(self.layers):
            yield self.several(self.terms[term], copied, layer)

    def match(self, term: WorkingTerm, layer: int, terms: int, copy: int = 0) -> _Step:
        title, index, count = self.layers[layer]
        if term.value == count:
            return _Step(0, terms, 1, (), terms)
        found = self.effects.get((index, int(term.value)), []) if term.value.denominator == 1 else []
        if found and found[0].mistake.accepted:
            return _Step(0, terms, 1, (), terms)
        effects = each_once(found, lambda effect: effect.mistake.id)[:SHOWN]
        return _Step(_EXPLAINED if effects else _WRONG, terms, 1, (TermFinding(term, title, tuple(effects), copy),), 0)

    def several(self, term: WorkingTerm, copied: tuple[int, Fraction], layer: int) -> _Step:
        """A term that stands for neighbouring layers, each one copy of it."""
        copies, value = copied
        single = WorkingTerm(value, term.start, term.stop, copies)
        steps = [self.match(single, layer + number, 0, number + 1) for number in range(copies)]
        findings = tuple(finding for step in steps for finding in step.findings)
        return _Step(sum(step.cost for step in steps), 1, copies, findings, int(not findings))

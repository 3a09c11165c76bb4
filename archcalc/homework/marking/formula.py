"""Formula questions: `(K*K*Cin + 1)*Cout`, held against the engine on a fixed set of layers.

A formula is right where it gives the engine's figure on all of them. A wrong one is a misconception where it gives what
that misconception makes of each layer: the catalogue of every layer is asked, no formula is known to be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from math import floor
from random import Random

from archcalc.core.record import record
from archcalc.homework.asking.formulas import FORMULAS, Formula
from archcalc.homework.asking.letters import alias_table
from archcalc.homework.asking.question import ask, one_layer
from archcalc.homework.asking.template import names_in, substituted
from archcalc.homework.diagnosis.diagnose import SHOWN, Catalogue
from archcalc.homework.diagnosis.misconceptions.mistake import Candidate, filled
from archcalc.homework.diagnosis.misconceptions.operations import OPERATIONS
from archcalc.homework.diagnosis.misconceptions.output import OUTPUT
from archcalc.homework.diagnosis.misconceptions.parameters import PARAMETERS
from archcalc.homework.diagnosis.misconceptions.shapes import FRACTIONAL
from archcalc.homework.marking.mark import placed, unreadable
from archcalc.homework.reading.characters import bare, cleaned
from archcalc.homework.reading.expression import AnswerPart, parse
from archcalc.homework.reading.sheet import Entry
from archcalc.homework.reading.tokens import Fault, UnknownLetter
from archcalc.spec.names import listed
from archcalc.tables.marks import MarkedAnswer, Remark
from archcalc.tables.marks import Verdict as VerdictWord

LAYERS = 24
"""Layers that a formula is tried on."""


@record
class Verdict:
    """What a formula comes to; `wrong_at` is the first layer where it is not right."""

    right: bool
    found: tuple[Candidate, ...] = ()
    fractional: bool = False
    """Whether it leaves fractions, and `found` explains what they are rounded down."""
    wrong_at: str = ""


def check_formula(name: str, text: str, pools_round_up: bool = False) -> Verdict:
    """Hold a formula against the engine. Raises Fault for one that cannot be read, its column that of the text."""
    return _checked(name, text, pools_round_up)


def mark_formula(name: str, entry: Entry, pools_round_up: bool = False) -> MarkedAnswer:
    """The verdict on a formula."""
    if not entry.text:
        return MarkedAnswer(entry.question, "unanswered", entry.place)
    try:
        verdict = check_formula(name, entry.text, pools_round_up)
    except Fault as fault:
        return unreadable(entry, fault)
    if verdict.right:
        return MarkedAnswer(entry.question, "exact", entry.place, points=Fraction(1))
    found = verdict.found
    message = found[0].feedback if found else verdict.wrong_at
    remarks = [Remark(tuple(c.id for c in found[:SHOWN]), (), message, entry.text, 0, len(entry.text))]
    if verdict.fractional:
        remarks.append(Remark(("out.fractional",), (), FRACTIONAL))
    word: VerdictWord = "wrong" if not found else "convention" if found[0].convention else "misconception"
    return MarkedAnswer(entry.question, word, entry.place, tuple(placed(remark, entry) for remark in remarks))


class _Sample:
    """One layer: the numbers of its letters, and what the engine and the catalogue say of it."""

    def __init__(self, formula: Formula, numbers: Mapping[str, int], pools_round_up: bool) -> None:
        network = one_layer(substituted(formula.call, numbers), substituted(formula.input, numbers))
        network = network.agreed(pools_round_up, 0)
        self.question = ask(network, f"layer.{formula.subject}")
        output = network.graph.nodes[0].shape
        known = {"D": 1, "g": 1, "P": 0, **numbers, "O": output[-1]}
        self.letters = {letter: Fraction(known[letter]) for letter in formula.letters.split()}

    @property
    def right(self) -> Fraction:
        assert isinstance(self.question.actual, Fraction)
        return self.question.actual

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.question)

    @cached_property
    def wrong_ids(self) -> frozenset[str]:
        """The misconceptions that give a wrong value here."""
        return frozenset(candidate.id for found in self.catalogue.by_value.values() for candidate in found)


@lru_cache(maxsize=4096)
def _checked(name: str, text: str, pools_round_up: bool) -> Verdict:
    samples = _samples(name, pools_round_up)
    formula = FORMULAS[name]
    nodes = [_evaluated(formula, text, sample) for sample in samples]
    wrong = [(sample, node) for sample, node in zip(samples, nodes, strict=True) if node.value != sample.right]
    if not wrong:
        return Verdict(True)
    values = [(sample, node.value) for sample, node in zip(samples, nodes, strict=True)]
    if found := tuple(_explained(values)):
        return Verdict(False, found)
    down = [(sample, Fraction(floor(value))) for sample, value in values]
    found = tuple(_explained(down)) if down != values else ()
    holds = "" if found else _holds_where(name, text, pools_round_up)
    return Verdict(False, found, bool(found), _comes_to(formula, text, *wrong[0]) + holds)


def _comes_to(formula: Formula, text: str, sample: _Sample, node: AnswerPart) -> str:
    """`With K = 3, P = 1 it comes to 49/5, which is not right.`"""
    used = _used(formula, node, text)
    numbers = ", ".join(f"{letter} = {value}" for letter, value in sample.letters.items() if letter in used)
    start = f"With {numbers} it" if numbers else "It"
    return f"{start} comes to {node.value}, which is not right."


def _holds_where(name: str, text: str, pools_round_up: bool) -> str:
    """Where a wrong formula is right all the same: on layers without padding and stride, as it is for W - K + 1."""
    plain = [letter for letter in _PLAIN if letter in _named(FORMULAS[name])]
    samples = _samples(name, pools_round_up, tuple(plain)) if plain else ()
    if not samples or any(_evaluated(FORMULAS[name], text, sample).value != sample.right for sample in samples):
        return ""
    return f" It is right only where {' and '.join(f'{letter} = {_PLAIN[letter]}' for letter in plain)}."


@lru_cache(maxsize=64)
def _samples(name: str, pools_round_up: bool, plain: tuple[str, ...] = ()) -> tuple[_Sample, ...]:
    """The layers that a formula is tried on; letters that are `plain` have their usual value."""
    formula = FORMULAS[name]
    as_plain = {letter: _PLAIN[letter] for letter in plain}
    return tuple(_Sample(formula, numbers | as_plain, pools_round_up) for numbers in _drawn(_named(formula)))


def _named(formula: Formula) -> list[str]:
    named, _ = names_in(f"{formula.call} {formula.input}", (*_DRAWS, "Cin", "Cout"))
    return sorted(set(named))


_PLAIN = {"S": 1, "P": 0}
"""The stride and the padding of a layer that states none."""


_DRAWS = {
    "K": (3, 4, 5, 7, 11), "S": (2, 3, 5), "P": (1, 2, 4, 6), "D": (2, 3), "g": (2, 3, 5), "C": (13, 17, 19, 23),
    "W": (53, 56, 59, 61, 66, 67, 71, 74, 79), "Nin": (41, 43, 47, 53), "Nout": (7, 11, 13, 17),
}  # fmt: skip


def _drawn(names: Sequence[str]) -> Iterator[dict[str, int]]:
    """Numbers for letters, no two of one layer equal; always the same."""
    random = Random(1998)
    count = 0
    while count < LAYERS:
        numbers = {letter: random.choice(choices) for letter, choices in _DRAWS.items()}
        numbers["Cin"] = numbers["g"] * random.choice((7, 13, 17))
        numbers["Cout"] = numbers["g"] * random.choice((11, 19, 23))
        if numbers["K"] > numbers["S"] and len({numbers[name] for name in names}) == len(names):
            count += 1
            yield {name: numbers[name] for name in names}


def _evaluated(formula: Formula, text: str, sample: _Sample) -> AnswerPart:
    """The formula with the numbers of one layer. Raises Fault."""
    source = bare(cleaned(text))
    table = alias_table(formula.letters.split(), source.text)
    try:
        return parse(source, letters={alias: sample.letters[letter] for alias, letter in table.items()})
    except UnknownLetter as fault:
        fault.help = f"the letters are {listed(formula.letters.split(), 20)}"
        raise


def _used(formula: Formula, node: AnswerPart, text: str) -> set[str]:
    """The letters of a formula, by the names of this file."""
    source = bare(cleaned(text)).text
    table = alias_table(formula.letters.split(), source)
    waiting, found = [node], set()
    while waiting:
        part = waiting.pop()
        waiting += part.parts
        if part.kind == "letter":
            found.add(table[source[part.start : part.stop]])
    return found


def _explained(values: Sequence[tuple[_Sample, Fraction]]) -> Iterator[Candidate]:
    """The misconceptions that give these values on every layer where they are not right, the likelier first.

    Where some of them also give the right values on the others, only those.
    """
    wrong = [(sample, value) for sample, value in values if value != sample.right]
    common: dict[str, Candidate] = {}
    for index, (sample, value) in enumerate(wrong):
        here = {candidate.id: candidate for candidate in reversed(sample.catalogue.by_value.get(value, []))}
        common = {id: candidate for id, candidate in (common if index else here).items() if id in here}
        if not common:
            return
    elsewhere = {id for sample, value in values if value == sample.right for id in sample.wrong_ids}
    likely = list(common.values())[::-1]
    for candidate in [one for one in likely if one.id not in elsewhere] or likely:
        feedback = _FEEDBACK.get(candidate.id, candidate.feedback)
        yield Candidate(candidate.value, candidate.id, (), candidate.scope, feedback, candidate.convention)


_FEEDBACK = {
    mistake.id: filled(mistake.feedback, {})
    for mistake in (*OUTPUT, *PARAMETERS, *OPERATIONS)
    if "{" in mistake.feedback
}
"""What is said of a formula has letters, not the numbers of the layers that it was tried on."""

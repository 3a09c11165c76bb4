"""Quiz lint: what a teacher should know about the questions of an assignment before students do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import ArchcalcError, AssignmentError
from archcalc.homework.asking.asked import Asked, Assignment
from archcalc.homework.asking.assignment import AssignmentErrors
from archcalc.homework.asking.variants import Variants, variants
from archcalc.homework.diagnosis.diagnose import Catalogue
from archcalc.homework.misconceptions import LIKELY
from archcalc.homework.quiz.power import alike, blind, digits_needed, swallowed, told
from archcalc.homework.quiz.wording import sentence
from archcalc.tables.quiz import Level, Power, QuizFinding

LOOKED_AT = 24
"""Variants of a question that are worked out."""
FEW = 10
"""So few variants that neighbours will often share one."""
SHOWN = 6
"""Misconceptions that one line names."""

RULES = {
    "no-value": "Variants whose numbers fit no layer.",
    "few-variants": f"Fewer than {FEW} variants.",
    "passed-over": "Variants that nobody gets, because a likely misconception gives their right answer.",
    "no-partial": "Partial credit for a misconception that gives no wrong answer here.",
    "loose-tolerance": "An `accept` that a misconception's value falls into.",
    "blind": "Misconceptions that a question cannot tell from the right answer.",
    "chosen-numbers": "The same, where other numbers of the teacher's layer would tell them.",
    "alike": "Misconceptions that a question cannot tell from each other.",
    "same-answer": "Two questions with one answer.",
    "no-catalogue": "A figure that no misconception is known for.",
}

CatalogueOf = Callable[[Asked, Mapping[str, int]], Catalogue]


@record
class Linted:
    """What a lint says of an assignment."""

    powers: tuple[Power, ...]
    findings: tuple[QuizFinding, ...]


def lint(assignment: Assignment, catalogue: CatalogueOf) -> Linted:
    """Look at every question. Raises AssignmentErrors for those that have no variant at all.

    Args:
        catalogue: the catalogue of a question with its numbers.
    """
    powers: list[Power] = []
    findings: list[QuizFinding] = []
    errors: list[ArchcalcError] = []
    rights: dict[object, Asked] = {}
    for asked in assignment.questions:
        if asked.form != "value":
            continue
        try:
            look = _Look(asked, catalogue)
        except ArchcalcError as error:
            errors += [single.at(asked.place) for single in error.errors]
            continue
        powers.append(look.power(assignment.layout))
        findings += look.findings()
        findings += _same_answer(asked, look, rights)
    if errors:
        raise AssignmentErrors(errors)
    return Linted(tuple(powers), tuple(findings))


class _Look:
    """One question, with some of its variants worked out."""

    def __init__(self, asked: Asked, catalogue: CatalogueOf) -> None:
        self.asked = asked
        self.choices = variants(asked) if asked.vary else Variants((), ((),))
        self.seen: list[Catalogue] = []
        self.failed: list[tuple[Mapping[str, int], ArchcalcError]] = []
        for values in self.choices.spread(LOOKED_AT):
            try:
                self.seen.append(catalogue(asked, values))
            except ArchcalcError as error:
                self.failed.append((values, error))
        if not self.seen:
            raise self._without_value()
        self.told = list(dict.fromkeys(id for one in self.seen for id in told(one)))
        self.blind_in = [blind(one) for one in self.seen]
        self.blind = tuple(id for id in self.blind_in[0] if all(id in ids for ids in self.blind_in))

    def power(self, layout: str) -> Power:
        """What the question tells, over all its variants."""
        asked, count = self.asked, len(self.choices) if self.asked.vary else 0
        digits = [digits_needed(one) for one in self.seen]
        least = max((d for d in digits if d is not None), default=None) if None not in digits else None
        return Power(asked.id, sentence(asked, layout), count, len(self.told), self.blind, least)

    def findings(self) -> Iterator[QuizFinding]:
        """All that is to be said, warnings first."""
        yield from self._of_partial()
        yield from self._of_tolerance()
        yield from self._of_variants()
        yield from self._of_blindness()
        groups = alike(self.seen[0]) if len(self.seen) == 1 else []
        if groups:
            shown = "; ".join(" = ".join(group) for group in groups)
            yield self._finding("note", "alike", f"the same wrong answer comes from {shown}")
        if not self.told:
            yield self._finding("note", "no-catalogue", "no misconception is known for this figure")

    def _of_partial(self) -> Iterator[QuizFinding]:
        for id in self.asked.partial:
            if id not in self.told:
                what = f"`partial` has {id}, which gives no wrong answer here"
                yield self._finding("warning", "no-partial", what)

    def _of_tolerance(self) -> Iterator[QuizFinding]:
        digits = self.asked.digits
        ids = list(dict.fromkeys(id for one in self.seen for id in swallowed(one, digits))) if digits else []
        if ids:
            needed = self.power("CHW").digits
            repair = f"; {needed} digits tell them apart" if needed else ""
            what = f"rounded to {digits} digits, {_ids(ids)} would pass{repair}"
            yield self._finding("warning", "loose-tolerance", what)

    def _of_variants(self) -> Iterator[QuizFinding]:
        if not self.asked.vary:
            return
        count, looked = len(self.choices), len(self.seen) + len(self.failed)
        if self.failed:
            values, error = self.failed[0]
            what = (
                f"{len(self.failed)} of {looked} variants have no value: with {_numbers(values)} {error.errors[0].what}"
            )
            yield self._finding("warning", "no-value", what)
        if count < FEW:
            yield self._finding("warning", "few-variants", f"{count} variants only: neighbours will share them")
        avoidable = [(LIKELY | set(self.asked.partial)) & set(ids) - set(self.blind) for ids in self.blind_in]
        over = sum(bool(ids) for ids in avoidable)
        if over:
            ids = sorted(set().union(*avoidable))
            verb = "is" if over == 1 else "are"
            what = f"{over} of {looked} variants {verb} passed over: {_ids(ids)} would give the right answer"
            yield self._finding("note", "passed-over", what)

    def _of_blindness(self) -> Iterator[QuizFinding]:
        chosen = [id for id in self.blind if self.asked.layer and id in LIKELY and not id.startswith("out.")]
        others = [id for id in self.blind if id not in chosen]
        if chosen:
            why = "".join(f": {reason}" for reason in _reasons(self.seen[0]))
            verb = "gives" if len(chosen) == 1 else "give"
            what = f"{_ids(chosen)} {verb} the right answer too{why}; choose other numbers"
            yield self._finding("warning", "chosen-numbers", what)
        if others:
            yield self._finding("note", "blind", f"cannot tell {_ids(others)} from the right answer")

    def _finding(self, level: Level, rule: str, says: str) -> QuizFinding:
        return QuizFinding(level, rule, self.asked.id, says, self.asked.place)

    def _without_value(self) -> AssignmentError:
        values, error = self.failed[0]
        single = error.errors[0]
        if not self.asked.vary:
            return AssignmentError(single.what, place=self.asked.place, help=single.help)
        what = f"none of {len(self.failed)} variants has a value: with {_numbers(values)} {single.what}"
        return AssignmentError(what, place=self.asked.place, help=single.help)


def _reasons(catalogue: Catalogue) -> Iterator[str]:
    """Why misconceptions about channels do not show on a single layer."""
    node = catalogue.question.graph.nodes[0]
    x, y, kernel = node.x, node.shape, getattr(node.layer, "kernel_size", ())
    if x.channels == 1:
        yield "its input has one channel"
    elif x.channels == y.channels:
        yield f"it has {x.channels} channels before and after"
    if x.channels in kernel:
        yield f"its kernel is as large as its input has channels, {x.channels}"


def _same_answer(asked: Asked, look: _Look, rights: dict[object, Asked]) -> Iterator[QuizFinding]:
    """A question that has the answer of an earlier one; not the cells of tables, nor small numbers."""
    right = look.seen[0].question.actual
    if asked.path or asked.vary or (not isinstance(right, Shape) and right < 10):
        return
    first = rights.setdefault((type(right), right), asked)
    if first is not asked:
        yield QuizFinding("note", "same-answer", asked.id, f"has the same answer as {first.id}", asked.place)


def _ids(ids: Iterable[str]) -> str:
    names = list(ids)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _numbers(values: Mapping[str, int]) -> str:
    return ", ".join(f"{name} = {number}" for name, number in values.items())


def worst(findings: Sequence[QuizFinding]) -> bool:
    """Whether something is to be mended."""
    return any(finding.level == "warning" for finding in findings)

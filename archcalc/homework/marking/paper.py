"""One student's sheet while it is marked: points, partial credit, errors carried forward, the steps to the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from archcalc.analysis.claims import quantity
from archcalc.core import Shape
from archcalc.core.record import record, replace
from archcalc.errors import ArchcalcError, Place
from archcalc.graph.rerun import rerun
from archcalc.homework.asking.asked import Asked, Assignment
from archcalc.homework.asking.assignment import FIELDS
from archcalc.homework.asking.formulas import rule_of
from archcalc.homework.asking.question import Question
from archcalc.homework.diagnosis.diagnose import Catalogue
from archcalc.homework.diagnosis.misconceptions.mistake import Value
from archcalc.homework.diagnosis.misconceptions.shapes import as_value
from archcalc.homework.diagnosis.worlds import Changed, count_of
from archcalc.homework.marking.design import OpenSpec, mark_design
from archcalc.homework.marking.formula import mark_formula
from archcalc.homework.marking.guard import guarded
from archcalc.homework.marking.mark import mark_answer, read, unfitting, unreadable
from archcalc.homework.marking.steps import steps_to
from archcalc.homework.reading.sheet import Entry
from archcalc.homework.reading.tokens import Fault
from archcalc.tables.marks import MarkedAnswer, Remark


@record
class AnsweredPaper:
    """The questions as this student has them, and what was answered."""

    assignment: Assignment
    asked: Mapping[str, Asked]
    catalogues: Mapping[str, Catalogue]
    """Of the questions that ask for a figure."""
    right: Mapping[str, Value]
    """Their answers."""
    entries: Mapping[str, Entry]
    top: Place
    """Where a missing answer is said to stand."""
    open_spec: OpenSpec

    def marked(self, id: str) -> MarkedAnswer:
        """The verdict on one answer, with its points and everything that may be told."""
        asked, entry = self.asked[id], self.entry(id)
        return replace(guarded(entry, lambda: self._marked(asked, entry)), max_points=asked.points, ask=asked.ask)

    def _marked(self, asked: Asked, entry: Entry) -> MarkedAnswer:
        fault = unfitting(entry, asked.form)
        if fault is not None:
            marked = unreadable(entry, fault)
        elif asked.formula:
            marked = mark_formula(asked.formula, entry, self.pools_round_up)
        elif asked.design is not None:
            marked = mark_design(asked.design, entry, self.open_spec)
        else:
            marked = _without_layers(self._figure(asked, entry)) if asked.layer else self._figure(asked, entry)
        remarks = (*marked.remarks, *self._more(marked, asked))
        return replace(marked, points=_worth(marked, asked), remarks=remarks)

    @property
    def pools_round_up(self) -> bool:
        """Whether pooling rounds up by agreement."""
        return self.assignment.conventions["pool_rounding"] == "ceil"

    def entry(self, id: str) -> Entry:
        """The answer to a question; an empty one where there is none."""
        return self.entries.get(id, Entry(id, "", self.top, self.top))

    def _figure(self, asked: Asked, entry: Entry) -> MarkedAnswer:
        catalogue = self.catalogues[asked.id]
        marked = _by_policy(mark_answer(catalogue, entry, self.right, asked.digits), asked)
        if marked.passes or marked.verdict == "unanswered" or asked.follow is None:
            return marked
        row = self._followed(asked, entry)
        if not row:
            return marked
        remark = Remark((), (), f"Right for your own {row}, which is not.")
        return replace(marked, verdict="accepted", remarks=(remark,), points=asked.follow)

    def _followed(self, asked: Asked, entry: Entry) -> str:
        """The row above from which the answer follows rightly; "" where there is none.

        Above is the nearest row whose output was answered: of a net without pooling rows, the convolution.
        """
        previous = asked
        while previous.previous:
            row, previous = previous.previous_subject, self.asked[previous.previous]
            before = self.entry(previous.id)
            if before.text:
                return row if self._follows(asked.id, entry, row, before) else ""
        return ""

    def _follows(self, id: str, entry: Entry, row: str, before: Entry) -> bool:
        """Whether the answer is right in a world where a row above is what the student wrote there."""
        catalogue = self.catalogues[id]
        question = catalogue.question
        try:
            above = self.catalogues[before.question].question
            given, answer = read(above, before).value, read(question, entry).value
            if above.word in FIELDS:
                grown = _grown(given, answer)
                return grown is not None and grown == _grown(self.right[above.id], self.right[id])
            if not isinstance(given, tuple):
                return False
            key = "after", row, given
            return answer == catalogue.remembered(key, lambda: _figure_after(question, row, given))
        except (Fault, ArchcalcError):
            return False

    def _more(self, marked: MarkedAnswer, asked: Asked) -> Iterator[Remark]:
        """What is told where the feedback goes further than hints."""
        if marked.passes or self.assignment.feedback not in ("steps", "full"):
            return
        if asked.formula:
            rule = rule_of(asked.formula, self.pools_round_up)
            yield Remark((), (), f"The answer is {rule}.", told_from="full")
        elif asked.id in self.catalogues:
            catalogue, layers = self.catalogues[asked.id], marked.layers
            if marked.verdict != "unanswered":
                steps = catalogue.remembered(("steps", layers), lambda: tuple(steps_to(catalogue.question, layers)))
                yield from (Remark((), (), step, told_from="steps") for step in steps)
            shown = _shown(self.right[asked.id], self.assignment.layout)
            yield Remark((), (), f"The answer is {shown}.", told_from="full")


def _without_layers(marked: MarkedAnswer) -> MarkedAnswer:
    """The same about a single layer, which has no name to tell."""
    return replace(marked, remarks=tuple([replace(remark, layers=()) for remark in marked.remarks]))


def _by_policy(marked: MarkedAnswer, asked: Asked) -> MarkedAnswer:
    """The verdict where the question itself says what an accepted convention earns."""
    if not any(remark.accepted and asked.partial.keys() & set(remark.misconceptions) for remark in marked.remarks):
        return marked
    remarks = tuple([replace(remark, accepted=False) for remark in marked.remarks])
    return replace(marked, remarks=remarks, points=Fraction(0))


def _grown(before: Value, after: Value) -> Value | None:
    """What a layer adds to the receptive field of the row before; None where the two have other axes."""
    if isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after):
        return tuple(wide - narrow for narrow, wide in zip(before, after, strict=True))
    return after - before if isinstance(before, Fraction) and isinstance(after, Fraction) else None


def _figure_after(question: Question, subject: str, given: tuple[Fraction, ...]) -> Value | None:
    """The figure where an earlier layer's output is `given`; None where that is no shape of as many sizes."""
    graph = question.graph
    part = graph.part(subject)
    index = graph.index_of(part)
    if len(given) != len(graph.nodes[index].shape) or any(size.denominator != 1 or size < 1 for size in given):
        return None
    forced = Changed(graph.nodes[index].layer, shape_as=Shape(map(int, given)))
    world = rerun(graph, {index: forced})
    if question.adds_up:
        return Fraction(sum(count_of(world.nodes[index], question.word) for index in question.indices))
    return as_value(quantity(world, question.network.summary, question.subject))  # shapes and fields need no counts


def _worth(marked: MarkedAnswer, asked: Asked) -> Fraction:
    """The points of an answer: all, the share that its verdict says, or what its mistakes still earn.

    Of several mistakes the dearest counts, each taken for its kindest explanation.
    """
    if marked.points:
        return asked.points * marked.points
    named = [remark.misconceptions for remark in marked.remarks if remark.misconceptions]
    worth = [max(asked.partial.get(id, Fraction(0)) for id in ids) for ids in named]
    return min(*worth, asked.points) if worth else Fraction(0)


def _shown(value: Value, layout: str) -> str:
    if isinstance(value, tuple):
        ordered = (*value[1:], value[0]) if layout == "HWC" else value
        return "x".join(map(str, ordered))
    return f"{int(value):,}" if value.denominator == 1 else str(value)

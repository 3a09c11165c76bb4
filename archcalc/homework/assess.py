"""Marking a sheet against an assignment: points, partial credit, errors carried forward, and how much is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from archcalc.core import Shape
from archcalc.core.record import replace
from archcalc.errors import AnswerError, ArchcalcError, Place, SpecErrors
from archcalc.graph.elaborate import Choices, elaborate
from archcalc.graph.graph import Group
from archcalc.homework.assignment import Asked, Assignment, AssignmentErrors
from archcalc.homework.diagnose import Catalogue
from archcalc.homework.mark import mark_answer, read, right_value
from archcalc.homework.misconceptions.catalogue import Value
from archcalc.homework.misconceptions.shapes import as_value
from archcalc.homework.question import Network, Question, ask
from archcalc.homework.sheet import Entry, Sheet
from archcalc.homework.words import Fault
from archcalc.homework.worlds import Changed, figure, rerun
from archcalc.report.homework import MarkedAnswer, MarkedSheet, Remark
from archcalc.spec.check import load_document
from archcalc.spec.names import did_you_mean, listed, nearest

Loader = Callable[[str], Network]
"""Finds a spec by its name or path."""


class Assessor:
    """Marks sheets against one assignment; its questions are looked up once, and each catalogue is made once."""

    def __init__(self, assignment: Assignment, load: Loader) -> None:
        """Raises AssignmentErrors for every question that asks for what does not exist."""
        self.assignment = assignment
        self.catalogues: dict[str, Catalogue] = {}
        networks: dict[str, Network] = {}
        errors: list[ArchcalcError] = []
        for asked in assignment.questions:
            try:
                key = asked.spec or f"{asked.layer}\0{asked.input}"
                if key not in networks:
                    networks[key] = load(asked.spec) if asked.spec else one_layer(asked.layer, asked.input)
                question = ask(networks[key], asked.subject, asked.id, assignment.layout)
                self.catalogues[asked.id] = Catalogue(question)
            except ArchcalcError as error:
                errors += [_at_question(single, asked) for single in error.errors]
        if errors:
            raise AssignmentErrors(errors)
        self.right = {id: right_value(catalogue.question) for id, catalogue in self.catalogues.items()}

    def mark(self, sheet: Sheet) -> MarkedSheet:
        """Mark a sheet. Raises SpecErrors for answers to questions that the assignment does not ask."""
        entries = {entry.question: entry for entry in sheet.entries}
        self._refuse_unknown(entries.values())
        top = Place(sheet.file, 1, 1)
        answers = []
        for asked in self.assignment.questions:
            entry = entries.get(asked.id, Entry(asked.id, "", top, top))
            answers.append(self._told(self._answer(asked, entry, entries), asked))
        return MarkedSheet(sheet.file, self.assignment.id or sheet.assignment, sheet.student, tuple(answers))

    def _refuse_unknown(self, entries: Iterable[Entry]) -> None:
        known = [asked.id for asked in self.assignment.questions]
        errors = []
        for entry in entries:
            if entry.question not in self.catalogues:
                help = did_you_mean(nearest(entry.question, known)) or f"the questions are {listed(known)}"
                errors.append(AnswerError(f"unknown question `{entry.question}`", place=entry.key_place, help=help))
        if errors:
            raise SpecErrors(errors)

    def _answer(self, asked: Asked, entry: Entry, entries: Mapping[str, Entry]) -> MarkedAnswer:
        catalogue = self.catalogues[asked.id]
        others = {id: value for id, value in self.right.items() if id != asked.id}
        marked = replace(mark_answer(catalogue, entry, others, asked.digits), max_points=asked.points)
        if marked.passes:
            return replace(marked, points=asked.points)
        if marked.verdict != "unanswered" and asked.follow is not None and self._follows(asked, entry, entries):
            remark = Remark((), (), f"Right for your own {asked.previous_subject}, which is not.")
            return replace(marked, verdict="accepted", remarks=(remark,), points=asked.points * asked.follow)
        return replace(marked, points=_partial(marked, asked))

    def _follows(self, asked: Asked, entry: Entry, entries: Mapping[str, Entry]) -> bool:
        """Whether the answer is right in a world where the row before is what the student wrote there."""
        before = entries.get(asked.previous)
        question = self.catalogues[asked.id].question
        if before is None or not before.text:
            return False
        try:
            given = read(self.catalogues[asked.previous].question, before).value
            if not isinstance(given, tuple):
                return False
            return read(question, entry).value == _figure_after(question, asked.previous_subject, given)
        except (Fault, ArchcalcError):
            return False

    def _told(self, marked: MarkedAnswer, asked: Asked) -> MarkedAnswer:
        """The answer with as much as the assignment's feedback tells."""
        feedback = self.assignment.feedback
        if feedback == "verdict":
            return replace(marked, remarks=())
        if feedback == "full" and not marked.passes:
            shown = _shown(self.right[asked.id], self.assignment.layout)
            return replace(marked, remarks=(*marked.remarks, Remark((), (), f"The answer is {shown}.")))
        return marked


def one_layer(call: str, input: str) -> Network:
    """The net of a single layer, called `layer`. Raises SpecErrors."""
    text = f"name: layer\ninput: {json.dumps(input)}\nlayers:\n  layer: {json.dumps(call)}\n"
    document = load_document(text, "<layer>")
    return Network.of(elaborate(document, Choices()), document, Choices())


def _at_question(error: ArchcalcError, asked: Asked) -> ArchcalcError:
    """The error at the question that it comes from, whatever text it stands in."""
    error.place = asked.place
    return error


def _figure_after(question: Question, subject: str, given: tuple[Fraction, ...]) -> Value | None:
    """The figure where an earlier layer's output is `given`; None where that is no shape."""
    if any(size.denominator != 1 or size < 1 for size in given):
        return None
    graph = question.graph
    part = graph.part(subject)
    index = (part.output if isinstance(part, Group) else graph.values[part.name]) - len(graph.inputs)
    forced = Changed(graph.nodes[index].layer, shape_as=Shape(map(int, given)))
    return as_value(figure(rerun(graph, {index: forced}), question.subject))


def _partial(marked: MarkedAnswer, asked: Asked) -> Fraction:
    """Points that the mistakes still earn: those of the dearest one, each taken for its kindest explanation."""
    named = [remark.misconceptions for remark in marked.remarks if remark.misconceptions]
    worth = [max(asked.partial.get(id, Fraction(0)) for id in ids) for ids in named]
    return min(*worth, asked.points) if worth else Fraction(0)


def _shown(value: Value, layout: str) -> str:
    if isinstance(value, tuple):
        ordered = (*value[1:], value[0]) if layout == "HWC" else value
        return "x".join(map(str, ordered))
    return f"{int(value):,}" if value.denominator == 1 else str(value)

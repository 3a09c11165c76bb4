"""Marking a sheet against an assignment: which questions are on it, with which numbers, and what may be told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import islice, product
from pathlib import Path

from archcalc.core.units import parse_shape
from archcalc.errors import AnswerError, ArchcalcError, SpecErrors
from archcalc.homework.asking.asked import Asked, Assignment
from archcalc.homework.asking.assignment import AssignmentErrors
from archcalc.homework.asking.question import AskedNetwork, ask, one_layer
from archcalc.homework.asking.variants import allowed, drawn, handed_out, tag
from archcalc.homework.diagnosis.diagnose import Catalogue
from archcalc.homework.marking.design import OpenSpec, opener
from archcalc.homework.marking.feedback import told
from archcalc.homework.marking.mark import right_value
from archcalc.homework.marking.paper import AnsweredPaper
from archcalc.homework.reading.folder import Folder
from archcalc.homework.reading.sheet import Entry, Sheet
from archcalc.spec.names import did_you_mean, listed, nearest
from archcalc.tables.marks import MarkedSheet

Loader = Callable[[str], AskedNetwork]
"""Finds a spec by its name or path."""

Numbers = Mapping[str, int]
"""What a question's names stand for on one paper."""

MOST_CATALOGUES = 256
"""Catalogues of drawn questions that are kept, so that marking ten thousand papers takes no more room than one."""
MOST_TRIED = 200
"""Drawings that are tried when an assignment is read, to find one that can be asked."""


class Assessor:
    """Marks sheets against one assignment; its questions are looked up once, and each catalogue is made once."""

    def __init__(self, assignment: Assignment, load: Loader) -> None:
        """Raises AssignmentErrors for every question that asks for what does not exist."""
        self.assignment = assignment
        self._load = load
        self._network = lru_cache(maxsize=MOST_CATALOGUES)(self._make_network)
        self._drawn_catalogue = lru_cache(maxsize=MOST_CATALOGUES)(self._make_catalogue)
        self._asked = {asked.id: asked for asked in assignment.questions}
        self.catalogues: dict[str, Catalogue] = {}
        errors: list[ArchcalcError] = []
        for asked in assignment.questions:
            try:
                self._look_up(asked)
            except ArchcalcError as error:
                errors += [_at_question(single, asked) for single in error.errors]
        if errors:
            raise AssignmentErrors(errors)
        self.right = {id: right_value(catalogue.question) for id, catalogue in self.catalogues.items()}

    def catalogue(self, asked: Asked, values: Numbers) -> Catalogue:
        """The catalogue of a question with its drawn numbers. Raises ArchcalcError where it cannot be asked."""
        if not asked.vary:
            return self.catalogues[asked.id]
        return self._drawn_catalogue(asked.id, tuple(sorted(values.items())))

    def blind(self, asked: Asked, values: Numbers) -> frozenset[str] | None:
        """The misconceptions that give the right value with these numbers; None where they cannot be asked."""
        try:
            return frozenset(self.catalogue(asked, values).blind())
        except ArchcalcError:
            return None

    def mark(
        self, sheet: Sheet, student: str = "", secret: bytes | None = None, open_spec: OpenSpec | None = None
    ) -> MarkedSheet:
        """Mark a sheet and tell as much as the assignment's feedback allows. Arguments and errors as for `assess`."""
        return told(self.assess(sheet, student, secret, open_spec), self.assignment.feedback)

    def assess(
        self, sheet: Sheet, student: str = "", secret: bytes | None = None, open_spec: OpenSpec | None = None
    ) -> MarkedSheet:
        """Mark a sheet; the teacher's view, with all verdicts, mistakes and points.

        Args:
            student: whose it is, where that is known better than by the sheet itself.
            secret: what drawn numbers are derived from; without it those of the sheet hold.
            open_spec: finds the networks that answers name; without it they lie beside the sheet.

        Raises SpecErrors for answers to questions that are not asked, and for drawn numbers that are not allowed.
        """
        entries = {entry.question: entry for entry in sheet.entries}
        self._refuse_unknown(entries.values())
        numbers, flags = self._numbers(sheet, student or sheet.student, secret)
        asked = {one.id: one.filled(numbers.get(one.id, {})) for one in self.assignment.questions}
        catalogues = {id: self.catalogue(self._asked[id], numbers.get(id, {})) for id in asked if asked[id].subject}
        right = {id: self.right[id] if id in self.right else right_value(catalogues[id].question) for id in catalogues}
        beside = open_spec or opener(Folder(Path(sheet.file).parent).read)
        paper = AnsweredPaper(self.assignment, asked, catalogues, right, entries, sheet.place(), beside)
        answers = tuple(paper.marked(id) for id in asked)
        return MarkedSheet(sheet.file, self.assignment.id or sheet.assignment, sheet.student, answers, flags)

    def _look_up(self, asked: Asked) -> None:
        """Find out whether the question can be asked. Raises ArchcalcError."""
        if asked.form != "value":
            return
        if not asked.vary:
            self.catalogues[asked.id] = self._make_catalogue(asked.id, ())
            return
        drawings = (dict(zip(asked.vary, row, strict=True)) for row in product(*asked.vary.values()))
        first: ArchcalcError | None = None
        for values in islice((values for values in drawings if allowed(asked, values)), MOST_TRIED):
            try:
                self.catalogue(asked, values)
                return
            except ArchcalcError as error:
                first = first or error
        if first is not None:
            raise first

    def _make_catalogue(self, id: str, values: tuple[tuple[str, int], ...]) -> Catalogue:
        asked = self._asked[id].filled(dict(values))
        layout, kilo = self.assignment.layout, int(self.assignment.conventions["kilo"])
        network = self._network(asked.spec, asked.layer, asked.input)
        return Catalogue(ask(network, asked.subject, id, layout, kilo), self.assignment.pinned)

    def _make_network(self, spec: str, layer: str, input: str) -> AskedNetwork:
        network = self._load(spec) if spec else one_layer(layer, input)
        if spec and input:
            network = network.on(parse_shape(input))
        agreed = self.assignment.conventions
        biases = agreed["recurrent_biases"]
        return network.agreed(agreed["pool_rounding"] == "ceil", 0 if biases == "any" else int(biases))

    def _refuse_unknown(self, entries: Iterable[Entry]) -> None:
        errors = []
        for entry in entries:
            if entry.question not in self._asked:
                help = did_you_mean(nearest(entry.question, self._asked))
                help = help or f"the questions are {listed(self._asked)}"
                errors.append(AnswerError(f"unknown question `{entry.question}`", place=entry.key_place, help=help))
        if errors:
            raise SpecErrors(errors)

    def _numbers(self, sheet: Sheet, student: str, secret: bytes | None) -> tuple[dict[str, Numbers], tuple[str, ...]]:
        """The drawn numbers of each question, and what is odd about those of the sheet. Raises SpecErrors."""
        varying = [asked for asked in self.assignment.questions if asked.vary]
        if not varying:
            return {}, ()
        if secret is None:
            return self._said_numbers(sheet, varying), ()
        if handed_out(self.assignment, secret, student, sheet.drawn, sheet.tag):
            return dict(sheet.drawn), ()
        numbers = drawn(self.assignment, secret, student, self.blind)
        flags = [
            f"the drawn numbers of {asked.id} are not this student's"
            for asked in varying
            if sheet.drawn and sheet.drawn.get(asked.id) != numbers[asked.id]
        ]
        if sheet.tag and sheet.tag != tag(secret, self.assignment, student, numbers):
            flags.append("the tag is not this student's")
        return numbers, tuple(flags)

    def _said_numbers(self, sheet: Sheet, varying: Iterable[Asked]) -> dict[str, Numbers]:
        """The numbers as the sheet has them, each of them allowed."""
        top = sheet.place()
        if not sheet.drawn:
            problem = AnswerError("this sheet has no drawn values", help="hand out papers with `archcalc quiz issue`")
            raise SpecErrors([problem.at(top)])
        errors: list[ArchcalcError] = []
        for asked in varying:
            said = sheet.drawn.get(asked.id, {})
            if not allowed(asked, said) or not self._can_be_asked(asked, said):
                what = f"the drawn values of {asked.id} are none that it may have"
                place = sheet.drawn_places.get(f"{asked.id}{_odd(asked, said)}", top)
                errors.append(AnswerError(what, place=place, help="copy `drawn:` from the paper as it was handed out"))
        if errors:
            raise SpecErrors(errors)
        return {asked.id: sheet.drawn[asked.id] for asked in varying}

    def _can_be_asked(self, asked: Asked, values: Numbers) -> bool:
        try:
            self.catalogue(asked, values)
        except ArchcalcError:
            return False
        return True


def _at_question(error: ArchcalcError, asked: Asked) -> ArchcalcError:
    """The error at the question that it comes from, whatever text it stands in."""
    error.place, error.repair = asked.place, None
    return error


def _odd(asked: Asked, said: Numbers) -> str:
    """`.k` for the first name that stands for none of its numbers; "" where it is not one alone."""
    return next((f".{name}" for name in said if said[name] not in asked.vary.get(name, ())), "")

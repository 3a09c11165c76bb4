"""Marking: one answer against the engine, in the order exact, catalogue, convention, precision, slip, wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import partial
from math import floor
from typing import NamedTuple

from archcalc.analysis.origins.slips import Written
from archcalc.core import Shape
from archcalc.core.record import replace
from archcalc.errors import AnswerError, ArchcalcError, Place, SpecErrors, UnknownName
from archcalc.homework.asking.question import AskedNetwork, Question, ask
from archcalc.homework.diagnosis.diagnose import Catalogue
from archcalc.homework.diagnosis.misconceptions.mistake import Candidate, Value
from archcalc.homework.diagnosis.terms import align
from archcalc.homework.marking.guard import guarded
from archcalc.homework.marking.slips import coarse_slip, slip, swapped, written_of
from archcalc.homework.marking.working import NOT_ITS_VALUE, remarks_of
from archcalc.homework.misconceptions import MISCONCEPTIONS
from archcalc.homework.reading.answer import (
    Answer,
    as_length,
    last_digit,
    read_number,
    read_ratio,
    read_shape,
    read_vector,
    with_working,
)
from archcalc.homework.reading.sheet import Entry, Sheet
from archcalc.homework.reading.tokens import Fault
from archcalc.tables.marks import MarkedAnswer, MarkedSheet, Remark, Verdict

_WORKING_RIGHT = Remark(("slip.arith",), (), "Your working is right, but it does not come to the value you wrote.")
KIBI = (Fraction(1000, 1024), Fraction(1024, 1000))
LENGTHS = re.compile(r"(?:out|rf|jump)\.[hw]|rf|jump|rf\.(?:min|max)|min_input")
"""Figures along one axis, which answers also give for both: `163x163`."""


class Judgement(NamedTuple):
    """What there is to say about an answer, wherever in a file it stands."""

    verdict: Verdict
    remarks: list[Remark]
    value: Value | None
    """None where the answer cannot be read."""


class Marker:
    """Marks sheets about one network; what a question's catalogue gives is worked out once for all of them."""

    def __init__(self, network: AskedNetwork) -> None:
        self.network = network
        self._catalogues: dict[str, Catalogue] = {}

    def catalogue(self, subject: str) -> Catalogue:
        """The catalogue of a figure. Raises UnknownName for a figure or a layer that does not exist."""
        if subject not in self._catalogues:
            self._catalogues[subject] = Catalogue(ask(self.network, subject))
        return self._catalogues[subject]

    def mark(self, sheet: Sheet) -> MarkedSheet:
        """Mark every answer of a sheet. Raises SpecErrors with every question that does not exist."""
        catalogues = self._catalogues_of(sheet.entries)
        right = {id: right_value(catalogue.question) for id, catalogue in catalogues.items()}
        answers = []
        for entry in sheet.entries:
            others = {id: value for id, value in right.items() if id != entry.question}
            answers.append(guarded(entry, partial(mark_answer, catalogues[entry.question], entry, others)))
        return MarkedSheet(sheet.file, sheet.assignment, sheet.student, tuple(answers))

    def _catalogues_of(self, entries: Iterable[Entry]) -> dict[str, Catalogue]:
        found: dict[str, Catalogue] = {}
        errors: list[ArchcalcError] = []
        for entry in entries:
            try:
                found[entry.question] = self.catalogue(entry.question)
            except UnknownName as error:
                errors.append(AnswerError(error.what, place=entry.key_place, help=error.help))
            except ArchcalcError as error:
                errors.append(error.at(entry.key_place))
        if errors:
            raise SpecErrors(errors)
        return found


def mark_answer(
    catalogue: Catalogue, entry: Entry, others: Mapping[str, Value], digits: int | None = None
) -> MarkedAnswer:
    """Mark one answer.

    Args:
        others: right answers of the sheet's other questions.
        digits: significant digits that are enough.
    """
    if not entry.text:
        return MarkedAnswer(entry.question, "unanswered", entry.place)
    if (other_form := unfitting(entry, "value")) is not None:
        return unreadable(entry, other_form)
    key = "judged", entry.text, entry.work and entry.work.text, digits
    verdict, remarks, value = catalogue.remembered(key, lambda: _judged(catalogue, entry, digits))
    other = swapped(value, others) if verdict == "wrong" else None
    if other is not None:
        verdict, remarks = "slip", [other]
    marked = MarkedAnswer(entry.question, verdict, entry.place, tuple([placed(remark, entry) for remark in remarks]))
    return replace(marked, points=marked.max_points) if marked.passes else marked


def read(question: Question, entry: Entry) -> Answer:
    """The answer in the form that the question asks for. Raises Fault."""
    if isinstance(question.actual, Shape):
        if len(question.actual) == 1:
            return _as_vector(_channels_first(read_vector(entry.text, question.kilo), question.layout), question)
        return _channels_first(read_shape(entry.text), question.layout)
    answer = (read_ratio if question.word == "ratio" else read_number)(entry.text, question.kilo)
    if answer.in_bytes and not question.word.endswith("bytes"):
        raise Fault("this question asks for a count, not for bytes", 0, len(entry.text), "write K, M or G")
    if LENGTHS.fullmatch(question.word) and answer.value != question.actual:
        answer = as_length(answer)
    return answer if entry.work is None else with_working(answer, entry.work.text, question.kilo)


def unreadable(entry: Entry, fault: Fault) -> MarkedAnswer:
    """The verdict on an answer that cannot be read, with the place of its fault."""
    return MarkedAnswer(entry.question, "unreadable", entry.place, (placed(_fault_remark(entry, fault), entry),))


def _fault_remark(entry: Entry, fault: Fault) -> Remark:
    message = f"{fault.what[:1].upper()}{fault.what[1:]}" + (f": {fault.help}." if fault.help else ".")
    return Remark((), (), message, entry.text, min(fault.column, len(entry.text)), fault.length)


def unfitting(entry: Entry, form: str) -> Fault | None:
    """What is wrong with an answer that was written in another form than the question asks for; None where it fits.

    A formula and the name of a spec may also stand alone: `q6: K*K*Cin`.
    """
    if not entry.text or entry.form in (form, "value"):
        return None
    wanted = {"value": "a number or a shape", "formula": "a formula", "spec": "a spec"}[form]
    return Fault(f"this question asks for {wanted}, not for a {entry.form}", 0, len(entry.text))


def _judged(catalogue: Catalogue, entry: Entry, digits: int | None) -> Judgement:
    try:
        answer = read(catalogue.question, entry)
    except Fault as fault:
        return Judgement("unreadable", [_fault_remark(entry, fault)], None)
    return Judgement(*judge(catalogue, answer, digits), answer.value)


def judge(catalogue: Catalogue, answer: Answer, digits: int | None = None) -> tuple[Verdict, list[Remark]]:
    """The verdict on an answer that could be read, whatever else was answered, and what is said about it."""
    right = right_value(catalogue.question)
    if answer.value == right:
        return "exact", _remarks_on_working(catalogue, answer, right)
    if answer.value in catalogue.accepted:
        return "convention", _by_convention(catalogue.accepted[answer.value], answer)
    if _rounds_its_working(answer, right):
        return "accepted", []
    working = _remarks_on_working(catalogue, answer, right)
    if any(remark.misconceptions for remark in working):
        only_slip = all(id.startswith("slip.") for remark in working for id in remark.misconceptions)
        return ("slip" if only_slip else "misconception"), working
    if _is_right_to(digits, answer.value, catalogue):
        return "accepted", _shared_digits(catalogue, right, digits)
    other = _near_a_convention(catalogue, answer, digits)
    if other is not None:
        return "convention", _by_convention(other, answer)
    rounded = _rounded(catalogue, answer.claimed, right, digits)
    if rounded is not None:
        return rounded
    written = written_of(answer)
    explained = catalogue.explain(answer.value) or _in_other_order(catalogue, answer.value)
    found = [] if explained else _of_another_network(catalogue, written)
    if not found and (thousands := _by_other_thousands(catalogue, answer, right)) is not None:
        return thousands
    found = found or explained or (catalogue.near(*answer.claimed) if answer.claimed is not None else [])
    if found:
        return ("convention" if found[0].convention else "misconception"), _remarks(found, answer)
    slipped = slip(answer.value, right, typed=not answer.computed) or coarse_slip(written, right)
    if slipped is not None:
        return "slip", [_by_its_point(slipped, answer)]
    found = _of_another_network(catalogue, written, coarsely=True)
    if found:
        return "misconception", _remarks(found, answer)
    return "wrong", working or [Remark((), (), _unexplained(answer, right))]


def _in_other_order(catalogue: Catalogue, value: Value) -> list[Candidate]:
    """The misconceptions behind a wrong shape that is written with its channels where the sheet has them not."""
    if not isinstance(value, tuple) or len(value) < 3:
        return []
    layout = catalogue.question.layout
    turned = (value[-1], *value[:-1]) if layout == "CHW" else (*value[1:], value[0])
    order = f"And this sheet wants {', '.join(layout)}."
    return [replace(found, said=f"{found.feedback} {order}") for found in catalogue.explain(turned)]


def _of_another_network(catalogue: Catalogue, written: Written | None, coarsely: bool = False) -> list[Candidate]:
    """The network whose number this is, as `reconcile` finds it."""
    candidate = None if written is None else catalogue.others.explain(written, coarsely)
    return [] if candidate is None else [candidate]


_GROUPED_BY_POINTS = re.compile(r"\s*[0-9]{1,3}\.[0-9]{3}\s*")


def _by_its_point(slipped: Remark, answer: Answer) -> Remark:
    """The slip; of 61.706 for 61,706 also what the point means."""
    if not _GROUPED_BY_POINTS.fullmatch(answer.text):
        return slipped
    return replace(slipped, message=f"{slipped.message} A point begins the decimals; thousands take a comma.")


def _rounds_its_working(answer: Answer, right: Value) -> bool:
    """Whether the right number, worked out, stands there rounded: 2416/156 = 15.49."""
    if answer.working is None or answer.working.value != right or answer.claimed is None:
        return False
    least, limit = answer.claimed
    return least <= answer.working.value < limit


def _channels_first(answer: Answer, layout: str) -> Answer:
    """The shape in the engine's order: its last size first where sheets write H, W, C."""
    sizes = answer.value
    if layout == "CHW" or not isinstance(sizes, tuple) or len(sizes) < 2:
        return answer
    return replace(answer, value=(sizes[-1], *sizes[:-1]))


def _as_vector(answer: Answer, question: Question) -> Answer:
    """`1x400`, with a batch of one, and `400x1` say 400, unless that is the map which the layer flattens."""
    sizes = answer.value
    assert isinstance(sizes, tuple)
    flattened = any(sizes == tuple(shape) for shape in question.nodes[-1].input_shapes)
    rest = tuple(size for size in sizes if size != 1) or sizes[:1]
    return answer if flattened or len(rest) != 1 else replace(answer, value=rest)


def right_value(question: Question) -> Value:
    """The right answer, as answers are held."""
    actual = question.actual
    return tuple(map(Fraction, actual)) if isinstance(actual, Shape) else actual


def _by_convention(candidate: Candidate, answer: Answer) -> list[Remark]:
    """What is said of an answer that is right under a convention as good as the engine's own."""
    remarks = [replace(remark, accepted=True) for remark in _remarks([candidate], answer)]
    differs = answer.working is not None and answer.claimed is None and answer.working.value != answer.value
    return [*remarks, NOT_ITS_VALUE] if differs else remarks


def _near_a_convention(catalogue: Catalogue, answer: Answer, digits: int | None) -> Candidate | None:
    """The convention whose figure the answer is, rounded; None where the right one or a mistake's rounds to it too."""
    value, right = answer.value, right_value(catalogue.question)
    for figure, candidate in catalogue.accepted.items():
        if not isinstance(value, Fraction) or not isinstance(figure, Fraction) or not isinstance(right, Fraction):
            return None
        if digits is not None and abs(value - figure) <= last_digit(figure, digits) / 2:
            return candidate
        least, limit = answer.claimed or (value, value)
        if least <= figure < limit and not least <= right < limit and not catalogue.inside(least, limit):
            return candidate
    return None


def _remarks_on_working(catalogue: Catalogue, answer: Answer, right: Value) -> list[Remark]:
    """What the working shows, term by term; nothing where it is right and gives the value."""
    working = answer.working
    if working is None:
        return []
    if working.value == right or (working.value in catalogue.accepted and answer.value != right):
        return [] if answer.value == right else [_WORKING_RIGHT]
    alignment = align(catalogue, working)
    remarks = remarks_of(catalogue, alignment, answer) if alignment is not None and alignment.tells else []
    if not remarks and not answer.computed:
        found = catalogue.explain(working.value)
        remarks = _remarks(found, answer) if found else []
    return [*remarks, NOT_ITS_VALUE] if working.value != answer.value else remarks


def _remarks(found: list[Candidate], answer: Answer) -> list[Remark]:
    """What is said about a value: one thing, or two where it takes two misconceptions."""
    partner = found[0].partner
    return [_remark(found, answer), *([] if partner is None else [_remark([partner], answer)])]


def _remark(found: list[Candidate], answer: Answer) -> Remark:
    """The likeliest misconception, the others with "or"."""
    ids = tuple(candidate.id for candidate in found)
    layers = found[0].layers if found[0].scope != "all" else ()
    length = len(answer.text) if answer.computed else 0
    return Remark(ids, layers, found[0].feedback, answer.text if answer.computed else "", 0, length)


def _rounded(
    catalogue: Catalogue, claimed: tuple[Fraction, Fraction] | None, right: Value, digits: int | None
) -> tuple[Verdict, list[Remark]] | None:
    """A rounded number that the right one rounds to, unless a misconception's rounds to it too."""
    if claimed is None or not isinstance(right, Fraction):
        return None
    least, limit = claimed
    cut_off = (least + limit) / 2 <= right < limit + (limit - least) / 2
    if not cut_off and not least <= right < limit:
        return None
    if catalogue.inside(least, limit):
        wanted = "the exact number" if digits is None else f"{digits} digits"
        message = f"Give {wanted}: rounded like this, a wrong one looks the same."
        return "slip", [Remark(("slip.rounded",), (), message)]
    if least <= right < limit:
        return "accepted", []
    return "slip", [Remark(("slip.rounded",), (), "You cut the digits off: round to the nearest.")]


def _by_other_thousands(catalogue: Catalogue, answer: Answer, right: Value) -> tuple[Verdict, list[Remark]] | None:
    """A number with a unit that is right where thousands are 1024, or are not."""
    if not answer.thousands or answer.claimed is None or not isinstance(right, Fraction):
        return None
    least, limit = answer.claimed
    for ratio, used in zip(KIBI, ("1024", "1000"), strict=True):
        if least <= right * ratio**answer.thousands < limit:
            id = "mem.kib" if catalogue.question.word.endswith("bytes") else "mac.unit"
            return "convention", [Remark((id,), (), f"You used powers of {used}.")]
    return None


def _is_right_to(digits: int | None, value: Value, catalogue: Catalogue) -> bool:
    """Whether so many digits are enough and right, and the number is not, to its last one, what a mistake gives."""
    right = catalogue.question.actual
    if digits is None or not isinstance(value, Fraction) or not isinstance(right, Fraction):
        return False
    step = last_digit(right, digits)
    if abs(value - right) > step / 2:
        return False
    return value % step == 0 or not catalogue.explain(value)


def _shared_digits(catalogue: Catalogue, right: Value, digits: int | None) -> list[Remark]:
    """That so many digits do not tell the right number from that of the likeliest mistake, where they do not."""
    assert isinstance(right, Fraction)
    assert digits is not None
    step = last_digit(right, digits)
    rounded = floor(right / step + Fraction(1, 2)) * step
    shared = catalogue.inside(rounded - step / 2, rounded + step / 2)
    if not shared:
        return []
    did = MISCONCEPTIONS[shared[0].id][0]
    return [Remark((), (), f"{digits} digits are enough here; someone who {did} would have the same.")]


def _unexplained(answer: Answer, right: Value) -> str:
    if isinstance(answer.value, tuple) and isinstance(right, tuple) and len(answer.value) != len(right):
        if len(answer.value) == len(right) + 1 and 1 in answer.value:
            return f"A shape of {len(right)} sizes is asked for, of one example: leave the batch out."
        return f"A shape of {len(right)} {'size' if len(right) == 1 else 'sizes'} is asked for."
    return "This is not the answer, and no known mistake gives it."


def placed(remark: Remark, entry: Entry) -> Remark:
    """The remark with its place in the file, where the columns can be counted there."""
    source = entry.work if entry.work is not None and remark.text == entry.work.text else entry
    if not remark.text or not remark.length:
        return remark
    place = source.place
    if source.exact:
        place = Place(place.file, place.line, place.column + remark.start, remark.length, place.text)
    return replace(remark, place=place)

"""Design questions: a network that the student writes, held against what the teacher requires of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import PurePosixPath

from archcalc.analysis.claims import hold, single
from archcalc.analysis.fields.figures import Extent
from archcalc.analysis.quantities import Figures
from archcalc.core import Shape
from archcalc.core.demand import parse_demand
from archcalc.core.record import record, replace
from archcalc.core.units import parse_shape
from archcalc.errors import AnswerError, ArchcalcError, SpecError
from archcalc.graph.choices import Choices
from archcalc.graph.elaborate import elaborate
from archcalc.graph.graph import Graph
from archcalc.homework.asking.asked import Design, Requirement
from archcalc.homework.reading.sheet import Entry
from archcalc.spec.check import read_document
from archcalc.spec.foreign.files import text_of
from archcalc.spec.reader import SPEC_LIMITS
from archcalc.tables.marks import MarkedAnswer, Remark

OpenSpec = Callable[[str], str]
"""The text of a file that a student names. Raises AnswerError for one that is not in the submission."""

MOST_LAYERS = 2_000
LAST = "last"
"""The last layer of the network, whatever it is called."""


@record
class HeldRequirement:
    """A requirement against one network."""

    requirement: Requirement
    holds: bool
    found: str
    """What the network has there, in words."""


def hold_all(design: Design, name: str, text: str) -> tuple[HeldRequirement, ...]:
    """Hold a network's text against each requirement. Raises SpecErrors where it is no network on this image."""
    graph = _built(design, name, text)
    figures = Figures(graph)
    return tuple(_held(requirement, figures) for requirement in design.require)


def mark_design(design: Design, entry: Entry, open_spec: OpenSpec) -> MarkedAnswer:
    """The verdict on a design; its points are the share of the requirements that hold."""
    if not entry.text:
        return MarkedAnswer(entry.question, "unanswered", entry.place)
    try:
        held = hold_all(design, entry.text, open_spec(entry.text))
    except ArchcalcError as error:
        return _unreadable(entry, error.errors[0])
    points = Fraction(sum(one.holds for one in held), len(held))
    remarks = [remark for one in held if not one.holds for remark in _remarks(one)]
    return MarkedAnswer(entry.question, "wrong" if remarks else "exact", entry.place, tuple(remarks), points)


def opener(read: Callable[[str, int], bytes]) -> OpenSpec:
    """Opens specs by what reads the files of one submission: (name, most bytes) -> the file, up to one byte more."""

    def open_spec(name: str) -> str:
        if not _NAME.fullmatch(name) or ".." in name:
            raise AnswerError("This names no file of the submission", help="write the file's name: spec: my_net.yaml")
        data = read(name, SPEC_LIMITS.bytes)
        if len(data) > SPEC_LIMITS.bytes:
            raise AnswerError(f"{name} is larger than {SPEC_LIMITS.bytes // 1024} KiB, the limit")
        return text_of(data, name, error=AnswerError)

    return open_spec


_NAME = re.compile(r"[\w-][\w.@ -]{0,99}(/[\w-][\w.@ -]{0,99}){0,7}")


def _remarks(held: HeldRequirement) -> Iterator[Remark]:
    """Which requirement fails; further feedback also tells what there is instead."""
    yield Remark((), (), f"`{held.requirement.text}` does not hold.")
    yield Remark((), (), held.found, told_from="steps")


def _unreadable(entry: Entry, error: ArchcalcError) -> MarkedAnswer:
    """What is wrong with a file that is no network, and where in it."""
    where = f"{error.place}: " if error.place is not None else ""
    detail = f" ({error.notes[0]})" if error.notes else ""
    help = f"; {error.help}" if error.help else ""
    message = f"{where}{error.what}{detail}{help}."
    return MarkedAnswer(entry.question, "unreadable", entry.place, (Remark((), (), message),))


def _built(design: Design, name: str, text: str) -> Graph:
    document = read_document(text, name)
    document.name = document.name or PurePosixPath(name).stem
    if len(document.inputs) != 1:
        raise SpecError(f"The network has {len(document.inputs)} inputs, not one", help=f"write input: {design.input}")
    image = parse_shape(design.input)
    graph = elaborate(document, Choices(inputs=dict.fromkeys(document.inputs, image)))
    if len(graph.nodes) > MOST_LAYERS:
        raise SpecError(f"The network has {len(graph.nodes):,} layers; the limit is {MOST_LAYERS:,}")
    return graph


def _held(requirement: Requirement, figures: Figures) -> HeldRequirement:
    demand = parse_demand(requirement.text)
    try:
        found = hold(figures, replace(demand, subject=_of_last(demand.subject, figures.graph)))
    except ArchcalcError as error:
        return HeldRequirement(requirement, False, f"{error.what}.")
    return HeldRequirement(requirement, found.holds, _told(demand.subject, found.actual))


def _told(subject: str, figure: int | Fraction | Shape | Extent) -> str:
    try:
        actual = single(figure)
    except SpecError as error:
        return f"{error.what}."
    if isinstance(actual, Fraction):
        actual = float(actual)
    return f"Here {subject} is {actual}." if isinstance(actual, Shape) else f"Here {subject} is {actual:,}."


def _of_last(subject: str, graph: Graph) -> str:
    """`last.rf` with the name of the last layer, unless a layer is called so."""
    first, _, rest = subject.partition(".")
    if first != LAST or not rest or LAST in graph.values or not graph.nodes:
        return subject
    return f"{graph.nodes[-1].name}.{rest}"

"""Design questions: a network that the student writes, held against what the teacher requires of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import PurePosixPath

from archcalc.analysis.claims import QUANTITIES, quantity
from archcalc.analysis.summary import Summary, summarize
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.core.units import parse_quantity, parse_shape
from archcalc.errors import AnswerError, ArchcalcError, AssignmentError, SpecError, UnknownName
from archcalc.graph.elaborate import Choices, elaborate
from archcalc.graph.graph import Graph
from archcalc.homework.asked import Design, Requirement
from archcalc.homework.grading.submissions import decoded
from archcalc.homework.sheet import Entry
from archcalc.report.homework import MarkedAnswer, Remark
from archcalc.spec.check import read_document
from archcalc.spec.names import did_you_mean, listed, nearest
from archcalc.spec.reader import SPEC_LIMITS

OpenSpec = Callable[[str], str]
"""The text of a file that a student names. Raises AnswerError for one that is not in the submission."""

MOST_LAYERS = 2_000
LAST = "last"
"""The last layer of the network, whatever it is called."""


@record
class Held:
    """A requirement against one network."""

    requirement: Requirement
    holds: bool
    found: str
    """What the network has there, in words."""


@record
class _Parsed:
    subject: str
    sign: str
    value: Fraction | Shape


def requirement_fault(requirement: Requirement) -> AssignmentError | None:
    """What is wrong with a requirement as it is written; None where nothing is."""
    try:
        _parsed(requirement)
    except SpecError as error:
        return AssignmentError(error.what, place=requirement.place, help=error.help)
    return None


def hold(design: Design, name: str, text: str) -> tuple[Held, ...]:
    """Hold a network's text against each requirement. Raises SpecErrors where it is no network on this image."""
    graph = _built(design, name, text)
    summary = summarize(graph)
    return tuple(_held(requirement, graph, summary) for requirement in design.require)


def mark_design(design: Design, entry: Entry, open_spec: OpenSpec) -> MarkedAnswer:
    """The verdict on a design; its points are the share of the requirements that hold."""
    if not entry.text:
        return MarkedAnswer(entry.question, "unanswered", entry.place)
    try:
        held = hold(design, entry.text, open_spec(entry.text))
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
        return decoded(data, name)

    return open_spec


_NAME = re.compile(r"[\w-][\w.@ -]{0,99}(/[\w-][\w.@ -]{0,99}){0,7}")


def _remarks(held: Held) -> Iterator[Remark]:
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


_SIGNS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b, "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b, ">": lambda a, b: a > b,
}  # fmt: skip
_REQUIREMENT = re.compile(r"\s*(?P<subject>[\w./-]+)\s*(?P<sign><=|>=|==|!=|<|>|=)\s*(?P<value>[^<>=!]+?)\s*")


def _parsed(requirement: Requirement) -> _Parsed:
    """Raises SpecError."""
    match = _REQUIREMENT.fullmatch(requirement.text)
    if match is None or match["sign"] == "=":
        what = f"`{requirement.text}` compares nothing"
        raise SpecError(what, help="write params < 5e6, last.rf >= 32 or out == 10")
    subject = match["subject"].replace("/", ".")
    words = subject.split(".")
    if not any(".".join(words[cut:]) in QUANTITIES for cut in range(len(words))):
        help = did_you_mean(nearest(words[-1], QUANTITIES)) or f"quantities are {listed(QUANTITIES, 20)}"
        raise UnknownName(f"unknown quantity `{words[-1]}`", help=help)
    if re.fullmatch(r"[0-9]+([xX×][0-9]+)+", match["value"]):
        if match["sign"] not in ("==", "!="):
            raise SpecError(f"shapes are equal or not, here `{match['sign']}`", help="write out == 16x5x5")
        return _Parsed(subject, match["sign"], parse_shape(match["value"]))
    number = parse_quantity(match["value"])
    if number.approximate:
        raise SpecError(f"a requirement is exact, here `{match['value']}`", help="write two: params > 4M, params < 5M")
    return _Parsed(subject, match["sign"], Fraction(number.mantissa) * Fraction(10) ** number.exponent * number.scale)


def _held(requirement: Requirement, graph: Graph, summary: Summary) -> Held:
    parsed = _parsed(requirement)
    try:
        actual = quantity(graph, summary, _of_last(parsed.subject, graph))
    except ArchcalcError as error:
        return Held(requirement, False, f"{error.what}.")
    shown = str(actual) if isinstance(actual, Shape) else f"{actual:,}"
    return Held(requirement, _holds(parsed, actual), f"Here {parsed.subject} is {shown}.")


def _holds(parsed: _Parsed, actual: float | Shape) -> bool:
    if isinstance(parsed.value, Shape):
        same = isinstance(actual, Shape) and actual == parsed.value
        return same if parsed.sign == "==" else not same
    return all(_SIGNS[parsed.sign](number, parsed.value) for number in _numbers(parsed.subject, actual))


def _numbers(subject: str, actual: float | Shape) -> Iterator[Fraction]:
    """What is compared with a number: of an output its values, of a field each axis."""
    if not isinstance(actual, Shape):
        yield Fraction(actual)
    elif subject.rpartition(".")[2] == "out":
        yield Fraction(actual.elements)
    else:
        yield from map(Fraction, actual)


def _of_last(subject: str, graph: Graph) -> str:
    """`last.rf` with the name of the last layer, unless a layer is called so."""
    first, _, rest = subject.partition(".")
    if first != LAST or not rest or LAST in graph.values or not graph.nodes:
        return subject
    return f"{graph.nodes[-1].name}.{rest}"

"""Assignments: the teacher's file with questions, points and policies. It holds no answers and is safe to publish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from archcalc.core.record import field, record, replace
from archcalc.errors import ArchcalcError, AssignmentError, Place, Source, SpecErrors
from archcalc.spec.names import did_you_mean, listed, nearest
from archcalc.spec.nodes import Mapping, Node, Scalar, Sequence
from archcalc.spec.reader import Limits, read

SCHEMA = "assignment/1"
LIMITS = Limits(bytes=256 * 1024, depth=12, nodes=20_000)
FEEDBACK = ("verdict", "hint", "full")
"""What a student is told: right or wrong; the mistake, without the number; or the number too."""
CONVENTIONS = {"flops": ("flops", "macs"), "layout": ("CHW", "HWC"), "kilo": ("1000",), "pool_rounding": ("floor",)}
"""What may be agreed on, and how; the first is what holds where nothing is said."""

_HEAD = ("archcalc", "id", "course", "title", "points", "feedback", "conventions", "questions")
_KEYS = ("id", "spec", "get", "layer", "input", "table", "points", "partial", "accept", "follow", "ask")
_LATER = ("vary", "where", "formula", "design")
"""Keys of questions that draw numbers or ask for more than a figure; there is no marking for them yet."""


class AssignmentErrors(SpecErrors):
    """All errors of an assignment."""

    exit_code = 4


@record
class Asked:
    """One figure that is asked for, and what it is worth."""

    id: str
    subject: str
    points: Fraction
    place: Place
    spec: str = ""
    layer: str = ""
    """A single layer's call, with its `input`, instead of a spec."""
    input: str = ""
    partial: dict[str, Fraction] = field(factory=dict)
    """Misconception -> points that it still earns."""
    digits: int | None = None
    """Significant digits that are enough."""
    follow: Fraction | None = None
    """Credit for a cell that follows rightly from the student's own previous row."""
    previous: str = ""
    """The question of the previous row's output, and ..."""
    previous_subject: str = ""
    """... what it asks for."""


@record
class Assignment:
    """A checked assignment; the cells of tables are questions of their own: `q5.conv1.out`."""

    file: str
    id: str
    title: str
    feedback: str
    layout: str
    questions: tuple[Asked, ...]

    @property
    def points(self) -> Fraction:
        return sum((asked.points for asked in self.questions), Fraction(0))


def read_assignment(text: str, file: str) -> Assignment:
    """Read an assignment. Raises AssignmentErrors with all that is wrong."""
    source = Source(text, file)
    try:
        root = read(source, LIMITS)
    except SpecErrors as errors:
        raise AssignmentErrors(AssignmentError(e.what, place=e.place, help=e.help) for e in errors.errors) from None
    return _Reader(source).assignment(root)


class _Reader:
    """Walks the nodes of an assignment and gathers what is wrong."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.errors: list[ArchcalcError] = []
        self.conventions = {name: words[0] for name, words in CONVENTIONS.items()}

    def assignment(self, root: Node) -> Assignment:
        sections = self.entries(root, "an assignment", _HEAD)
        head = {name: self.text(node) for name, node in sections.items() if name not in ("conventions", "questions")}
        if head.get("archcalc", SCHEMA) != SCHEMA:
            self.refuse(f"`{head['archcalc']}` is no assignment", sections["archcalc"], f"write archcalc: {SCHEMA}")
        feedback = head.get("feedback", "hint")
        if feedback not in FEEDBACK:
            self.refuse(f"unknown feedback `{feedback}`", sections["feedback"], f"there are {listed(FEEDBACK)}")
        self.read_conventions(sections.get("conventions"))
        questions = tuple(self.questions(sections.get("questions")))
        made = Assignment(
            self.source.file, head.get("id", ""), head.get("title", ""), feedback, self.conventions["layout"], questions
        )
        self.check_points(made, sections)
        if self.errors:
            raise AssignmentErrors(self.errors)
        return made

    def read_conventions(self, node: Node | None) -> None:
        for name, value in self.entries(node, "`conventions`", tuple(CONVENTIONS)).items() if node else ():
            text = self.text(value)
            if text not in CONVENTIONS[name]:
                self.refuse(f"`{name}` cannot be `{text}`", value, f"it may be {listed(CONVENTIONS[name])}")
            self.conventions[name] = text

    def questions(self, node: Node | None) -> Iterator[Asked]:
        if not isinstance(node, Sequence):
            self.refuse("an assignment has a list of `questions:`", node, "write - {id: q1, spec: lenet5, get: params}")
            return
        seen: set[str] = set()
        for item in node.items:
            for asked in self.question(item):
                if asked.id in seen:
                    self.refuse(f"two questions are called `{asked.id}`", item, "rename one of them")
                seen.add(asked.id)
                yield asked

    def question(self, node: Node) -> Iterator[Asked]:
        later = (
            next((key for key, _ in node.entries if key.text in _LATER), None) if isinstance(node, Mapping) else None
        )
        if later is not None:
            self.refuse(f"questions with `{later.text}` cannot be marked yet", later)
            return
        parts = self.entries(node, "a question", _KEYS)
        missing = [key for key in ("id", "points") if key not in parts]
        if missing:
            self.refuse(f"the question has no {listed(missing)}", node)
            return
        if ("spec" in parts) == ("layer" in parts) or ("get" in parts) == ("table" in parts):
            what = "a question names a `spec` or a `layer`, and what to `get` or a `table`"
            self.refuse(what, node, "write spec: lenet5 and get: conv1.params")
            return
        if "layer" in parts and ("input" not in parts or "table" in parts):
            self.refuse("a question about a `layer` has its `input`, and what to `get`", node)
            return
        common = self.common(parts)
        yield from self.table(parts, common) if "table" in parts else [self.single(parts, common)]

    def single(self, parts: dict[str, Node], common: Asked) -> Asked:
        subject = self.figure(self.text(parts["get"]))
        return replace(common, subject=f"layer.{subject}" if common.layer else subject)

    def table(self, parts: dict[str, Node], common: Asked) -> Iterator[Asked]:
        """A question for each cell; rows are layers, in order."""
        table = self.entries(parts["table"], "`table`", ("layers", "columns"))
        rows, columns = (self.texts(table.get(name), parts["table"]) for name in ("layers", "columns"))
        follow = self.entries(parts["follow"], "`follow`", ("credit",)) if "follow" in parts else {}
        credit = self.number(follow["credit"]) if "credit" in follow else None
        for index, row in enumerate(rows):
            before = rows[index - 1] if index and "out" in columns else ""
            for column in columns:
                yield replace(
                    common,
                    id=f"{common.id}.{row}.{column}",
                    subject=f"{row}.{self.figure(column)}",
                    points=common.points / (len(rows) * len(columns)),
                    follow=credit,
                    previous=f"{common.id}.{before}.out" if before else "",
                    previous_subject=before,
                )

    def common(self, parts: dict[str, Node]) -> Asked:
        """What a question says about all its cells."""
        partial = {key.text: self.number(value) for key, value in getattr(parts.get("partial"), "entries", ())}
        accept = self.entries(parts["accept"], "`accept`", ("sig",)) if "accept" in parts else {}
        texts = {key: self.text(parts[key]) if key in parts else "" for key in ("id", "spec", "layer", "input")}
        digits = int(self.number(accept["sig"])) if "sig" in accept else None
        return Asked(
            texts["id"], "", self.number(parts["points"]), self.place(parts["id"]),
            texts["spec"], texts["layer"], texts["input"], partial, digits,
        )  # fmt: skip

    def figure(self, subject: str) -> str:
        """The figure under the agreed convention: where `flops: macs`, what a question calls flops are MACs."""
        subject = subject.replace("/", ".")
        flops = subject.rpartition(".")[2] == "flops" and self.conventions["flops"] == "macs"
        return subject.removesuffix("flops") + "macs" if flops else subject

    def check_points(self, made: Assignment, sections: dict[str, Node]) -> None:
        if "points" in sections and not self.errors:
            said = self.number(sections["points"])
            if said != made.points:
                self.refuse(f"the questions have {made.points} points together, not {said}", sections["points"])

    def entries(self, node: Node | None, what: str, known: tuple[str, ...]) -> dict[str, Node]:
        if not isinstance(node, Mapping):
            self.refuse(f"{what} holds `key: value` lines", node)
            return {}
        for key, _ in node.entries:
            if key.text not in known:
                help = did_you_mean(nearest(key.text, known)) or f"there are {listed(known)}"
                self.refuse(f"unknown key `{key.text}` of {what}", key, help)
        return {key.text: value for key, value in node.entries if key.text in known}

    def texts(self, node: Node | None, at: Node) -> list[str]:
        if isinstance(node, Sequence) and node.items:
            return [self.text(item) for item in node.items]
        self.refuse("a `table` has `layers: [..]` and `columns: [..]`", at)
        return []

    def text(self, node: Node) -> str:
        if isinstance(node, Scalar):
            return node.text
        self.refuse("one value is expected here", node)
        return ""

    def number(self, node: Node) -> Fraction:
        """Points and credits: 2, 0.5 or 1/2."""
        text = self.text(node)
        if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?|[0-9]{1,6}/[1-9][0-9]{0,5}", text):
            return Fraction(text)
        self.refuse(f"`{text}` is no number of points", node, "write 2, 0.5 or 1/2")
        return Fraction(0)

    def place(self, node: Node | None) -> Place:
        if node is None:
            return self.source.place(1, 1)
        if isinstance(node, Scalar):
            return self.source.place(node.line, node.column + node.quoted, len(node.text))
        return self.source.place(node.line, node.column)

    def refuse(self, what: str, node: Node | None, help: str | None = None) -> None:
        self.errors.append(AssignmentError(what, place=self.place(node), help=help))

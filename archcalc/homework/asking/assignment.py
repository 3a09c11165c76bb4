"""Reading an assignment: the teacher's file, its questions (asked.py) and all that is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from archcalc.core.record import replace
from archcalc.errors import ArchcalcError, AssignmentError, Place, Source, SpecErrors
from archcalc.homework.asking.asked import CONVENTIONS, FEEDBACK, Asked, Assignment, Design, Requirement
from archcalc.homework.asking.formulas import FORMULAS
from archcalc.homework.asking.question import each_figure
from archcalc.homework.asking.vary import Variation, read_variation
from archcalc.homework.misconceptions import MISCONCEPTIONS
from archcalc.spec.foreign.files import ASSIGNMENT, kind_of_text, told_apart
from archcalc.spec.names import did_you_mean, listed, nearest
from archcalc.spec.nodes import Mapping, Node, Scalar, Sequence, place_of
from archcalc.spec.reader import Limits, read

__all__ = [
    "CONVENTIONS", "FEEDBACK", "LIMITS", "SCHEMA", "Asked", "Assignment", "AssignmentErrors", "Design", "Requirement",
    "read_assignment",
]  # fmt: skip

SCHEMA = "assignment/1"
FIELDS = ("rf", "rf.h", "rf.w")
"""Columns of a table that follow from themselves, row by row; all others follow from the outputs."""

LIMITS = Limits(bytes=256 * 1024, depth=12, nodes=20_000)

_HEAD = ("archcalc", "id", "course", "title", "points", "feedback", "conventions", "questions")
_KEYS = (
    "id", "spec", "get", "layer", "input", "vary", "where", "table", "formula", "design", "points", "partial",
    "accept", "follow", "ask",
)  # fmt: skip
_SHAPES = (
    frozenset({"spec", "get"}), frozenset({"spec", "input", "get"}), frozenset({"layer", "input", "get"}),
    frozenset({"spec", "table"}), frozenset({"spec", "input", "table"}), frozenset({"formula"}), frozenset({"design"}),
)  # fmt: skip
"""What may be asked, by the keys that say it."""
_ABOUT = frozenset().union(*_SHAPES)


class AssignmentErrors(SpecErrors):
    """All errors of an assignment."""

    exit_code = 4


def read_assignment(text: str, file: str) -> Assignment:
    """Read an assignment. Raises AssignmentErrors with all that is wrong."""
    try:
        return _read_assignment(text, file)
    except AssignmentErrors as errors:
        other = told_apart(kind_of_text(text, file), file, ASSIGNMENT, AssignmentError)
        raise errors if other is None else other from None


def _read_assignment(text: str, file: str) -> Assignment:
    source = Source(text, file)
    try:
        root = read(source, LIMITS)
    except SpecErrors as errors:
        raise AssignmentErrors(
            AssignmentError(e.what, place=e.place, notes=e.notes, help=e.help, repair=e.repair) for e in errors.errors
        ) from None
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
        made = Assignment(
            self.source.file, head.get("id", ""), head.get("title", ""), feedback,
            tuple(self.questions(sections.get("questions"))), head.get("course", ""), self.conventions,
        )  # fmt: skip
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
        parts = self.entries(node, "a question", _KEYS)
        missing = [key for key in ("id", "points") if key not in parts]
        if missing:
            self.refuse(f"the question has no {listed(missing)}", node)
            return
        if parts.keys() & _ABOUT not in _SHAPES:
            self.refuse_shape(parts, node)
            return
        common = self.common(parts)
        if "table" in parts:
            yield from self.table(parts, common)
        elif "formula" in parts:
            yield self.formula(parts, common)
        elif "design" in parts:
            yield self.design(parts, common)
        else:
            yield self.single(parts, common)

    def refuse_shape(self, parts: dict[str, Node], node: Node) -> None:
        if "layer" in parts:
            self.refuse("a question about a `layer` has its `input`, and what to `get`", node)
            return
        what = "a question names a `spec` or a `layer`, and what to `get` or a `table`"
        self.refuse(what, node, "write spec: lenet5 and get: conv1.params; or formula: conv.params")

    def single(self, parts: dict[str, Node], common: Asked) -> Asked:
        self.refuse_others(parts, ("follow",), "a single figure")
        subject = each_figure(self.text(parts["get"]), self.figure)
        if common.layer:
            subject = each_figure(subject, lambda word: word if word == "min_input" else f"layer.{word}")
        asked = replace(common, subject=subject)
        if "vary" not in parts:
            if "where" in parts:
                self.refuse("`where` chooses among the numbers of `vary`", parts["where"], "write vary: {k: [3, 5, 7]}")
            return asked
        variation = self.variation(parts)
        return replace(
            asked, vary=variation.values, where=variation.where,
            where_place=self.place(parts["where"]) if "where" in parts else None,
        )  # fmt: skip

    def variation(self, parts: dict[str, Node]) -> Variation:
        templates = [parts[key] for key in ("get", "spec", "layer", "input", "ask") if key in parts]
        entries = [(key, value) for key, value in getattr(parts["vary"], "entries", ())]
        if not entries:
            self.refuse("`vary` holds names and their numbers", parts["vary"], "write vary: {k: [3, 5, 7], cin: 4..64}")
        return read_variation(entries, templates, parts.get("where"), self.error)

    def formula(self, parts: dict[str, Node], common: Asked) -> Asked:
        self.refuse_others(parts, ("accept", "follow", "vary", "where"), "a formula")
        name = self.text(parts["formula"])
        if name not in FORMULAS:
            help = did_you_mean(nearest(name, FORMULAS)) or f"there are {listed(FORMULAS, 20)}"
            self.refuse(f"there is no formula `{name}`", parts["formula"], help)
        return replace(common, formula=name)

    def design(self, parts: dict[str, Node], common: Asked) -> Asked:
        self.refuse_others(parts, ("accept", "follow", "vary", "where", "partial"), "a design")
        inside = self.entries(parts["design"], "`design`", ("input", "require"))
        lines = inside.get("require")
        if "input" not in inside or not isinstance(lines, Sequence) or not lines.items:
            help = 'write design: {input: 3x32x32, require: ["params < 5e6", "out == 10"]}'
            self.refuse("a `design` has its `input` and what to `require`", parts["design"], help)
            return common
        require = tuple(Requirement(self.text(item), self.place(item)) for item in lines.items)
        made = Design(self.text(inside["input"]), require)
        self.check_design(made, inside)
        return replace(common, design=made)

    def check_design(self, made: Design, inside: dict[str, Node]) -> None:
        from archcalc.core.units import parse_shape
        from archcalc.homework.asking.requirement import requirement_fault

        try:
            parse_shape(made.input)
        except ArchcalcError as error:
            self.errors.append(AssignmentError(error.what, place=self.place(inside["input"]), help=error.help))
        for requirement in made.require:
            fault = requirement_fault(requirement)
            if fault is not None:
                self.errors.append(fault)

    def refuse_others(self, parts: dict[str, Node], keys: tuple[str, ...], what: str) -> None:
        for key in keys:
            if key in parts:
                self.refuse(f"{what} takes no `{key}`", parts[key], "delete it")

    def table(self, parts: dict[str, Node], common: Asked) -> Iterator[Asked]:
        """A question for each cell; rows are layers, in order."""
        for key in ("vary", "where"):
            if key in parts:
                help = "ask for one figure with get: conv1.params"
                self.refuse(f"a table takes no `{key}`: its cells are questions of their own", parts[key], help)
        table = self.entries(parts["table"], "`table`", ("layers", "columns"))
        rows, columns = (self.texts(table.get(name), parts["table"]) for name in ("layers", "columns"))
        follow = self.entries(parts["follow"], "`follow`", ("credit",)) if "follow" in parts else {}
        credit = self.number(follow["credit"]) if "credit" in follow else None
        if credit is not None and credit > 1:
            self.refuse(f"a credit of {credit} is more than the cell", follow["credit"], "write a share: credit: 3/4")
        for index, row in enumerate(rows):
            for column in columns:
                source = column if self.figure(column) in FIELDS else "out"
                before = rows[index - 1] if index and source in columns else ""
                yield replace(
                    common,
                    id=f"{common.id}.{row}.{column}",
                    subject=f"{row}.{self.figure(column)}",
                    points=common.points / (len(rows) * len(columns)),
                    follow=credit,
                    previous=f"{common.id}.{before}.{source}" if before else "",
                    previous_subject=before,
                    path=(common.id, row, column),
                )

    def common(self, parts: dict[str, Node]) -> Asked:
        """What a question says about all its cells."""
        accept = self.entries(parts["accept"], "`accept`", ("sig",)) if "accept" in parts else {}
        texts = {key: self.text(parts[key]) if key in parts else "" for key in ("id", "spec", "layer", "input", "ask")}
        return Asked(
            texts["id"], "", self.number(parts["points"]), self.place(parts["id"]), texts["spec"], texts["layer"],
            texts["input"], self.partial(parts.get("partial")), self.digits(accept.get("sig")), ask=texts["ask"],
        )  # fmt: skip

    def partial(self, node: Node | None) -> dict[str, Fraction]:
        """Misconception -> points. Those that no catalogue has are refused."""
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self.refuse("`partial` holds misconceptions and points", node, "write partial: {par.no_bias: 1}")
            return {}
        for key, _ in node.entries:
            if key.text not in MISCONCEPTIONS:
                help = did_you_mean(nearest(key.text, MISCONCEPTIONS)) or "`archcalc quiz misconceptions` lists them"
                self.refuse(f"there is no misconception `{key.text}`", key, help)
        return {key.text: self.number(value) for key, value in node.entries}

    def digits(self, node: Node | None) -> int | None:
        if node is None:
            return None
        text = self.text(node)
        if re.fullmatch("[1-9][0-9]?", text):
            return int(text)
        self.refuse(f"`{text}` is no number of digits", node, "write accept: {sig: 3}")
        return None

    def figure(self, subject: str) -> str:
        """The figure under the agreed convention: where `flops: macs`, what a question calls flops are MACs."""
        subject = subject.replace("/", ".")
        flops = subject.rpartition(".")[2] == "flops" and self.conventions["flops"] == "macs"
        return subject.removesuffix("flops") + "macs" if flops else subject

    def check_points(self, made: Assignment, sections: dict[str, Node]) -> None:
        if "points" in sections and not self.errors:
            said = self.number(sections["points"])
            if said != made.points:
                what = f"the questions have {made.points} points together, not {said}"
                self.refuse(what, sections["points"], f"write points: {made.points}")

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
        return place_of(node, self.source)

    def refuse(self, what: str, node: Node | None, help: str | None = None) -> None:
        self.errors.append(AssignmentError(what, place=self.place(node), help=help))

    def error(self, what: str, node: Node, offset: int = 0, help: str | None = None) -> None:
        """An error inside the text of a value, `offset` characters from its start."""
        place = self.place(node)
        if offset:
            place = Place(place.file, place.line, place.column + offset, 1, place.text)
        self.errors.append(AssignmentError(what, place=place, help=help))

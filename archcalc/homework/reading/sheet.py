"""Answer sheets: YAML, JSON or CSV text -> entries with their places. Nothing of a sheet is executed or imported.

The strict reader of specs reads YAML and JSON: every value stays text, a key that stands twice is an error, anchors,
aliases and tags are refused, and so is a sheet over its limits.
"""

from __future__ import annotations

import csv
import re
from collections import abc
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Literal

from archcalc.core.record import field, record, replace
from archcalc.errors import AnswerError, ArchcalcError, Place, Source, SpecErrors
from archcalc.spec.foreign.files import SHEET, kind_of_text, told_apart
from archcalc.spec.names import did_you_mean, listed, nearest
from archcalc.spec.nodes import Mapping, Node, Scalar, Sequence, place_of
from archcalc.spec.reader import Limits, read

SCHEMA = "answers/1"
LIMITS = Limits(bytes=64 * 1024, depth=8, nodes=5_000)
HEAD = ("archcalc", "of", "input", "assignment", "student", "tag", "drawn", "answers")
WORDS = HEAD[:-2]
"""What of the head is one value."""
BLANKS = frozenset({"skip", "null", "~"})
"""What stands for an answer that is not given, where it is not in quotes."""
QUOTES = {"“": "”", "„": "“", "«": "»", "‘": "’"}
"""What word processors make of quotes: around a text they are none of it."""
PARTS = ("value", "work")
FORMS = ("formula", "spec")
"""Answers that are no number or shape: `{formula: (K*K*Cin + 1)*Cout}`, `{spec: my_net.yaml}`."""
Form = Literal["value", "formula", "spec"]


@record
class Entry:
    """One answer of a sheet. A missing or skipped one has the text ""."""

    question: str
    text: str
    place: Place
    """Where the text begins; its columns are those of the file where `exact` is true."""
    key_place: Place
    exact: bool = True
    """Whether the text stands in the file as it is, so that its columns can be counted there."""
    work: Entry | None = None
    form: Form = "value"


@record
class Sheet:
    """An answer sheet: whose it is, what it is about, and its answers in the order of the file."""

    file: str
    entries: tuple[Entry, ...]
    of: str = ""
    input: str = ""
    assignment: str = ""
    student: str = ""
    tag: str = ""
    """Written by `quiz issue`: what ties the drawn numbers to the student."""
    drawn: abc.Mapping[str, abc.Mapping[str, int]] = field(factory=dict)
    """Question -> the numbers that it was handed out with."""
    drawn_places: abc.Mapping[str, Place] = field(factory=dict)
    """Where they stand: the question's, and the number's as `q2.k`."""
    places: abc.Mapping[str, Place] = field(factory=dict)
    """Where the words of its head stand; "" is its first line."""

    def place(self, word: str = "") -> Place:
        """Where a word of its head stands, else its first line."""
        return self.places.get(word) or self.places.get("") or Place(self.file, 1, 1)


def read_sheet(text: str, file: str) -> Sheet:
    """Read a sheet; the file's ending tells CSV from YAML and JSON. Raises SpecErrors with all that is wrong."""
    try:
        return _read_sheet(text, file)
    except SpecErrors as errors:
        other = told_apart(kind_of_text(text, file), file, SHEET, AnswerError)
        raise errors if other is None else other from None


def _read_sheet(text: str, file: str) -> Sheet:
    source = Source(text, file)
    if PurePath(file).suffix.lower() == ".csv":
        return _from_csv(source)
    if PurePath(file).suffix.lower() == ".json":
        source = Source("\n".join(_untabbed(line) for line in source.lines), file)
    try:
        root = read(source, LIMITS)
    except SpecErrors as errors:
        raise SpecErrors([_of_sheets(error) for error in errors.errors]) from None
    return _Reader(source).sheet(root)


class _Reader:
    """Walks the nodes of a sheet and gathers what is wrong."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.errors: list[ArchcalcError] = []

    def sheet(self, root: Node) -> Sheet:
        if not isinstance(root, Mapping):
            problem = AnswerError("a sheet has the section `answers:`", help="start with `of: lenet5` and `answers:`")
            raise SpecErrors([problem.at(self.source.place(1, 1))])
        sections = {key.text: (key, _unquoted(value)) for key, value in root.entries}
        head = {name: self.head(*sections[name]) for name in WORDS if name in sections}
        self.check_sections(sections)
        drawn, drawn_places = self.drawn(*sections["drawn"]) if "drawn" in sections else ({}, {})
        entries = tuple(self.answers(sections["answers"][1])) if "answers" in sections else ()
        if self.errors:
            raise SpecErrors(self.errors)
        places = {"": self.source.place(1, 1), **{name: self.place(scalar) for name, scalar in head.items()}}
        words = {name: scalar.text for name, scalar in head.items() if name != "archcalc"}
        return Sheet(
            self.source.file, entries, drawn=drawn, drawn_places=drawn_places, places=places, **words,
        )  # fmt: skip

    def head(self, key: Scalar, value: Node) -> Scalar:
        if isinstance(value, Scalar):
            return value
        self.refuse(f"`{key.text}` takes one value", key)
        return Scalar("", key.line, key.column)

    def check_sections(self, sections: dict[str, tuple[Scalar, Node]]) -> None:
        for name, (key, value) in sections.items():
            if name not in HEAD:
                self.refuse(f"unknown section `{name}`", key, self.repair_of_section(name, sections))
            elif name == "archcalc" and isinstance(value, Scalar) and value.text != SCHEMA:
                self.refuse(f"`{value.text}` is no answer sheet", value, f"write archcalc: {SCHEMA}")
        if "answers" not in sections:
            self.errors.append(
                AnswerError("the section `answers` is missing", help=_ANSWERS_BELOW).at(self.source.place(1, 1))
            )

    def repair_of_section(self, name: str, sections: dict[str, tuple[Scalar, Node]]) -> str:
        if name[:1].isspace():
            return "these blanks are no spaces: type spaces before it"
        near = did_you_mean(nearest(name, HEAD))
        answers = sections.get("answers")
        if near is None and answers is not None and isinstance(answers[1], Scalar) and not answers[1].text:
            return "answers stand below `answers:`, each with two spaces before it"
        return near or _sections()

    def drawn(self, key: Scalar, node: Node) -> tuple[dict[str, dict[str, int]], dict[str, Place]]:
        """`{q2: {k: 5, cin: 17}}` and the places of its keys."""
        found: dict[str, dict[str, int]] = {}
        places: dict[str, Place] = {}
        if not isinstance(node, Mapping):
            self.refuse("`drawn` holds the numbers of questions", key, _DRAWN)
            return found, places
        for question, values in node.entries:
            found[question.text] = {}
            places[question.text] = self.place(question)
            if not isinstance(values, Mapping):
                self.refuse(f"`drawn` has no numbers for {question.text}", question, _DRAWN)
                continue
            for name, value in values.entries:
                places[f"{question.text}.{name.text}"] = self.place(name)
                found[question.text][name.text] = self.drawn_number(name, value)
        return found, places

    def drawn_number(self, name: Scalar, value: Node) -> int:
        if isinstance(value, Scalar) and re.fullmatch("[0-9]{1,9}", value.text):
            return int(value.text)
        self.refuse(f"the drawn `{name.text}` is no whole number", value, _DRAWN)
        return 0

    def answers(self, node: Node) -> Iterator[Entry]:
        if isinstance(node, Scalar) and not node.text:
            return
        if not isinstance(node, Mapping):
            self.refuse("`answers` holds `question: answer` lines", node, _ANSWERS)
            return
        for key, value in node.entries:
            yield from self.answer(key.text.replace("/", "."), key, value)

    def answer(self, question: str, key: Scalar, value: Node) -> Iterator[Entry]:
        """One answer; of a table, a row or a group of questions those inside, their names joined by points."""
        if not isinstance(value, Mapping):
            yield self.entry(question, key, value)
            return
        inside = {part.text: node for part, node in value.entries}
        if inside.keys() & set(PARTS):
            yield self.worked(question, key, value)
        elif any(isinstance(inside.get(form), Scalar) for form in FORMS):
            yield self.formed(question, key, value)
        else:
            for part, node in value.entries:
                yield from self.answer(f"{question}.{part.text.replace('/', '.')}", part, node)

    def worked(self, question: str, key: Scalar, node: Mapping) -> Entry:
        """`{value: 61706, work: "(5*5+1)*6 + ..."}`."""
        found: dict[str, Entry] = {}
        for part, value in node.entries:
            if part.text not in PARTS:
                help = did_you_mean(nearest(part.text, PARTS)) or "write {value: 156, work: (5*5+1)*6}"
                self.refuse(f"unknown key `{part.text}` of an answer", part, help)
            else:
                found[part.text] = self.entry(question, part, value)
        if "value" not in found:
            return found.get("work") or self.entry(question, key, Scalar("", key.line, key.column))
        said = found["value"]
        return Entry(question, said.text, said.place, self.place(key), said.exact, found.get("work"))

    def formed(self, question: str, key: Scalar, node: Mapping) -> Entry:
        """`{formula: (K*K*Cin + 1)*Cout}` or `{spec: my_net.yaml}`."""
        (part, value), *others = node.entries
        for other, _ in others:
            self.refuse(
                f"`{part.text}` stands alone in an answer, here with `{other.text}`", other, "delete one of them"
            )
        form: Form = "formula" if part.text == "formula" else "spec"
        return replace(self.entry(question, part, value), key_place=self.place(key), form=form)

    def entry(self, question: str, key: Scalar, value: Node) -> Entry:
        if isinstance(value, Sequence) and all(isinstance(item, Scalar) for item in value.items):
            text = "[" + ", ".join(item.text for item in value.items if isinstance(item, Scalar)) + "]"
            return Entry(question, text, self.source.place(value.line, value.column), self.place(key), False)
        value = _unquoted(value)
        if not isinstance(value, Scalar):
            self.refuse("an answer is one value", key, "a number, an expression, or a shape such as 16x5x5")
            return Entry(question, "", self.place(key), self.place(key))
        text = "" if value.text.lower() in BLANKS and not value.quoted else value.text
        place = self.place(value)
        return Entry(question, text, place, self.place(key), place.text[place.column - 1 :].startswith(text))

    def place(self, node: Node) -> Place:
        """Where a node stands."""
        return place_of(node, self.source)

    def refuse(self, what: str, node: Node, help: str | None = None) -> None:
        self.errors.append(AnswerError(what, place=self.place(node), help=help))


def _from_csv(source: Source) -> Sheet:
    """`question,answer` lines; `of`, `student` and the other words of a sheet's head may stand among them."""
    size = len(source.text.encode("utf-8", "surrogatepass"))
    if size > LIMITS.bytes:
        raise SpecErrors(
            [_over(f"the sheet holds {size:,} bytes; the limit is {LIMITS.bytes:,}").at(source.place(1, 1))]
        )
    reader = _Reader(source)
    words: dict[str, str] = {}
    where = {"": source.place(1, 1)}
    drawn: dict[str, tuple[Scalar, Scalar]] = {}
    entries: dict[str, Entry] = {}
    for number, row in _rows(source):
        place = source.place(number, 1)
        if len(row) != 2:
            help = 'an answer with a comma stands in quotes: q1,"61,706"'
            reader.errors.append(AnswerError(f"{len(row)} columns, not 2", place=place, help=help))
            continue
        question, text = (cell.strip() for cell in row)
        if question in words or question in entries or question in drawn:
            reader.errors.append(AnswerError(f"`{question}` stands twice", place=place, help="delete one of them"))
        elif question.startswith("drawn."):
            drawn[question] = Scalar(question, number, 1), Scalar(text, number, len(question) + 2)
        elif question in HEAD:
            words[question] = text
            where[question] = _csv_entry(source, number, question, text).place
        else:
            entries[question] = _csv_entry(source, number, question, text)
    _refuse_other_schema(words.pop("archcalc", SCHEMA), reader)
    numbers, places = reader.drawn(Scalar("drawn", 1, 1), _nested(drawn.values()))
    if reader.errors:
        raise SpecErrors(reader.errors)
    return Sheet(
        source.file, tuple(entries.values()), drawn=numbers, drawn_places=places, places=where,
        **{name: text for name, text in words.items() if name in WORDS},
    )  # fmt: skip


def _nested(rows: Iterable[tuple[Scalar, Scalar]]) -> Mapping:
    """The rows `drawn.q2.k,5` as the mapping that YAML would hold."""
    questions: dict[str, list[tuple[Scalar, Node]]] = {}
    for key, value in rows:
        question, _, name = key.text.removeprefix("drawn.").rpartition(".")
        questions.setdefault(question, []).append((Scalar(name, key.line, key.column), value))
    headings = [Scalar(question, inside[0][0].line, 1) for question, inside in questions.items()]
    numbers = [Mapping(tuple(inside), 1, 1) for inside in questions.values()]
    return Mapping(tuple(zip(headings, numbers, strict=True)), 1, 1)


def _rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    """The rows below the heading, with their lines. Raises SpecErrors."""
    text = source.text.removeprefix("\ufeff")
    lines = text.split("\n") if "\r" not in text else text.replace("\r\n", "\n").split("\n")
    rows = csv.reader(lines, strict=True, delimiter=_separator(lines[0]))
    try:
        for count, row in enumerate(rows):
            while len(row) > 2 and not row[-1].strip():
                row.pop()
            if count == 0 and [cell.strip().lower() for cell in row] != ["question", "answer"]:
                problem = AnswerError("a CSV sheet begins with the line question,answer")
                raise SpecErrors([problem.at(source.place(1, 1))])
            if count and any(cell.strip() for cell in row):
                yield rows.line_num, row
    except csv.Error as error:
        raise SpecErrors([AnswerError(f"this is no CSV: {error}").at(source.place(rows.line_num, 1))]) from None


def _separator(heading: str) -> str:
    """What stands between the cells: spreadsheets write semicolons where a comma begins the decimals, or tabs."""
    found = re.match(r'"?question"? *([,;\t])', heading.strip(), re.IGNORECASE)
    return found[1] if found is not None else ","


def _csv_entry(source: Source, line: int, question: str, text: str) -> Entry:
    text = "" if text.lower() in BLANKS else text
    written = source.lines[line - 1] if line <= len(source.lines) else ""
    column = written.find(text, len(question)) if text else -1
    place = source.place(line, max(0, column) + 1, len(text))
    return Entry(question.replace("/", "."), text, place, source.place(line, 1, len(question)), column >= 0)


def _refuse_other_schema(schema: str, reader: _Reader) -> None:
    if schema != SCHEMA:
        problem = AnswerError(f"`{schema}` is no answer sheet", help=f"write archcalc,{SCHEMA}")
        reader.errors.append(problem.at(reader.source.place(1, 1)))


def _of_sheets(error: ArchcalcError) -> ArchcalcError:
    """The reader's error in the words of a sheet."""
    text = error.place.text[error.place.column - 1 :] if error.place else ""
    what = error.what.replace("which specs do not have", "which sheets do not have").replace("in a spec", "in a sheet")
    help, repair = error.help, error.repair
    if text.strip() in ("-", "?"):
        what, help = f"an answer cannot be `{text.strip()}`", "leave it empty, or write skip"
    elif text[:1] in ("*", "&"):
        what, help = f"an answer cannot begin with `{text[0]}`", "put this answer in quotes"
    elif help is not None and "repeat=" in help:
        return _over(what).at(error.place)
    elif error.what == "the file is empty":
        help = "start with `of: lenet5` and `answers:`"
    return AnswerError(what, place=error.place, notes=error.notes, help=help, repair=repair)


def _over(what: str) -> AnswerError:
    return AnswerError(what, help="a sheet holds answers only")


def _unquoted(node: Node) -> Node:
    """A text without the quotes of a word processor around it."""
    if not isinstance(node, Scalar) or node.quoted or QUOTES.get(node.text[:1]) != node.text[1:][-1:]:
        return node
    return Scalar(node.text[1:-1], node.line, node.column + 1)


_ANSWERS_BELOW = "write answers: and below it, each with two spaces before it, lines such as q1: 55"
_ANSWERS = "lines such as q1: 55, with a blank behind the colon and no - before"
_DRAWN = "write drawn: {q2: {k: 5, cin: 17}}, as the paper has it"


def _sections() -> str:
    return f"the sections are {listed(HEAD)}"


def _untabbed(line: str) -> str:
    """JSON may be indented by tabs; for the reader they become spaces, so that columns stay."""
    rest = line.lstrip(" \t")
    return " " * (len(line) - len(rest)) + rest

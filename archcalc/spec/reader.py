"""YAML text -> nodes with places: libyaml's events, and a stack of our own.

Scalars stay text. Anchors, aliases, merge keys, tags, directives, further documents, tab indentation and
duplicate keys are refused, and so is a text over its limits. All that one run can find is raised together.
"""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from archcalc.errors import Repair, Source, SpecError, SpecErrors
from archcalc.spec.flow_commas import comma_error, comma_runs
from archcalc.spec.nodes import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from archcalc.spec.slips.stumble import Stumble  # the explanations are imported when there is something to explain


class Limits(NamedTuple):
    """How large a text may be."""

    bytes: int
    depth: int
    """Lists and mappings inside one another."""
    nodes: int
    """Keys, values and lists."""


MOST_ERRORS = 100
"""Errors of one reading that are shown."""

SPEC_LIMITS = Limits(bytes=256 * 1024, depth=48, nodes=50_000)


def read(source: Source, limits: Limits = SPEC_LIMITS) -> Node:
    """The root node of a text. Raises SpecErrors with every problem that could be found."""
    _refuse_size(source, limits)
    if source.text.startswith("\ufeff"):
        source = Source(source.text[1:], source.file)
    _refuse_characters(source)
    return _Reader(source, limits).read()


class _Open:
    """A collection whose end is still to come. In a mapping `key` waits for its value."""

    __slots__ = ("children", "column", "flow", "key", "line", "mapping")

    def __init__(self, mapping: bool, line: int, column: int, flow: bool) -> None:
        self.mapping = mapping
        self.line = line
        self.column = column
        self.flow = flow
        self.key: Scalar | None = None
        self.children: list[Any] = []

    def close(self) -> Node:
        if self.mapping:
            return Mapping(tuple(self.children), self.line, self.column, self.flow)
        return Sequence(tuple(self.children), self.line, self.column, self.flow)


class _Reader:
    """The state of one reading."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.errors: list[SpecError] = []
        self.stack: list[_Open] = []
        self.root: Node | None = None
        self.last: Scalar | None = None
        self.count = 0
        self.documents = 0
        self.tabs = _tab_lines(source)

    def read(self) -> Node:
        stumble = self.consume()
        self.report(stumble)
        if self.errors:
            raise self.all_errors()
        if self.root is None or (isinstance(self.root, Scalar) and self.root.absent):
            raise SpecErrors([_empty(self.source)])
        return self.root

    def consume(self) -> Stumble | None:
        """Take the events one by one; where the syntax breaks, return that place."""
        import yaml

        text = self.without_directives()
        try:
            self.feed(text)
        except yaml.scanner.ScannerError as error:
            self.look_ahead(text, error.context_mark or error.problem_mark)
            return self.stumble(error)
        except yaml.MarkedYAMLError as error:
            return self.stumble(error)
        return None

    def feed(self, text: str) -> None:
        """Hand every event of a text to its handler."""
        import yaml

        loader: Any = getattr(yaml, "CLoader", yaml.Loader)  # the pure one where libyaml is missing
        handlers = {
            yaml.ScalarEvent: self.scalar,
            yaml.MappingStartEvent: self.open_mapping,
            yaml.SequenceStartEvent: self.open_sequence,
            yaml.MappingEndEvent: self.close,
            yaml.SequenceEndEvent: self.close,
            yaml.AliasEvent: self.alias,
            yaml.DocumentStartEvent: self.document,
        }
        for event in yaml.parse(text, Loader=loader):
            handler = handlers.get(type(event))
            if handler is not None:
                handler(event)
            if self.documents > 1:
                break

    def look_ahead(self, text: str, mark: Any) -> None:
        """Hold what a scanner read before its stumble, whose events it kept back, to the limits.

        It reads up to 1,024 characters ahead to see whether a colon follows, and libyaml from 0.2.6 on stops by
        itself at 1,000 brackets. The text before what it stumbled over, read as if it ended there, gives those events.
        """
        import yaml

        lines = text.split("\n")[: mark.line + 1]
        before = "\n".join([*lines[:-1], lines[-1][: mark.column]]) if lines else ""
        with suppress(yaml.MarkedYAMLError):
            _Reader(self.source, self.limits).feed(before)

    def without_directives(self) -> str:
        """The text with the directives at its head refused and blanked out."""
        lines = self.source.lines
        head = list(takewhile(lambda line: not line.strip() or line[0] in "#%", lines))
        for number, line in enumerate(head, 1):
            if line.startswith("%"):
                from archcalc.spec.slips.signs import directive_error

                self.errors.append(directive_error(self.source, number))
        return "\n".join(["" if line.startswith("%") else line for line in head] + lines[len(head) :])

    def scalar(self, event: Any) -> None:
        if event.anchor or event.tag:
            self.refuse_properties(event)
        mark = event.start_mark
        style = event.style
        if style and style in "'\"|>":
            node = Scalar(event.value, mark.line + 1, mark.column + 1, True)
            end = event.end_mark  # of a block text: the beginning of the line after it
            self.forget_tabs(mark.line + 1, end.line + (end.column > 0))
        else:
            node = Scalar(event.value, mark.line + 1, mark.column + 1, False)
        self.last = node
        self.add(node)

    def open_mapping(self, event: Any) -> None:
        self.open(event, mapping=True)

    def open_sequence(self, event: Any) -> None:
        self.open(event, mapping=False)

    def open(self, event: Any, mapping: bool) -> None:
        if event.anchor or event.tag:
            self.refuse_properties(event)
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if len(self.stack) == self.limits.depth:
            self.stop(f"nested deeper than {self.limits.depth} levels, the limit", line, column)
        self.stack.append(_Open(mapping, line, column, bool(event.flow_style)))
        self.tally(line, column)

    def close(self, _: Any) -> None:
        closed = self.stack.pop()
        self.inspect(closed)
        self.add(closed.close(), counted=True)

    def alias(self, event: Any) -> None:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        top = self.stack[-1] if self.stack else None
        if top is None or top.key is None or top.key.text != "<<":
            what = f"`*{event.anchor}` is an alias, which specs do not have"
            help = "put the text in quotes, or write the value out"
            self.refuse(what, help, line, column, len(event.anchor) + 1)
        self.add(Scalar("", line, column, True))

    def document(self, event: Any) -> None:
        self.documents += 1
        line = event.start_mark.line + 1
        if self.documents > 1:
            help = "delete `---` and all that follows, or make it a file of its own"
            self.refuse("a second document begins here", help, line, 1, 3)

    def add(self, node: Node, counted: bool = False) -> None:
        """Put a finished node where it belongs: a key, the value of the waiting key, an item, the root."""
        if not counted:
            self.tally(node.line, node.column)
        if not self.stack:
            if self.documents == 1:
                self.root = node
            return
        top = self.stack[-1]
        if not top.mapping:
            top.children.append(node)
        elif top.key is None:
            top.key = self.as_key(node)
        else:
            top.children.append((top.key, node))
            top.key = None

    def as_key(self, node: Node) -> Scalar:
        if not isinstance(node, Scalar):
            kind = "list" if isinstance(node, Sequence) else "mapping"
            what = f"a name is expected left of the colon, here it is a {kind}"
            self.refuse(what, "write `name: value`", node.line, node.column)
            return Scalar("", node.line, node.column, True)
        if node.text == "<<" and not node.quoted:
            what = "`<<` is a merge key, which specs do not have"
            self.refuse(what, "write the entries out, or put them under `defaults:`", node.line, node.column, 2)
        elif node.absent:
            self.refuse("a name is missing left of the colon", "write `name: value`", node.line, node.column)
        return node

    def inspect(self, closed: _Open) -> None:
        """What only a whole collection shows: commas that split a text, keys that stand twice."""
        split: set[int] = set()
        if closed.flow:
            for run in comma_runs(closed.children):
                split.update(id(part.node) for part in run[1:])
                self.errors.append(comma_error(self.source, run, "{ }" if closed.mapping else "[ ]"))
        if closed.mapping:
            self.refuse_duplicates(closed, split)

    def refuse_duplicates(self, closed: _Open, split: set[int]) -> None:
        lines: dict[str, int] = {}
        for key, _ in closed.children:
            if not key.text or id(key) in split:
                continue
            if key.text in lines:
                what = f"`{key.text}` is defined twice; first on line {lines[key.text]}"
                self.refuse(what, "rename or delete one of them", key.line, key.column, len(key.text) + 2 * key.quoted)
            lines.setdefault(key.text, key.line)

    def refuse_properties(self, event: Any) -> None:
        """An anchor or a tag in front of a node."""
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if event.anchor:
            what = f"`&{event.anchor}` is an anchor, which specs do not have"
            help = "put the text in quotes, or write the value out where it is used"
            self.refuse(what, help, line, column, len(event.anchor) + 1)
        if event.tag:
            from archcalc.spec.slips.signs import tag_error

            self.errors.append(tag_error(self.source, line, column))

    def refuse(self, what: str, help: str | None, line: int, column: int, length: int = 1) -> None:
        self.errors.append(SpecError(what, place=self.source.place(line, column, length), help=help))

    def stop(self, what: str, line: int, column: int) -> NoReturn:
        """Raise at once: going on would only cost time."""
        self.refuse(what, "fold what repeats with `repeat=` and `blocks:`", line, column)
        raise self.all_errors()

    def all_errors(self) -> SpecErrors:
        """What was found, in the order of the lines; of a flood the first, and how many more."""
        errors = SpecErrors(self.errors).errors
        if len(errors) > MOST_ERRORS:
            last = errors[MOST_ERRORS - 1]
            last.notes = (*last.notes, f"{len(errors) - MOST_ERRORS:,} more errors are not shown")
        return SpecErrors(errors[:MOST_ERRORS])

    def tally(self, line: int, column: int) -> None:
        self.count += 1
        if self.count > self.limits.nodes:
            self.stop(f"more than {self.limits.nodes:,} keys, values and lists, the limit", line, column)

    def stumble(self, error: Any) -> Stumble:
        """The parser's error, with what was open. Collections cut off are inspected as far as they go."""
        for unfinished in self.stack:
            self.inspect(unfinished)
        mark, start = error.problem_mark, error.context_mark or error.problem_mark
        if error.context and ("quoted scalar" in error.context or "block scalar" in error.context):
            self.forget_tabs(start.line + 1, mark.line)
        lines = self.source.lines
        opened = [(f.line, f.column) for f in self.stack if f.flow and lines[f.line - 1][f.column - 1] in "[{"]
        from archcalc.spec.slips.stumble import Stumble

        return Stumble(
            source=self.source,
            said=", ".join(filter(None, (error.context, error.problem))),
            line=mark.line + 1,
            column=mark.column + 1,
            start=(start.line + 1, start.column + 1),
            blocks=tuple((frame.column, not frame.mapping) for frame in self.stack if not frame.flow),
            bracket=opened[-1] if opened else None,
            last=self.last,
        )

    def forget_tabs(self, first: int, last: int) -> None:
        """Tabs inside quotes and block texts are text, but for the line they begin on."""
        if self.tabs:
            self.tabs.difference_update(range(first + 1, last + 1))

    def report(self, stumble: Stumble | None) -> None:
        """The tabs, and what the syntax broke on where that is not a tab's doing."""
        for line in sorted(self.tabs):
            indentation = _indentation(self.source.lines[line - 1])
            column = indentation.index("\t") + 1
            self.refuse("tabs cannot indent YAML", "use spaces", line, column, len(indentation) - column + 1)
        if stumble and not any(line <= stumble.line for line in self.tabs):
            from archcalc.spec.slips.explain import explain

            self.errors += explain(stumble)


def _refuse_size(source: Source, limits: Limits) -> None:
    size = len(source.text)
    if size * 4 > limits.bytes:
        size = len(source.text.encode("utf-8", "surrogatepass"))
    if size > limits.bytes:
        what = f"the file holds {size:,} bytes; the limit is {limits.bytes:,} ({limits.bytes // 1024} KiB)"
        help = "fold what repeats with `repeat=` and `blocks:`"
        raise SpecErrors([SpecError(what, place=source.place(1, 1), help=help)])


_REFUSED_CHARACTER = (
    r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|\r(?!\n)"
)
"""Control characters, line breaks that editors do not count, and halves of characters."""


def _refuse_characters(source: Source) -> None:
    if source.text.replace("\n", "").replace("\t", "").isprintable():
        return  # as nearly every file; the pattern below takes milliseconds to compile
    match = re.search(_REFUSED_CHARACTER, source.text)
    if match is None:
        return
    offset = match.start()
    line = source.text.count("\n", 0, offset) + 1
    place = source.place(line, offset - source.text.rfind("\n", 0, offset))
    raise SpecErrors([_character_error(source.text[offset]).at(place)])


def _character_error(character: str) -> SpecError:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # how Python's surrogateescape keeps a byte that is no UTF-8
        return SpecError(f"the byte 0x{code - 0xDC00:02x} is not UTF-8", help="save the file as UTF-8")
    if code == 0xD:
        repair = Repair(character, "\n")
        return SpecError("a line ends in a bare carriage return", help="end lines with a newline", repair=repair)
    what, repair = f"the character U+{code:04X} cannot stand in a spec", Repair(character, "")
    return SpecError(what, help="delete it", repair=repair)


def _empty(source: Source) -> SpecError:
    return SpecError("the file is empty", place=source.place(1, 1), help="`archcalc new` writes a spec to start from")


def _tab_lines(source: Source) -> set[int]:
    """Lines with something on them that a tab indents."""
    if "\t" not in source.text:
        return set()
    return {number for number, line in enumerate(source.lines, 1) if "\t" in _indentation(line) and line.strip()}


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]

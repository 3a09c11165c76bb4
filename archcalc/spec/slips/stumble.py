"""Where a YAML parser stopped, and the text around it."""

from __future__ import annotations

import re

from archcalc.core.record import record
from archcalc.errors import Repair, Source, SpecError
from archcalc.spec.nodes import Scalar


@record
class Stumble:
    """Where the parser stopped, and what was open there. Lines and columns count from 1."""

    source: Source
    said: str
    """The parser's words, context and problem."""
    line: int
    column: int
    start: tuple[int, int]
    """Where the thing began in which it stumbled; the same place where there is none."""
    blocks: tuple[tuple[int, bool], ...] = ()
    """Columns of the block collections still open, outermost first, and whether each is a list."""
    bracket: tuple[int, int] | None = None
    """The innermost [ or { still open."""
    last: Scalar | None = None
    """The last text read."""

    def says(self, *words: str) -> bool:
        return any(word in self.said for word in words)

    def text(self, line: int) -> str:
        """A line of the source, without trailing space."""
        lines = self.source.lines
        return lines[line - 1].rstrip() if 0 < line <= len(lines) else ""

    def rest(self, line: int, column: int = 1) -> str:
        """What stands from a place to the end of its line, without a comment."""
        return uncommented(self.text(line)[column - 1 :]).strip()

    def sign(self, line: int, column: int) -> str:
        """The character at a place; nothing where the text has none."""
        lines = self.source.lines
        return lines[line - 1][column - 1 : column] if 0 < line <= len(lines) else ""

    @property
    def here(self) -> str:
        """What stands from the stumble to the end of its line."""
        return self.rest(self.line, self.column)

    def error(
        self, what: str, help: str | None, line: int, column: int, length: int = 1, repair: Repair | None = None
    ) -> list[SpecError]:
        line = min(line, len(self.source.lines))
        return [SpecError(what, place=self.source.place(line, column, length), help=help, repair=repair)]


def uncommented(text: str) -> str:
    """The text without a comment."""
    return re.sub(r"(?:(?<=\s)|^)#.*", "", text)


def entry_of(line: str) -> str:
    """An entry without the dashes of the lists it begins."""
    return re.sub(r"^(?:- +)+", "", line)


def line_above(at: Stumble, line: int) -> int:
    """The last line above that says something, 0 where there is none."""
    line -= 1
    while line > 0 and not at.rest(line):
        line -= 1
    return line


def indentation_of(text: str) -> int:
    """How many spaces a line begins with."""
    return len(text) - len(text.lstrip(" "))


def spaces(count: int) -> str:
    """One space, several spaces."""
    return "space" if count == 1 else "spaces"


def in_quotes(text: str) -> str:
    """The text as YAML reads it whole."""
    return f"'{text}'" if '"' in text else f'"{text}"'

"""Every error archcalc raises on purpose, and the place in a text that it points at.

Inner code raises the bare fact (`ShapeError("...", help="...")`); one outer layer adds the place with
`error.at(place)`. `report.diagnostics` draws them. The exit codes are the contract of the command line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, Self

LONGEST_QUOTE = 400
"""Characters of a quoted text, or of a word, that a message shows; as long as a word of a call may be."""


class Place:
    """A stretch of one line of a text; line and column count from 1, as editors do.

    Where the line is known the stretch lies inside it, or right behind its end.
    """

    __slots__ = ("column", "file", "length", "line", "text")

    def __init__(self, file: str, line: int, column: int, length: int = 1, text: str = "") -> None:
        self.file = file
        self.line = line
        self.column = min(column, len(text) + 1) if text else column
        self.length = max(1, min(length, len(text) - self.column + 1)) if text else length
        self.text = text
        """The whole line, for showing it under the message."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def __repr__(self) -> str:
        return f"Place({self!s})"


class Source:
    """A text and the name it goes by in messages; makes places."""

    __slots__ = ("file", "lines", "text")

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.lines = text.split("\n")

    def place(self, line: int, column: int, length: int = 1) -> Place:
        """The place of `length` characters from `line`:`column` (both from 1)."""
        text = self.lines[line - 1].rstrip("\r") if 0 < line <= len(self.lines) else ""
        return Place(self.file, line, column, length if text else 1, text)


class Edit(NamedTuple):
    """One exact change of a text: `text` for what stands from a place up to another, both counted from 1."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class Repair(NamedTuple):
    """What to write for the words at a place; the smallest change that takes an error away."""

    wrong: str
    """The words to replace; empty where the right ones are to be put in."""
    right: str
    place: Place | None = None
    """Where they begin, if not at the place of the error itself."""

    def edit(self, at: Place | None) -> Edit | None:
        """The change; None where the line does not hold the words as they are (a text that goes on below)."""
        place = self.place or at
        if place is None or self.wrong == self.right or not place.text.startswith(self.wrong, place.column - 1):
            return None
        return Edit(place.line, place.column, place.line, place.column + len(self.wrong), self.right)


class ArchcalcError(Exception):
    """What is wrong, where, and the smallest repair."""

    exit_code = 70
    kind = "bug"
    """Its word in documents."""

    def __init__(
        self,
        what: str,
        *,
        place: Place | None = None,
        notes: Iterable[str] = (),
        help: str | None = None,  # the field's word for the repair line of a diagnostic
        layer: str | None = None,
        repair: Repair | None = None,
    ) -> None:
        super().__init__(what)
        self.what = shown(what)
        self.place = place
        self.notes = tuple(map(shown, notes))
        self.help = help and shown(help)
        self.layer = layer
        self.repair = repair
        """What `help` says in words, where that is one exact edit."""
        self.parameter: str | None = None
        """The argument of the call that is wrong, where one is."""

    def at(self, place: Place | None, layer: str | None = None) -> Self:
        """Add the place and the layer where they are not known yet; return the error itself."""
        self.place = self.place or place
        self.layer = self.layer or layer
        return self

    @property
    def errors(self) -> tuple[ArchcalcError, ...]:
        """Every single error behind this one; itself, unless it is a collection."""
        return (self,)

    @property
    def edit(self) -> Edit | None:
        """The repair as a change of the text, where there is one."""
        return self.repair and self.repair.edit(self.place)

    @property
    def __notes__(self) -> list[str]:  # type: ignore[override]
        """What Python prints under the message in a traceback, and notebooks under a cell: the notes and the repair."""
        help = [f"= help: {self.help}"] if self.help else []
        return [*(f"= note: {note}" for note in self.notes), *help]

    def __str__(self) -> str:
        return f"{self.place}: {self.what}" if self.place else self.what


class SpecError(ArchcalcError):
    """The input file is wrong."""

    exit_code = 3
    kind = "spec"


class UnknownName(SpecError):
    """A kind, option, layer or spec that does not exist; `help` names the nearest."""

    kind = "unknown_name"


class GraphError(SpecError):
    """A cycle, a dangling input, or branches that do not fit each other."""

    kind = "graph"


class ShapeError(SpecError):
    """A layer does not fit its input."""

    kind = "shape"


class SpecErrors(SpecError):
    """All errors of one file, in the order of its lines."""

    def __init__(self, errors: Iterable[ArchcalcError]) -> None:
        self._errors = tuple(sorted(errors, key=_position))
        super().__init__("\n".join(str(error) for error in self._errors))

    @property
    def errors(self) -> tuple[ArchcalcError, ...]:
        return self._errors

    @property
    def __notes__(self) -> list[str]:  # type: ignore[override]
        return [note for error in self._errors for note in error.__notes__]


class UsageError(ArchcalcError):
    """Wrong use of the command line or of a function: a bad option value or query."""

    exit_code = 2
    kind = "usage"

    @classmethod
    def of(cls, option: str, error: ArchcalcError) -> UsageError:
        """The error of what an option says."""
        return cls(f"{option}: {error.what}", help=error.help)


class InputError(UsageError):
    """The input shape asked for is none that the network can have."""

    kind = "input"


class AssignmentError(ArchcalcError):
    """The teacher's file is wrong."""

    exit_code = 4
    kind = "assignment"


class AnswerError(ArchcalcError):
    """A student's sheet is wrong."""

    exit_code = 3
    kind = "answer"


class UnsupportedError(ArchcalcError):
    """No rule for this yet, or an extra is not installed; the message names it."""

    exit_code = 6
    kind = "unsupported"


class BackendError(ArchcalcError):
    """No GPU, or not enough memory."""

    exit_code = 6
    kind = "backend"


class NoRoomError(ArchcalcError):
    """The disk is full."""

    exit_code = 6


_LONG = re.compile(rf"`[^`]{{{LONGEST_QUOTE + 1},}}`|\S{{{LONGEST_QUOTE + 1},}}")
_QUOTE = re.compile(r"`[^`]*\n[^`]*`")


def shown(message: str) -> str:
    """A message whose quotes stand on one line, the middle of very long ones left out."""
    if "\n" in message:
        message = _QUOTE.sub(lambda quote: " ".join(quote[0].split()), message)
    if len(message) > LONGEST_QUOTE:
        message = _LONG.sub(lambda long: f"{long[0][:80]}…{long[0][-20:]}", message)
    return message


def _position(error: ArchcalcError) -> tuple[int, int]:
    return (error.place.line, error.place.column) if error.place else (0, 0)

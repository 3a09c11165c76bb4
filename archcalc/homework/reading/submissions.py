"""Submissions: a folder or a zip with one sheet, or one folder, for each student.

Nothing outside is ever read: links are not followed, names that lead out are passed over, only plain files are opened,
and of each only so much as a sheet may hold.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Protocol

from archcalc.core.record import record
from archcalc.spec.names import listed

SHEETS = (".yaml", ".yml", ".json", ".csv")
ANSWERS = "answers"
"""What the sheet in a student's folder is called."""
LONGEST_NAME = 255


@record
class Item:
    """A file at the top or in one of the folders there."""

    parts: tuple[str, ...]
    """Its name; of a file in a folder both names, of an empty folder its own and ""."""
    problem: str = ""
    """Why it may not be read."""

    @property
    def path(self) -> str:
        return "/".join(self.parts)


@record
class Found:
    """One submission: whose it is by its name, and where its sheet is."""

    student: str
    sheet: str = ""
    """Path of the sheet inside; "" where there is none to mark."""
    problem: str = ""
    """Why there is none."""
    name: str = ""
    """The file or folder at the top, as it is called there."""

    @property
    def label(self) -> str:
        """Its name as a roster has it."""
        return identity(self.name)

    @property
    def folder(self) -> str:
        """The folder that the submission is; "" for a single file."""
        return self.sheet.rpartition("/")[0]


@record
class Listing:
    """All submissions by student, and what else lies there."""

    found: tuple[Found, ...]
    passed_over: tuple[Item, ...]


class Submissions(Protocol):
    """Where submissions lie; each process opens it for itself."""

    def listing(self, own: Iterable[Path] = ()) -> Listing:
        """Who has handed in what. Raises AnswerError.

        Args:
            own: files and folders of the teacher that are no submissions, such as the roster.
        """

    def read(self, path: str, most: int) -> bytes:
        """A file, up to one byte more than `most`. Raises AnswerError for all that is no plain file inside."""

    def close(self) -> None:
        """Give back what is open."""


def gathered(items: Iterable[Item]) -> Listing:
    """The submissions among the items, which come in the order of their folders."""
    found: dict[str, list[Found]] = {}
    passed_over = []
    for top, group in groupby(items, key=lambda item: item.parts[0]):
        submission = _submission(top, list(group))
        if isinstance(submission, Found) and not submission.student:
            submission = Item((top,), "has a name of spaces only")
        if isinstance(submission, Item):
            passed_over.append(submission)
        else:
            found.setdefault(submission.student, []).append(submission)
    return Listing(tuple(one for student in sorted(found) for one in found[student]), tuple(passed_over))


def only(found: list[Found], student: str) -> Found:
    """The one submission of a student; of several, none is picked."""
    if len(found) == 1:
        return found[0]
    names = listed(sorted(one.name for one in found), 4)
    return Found(student, problem=f"there are {len(found)} submissions: {names}", name=found[0].name)


def identity(name: str) -> str:
    """The id that a name stands for: composed characters, no spaces around it, bytes that are no text spelled out."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace") if not _is_text(name) else name
    return unicodedata.normalize("NFC", text).strip()


def is_sheet_name(name: str) -> bool:
    """Whether a file of this name can be an answer sheet."""
    return PurePosixPath(name).suffix.lower() in SHEETS


def is_hidden(name: str) -> bool:
    """Whether this is what systems leave behind."""
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


def _submission(top: str, items: list[Item]) -> Found | Item:
    """What lies at the top under one name: a submission, or something else."""
    if len(items[0].parts) > 1:
        return _of_folder(top, items)
    item, path = items[0], PurePosixPath(top)
    if len(items) > 1:
        return Found(identity(path.stem), problem=f"{top} is there twice", name=top)
    if not is_sheet_name(top):
        return Item((top,), item.problem or "is no sheet: .yaml, .yml, .json or .csv")
    if item.problem:
        return Found(identity(path.stem), problem=f"{top} {item.problem}", name=top)
    return Found(identity(path.stem), top, name=top)


def _of_folder(top: str, items: list[Item]) -> Found:
    """A student's folder: it holds answers.yaml (.yml, .json, .csv), or one sheet of another name."""
    whole = next((item.problem for item in items if item.problem and item.parts[-1] == ""), "")
    if whole:
        return Found(identity(top), problem=f"{top}/ {whole}", name=top)
    sheets = [item for item in items if is_sheet_name(item.parts[-1])]
    named = [item for item in sheets if PurePosixPath(item.parts[-1]).stem.lower() == ANSWERS]
    chosen = named or sheets
    if not chosen:
        return Found(identity(top), problem=f"there is no sheet in {top}/: answers.yaml is looked for", name=top)
    if len(chosen) > 1:
        names = listed([item.path for item in chosen], 4)
        return Found(identity(top), problem=f"there are {len(chosen)} sheets: {names}", name=top)
    if chosen[0].problem:
        return Found(identity(top), problem=f"{chosen[0].path} {chosen[0].problem}", name=top)
    return Found(identity(top), chosen[0].path, name=top)


def _is_text(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)

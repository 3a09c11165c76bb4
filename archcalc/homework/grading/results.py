"""The file of results: a line for each student, written as they are graded, so that a run that was cut off can go on.

While a run lasts, lines are added to `results.jsonl.part`; only places in the files are kept in memory. At the end the
lines are put in order and `results.jsonl` is replaced.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from archcalc.core.record import record
from archcalc.errors import UsageError
from archcalc.homework.grading.outputs import OutputError

LONGEST_LINE = 4 * 1024 * 1024
_NO_FILES: dict[str, str | None] = {}


@record
class Kept:
    """Where a student's line is, and what it depends on."""

    part: bool
    start: int
    key: str
    files: Mapping[str, str | None]


class Results:
    """The results of one output folder."""

    def __init__(self, folder: Path) -> None:
        """Open the results that are there. Raises OutputError; UsageError where another run is writing them."""
        self.whole = folder / "results.jsonl"
        self.path = folder / "results.jsonl.part"
        try:
            self.part = self.path.open("a+b")
            _lock(self.part, folder)
            _drop_torn_line(self.part)
            self.old = self.whole.open("rb") if self.whole.exists() else None
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written: {error.strerror}") from None
        self.kept: dict[str, Kept] = {}
        self.assignments: set[str | None] = set()
        """The ids of the assignments that the results are of."""
        self._index(self.old, part=False)
        self._index(self.part, part=True)

    def refuse_others(self, assignment: str) -> None:
        """Raises UsageError where the results are of another assignment."""
        for other in self.assignments - {assignment or None}:
            what = f"{self.whole.parent} holds the results of `{other}`"
            raise UsageError(what, help="name another --output, so that they stay")

    def add(self, student: str, line: str) -> None:
        """Write a student's line."""
        try:
            start = self.part.seek(0, os.SEEK_END)
            self.part.write(line.encode() + b"\n")
            self.part.flush()
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written: {error.strerror}") from None
        self.kept[student] = Kept(True, start, "", _NO_FILES)

    def of(self, student: str) -> dict[str, Any]:
        """A student's line."""
        content: dict[str, Any] = json.loads(self._line(student))
        return content

    def finish(self, students: Iterable[str]) -> None:
        """Put the lines of these students in order into the file, and end the run."""
        part = self.whole.with_name(f".{self.whole.name}.tmp")
        try:
            with part.open("wb") as file:
                for student in students:
                    file.write(self._line(student))
            self.close()
            os.replace(part, self.whole)
            os.unlink(self.path)
        except OSError as error:
            raise OutputError(f"{self.whole} cannot be written: {error.strerror}") from None

    def close(self) -> None:
        """Let go of the files."""
        self.part.close()
        if self.old is not None:
            self.old.close()

    def _line(self, student: str) -> bytes:
        kept = self.kept[student]
        file = self.part if kept.part else self.old
        assert file is not None
        file.seek(kept.start)
        return file.readline()

    def _index(self, file: BinaryIO | None, part: bool) -> None:
        """Note every line of a file that can be read; of a student's several, the last."""
        if file is None:
            return
        file.seek(0)
        for start, line in _lines(file):
            with suppress(ValueError, TypeError, KeyError):
                content = json.loads(line)
                self.assignments.add(content["assignment"])
                if not content["bug"]:
                    self.kept[content["student"]] = Kept(part, start, content["key"], dict(content["files"]))


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    start = 0
    while line := file.readline(LONGEST_LINE):
        yield start, line
        start += len(line)


def _drop_torn_line(file: BinaryIO) -> None:
    """Cut off what stands behind the last line end: a line that was being written when the run was cut off."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - LONGEST_LINE)
    file.seek(start)
    tail = file.read()
    file.truncate(start + tail.rfind(b"\n") + 1)


def _lock(file: BinaryIO, folder: Path) -> None:
    """Keep other runs away; the lock goes with the process. Raises UsageError where another has it."""
    try:
        import fcntl
    except ImportError:
        return  # Windows lets nobody replace an open file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise UsageError(f"another run is writing to {folder}", help="wait for it, or name another --output") from None

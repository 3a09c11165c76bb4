"""The file of results: a line for each student, written as they are graded, so that a run that was cut off can go on.

While a run lasts, lines are added to `results.jsonl.part`; only places in the files are kept in memory. At the end the
lines are put in order and `results.jsonl` is replaced. A line is written before the student's feedback, whose name and
digest it holds: so every file that we ever wrote is on record, wherever a run was cut off.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from archcalc.core.record import record
from archcalc.core.writing import replacing, unwritable, write_all
from archcalc.errors import UsageError
from archcalc.homework.grading.outputs import refuse_link

LONGEST_LINE = 4 * 1024 * 1024
_SEAL = ', "seal": "'
"""What parts a line from the digest of all before it."""
_ADD = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
_PLAIN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@record
class KeptLine:
    """Where a student's line is, and what it depends on."""

    part: bool
    start: int
    key: str
    files: Mapping[str, str]
    """The files of the submission that were looked at, each with its digest or why it cannot be read."""
    feedback: tuple[str, str] | None
    """The name and the digest of the student's file; None where there is none."""


class Results:
    """The results of one output folder."""

    def __init__(self, folder: Path) -> None:
        """Open the results that are there. Raises UsageError where another run is writing them; NoRoomError."""
        self.whole = folder / "results.jsonl"
        self.path = folder / "results.jsonl.part"
        refuse_link(self.path)
        with ExitStack() as files:
            try:
                self.file = _locked(self.path)
                files.callback(os.close, self.file)
                self.size = _without_torn_line(self.file)
                self.part = files.enter_context(_opened(self.path))
                there = os.path.isfile(self.whole) and not self.whole.is_symlink()
                self.old = files.enter_context(_opened(self.whole)) if there else None
            except OSError as error:
                raise unwritable(self.path, error) from None
            self._files = files.pop_all()
        self.kept: dict[str, KeptLine] = {}
        self.ours: dict[str, tuple[str, ...]] = {}
        """Every file of feedback that we wrote, with the digests of all that may stand there."""
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
        """Write a student's line. Raises as `unwritable` says."""
        data = line.encode() + b"\n"
        try:
            write_all(self.file, data)
        except OSError as error:
            raise unwritable(self.path, error) from None
        self.kept[student] = KeptLine(True, self.size, "", {}, None)
        self.size += len(data)

    def of(self, student: str) -> dict[str, Any]:
        """A student's line."""
        content: dict[str, Any] = json.loads(self._line(student))
        return content

    def finish(self, students: Iterable[str]) -> None:
        """Put the lines of these students in order into the file, and end the run. Raises as `unwritable` says."""
        with replacing(self.whole) as file:
            file.writelines(map(self._line, students))
            if self.old is not None:
                self.old.close()  # Windows replaces no open file
        self._remove_part()
        self._files.close()

    def close(self) -> None:
        """Let go of the files; a run that wrote nothing leaves nothing."""
        with self._files:
            if not self.part.closed and not self.size:
                self._remove_part()

    def _remove_part(self) -> None:
        """Delete the lines of the run while they are locked, or another run could add to what is deleted."""
        try:
            if os.name == "nt":
                self._files.close()  # Windows deletes no open file
            os.unlink(self.path)
        except OSError as error:
            raise UsageError(f"{self.path} cannot be deleted: {error.strerror}") from None

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
                if _is_sealed(line):
                    self._note(content, part, start)

    def _note(self, content: Mapping[str, Any], part: bool, start: int) -> None:
        feedback = (content["feedback"]["file"], content["feedback"]["sha256"]) if content["feedback"] else None
        if feedback is not None:
            name, digest = feedback
            self.ours[name] = (*self.ours.get(name, ()), digest)
        self.kept.pop(content["student"], None)
        if not content["bug"]:
            self.kept[content["student"]] = KeptLine(part, start, content["key"], dict(content["files"]), feedback)


def sealed(content: Mapping[str, Any]) -> str:
    """A line, with a digest of itself: what was changed by hand or by chance is no result of ours."""
    text = json.dumps(content)[:-1]
    return f'{text}{_SEAL}{_digest(text.encode())}"}}'


def _is_sealed(line: bytes) -> bool:
    text, mark, rest = line.rpartition(_SEAL.encode())
    return bool(mark) and rest == f'{_digest(text)}"}}\n'.encode()


def _digest(text: bytes) -> str:
    return sha256(text).hexdigest()[:16]


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    start = 0
    while line := file.readline(LONGEST_LINE):
        yield start, line
        start += len(line)


def _opened(path: Path) -> BinaryIO:
    return open(os.open(path, os.O_RDONLY | _PLAIN), "rb")


def _without_torn_line(file: int) -> int:
    """Cut off what stands behind the last line end, of a line that was being written when the run was cut off.

    Returns the bytes that are left.
    """
    size = os.fstat(file).st_size
    start = max(0, size - LONGEST_LINE)
    os.lseek(file, start, os.SEEK_SET)
    tail = b"".join(iter(lambda: os.read(file, LONGEST_LINE), b""))
    whole = start + tail.rfind(b"\n") + 1
    if whole < size:
        os.ftruncate(file, whole)
    return whole


def _locked(path: Path) -> int:
    """The file that a run adds to, locked: the lock goes with the process. Raises UsageError where another has it."""
    while True:
        file = os.open(path, _ADD | _PLAIN, 0o666)
        try:
            _lock(file, path.parent)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file), os.stat(path)):
                    return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)  # the run that had it has ended and deleted it


def _lock(file: int, folder: Path) -> None:
    try:
        import fcntl
    except ImportError:
        return  # Windows lets nobody replace an open file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UsageError(f"another run is writing to {folder}", help="wait for it, or name another --output") from None

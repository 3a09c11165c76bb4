"""Files written whole or not at all, and what is said where they cannot be.

What is written goes into a new file beside the one that is meant, which takes its place when it is whole: a run that
is cut off, or finds no more room on the disk, leaves the old one as it was.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, EDQUOT, EFBIG, EISDIR, ENOENT, ENOSPC
from pathlib import Path

from archcalc.errors import ArchcalcError, NoRoomError, UsageError

NO_ROOM = (ENOSPC, EDQUOT, EFBIG)
"""The disk is full, a quota is used up, or the file may grow no further."""
_WRITE = os.O_WRONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NEW = _WRITE | os.O_CREAT | os.O_EXCL
"""A file that was not there: a link is not followed."""
_OVER = _WRITE | os.O_TRUNC
_STREAMS = (("/", "dev"), ("/", "proc"))
"""Where /dev/stdout leads, which may be a file that the shell writes to."""
_PIECE = 1 << 16
"""Bytes that are collected before they are written."""


def unwritable(what: object, error: OSError) -> ArchcalcError:
    """The error of a file that cannot be written: NoRoomError where the disk is full, else UsageError."""
    if error.errno in NO_ROOM:
        return NoRoomError(f"no room left on the disk for {what}", help="make room there, and run it again")
    return UsageError(f"{what} cannot be written: {error.strerror or error}")


class Writing:
    """An open file that takes text, as UTF-8, and bytes."""

    def __init__(self, file: int) -> None:
        self.file = file
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, content: str | bytes) -> int:
        data = content.encode("utf-8", "replace") if isinstance(content, str) else bytes(content)
        self._pieces.append(data)
        self._size += len(data)
        if self._size >= _PIECE:
            self.flush()
        return len(content)

    def writelines(self, lines: Iterable[str | bytes]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        data, self._pieces, self._size = b"".join(self._pieces), [], 0
        write_all(self.file, data)


def write_all(file: int, data: bytes) -> None:
    """Write everything. Raises OSError."""
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]


@contextmanager
def replacing(path: Path) -> Iterator[Writing]:
    """A file of our own, written whole; a link in its place is replaced, not followed. Raises as `unwritable` says."""
    try:
        with suppress(FileNotFoundError):
            os.unlink(part_of(path))  # of a run that was cut off
        with _whole(path, part_of(path)) as file:
            yield file
    except OSError as error:
        raise unwritable(path, error) from None


def part_of(path: Path) -> Path:
    """What a file of our own is called until it is whole."""
    return path.with_name(f".{path.name}.tmp")


@contextmanager
def saving(path: Path) -> Iterator[Writing]:
    """A file that the user named: a link is followed, a device or a pipe is written to. Raises as `unwritable` says."""
    try:
        mode = _mode(path)
        with _opened(path, _OVER) if mode is not None and _in_place(path, mode) else _beside(path, mode) as file:
            yield file
    except OSError as error:
        raise unwritable(path, error) from None


def save(path: Path, content: str | bytes) -> None:
    """Write a file that the user named. Raises as `unwritable` says."""
    with saving(path) as file:
        file.write(content)


def refuse_unwritable(path: Path) -> None:
    """Raise as `unwritable` says where a file of the user's cannot be written, before the work for it is done."""
    folder = os.path.dirname(os.path.realpath(path))
    if os.path.isdir(path):
        raise unwritable(path, OSError(EISDIR, os.strerror(EISDIR)))
    if not os.path.isdir(folder):
        raise unwritable(path, OSError(ENOENT, os.strerror(ENOENT)))
    if not os.access(path if os.path.exists(path) else folder, os.W_OK):
        raise unwritable(path, OSError(EACCES, os.strerror(EACCES)))


@contextmanager
def _beside(path: Path, mode: int | None) -> Iterator[Writing]:
    """A file that takes the place of the one that a path leads to, with its mode."""
    target = Path(os.path.realpath(path))
    part = target.with_name(f".archcalc-{os.urandom(6).hex()}.tmp")
    with _whole(target, part) as file:
        if mode is not None:
            os.chmod(part, stat.S_IMODE(mode))
        yield file


@contextmanager
def _whole(path: Path, part: Path) -> Iterator[Writing]:
    """A new file that takes the place of a path at the end, and is gone where that is not reached."""
    try:
        with _opened(part, _NEW) as file:
            yield file
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(part)
        raise


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[Writing]:
    number = os.open(path, flags, 0o666)
    try:
        file = Writing(number)
        yield file
        file.flush()
    finally:
        os.close(number)


def _mode(path: Path) -> int | None:
    """What is there, and who may do what with it; None where nothing is."""
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def _in_place(path: Path, mode: int) -> bool:
    """Whether this can only be written to as it stands: a device, a file in a folder where nothing can be made."""
    if not stat.S_ISREG(mode) or path.parts[:2] in _STREAMS:
        return True
    return not os.access(path, os.W_OK) or not os.access(os.path.dirname(os.path.realpath(path)), os.W_OK)

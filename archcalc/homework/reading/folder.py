"""Submissions in a folder. Links are not followed, and only plain files are opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from archcalc.errors import AnswerError
from archcalc.homework.reading.submissions import Item, Listing, gathered, is_hidden

MOST_IN_A_FOLDER = 1_000
"""Files of one student's folder that are looked at."""


class Folder:
    """Submissions in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def listing(self, own: Iterable[Path] = ()) -> Listing:
        apart = {os.path.realpath(path) for path in own}
        try:
            entries = sorted(os.scandir(self.root), key=lambda entry: entry.name)
        except OSError as error:
            raise AnswerError(f"{self.root} cannot be read: {error.strerror}") from None
        root = os.path.realpath(self.root)
        return gathered(
            item
            for entry in entries
            if not is_hidden(entry.name) and os.path.join(root, entry.name) not in apart
            for item in self._items(entry)
        )

    def read(self, path: str, most: int) -> bytes:
        parts = PurePosixPath(path).parts
        if not parts or any(part in ("", ".", "..") or os.sep in part for part in parts):
            raise AnswerError(f"{path} is no name of a file here")
        inside = self.root
        try:
            for part in parts[:-1]:
                inside = inside / part
                if not stat.S_ISDIR(os.lstat(inside).st_mode):
                    raise AnswerError(f"{path} is not in a folder of the submission")
            return _read_plain(inside / parts[-1], path, most)
        except (OSError, ValueError) as error:
            raise AnswerError(f"{path} cannot be read: {getattr(error, 'strerror', error)}") from None

    def close(self) -> None:
        """Nothing is kept open."""

    def _items(self, entry: os.DirEntry[str]) -> Iterator[Item]:
        if entry.is_symlink() or not entry.is_dir(follow_symlinks=False):
            yield Item((entry.name,), _unreadable(entry))
            return
        try:
            with os.scandir(entry.path) as inside:
                files = sorted(islice(inside, MOST_IN_A_FOLDER + 1), key=lambda file: file.name)
        except OSError as error:
            yield Item((entry.name, ""), f"cannot be read: {error.strerror}")
            return
        if len(files) > MOST_IN_A_FOLDER:
            yield Item((entry.name, ""), f"holds more than {MOST_IN_A_FOLDER:,} files")
            return
        yield Item((entry.name, ""))
        for file in files:
            if not is_hidden(file.name) and (file.is_symlink() or not file.is_dir(follow_symlinks=False)):
                yield Item((entry.name, file.name), _unreadable(file))


def _read_plain(path: Path, name: str, most: int) -> bytes:
    """A plain file. Opening does not wait for the other end of a pipe and follows no link."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise AnswerError(f"{name} is no plain file")
    with open(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise AnswerError(f"{name} is no plain file")
        return file.read(most + 1)


def _unreadable(entry: os.DirEntry[str]) -> str:
    """Why a file may not be read; "" where it may."""
    if entry.is_symlink():
        return "is a link, and links are not followed"
    return "" if entry.is_file(follow_symlinks=False) else "is no plain file"

"""The folder of a graded class: what a student's file is called, and which files in it are ours."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from archcalc.core.writing import NO_ROOM, part_of, unwritable
from archcalc.errors import UsageError

FEEDBACK = "feedback"
"""The folder of the students' files."""


def safe_name(id: str) -> str:
    """A name for an output file: the id where it is plain, else what is plain of it and a digest of the id.

    No two ids share one, not even where capital letters make no difference.
    """
    if re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", id) and not _RESERVED.match(id) and not id.endswith("."):
        return id
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", id).strip("-")[:40]
    return f"{plain or 'student'}~{sha256(id.encode()).hexdigest()[:10]}"


def prepared(output: Path) -> Path:
    """The folder of the feedback, made where it is missing. Raises UsageError, NoRoomError."""
    folder = output / FEEDBACK
    try:
        refuse_link(folder)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise unwritable(output, error) from None
        raise UsageError(f"{output} cannot be made: {error.strerror}") from None
    return folder


def refuse_link(path: Path) -> None:
    """Raises UsageError where a link stands, which may lead anywhere."""
    if path.is_symlink():
        raise UsageError(f"{path} is a link, and links are not followed", help="delete it, or name another --output")


def digest(text: str) -> str:
    """Of a file that holds this text."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def digest_of(path: Path) -> str:
    """Of a plain file; "" where there is none."""
    with suppress(OSError, ValueError):
        if stat.S_ISREG(os.lstat(path).st_mode):
            return sha256(path.read_bytes()).hexdigest()
    return ""


def tidied(folder: Path, ours: Mapping[str, Collection[str]], current: Collection[str]) -> Iterator[str]:
    """Delete the files that we wrote and nobody has any more, and what a run that was cut off left half written.

    Args:
        ours: the names of files that we wrote, each with the digests of all that may stand there.

    Yields the names of those that are there, and not as we wrote them: they are somebody else's now. Raises UsageError.
    """
    for name in sorted({*ours, *current}):
        path = folder / name
        try:
            with suppress(FileNotFoundError):
                os.unlink(part_of(path))
            if name not in current and os.path.lexists(path):
                if digest_of(path) not in ours[name]:
                    yield name
                else:
                    os.unlink(path)
        except OSError as error:
            raise UsageError(f"{path} cannot be deleted: {error.strerror}") from None


_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
"""Names that are devices on Windows."""

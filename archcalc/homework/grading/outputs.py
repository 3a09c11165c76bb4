"""Files that are written for students: their names, and writing them whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TextIO

from archcalc.errors import UsageError


class OutputError(UsageError):
    """A result cannot be written; no other sheet will fare better."""


def safe_name(id: str) -> str:
    """A name for an output file: the id where it is plain, else what is plain of it and a digest of the id.

    No two ids share one, not even where capital letters make no difference.
    """
    if re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", id) and not _RESERVED.match(id) and not id.endswith("."):
        return id
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", id).strip("-")[:40]
    return f"{plain or 'student'}~{sha256(id.encode()).hexdigest()[:10]}"


def replace_file(path: Path, text: str) -> None:
    """Write a file whole. Raises OutputError."""
    with replacing(path) as file:
        file.write(text)


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A file to write under another name, which takes its own when it is whole. Raises OutputError."""
    part = path.with_name(f".{path.name}.tmp")
    try:
        with part.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            yield file
        os.replace(part, path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from None


_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
"""Names that are devices on Windows."""

"""Submissions where a command names them: a folder or a zip."""

from __future__ import annotations

import stat
from pathlib import Path

from archcalc.errors import AnswerError
from archcalc.homework.reading.folder import Folder
from archcalc.homework.reading.submissions import Submissions


def open_submissions(path: Path) -> Submissions:
    """A folder or a zip. Raises AnswerError where it is neither, or cannot be read."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise AnswerError(f"{path} cannot be read: {getattr(error, 'strerror', error)}") from None
    if stat.S_ISDIR(mode):
        return Folder(path)
    if stat.S_ISREG(mode):
        from archcalc.homework.reading.archive import ZippedSubmissions

        return ZippedSubmissions(path)
    raise AnswerError(f"{path} is neither a folder nor a zip")

"""The wall around one answer: whatever marking it does, the other answers of the sheet keep their marks."""

from __future__ import annotations

import os
from collections.abc import Callable

from archcalc.errors import AssignmentError
from archcalc.homework.reading.sheet import Entry
from archcalc.tables.marks import MarkedAnswer, Remark
from archcalc.version import __version__


def guarded(entry: Entry, mark: Callable[[], MarkedAnswer]) -> MarkedAnswer:
    """The marked answer; where marking fails, one that says so, which is no wrong answer and no zero."""
    try:
        return mark()
    except AssignmentError:
        raise  # the teacher's fault, and that of every sheet
    except Exception as error:
        if os.environ.get("ARCHCALC_DEBUG"):
            raise
        said = f"archcalc {__version__} failed on this answer: {type(error).__name__}. That is a bug of archcalc."
        return MarkedAnswer(entry.question, "unreadable", entry.place, (Remark((), (), said),), bug=True)

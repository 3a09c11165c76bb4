"""Whose papers `archcalc quiz` is about: the assignment, the students, and the secret of their numbers."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from archcalc.cli.check.sheets import assessor_of
from archcalc.cli.secret import secret_of
from archcalc.cli.session import Session
from archcalc.errors import UsageError
from archcalc.homework.grading.roster import load_roster
from archcalc.homework.quiz.papers import Papers
from archcalc.homework.reading.submissions import identity


def papers_of(session: Session, assignment: Path, secret_file: Path | None) -> Papers:
    """The papers of an assignment, drawn with the secret of a file or of the environment."""
    papers = Papers(assessor_of(assignment), secret_of(secret_file))
    _say_if_readable(session, secret_file)
    return papers


def students_of(named: list[str] | None, roster: Path | None) -> list[str]:
    """The students of the options, each once. Raises UsageError for an empty one."""
    students = [identity(one) for one in named or []]
    if not all(students):
        raise UsageError("--student is empty", help="write --student s1")
    return list(dict.fromkeys([*students, *(load_roster(roster).students if roster else ())]))


def _say_if_readable(session: Session, file: Path | None) -> None:
    """A word where others on this machine can read the secret."""
    if file is not None and os.name == "posix" and file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        session.say(f"note: others can read {file}; chmod 600 keeps it a secret")

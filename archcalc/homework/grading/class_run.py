"""A class graded: who is to be graded, marking them all, and the files that come of it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from glob import escape, glob
from hashlib import sha256
from hmac import digest
from pathlib import Path

from archcalc.core.record import replace
from archcalc.core.writing import replacing
from archcalc.errors import AnswerError
from archcalc.homework.asking.asked import Assignment
from archcalc.homework.grading.elsewhere import RightElsewhere
from archcalc.homework.grading.grader import NO_SUBMISSION, Graded, Job, SheetTask, feedback_name
from archcalc.homework.grading.outputs import FEEDBACK, tidied
from archcalc.homework.grading.results import Results
from archcalc.homework.grading.roster import Roster
from archcalc.homework.grading.tally import Tally
from archcalc.homework.grading.workers import Died, shared
from archcalc.homework.reading.submissions import Found, Listing, only
from archcalc.report.marks.class_csv import grades_csv
from archcalc.report.marks.class_markdown import report_markdown
from archcalc.tables.class_marks import GradeReport
from archcalc.version import __version__


def planned(listing: Listing, roster: Roster | None, key: str, format: str) -> list[SheetTask]:
    """Everyone to be graded: those of the roster in its order, then the others by their ids."""
    by_student: dict[str, list[Found]] = {}
    for found in listing.found:
        by_student.setdefault(_owner(found, roster), []).append(found)
    named = {student: only(found, student) for student, found in by_student.items()}
    task = partial(_task, key, format)
    if roster is None:
        return [task(student, named[student]) for student in sorted(named)]
    missing = Found("", problem=NO_SUBMISSION)
    listed = [task(student, named.pop(student, missing)) for student in roster.students]
    folded = {student.casefold(): student for student in roster.students}
    return listed + [task(student, named[student], _strange(student, folded)) for student in sorted(named)]


def graded(
    job: Job, tasks: Iterable[SheetTask], results: Results, jobs: int, say: Callable[[str], None] | None = None
) -> Iterator[bool]:
    """Grade everyone and keep the results; for each whether it was new. Raises as `unwritable` says.

    Args:
        say: is told where no other processes can be started.
    """
    known = (_with_known(task, results) for task in tasks)
    for task, outcome in shared(job, known, jobs, say):
        new = _lost(job, task) if outcome is Died else outcome
        if new is not None:
            results.add(task.student, new.line)  # first: no file is written that is not on record
            if task.feedback:
                with replacing(job.output / task.feedback) as file:
                    file.write(new.feedback)
        yield new is not None


def finished(
    assignment: Assignment, tasks: Sequence[SheetTask], results: Results, passed_over: Iterable[tuple[str, str]]
) -> GradeReport:
    """Write grades.csv, report.md and results.jsonl; delete what is left of others. Raises as `unwritable` says."""
    students = [task.student for task in tasks]
    elsewhere = RightElsewhere(assignment)
    for student in students if elsewhere.varying else ():
        elsewhere.note(results.of(student))
    tally = Tally(assignment, elsewhere)
    folder = results.whole.parent
    rows = (tally.add(results.of(student)) for student in students)
    with replacing(folder / "grades.csv") as file:
        file.writelines(grades_csv([asked.id for asked in assignment.questions], rows))
    current = {task.feedback for task in tasks if task.feedback}
    left = tuple(tidied(folder / FEEDBACK, results.ours, current))
    report = replace(tally.report(list(passed_over)), left=left)
    with replacing(folder / "report.md") as file:
        file.write(report_markdown(report))
    results.finish(students)
    return report


def key_of(assignment: Assignment, text: bytes, format: str, secret: bytes | None) -> str:
    """What every result depends on beside the submission: the version, the assignment, its specs, the secret."""
    folder = Path(assignment.file).parent
    specs = {name: sha256((folder / name).read_bytes()).hexdigest() for name in _specs_of(assignment, folder)}
    drawn_from = digest(secret, b"archcalc-grade", "sha256").hex() if secret else ""
    return _key(__version__, format, sha256(text).hexdigest(), specs, drawn_from)


def _specs_of(assignment: Assignment, folder: Path) -> list[str]:
    """The files beside the assignment that its questions may name, with any numbers in the place of `$names`."""
    names = {asked.spec.partition("@")[0] for asked in assignment.questions if asked.spec}
    patterns = (re.sub(r"\$(\$|\{?\w*\}?)", "*", escape(name)) for name in names)
    there = {name for pattern in patterns for name in glob(pattern, root_dir=folder)}
    return sorted(name for name in there if os.path.isfile(folder / name))


def _key(*facts: object) -> str:
    """A digest of facts of JSON."""
    return sha256(json.dumps(facts).encode()).hexdigest()[:32]


def _owner(found: Found, roster: Roster | None) -> str:
    """The student of a submission: by the roster, else by its name."""
    return roster.submissions.get(found.label, found.student) if roster else found.student


def _task(key: str, format: str, student: str, found: Found, *flags: str) -> SheetTask:
    """A task. Its result depends on everything that was decided about it, on top of what all results depend on."""
    feedback = feedback_name(student, format) if found.name else ""
    decided = (student, found.student, found.name, found.sheet, found.problem, flags, feedback)
    return SheetTask(student, found, _key(key, *decided), flags, feedback)


def _strange(student: str, folded: dict[str, str]) -> str:
    """What is said of a submission that nobody of the roster is known to have made."""
    near = folded.get(student.casefold())
    return f"not on the roster, which has {near}" if near else "not on the roster"


def _lost(job: Job, task: SheetTask) -> Graded:
    """What comes of a sheet whose process died."""
    fault = AnswerError("the process that marked this sheet was ended: too little memory, or a bug of archcalc")
    return job().problem(task, fault, bug=True)


def _with_known(task: SheetTask, results: Results) -> SheetTask:
    kept = results.kept.get(task.student)
    return replace(task, known=kept) if kept is not None and kept.key == task.key else task

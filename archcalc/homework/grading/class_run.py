"""A class graded: who is to be graded, marking them all, and the files that come of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from hashlib import sha256
from hmac import digest
from pathlib import Path

from archcalc import __version__
from archcalc.core.record import replace
from archcalc.errors import AnswerError
from archcalc.homework.asked import Assignment
from archcalc.homework.grading.elsewhere import RightElsewhere
from archcalc.homework.grading.grader import NO_SUBMISSION, Job, Task
from archcalc.homework.grading.outputs import OutputError, replacing
from archcalc.homework.grading.results import Results
from archcalc.homework.grading.roster import Roster
from archcalc.homework.grading.submissions import Found, Listing, only
from archcalc.homework.grading.tally import Tally
from archcalc.homework.grading.workers import Died, shared
from archcalc.report.grade import GradeReport
from archcalc.report.grade_csv import grades_csv
from archcalc.report.grade_markdown import report_markdown

FEEDBACK = "feedback"
"""The folder of the students' files."""


def prepared(output: Path) -> Path:
    """The folder of the results, and the one of the feedback in it. Raises OutputError."""
    try:
        (output / FEEDBACK).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{output} cannot be made: {error.strerror}") from None
    return output / FEEDBACK


def planned(listing: Listing, roster: Roster | None, key: str) -> list[Task]:
    """Everyone to be graded: those of the roster in its order, then the others by their ids."""
    by_student: dict[str, list[Found]] = {}
    for found in listing.found:
        by_student.setdefault(_owner(found, roster), []).append(found)
    named = {student: only(found, student) for student, found in by_student.items()}
    if roster is None:
        return [_task(student, named[student], key) for student in sorted(named)]
    missing = Found("", problem=NO_SUBMISSION)
    listed = [_task(student, named.pop(student, missing), key) for student in roster.students]
    folded = {student.casefold(): student for student in roster.students}
    return listed + [_stranger(student, named[student], folded, key) for student in sorted(named)]


def graded(job: Job, tasks: Iterable[Task], results: Results, jobs: int) -> Iterator[bool]:
    """Grade everyone and keep the results; for each whether it was new. Raises OutputError."""
    known = (_with_known(task, results) for task in tasks)
    for task, outcome in shared(job, known, jobs):
        line = _lost(job, task) if outcome is Died else outcome
        if line:
            results.add(task.student, line)
        yield bool(line)


def finished(
    assignment: Assignment, tasks: Iterable[Task], results: Results, passed_over: Iterable[tuple[str, str]]
) -> GradeReport:
    """Write grades.csv, report.md and results.jsonl. Raises OutputError."""
    students = [task.student for task in tasks]
    elsewhere = RightElsewhere(assignment)
    for student in students if elsewhere.varying else ():
        elsewhere.note(results.of(student))
    tally = Tally(assignment, elsewhere)
    folder = results.whole.parent
    rows = (tally.add(results.of(student)) for student in students)
    with replacing(folder / "grades.csv") as file:
        file.writelines(grades_csv([asked.id for asked in assignment.questions], rows))
    report = tally.report(list(passed_over))
    with replacing(folder / "report.md") as file:
        file.write(report_markdown(report))
    results.finish(students)
    return report


def key_of(assignment: Assignment, text: bytes, format: str, secret: bytes | None) -> str:
    """What every result depends on beside the submission: the version, the assignment, its specs, the secret."""
    found = sha256(f"{__version__}\0{format}\0".encode())
    found.update(sha256(text).digest())
    for path in _specs_of(assignment):
        found.update(sha256(path.read_bytes()).digest())
    found.update(digest(secret, b"archcalc-grade", "sha256") if secret else b"")
    return found.hexdigest()[:32]


def _specs_of(assignment: Assignment) -> list[Path]:
    """The files beside the assignment that its questions may name."""
    folder = Path(assignment.file).parent
    names = {asked.spec.partition("@")[0] for asked in assignment.questions if asked.spec}
    if any("$" in name for name in names):
        names |= {entry.name for entry in os.scandir(folder) if entry.name.endswith((".yaml", ".yml"))}
    return [folder / name for name in sorted(names) if (folder / name).is_file()]


def _owner(found: Found, roster: Roster | None) -> str:
    """The student of a submission: by the roster, else by its name."""
    return roster.submissions.get(found.label, found.student) if roster else found.student


def _task(student: str, found: Found, key: str, *flags: str) -> Task:
    """A task; its flags are part of what the result depends on."""
    return Task(student, found, f"{key} {'; '.join(flags)}" if flags else key, flags)


def _stranger(student: str, found: Found, folded: dict[str, str], key: str) -> Task:
    """A submission that nobody of the roster is known to have made."""
    near = folded.get(student.casefold())
    return _task(student, found, key, f"not on the roster, which has {near}" if near else "not on the roster")


def _lost(job: Job, task: Task) -> str:
    """The line of a sheet whose process died."""
    fault = AnswerError("the process that marked this sheet was ended: too little memory, or a bug of archcalc")
    return job().problem(task, fault, bug=True)


def _with_known(task: Task, results: Results) -> Task:
    kept = results.kept.get(task.student)
    return replace(task, known=kept.files) if kept is not None and kept.key == task.key else task

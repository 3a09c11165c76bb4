"""Grading one submission: read, mark, and say what came of it: a line of JSON, and the text of the feedback.

Each process has a grader of its own. Nothing that a student hands in ends a run: what cannot be marked is a line that
says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from archcalc.core.record import record, replace
from archcalc.errors import AnswerError, ArchcalcError, AssignmentError, SpecErrors
from archcalc.homework.grading.opening import open_submissions
from archcalc.homework.grading.outputs import digest, digest_of, safe_name
from archcalc.homework.grading.results import KeptLine, sealed
from archcalc.homework.marking.assess import Assessor
from archcalc.homework.marking.design import opener
from archcalc.homework.marking.feedback import told
from archcalc.homework.reading.answer import read_number, read_shape
from archcalc.homework.reading.sheet import LIMITS, Entry, Sheet, read_sheet
from archcalc.homework.reading.submissions import Found, Submissions
from archcalc.homework.reading.tokens import Fault
from archcalc.report.formats.names import FORMATS
from archcalc.report.marks.formats import rendered
from archcalc.report.marks.json import SCHEMA, result
from archcalc.report.marks.refused import refused
from archcalc.spec.foreign.files import SHEET, text_of
from archcalc.spec.reader import SPEC_LIMITS
from archcalc.tables.marks import MarkedAnswer, MarkedSheet
from archcalc.version import __version__

NO_SUBMISSION = "no submission"
LONGEST_SHOWN = 200
"""Characters of an answer that a result holds."""
MOST_PROBLEMS = 20
"""Things wrong with one sheet that its feedback lists."""


@record
class SheetTask:
    """One student to be graded."""

    student: str
    found: Found
    key: str
    """What the result depends on beside the files of the submission: all that was decided about it, and why."""
    flags: tuple[str, ...] = ()
    feedback: str = ""
    """What the student's file is called; "" for one that gets none."""
    known: KeptLine | None = None
    """The result of the same task that is there already; None where there is none."""


@record
class Graded:
    """What came of a submission."""

    line: str
    feedback: str
    """The text of the student's file."""


@record
class Job:
    """What a process needs to grade."""

    path: Path
    """The folder or zip."""
    assess: Callable[[], Assessor]
    output: Path
    """The folder of the feedback; nothing is written there."""
    format: str = "markdown"
    secret: bytes | None = None

    def __call__(self) -> Grader:
        """A grader, in the process that calls."""
        return Grader(self, self.assess(), open_submissions(self.path))


class Grader:
    """Grades submissions one by one."""

    def __init__(self, job: Job, assessor: Assessor, submissions: Submissions) -> None:
        self.job = job
        self.assessor = assessor
        self.submissions = submissions

    def __call__(self, task: SheetTask) -> Graded | None:
        """Grade a submission; None where the known result still holds."""
        if task.known is not None and self._holds(task.known):
            return None
        files = _Files(self.submissions)
        try:
            if not task.found.sheet:
                raise AnswerError(task.found.problem)
            return self._graded(task, files)
        except AssignmentError:
            raise
        except ArchcalcError as error:
            return self.problem(task, error, files.digests)
        except Exception as error:  # a bug of ours must not cost the other students their marks
            fault = AnswerError(f"archcalc {__version__} failed on this sheet: {type(error).__name__}")
            return self.problem(task, fault, files.digests, bug=True)

    def problem(
        self, task: SheetTask, error: ArchcalcError, digests: Mapping[str, str] | None = None, bug: bool = False
    ) -> Graded:
        """What comes of a submission that cannot be marked; its feedback says why."""
        assignment = self.assessor.assignment
        shown = SpecErrors(error.errors[:MOST_PROBLEMS])
        file = task.found.sheet or task.found.name or task.student
        marked = refused(shown, file, assignment.id, task.student, assignment.points)
        content = {**result(marked), "problem": str(shown.errors[0]), "bug": bug}
        return self._outcome(task, marked, content, digests or {})

    def _graded(self, task: SheetTask, files: _Files) -> Graded:
        sheet = read_sheet(files.text(task.found.sheet, LIMITS.bytes), task.found.sheet)
        assignment = self.assessor.assignment
        if sheet.assignment and sheet.assignment != assignment.id:
            raise AnswerError(f"the sheet is for `{sheet.assignment}`, the assignment is `{assignment.id}`")
        open_spec = opener(partial(files.beside, task.found.folder))
        marked = self.assessor.assess(sheet, task.student, self.job.secret, open_spec)
        marked = replace(marked, student=task.student)
        content = result(marked)
        said = {entry.question: entry for entry in sheet.entries}
        for about, answer, asked in zip(content["results"], marked.answers, assignment.questions, strict=True):
            about.update(_said(answer, said.get(answer.id), bool(asked.vary)))
        flags = (*task.flags, *_identity_flags(sheet, task.student), *marked.flags)
        content |= {"problem": "", "bug": marked.bug}
        return self._outcome(replace(task, flags=flags), told(marked, assignment.feedback), content, files.digests)

    def _outcome(
        self, task: SheetTask, marked: MarkedSheet, content: dict[str, Any], digests: Mapping[str, str]
    ) -> Graded:
        """The feedback, and the result with what only the teacher needs, and what is needed to go on later."""
        text = rendered([marked], self.job.format) if task.feedback else ""
        feedback = {"file": task.feedback, "sha256": digest(text)} if task.feedback else None
        if content["bug"]:
            content["points"] = None  # nobody knows
        about = {"flags": list(task.flags), "files": dict(digests), "feedback": feedback, "key": task.key}
        return Graded(sealed({"schema": SCHEMA, "archcalc": __version__, **content, **about}), text)

    def _holds(self, known: KeptLine) -> bool:
        """Whether the files of a result are as they were, and its feedback stands as it was written."""
        files = _Files(self.submissions)
        for path in known.files:
            with suppress(ArchcalcError):
                files.look(path)
        if files.digests != known.files:
            return False
        return known.feedback is None or digest_of(self.job.output / known.feedback[0]) == known.feedback[1]


def feedback_name(student: str, format: str) -> str:
    """What a student's file is called."""
    return f"{safe_name(student)}{next(iter(FORMATS[format]), '.txt')}"


class _Files:
    """The files of one submission that were read, each with its digest or why it cannot be read."""

    def __init__(self, submissions: Submissions) -> None:
        self.submissions = submissions
        self.digests: dict[str, str] = {}

    def text(self, path: str, most: int) -> str:
        """A file's text. Raises AnswerError."""
        data = self.look(path)
        if len(data) > most:
            raise AnswerError(f"{path} is larger than {most // 1024} KiB, the limit")
        return text_of(data, path, SHEET, AnswerError)

    def beside(self, folder: str, name: str, _: int) -> bytes:
        """A file in the folder of a submission. Raises AnswerError."""
        if not folder:
            help = "hand in a folder that holds answers.yaml and the network"
            raise AnswerError("A sheet without a folder of its own has no files beside it", help=help)
        return self.look(f"{folder}/{name}")

    def look(self, path: str) -> bytes:
        """A file, and its digest kept. Raises AnswerError."""
        try:
            data = self.submissions.read(path, SPEC_LIMITS.bytes)
        except ArchcalcError as error:
            self.digests[path] = f"unreadable: {error}"
            raise
        self.digests[path] = sha256(data).hexdigest()
        return data


def _said(answer: MarkedAnswer, entry: Entry | None, varies: bool) -> dict[str, Any]:
    """What the teacher's report needs: the exact points, and what the student wrote."""
    said: dict[str, Any] = {"earned": None if answer.bug else str(answer.points)}
    flags = [*answer.flags, *([answer.message] if answer.bug else [])]
    if flags:
        said["flags"] = flags
    if entry is None or not entry.text:
        return said
    said["answer"] = entry.text[:LONGEST_SHOWN]
    if answer.verdict == "wrong" or varies:
        said["value"] = value_of(entry.text)
    if answer.verdict in ("misconception", "slip", "wrong"):
        said["working"] = working_of(entry)
    return said


@lru_cache(maxsize=1024)
def value_of(text: str) -> str:
    """The number or shape that an answer comes to, so that two ways of writing it count as one."""
    for read in (read_number, read_shape):
        try:
            value = read(text).value
        except Fault:
            continue
        return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return " ".join(text.split())[:LONGEST_SHOWN]


def working_of(entry: Entry) -> str:
    """The working without its spaces; "" for an answer without one."""
    text = "".join((entry.work.text if entry.work else entry.text).split())
    return text[:LONGEST_SHOWN] if any(sign in text for sign in "+*(×·") else ""


def _identity_flags(sheet: Sheet, student: str) -> tuple[str, ...]:
    if not sheet.student or sheet.student.strip() == student:
        return ()
    return (f"the sheet says student {sheet.student[:LONGEST_SHOWN]}",)

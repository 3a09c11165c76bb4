"""`archcalc grade FOLDER`: a class marked against an assignment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.progress import counting
from archcalc.cli.session import Session
from archcalc.errors import AnswerError, ArchcalcError, NoRoomError, UsageError

if TYPE_CHECKING:
    from archcalc.homework.grading.grader import Job
    from archcalc.homework.marking.assess import Assessor
    from archcalc.homework.reading.submissions import Listing
    from archcalc.tables.class_marks import GradeReport

NOTHING_TO_GRADE = 5
MOST_NAMED = 5
"""Files that are named in a line of the summary."""
BUG = 70
WORTH_A_PROCESS = 200
"""Sheets for each process that is started without being asked for."""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc grade docs/grading/submissions --assignment docs/grading/hw1.yaml -o graded")
    def grade(
        context: typer.Context,
        folder: Annotated[
            Path,
            typer.Argument(metavar="FOLDER", help="A folder or a zip: one sheet, or one folder, for each student."),
        ],
        assignment: Annotated[
            Path, typer.Option("--assignment", "-a", metavar="FILE", help="The assignment to mark against.")
        ],
        output: Annotated[
            Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the grades and the feedback go.")
        ],
        roster: Annotated[
            Path | None, typer.Option(metavar="FILE", help="CSV with a column `student`: who should hand in.")
        ] = None,
        jobs: Annotated[int | None, typer.Option(metavar="N", help="Processes; 0 takes every core.")] = None,
        secret_file: Annotated[
            Path | None, typer.Option(metavar="FILE", help="The secret of the variants; else ARCHCALC_SECRET.")
        ] = None,
        format_: Annotated[
            str | None,
            typer.Option("--format", "-f", metavar="FORMAT", help="Of the feedback files, as `check` has them."),
        ] = None,
    ) -> int:
        """Mark every sheet of a class; a run that was cut off goes on where it was.

        Writes grades.csv, feedback/ with a file for each student, results.jsonl (a result for each student) and
        report.md. Exit code 0: all are graded, right or wrong; 3: FOLDER cannot be read; 4: the assignment is wrong;
        5: there is nothing to grade; 6: the disk is full.
        """
        from archcalc.cli.check.sheets import assessor_of
        from archcalc.cli.secret import secret_of
        from archcalc.homework.grading.grader import Job
        from archcalc.homework.grading.opening import open_submissions
        from archcalc.report.marks.formats import SHEET_FORMATS

        session: Session = context.obj
        format_ = chosen(format_, None, SHEET_FORMATS, "markdown")
        secret = secret_of(secret_file)
        assessor = assessor_of(assignment)
        _refuse(assessor, folder, output, jobs, format_)
        with closing(open_submissions(folder)) as submissions:
            own = [path for path in (assignment, output, roster, secret_file) if path is not None]
            listing = submissions.listing(own)
        if not listing.found:
            names = "such as s1.yaml, or s1/answers.yaml"
            session.complain(AnswerError(f"there is nothing to grade in {folder}", help=f"a sheet a student, {names}"))
            return NOTHING_TO_GRADE
        job = Job(folder, partial(assessor_of, assignment), output, format_, secret)
        return _run(session, job, assessor, listing, assignment, roster, jobs)


def _run(
    session: Session, job: Job, assessor: Assessor, listing: Listing, assignment: Path, roster: Path | None,
    jobs: int | None,
) -> int:  # fmt: skip
    """Grade everyone, write the files and say what came of it."""
    from archcalc.core.record import replace
    from archcalc.homework.grading.class_run import finished, graded, key_of, planned
    from archcalc.homework.grading.outputs import prepared
    from archcalc.homework.grading.results import Results
    from archcalc.homework.grading.roster import load_roster

    students = load_roster(roster) if roster is not None else None
    key = key_of(assessor.assignment, assignment.read_bytes(), job.format, job.secret)
    tasks = planned(listing, students, key, job.format)
    output = job.output
    job = replace(job, output=prepared(output))
    processes = _processes(jobs, len(tasks))
    if processes == 1:
        job = replace(job, assess=lambda: assessor)
    with _going_on(), closing(Results(output)) as results, counting(session, "marking", len(tasks)) as advance:
        results.refuse_others(assessor.assignment.id)
        new = 0
        for is_new in graded(job, tasks, results, processes, session.say):
            new += is_new
            advance(1)
        report = finished(
            assessor.assignment, tasks, results, [(item.path, item.problem) for item in listing.passed_over]
        )
    session.text(_said(report, output, len(tasks) - new))
    if report.bugs:
        session.complain(_bug(report))
        return BUG
    return 0


@contextmanager
def _going_on() -> Iterator[None]:
    """Say of a full disk that nothing is lost."""
    try:
        yield
    except NoRoomError as error:
        error.help = "make room there, and run it again: what is graded so far is kept"
        raise


def _refuse(assessor: Assessor, folder: Path, output: Path, jobs: int | None, format: str) -> None:
    """What cannot be done with these options. Raises UsageError."""
    from archcalc.report.marks.formats import SCORED

    if jobs is not None and jobs < 0:
        raise UsageError(f"--jobs is 0 or more, got {jobs}")
    if os.path.realpath(output) == os.path.realpath(folder):
        raise UsageError("--output is the folder of the submissions", help="name another folder for the results")
    if format in SCORED and assessor.assignment.feedback == "none":
        help = "choose `feedback: verdict`, or another format"
        raise UsageError(f"--format {format} tells points, and the assignment has `feedback: none`", help=help)


def _processes(jobs: int | None, sheets: int) -> int:
    cores = os.cpu_count() or 1
    if jobs is None:
        return max(1, min(cores, sheets // WORTH_A_PROCESS))
    return max(1, min(jobs or cores, sheets))


def _bug(report: GradeReport) -> ArchcalcError:
    """What a run ends with in which archcalc failed on somebody."""
    from archcalc.version import __version__

    sheets = "1 sheet, which has" if report.bugs == 1 else f"{report.bugs:,} sheets, which have"
    help = "please report it with the sheet; once it is mended, a run marks those sheets alone"
    return ArchcalcError(f"archcalc {__version__} failed on {sheets} no points: see report.md", help=help)


def _said(report: GradeReport, output: Path, kept: int) -> str:
    """What a terminal shows at the end."""
    from archcalc.report.formats.escape import name
    from archcalc.report.marks.class_markdown import summary

    lines = [*summary(report)]
    if kept:
        lines.append(f"{kept:,} of them had been graded before and have not changed.")
    flagged = len(report.flagged) + report.left_out.get("flagged", 0)
    if flagged:
        lines.append(f"{flagged:,} {'flag' if flagged == 1 else 'flags'} to look at: see report.md.")
    if report.left:
        names = ", ".join(map(name, report.left[:MOST_NAMED]))
        more = f" and {len(report.left) - MOST_NAMED:,} more" if len(report.left) > MOST_NAMED else ""
        they = "it was" if len(report.left) == 1 else "they were"
        lines.append(f"Not deleted from {output}/feedback, for {they} changed by somebody: {names}{more}.")
    lines.append(f"{output}: grades.csv, report.md, results.jsonl, feedback/")
    return "\n".join(lines) + "\n"

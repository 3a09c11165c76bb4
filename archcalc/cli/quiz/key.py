"""`archcalc quiz key`: the right answers."""

from __future__ import annotations

from typing import Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Output, format_option
from archcalc.cli.quiz.options import AssignmentFile, Roster, SecretFile, Students
from archcalc.cli.session import Session
from archcalc.errors import UsageError

FORMATS = ("text", "markdown", "csv", "json")


def register(quiz: typer.Typer) -> None:
    """Add the command."""

    @quiz.command(
        epilog="Example: archcalc quiz key -a docs/quiz/hw1.yaml --student s1 --secret-file docs/quiz/secret.txt"
    )
    def key(
        context: typer.Context,
        assignment: AssignmentFile,
        student: Students = None,
        roster: Roster = None,
        secret_file: SecretFile = None,
        format_: Annotated[str | None, format_option(*FORMATS)] = None,
        output: Output = None,
    ) -> None:
        """The right answers, for the teacher only."""
        from archcalc.cli.quiz.papers import papers_of, students_of
        from archcalc.report.quiz.paper import key_table

        session: Session = context.obj
        format_ = chosen(format_, output, FORMATS)
        papers = papers_of(session, assignment, secret_file)
        students = students_of(student, roster)
        if papers.varies and not students:
            raise UsageError("whose key is it?", help="name them with --student s1, or with --roster FILE")
        answers = [answer for one in students or [""] for answer in papers.key(one)]
        session.table(key_table(answers), format_, output)

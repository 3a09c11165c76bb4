"""`archcalc quiz preview`: what one student gets."""

from __future__ import annotations

from typing import Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Output, format_option
from archcalc.cli.quiz.options import AssignmentFile, SecretFile
from archcalc.cli.session import Session

FORMATS = ("yaml", "markdown")


def register(quiz: typer.Typer) -> None:
    """Add the command."""

    @quiz.command(epilog="Example: archcalc quiz preview -a docs/quiz/hw1.yaml --secret-file docs/quiz/secret.txt")
    def preview(
        context: typer.Context,
        assignment: AssignmentFile,
        student: Annotated[str, typer.Option(metavar="ID", help="The student.")] = "s1",
        secret_file: SecretFile = None,
        format_: Annotated[str | None, format_option(*FORMATS)] = None,
        output: Output = None,
    ) -> None:
        """What one student gets."""
        from archcalc.cli.quiz.papers import papers_of
        from archcalc.homework.quiz.papers import checked_sheet
        from archcalc.report.quiz.paper import paper_markdown

        session: Session = context.obj
        format_ = chosen(format_, output, FORMATS)
        paper = papers_of(session, assignment, secret_file).paper(student)
        session.report(format_, output, yaml=lambda: checked_sheet(paper), markdown=lambda: paper_markdown(paper))

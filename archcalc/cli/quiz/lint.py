"""`archcalc quiz lint`: what the questions of an assignment cannot tell."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Output, format_option
from archcalc.cli.session import Session

FORMATS = ("text", "json", "github")
TO_MEND = 1


def register(quiz: typer.Typer) -> None:
    """Add the command."""

    @quiz.command(epilog="Example: archcalc quiz lint docs/quiz/hw1.yaml")
    def lint(
        context: typer.Context,
        assignment: Annotated[Path, typer.Argument(metavar="FILE", help="The assignment.")],
        format_: Annotated[str | None, format_option(*FORMATS)] = None,
        output: Output = None,
    ) -> int:
        """What questions cannot tell.

        Mistakes that give the right answer, tolerances that hide one, numbers that could be better. Exit code 0:
        nothing to mend, there may be notes; 1: there are warnings; 4: the assignment is wrong.
        """
        from archcalc.cli.check.sheets import assessor_of
        from archcalc.homework.quiz.lint import lint as look
        from archcalc.homework.quiz.lint import worst
        from archcalc.report.quiz.lint import lint_annotations, lint_json, lint_text

        session: Session = context.obj
        format_ = chosen(format_, output, FORMATS)
        assessor = assessor_of(assignment)
        found = look(assessor.assignment, assessor.catalogue)
        given = assessor.assignment.id, found.powers, found.findings
        session.report(
            format_, output, text=lambda: lint_text(*given, session.page(output)), json=lambda: lint_json(*given),
            github=lambda: lint_annotations(found.findings),
        )  # fmt: skip
        return TO_MEND if worst(found.findings) else 0

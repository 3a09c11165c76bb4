"""`archcalc quiz issue`: papers for students."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from archcalc.cli.quiz.options import AssignmentFile, Roster, SecretFile, Students
from archcalc.cli.session import Session
from archcalc.errors import UsageError


def register(quiz: typer.Typer) -> None:
    """Add the command."""

    @quiz.command(
        epilog="Example: archcalc quiz issue -a docs/quiz/hw1.yaml --roster docs/quiz/roster.csv "
        "--secret-file docs/quiz/secret.txt -o papers"
    )
    def issue(
        context: typer.Context,
        assignment: AssignmentFile,
        output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the papers go.")],
        student: Students = None,
        roster: Roster = None,
        secret_file: SecretFile = None,
    ) -> None:
        """Papers for students.

        An answer sheet with the numbers drawn for each student, and the questions to print. The same secret draws the
        same numbers again. A paper that is there already is never overwritten by another.
        """
        from archcalc.cli.quiz.papers import papers_of, students_of
        from archcalc.homework.grading.outputs import safe_name
        from archcalc.homework.quiz.papers import checked_sheet
        from archcalc.report.quiz.paper import paper_markdown

        session: Session = context.obj
        papers = papers_of(session, assignment, secret_file)
        students = students_of(student, roster)
        if not students:
            raise UsageError("for whom are the papers?", help="name them with --student s1, or with --roster FILE")
        made = [papers.paper(one) for one in students]
        files: dict[Path, str] = {}
        for paper in made:
            name = safe_name(paper.student)
            files |= {output / f"{name}.yaml": checked_sheet(paper), output / f"{name}.md": paper_markdown(paper)}
        _write_all(files)
        count = f"{len(made)} {'paper' if len(made) == 1 else 'papers'}"
        session.say(f"wrote {count} to {output}: an answer sheet (.yaml) and a page to print (.md) each")


def _write_all(files: dict[Path, str]) -> None:
    """Write all files or, where one would replace another paper, none. Raises UsageError, NoRoomError."""
    from archcalc.core.writing import replacing, unwritable

    for path, text in files.items():
        try:
            if os.path.exists(path) and path.read_text(encoding="utf-8") != text:
                raise UsageError(f"{path} is there already, and it is another paper", help="take another folder")
            path.parent.mkdir(parents=True, exist_ok=True)
        except UnicodeDecodeError as error:
            raise UsageError(f"{path} cannot be written: {error}") from None
        except OSError as error:
            raise unwritable(path, error) from None
    for path, text in files.items():
        with replacing(path) as file:
            file.write(text)

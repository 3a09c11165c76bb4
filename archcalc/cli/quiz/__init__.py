"""`archcalc quiz`: what a teacher needs to set homework: papers, keys, advice, and the catalogue of mistakes."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.help import grouped
from archcalc.cli.options import Output
from archcalc.cli.secret import VARIABLE, secret_of
from archcalc.cli.session import Session
from archcalc.errors import UsageError

if TYPE_CHECKING:
    from archcalc.homework.asking.question import Network
    from archcalc.homework.quiz.papers import Papers

TO_MEND = 1
TABLES = ("text", "markdown", "csv", "json")

AssignmentFile = Annotated[Path, typer.Option("--assignment", "-a", metavar="FILE", help="The assignment.")]
Students = Annotated[list[str] | None, typer.Option("--student", metavar="ID", help="A student; may be repeated.")]
SecretFile = Annotated[
    Path | None, typer.Option("--secret-file", metavar="FILE", help=f"Holds the secret; else {VARIABLE} does.")
]
Roster = Annotated[Path | None, typer.Option(metavar="FILE", help="CSV with a column `student`: all of them.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    quiz = typer.Typer(
        name="quiz",
        cls=grouped({}),
        help="Homework for teachers: papers with other numbers for each student, keys, advice, known mistakes.",
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )

    @quiz.callback(epilog="Example: archcalc quiz lint docs/quiz/hw1.yaml", invoke_without_command=True)
    def root(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            typer.echo(context.get_help())

    for command in (_issue, _key, _preview, _lint, _misconceptions):
        command(quiz)
    app.add_typer(quiz)


def _issue(quiz: typer.Typer) -> None:
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
        from archcalc.homework.grading.outputs import safe_name
        from archcalc.homework.quiz.papers import checked_sheet
        from archcalc.report.quiz.paper import paper_markdown

        session: Session = context.obj
        papers = _papers(session, assignment, secret_file)
        students = _students(student, roster)
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


def _key(quiz: typer.Typer) -> None:
    @quiz.command(
        epilog="Example: archcalc quiz key -a docs/quiz/hw1.yaml --student s1 --secret-file docs/quiz/secret.txt"
    )
    def key(
        context: typer.Context,
        assignment: AssignmentFile,
        student: Students = None,
        roster: Roster = None,
        secret_file: SecretFile = None,
        format_: Annotated[
            str | None, typer.Option("--format", "-f", metavar="FORMAT", help="text, markdown, csv or json.")
        ] = None,
        output: Output = None,
    ) -> None:
        """The right answers, for the teacher only."""
        from archcalc.report.quiz.paper import key_table

        session: Session = context.obj
        format_ = chosen(format_, output, TABLES)
        papers = _papers(session, assignment, secret_file)
        students = _students(student, roster)
        if papers.varies and not students:
            raise UsageError("whose key is it?", help="name them with --student s1, or with --roster FILE")
        answers = [answer for one in students or [""] for answer in papers.key(one)]
        session.table(key_table(answers), format_, output)


def _preview(quiz: typer.Typer) -> None:
    @quiz.command(epilog="Example: archcalc quiz preview -a docs/quiz/hw1.yaml --secret-file docs/quiz/secret.txt")
    def preview(
        context: typer.Context,
        assignment: AssignmentFile,
        student: Annotated[str, typer.Option(metavar="ID", help="The student.")] = "s1",
        secret_file: SecretFile = None,
        format_: Annotated[
            str | None, typer.Option("--format", "-f", metavar="FORMAT", help="yaml (the answer sheet) or markdown.")
        ] = None,
        output: Output = None,
    ) -> None:
        """What one student gets."""
        from archcalc.homework.quiz.papers import checked_sheet
        from archcalc.report.quiz.paper import paper_markdown

        session: Session = context.obj
        format_ = chosen(format_, output, ("yaml", "markdown"))
        paper = _papers(session, assignment, secret_file).paper(student)
        session.write(checked_sheet(paper) if format_ == "yaml" else paper_markdown(paper), output)


def _lint(quiz: typer.Typer) -> None:
    @quiz.command(epilog="Example: archcalc quiz lint docs/quiz/hw1.yaml")
    def lint(
        context: typer.Context,
        assignment: Annotated[Path, typer.Argument(metavar="FILE", help="The assignment.")],
        format_: Annotated[
            str | None, typer.Option("--format", "-f", metavar="FORMAT", help="text, json, or github (annotations).")
        ] = None,
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
        format_ = chosen(format_, output, ("text", "json", "github"))
        assessor = assessor_of(assignment)
        found = look(assessor.assignment, assessor.catalogue)
        given = assessor.assignment.id, found.powers, found.findings
        if format_ == "github":
            session.write(lint_annotations(found.findings), output)
        elif format_ == "json":
            session.write(lint_json(*given), output)
        else:
            session.text(lint_text(*given, session.page(output)), output)
        return TO_MEND if worst(found.findings) else 0


def _misconceptions(quiz: typer.Typer) -> None:
    @quiz.command(epilog="Example: archcalc quiz misconceptions --spec alexnet --layer conv1 --get params")
    def misconceptions(
        context: typer.Context,
        id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One of them; without it, all.")] = None,
        spec: Annotated[str | None, typer.Option(metavar="SPEC", help="What they give on this network ...")] = None,
        layer: Annotated[str | None, typer.Option(metavar="LAYER", help="... or on this layer of it.")] = None,
        get: Annotated[str | None, typer.Option(metavar="FIGURE", help="... for this figure: params, out.w.")] = None,
        format_: Annotated[
            str | None, typer.Option("--format", "-f", metavar="FORMAT", help="text, markdown, csv or json.")
        ] = None,
        output: Output = None,
    ) -> None:
        """The known mistakes.

        What a student did, what the student is told, and what comes out on a layer.
        """
        session: Session = context.obj
        format_ = chosen(format_, output, TABLES)
        if id is not None:
            _refuse_unknown(id)
        if spec is not None:
            _write_given(session, spec, layer or "", get, id, format_, output)
            return
        if layer or get:
            raise UsageError("a layer and a figure are those of a network", help="name it: --spec alexnet")
        _write_catalogue(session, id, format_, output)


def _write_catalogue(session: Session, id: str | None, format: str, output: Path | None) -> None:
    from archcalc.homework.quiz.examples import entries
    from archcalc.report.quiz.catalogue import catalogue_table, catalogue_text, entry_text

    found = entries(_network, (id,) if id else ())
    if format != "text":
        session.table(catalogue_table(found), format, output)
    else:
        page = session.page(output)
        session.text(entry_text(found[0], page) if id else catalogue_text(found, page), output)


def _write_given(
    session: Session, spec: str, layer: str, get: str | None, id: str | None, format: str, output: Path | None
) -> None:
    from archcalc.homework.quiz.examples import figures_of, given_values
    from archcalc.report.quiz.catalogue import given_table

    network = _network(spec)
    figures = (get,) if get else figures_of(network, layer)
    found = list(given_values(network, layer, figures))
    if id is not None:
        found = [one for one in found if one.id == id]
    if not found:
        about = f"{layer or spec}: {', '.join(figures)}"
        raise UsageError(f"{id or 'no known mistake'} gives nothing for {about}", help="try another layer or figure")
    session.table(given_table(f"{layer} of {spec}" if layer else spec, found), format, output)


def _papers(session: Session, assignment: Path, secret_file: Path | None) -> Papers:
    from archcalc.cli.check.sheets import assessor_of
    from archcalc.homework.quiz.papers import Papers

    papers = Papers(assessor_of(assignment), secret_of(secret_file))
    _say_if_readable(session, secret_file)
    return papers


def _say_if_readable(session: Session, file: Path | None) -> None:
    """A word where others on this machine can read the secret."""
    if file is not None and os.name == "posix" and file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        session.say(f"note: others can read {file}; chmod 600 keeps it a secret")


def _students(named: list[str] | None, roster: Path | None) -> list[str]:
    """The students of the options, each once. Raises UsageError for an empty one."""
    from archcalc.homework.grading.roster import load_roster
    from archcalc.homework.reading.submissions import identity

    students = [identity(one) for one in named or []]
    if not all(students):
        raise UsageError("--student is empty", help="write --student s1")
    return list(dict.fromkeys([*students, *(load_roster(roster).students if roster else ())]))


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


def _refuse_unknown(id: str) -> None:
    from archcalc.homework.misconceptions import MISCONCEPTIONS
    from archcalc.report.formats.diagnostics import nearest_names

    if id not in MISCONCEPTIONS:
        raise UsageError(f"there is no misconception `{id}`", help=nearest_names(id, MISCONCEPTIONS))


def _network(spec: str) -> Network:
    from archcalc.homework.asking.question import Network
    from archcalc.network import load

    loaded = load(spec)
    return Network.of(loaded.graph, loaded.document, loaded.choices)

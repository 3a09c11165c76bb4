"""`archcalc quiz`: what a teacher needs to set homework: papers, keys, advice, and the catalogue of mistakes."""

from __future__ import annotations

from importlib import import_module

import typer

from archcalc.cli.help import grouped

COMMANDS = ("issue", "key", "preview", "lint", "misconceptions")
"""Each is the file of this folder of its name."""


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

    for command in COMMANDS:
        import_module(f"archcalc.cli.quiz.{command}").register(quiz)
    app.add_typer(quiz)

"""`archcalc lint`: advice on specs that are legal."""

from __future__ import annotations

from typing import Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Input, Output, Set, format_option, settings
from archcalc.cli.session import Session
from archcalc.errors import UsageError

ADVICE = 1

FORMATS = ("text", "json", "github")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc lint alexnet --input 3x224x224")
    def lint(
        context: typer.Context,
        specs: Annotated[list[str] | None, typer.Argument(metavar="SPEC...", help="Specs by path or name.")] = None,
        rules: Annotated[bool, typer.Option("--rules", help="Print the rules and exit.")] = False,
        skip: Annotated[list[str] | None, typer.Option(metavar="RULE", help="Leave a rule out.")] = None,
        strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 where there is advice.")] = False,
        set_: Set = None,
        input_: Input = None,
        format_: Annotated[str | None, format_option(*FORMATS)] = None,
        output: Output = None,
    ) -> int:
        """What is likely a slip or does nothing, with the reason: unread rows, a bias before a norm, dead branches.

        Exit code 0, with --strict 1 where there is advice.
        """
        from archcalc.network import load
        from archcalc.report.network.lint import lint_annotations, lint_json, lint_text, rules_text

        session: Session = context.obj
        format_ = chosen(format_, output, FORMATS)
        if rules:
            session.text(rules_text(), output)
            return 0
        if not specs:
            raise UsageError("lint needs a spec", help="archcalc lint alexnet, or archcalc lint --rules")
        linted = []
        for spec in specs:
            network = load(spec, set=settings(set_), input=input_)
            linted.append((network.name, network.lint(skip or ()).advice))
        session.report(
            format_, output, text=lambda: lint_text(linted), json=lambda: lint_json(linted),
            github=lambda: lint_annotations(linted),
        )  # fmt: skip
        return ADVICE if strict and any(found for _, found in linted) else 0

"""`archcalc diff`: what changed from one network to another."""

from __future__ import annotations

from typing import Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Format, Input, Output, Set, settings
from archcalc.cli.session import Session

DIFFERENT = 1


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc diff bottleneck@direct bottleneck --format markdown")
    def diff(
        context: typer.Context,
        before: Annotated[str, typer.Argument(metavar="A", help="A spec; A:key=value,input=SHAPE sets its params.")],
        after: Annotated[str, typer.Argument(metavar="B", help="The spec it became.")],
        all_: Annotated[bool, typer.Option("--all", help="Show the layers that are equal, too.")] = False,
        exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 where the networks differ.")] = False,
        set_: Set = None,
        input_: Input = None,
        format_: Format = None,
        output: Output = None,
    ) -> int:
        """What changed from A to B, layer by layer: changed, added, removed, and the change in params and MACs.

        Layers are aligned by what they are and what they read, so that renaming changes nothing.
        """
        from archcalc.comparison import diff as diff_
        from archcalc.report.network.diff import diff_json, diff_rows, diff_table, same_text

        session: Session = context.obj
        format_ = chosen(format_, output)
        found = diff_(before, after, set=settings(set_), input=input_)
        session.report(
            format_, output, table=lambda: diff_table(found, all_, one_row=True), csv=lambda: diff_rows(found),
            text=lambda: same_text(found) if found.same and not all_ else diff_table(found, all_),
            json=lambda: diff_json(found),
        )  # fmt: skip
        return DIFFERENT if exit_code and not found.same else 0

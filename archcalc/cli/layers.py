"""`archcalc layers`: the reference of all kinds of layers, or of one."""

from __future__ import annotations

from typing import Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Output, format_option
from archcalc.cli.session import Session

FORMATS = ("text", "markdown", "json")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc layers conv")
    def layers(
        context: typer.Context,
        kind: Annotated[str | None, typer.Argument(metavar="[KIND]", help="One kind; without it, all.")] = None,
        format_: Annotated[str | None, format_option(*FORMATS)] = None,
        output: Output = None,
    ) -> None:
        """Kinds of layers: what each computes, its arguments and an example."""
        from archcalc.analysis.reference import all_references, reference
        from archcalc.report.network.reference import index_table, page_markdown, page_text, references_json

        session: Session = context.obj
        format_ = chosen(format_, output, FORMATS)
        if kind is None:
            every = all_references()
            session.report(format_, output, table=lambda: index_table(every), json=lambda: references_json(every))
            return
        one = reference(kind)
        session.report(
            format_, output, text=lambda: page_text(one, session.page(output)), markdown=lambda: page_markdown(one),
            json=lambda: references_json((one,)),
        )  # fmt: skip

"""`archcalc layers`: the reference of all kinds of layers, or of one."""

from __future__ import annotations

from typing import Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Output
from archcalc.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc layers conv")
    def layers(
        context: typer.Context,
        kind: Annotated[str | None, typer.Argument(metavar="[KIND]", help="One kind; without it, all.")] = None,
        format_: Annotated[
            str | None, typer.Option("--format", "-f", metavar="FORMAT", help="text, markdown or json.")
        ] = None,
        output: Output = None,
    ) -> None:
        """Kinds of layers: what each computes, its arguments and an example."""
        from archcalc.analysis.reference import all_references, reference
        from archcalc.report.network.reference import index_table, page_markdown, page_text, references_json

        session: Session = context.obj
        format_ = chosen(format_, output, ("text", "markdown", "json"))
        references = all_references() if kind is None else (reference(kind),)
        if format_ == "json":
            session.write(references_json(references), output)
        elif kind is None:
            session.table(index_table(references), format_, output)
        elif format_ == "text":
            session.text(page_text(references[0], session.page(output)), output)
        else:
            session.write(page_markdown(references[0]), output)

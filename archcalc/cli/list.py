"""`archcalc list`: the bundled architectures."""

from __future__ import annotations

from typing import Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Output, format_option
from archcalc.cli.session import Session

FORMATS = ("text", "markdown", "csv", "json")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("list", epilog="Example: archcalc list resnet")
    def list_(
        context: typer.Context,
        pattern: Annotated[
            str, typer.Argument(metavar="[PATTERN]", help="Only those with it in name or title: resnet, 'vgg*'.")
        ] = "",
        format_: Annotated[str | None, format_option(*FORMATS)] = None,
        output: Output = None,
    ) -> None:
        """Bundled architectures and their variants, family by family, with parameters and MACs."""
        from archcalc.analysis.catalog import catalog
        from archcalc.report.network.catalog import catalog_json, catalog_table

        session: Session = context.obj
        format_ = chosen(format_, output, FORMATS)
        rows = catalog(pattern)
        session.report(format_, output, table=lambda: catalog_table(rows), json=lambda: catalog_json(rows))

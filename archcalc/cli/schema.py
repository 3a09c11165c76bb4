"""`archcalc schema`: the JSON Schema of a spec, for editors."""

from __future__ import annotations

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Output
from archcalc.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc schema > archcalc.schema.json")
    def schema(context: typer.Context, output: Output = None) -> None:
        """The JSON Schema of spec files: completion and checks in editors.

        A YAML language server reads it where the first line of a spec names it, as in those that `archcalc new`
        writes: $schema=archcalc.schema.json
        """
        from archcalc.analysis.quantities import MEASURES
        from archcalc.report.formats.escape import json_text
        from archcalc.spec.schema import json_schema

        session: Session = context.obj
        chosen(None, output, ("json",))
        session.write(
            json_text(json_schema({row.name: row.says for row in MEASURES.values()}), indent=1) + "\n", output
        )

"""`archcalc new`: a commented spec to start from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.session import Session
from archcalc.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc new 'My LeNet' --output my_lenet.yaml")
    def new(
        context: typer.Context,
        name: Annotated[str, typer.Argument(metavar="[NAME]", help="The network's name in the spec.")] = "My network",
        output: Annotated[
            Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write a new file; never overwrites.")
        ] = None,
    ) -> None:
        """A commented starter spec, which `archcalc check` accepts.

        Its first line tells editors where the JSON Schema is; `archcalc schema > archcalc.schema.json` puts it there.
        """
        from archcalc.spec.starter import starter

        session: Session = context.obj
        chosen(None, output, ("yaml",))
        spec = starter(name)
        if output is None:
            session.write(spec)
        else:
            _create(spec, output)
            session.say(f"wrote {output}")


def _create(spec: str, output: Path) -> None:
    from archcalc.core.writing import save

    if os.path.lexists(output):
        raise UsageError(f"{output} exists already", help="name another file: `new` never overwrites")
    save(output, spec)

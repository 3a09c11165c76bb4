"""`archcalc import`: another tool's file as a spec."""

from typing import Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Input, Output
from archcalc.cli.session import Session
from archcalc.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("import", epilog="Example: archcalc import docs/imports/small.cfg --output small.yaml")
    def import_(
        context: typer.Context,
        source: Annotated[
            str, typer.Argument(metavar="SOURCE", help="A Darknet cfg or a Caffe prototxt, by its path; - for stdin.")
        ],
        input_: Input = None,
        output: Output = None,
    ) -> None:
        """Another tool's file as a spec, to be read and changed; every command takes such a file as it is, too.

        The spec is held against the file before it is written: each shape, each wire, the params and the MACs.
        """
        from archcalc.loading import find

        session: Session = context.obj
        chosen(None, output, ("yaml",))
        found = find(source, input_)
        if not found.places:
            raise UsageError(f"{source} is a spec already", help=f"`archcalc show {source}` reads it")
        session.write(found.text, output)

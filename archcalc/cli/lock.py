"""`archcalc lock`: write a network's totals and layers down, to be committed."""

from __future__ import annotations

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Input, Output, Set, Spec, settings
from archcalc.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc lock lenet5 --output lenet5.lock.json")
    def lock(context: typer.Context, spec: Spec, set_: Set = None, input_: Input = None, output: Output = None) -> None:
        """Totals and layers of a network as a small JSON file; `archcalc check SPEC --lock FILE` holds the spec to it.

        A later change then fails, with the layers that moved.
        """
        from archcalc.network import load
        from archcalc.report.network.lock import lock_json

        session: Session = context.obj
        chosen(None, output, ("json",))
        network = load(spec, set=settings(set_), input=input_)
        session.write(lock_json(network.lock()), output)

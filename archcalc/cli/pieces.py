"""`archcalc pieces`: the linear pieces of a network of straight lines with one number as its input."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archcalc.cli.formats import chosen
from archcalc.cli.options import Format, Output, Set, Spec, settings
from archcalc.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: archcalc pieces sawtooth --set depth=3")
    def pieces(
        context: typer.Context,
        spec: Spec,
        weights: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="Its numbers, .npz, .safetensors or .pth, before those of `weights:`."),
        ] = None,
        set_: Set = None,
        format_: Format = None,
        output: Output = None,
    ) -> None:
        """How many linear pieces a network has, where each begins, its slope; layer by layer the bounds a + b and a*b.

        The network reads one number and is made of linear layers, sums, and activations of straight lines (relu, abs,
        leaky_relu). All is exact: fractions, not rounded numbers.
        """
        from archcalc.network import load
        from archcalc.report.values import pieces as report

        session: Session = context.obj
        format_ = chosen(format_, output)
        found = load(spec, set=settings(set_)).pieces(weights)
        session.report(
            format_,
            output,
            text=lambda: report.text(found, session.page(output)),
            table=lambda: report.table(found),
            json=lambda: report.json(found),
        )

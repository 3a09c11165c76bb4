"""`archcalc explain SPEC --collapse`: chains of convolutions as one filter each."""

from __future__ import annotations

from pathlib import Path

from archcalc.cli.session import Session
from archcalc.errors import UsageError
from archcalc.network import Network
from archcalc.report.values import collapse as report


def collapsed(
    session: Session, network: Network, layer: str | None, weights: str | None, format: str, output: Path | None
) -> None:
    """Write the chains; with the numbers of their layers those of the filter."""
    if layer is not None:
        raise UsageError("--collapse is of the whole network", help=f"leave out {layer}")
    found = network.collapse(dict(map(_named, weights.split(" / "))) if weights else None)
    session.report(
        format,
        output,
        text=lambda: report.text(found, session.page(output)),
        table=lambda: report.table(found),
        json=lambda: report.json(found),
    )


def _named(text: str) -> tuple[str, str]:
    """A layer and its rows: conv1=1 -1."""
    name, equals, rows = text.partition("=")
    if not equals:
        raise UsageError(f"--weights {text} names no layer", help="--weights 'conv1=1 -1 / conv2=1 1'")
    return name.strip(), rows

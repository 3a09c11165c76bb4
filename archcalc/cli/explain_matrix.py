"""`archcalc explain SPEC LAYER --as-matrix`: the layer beside a full connection."""

from __future__ import annotations

from pathlib import Path

from archcalc.cli.session import Session
from archcalc.errors import UsageError
from archcalc.network import Network
from archcalc.report.values import matrix as report


def matrix(
    session: Session, network: Network, layer: str | None, weights: str | None, format: str, output: Path | None
) -> None:
    """Write the counts, and the matrix where it is small."""
    if layer is None:
        raise UsageError("--as-matrix needs a LAYER", help="such as: archcalc explain lenet5 conv1 --as-matrix")
    found = network.as_matrix(layer, weights)
    session.report(
        format,
        output,
        text=lambda: report.text(found, session.page(output)),
        table=lambda: report.table(found),
        json=lambda: report.json(found),
    )

"""`archcalc calc --size-steps alexnet`: the input sizes at which a map of a spec changes."""

from __future__ import annotations

from pathlib import Path

from archcalc.analysis.inverse.input_sizes import size_steps
from archcalc.cli.session import Session
from archcalc.network import load
from archcalc.report.network.solve import steps_json, steps_table


def steps(session: Session, spec: str, upto: int | None, layer: str | None, format: str, output: Path | None) -> None:
    """Write the sizes with those of the map."""
    network = load(spec)
    found = size_steps(network.document, network.choices, network.graph, upto, layer)
    session.report(format, output, table=lambda: steps_table(found), json=lambda: steps_json(found))

"""`archcalc calc --smallest-input alexnet`: the smallest legal input of a spec."""

from __future__ import annotations

from pathlib import Path

from archcalc.analysis.inverse.input_sizes import smallest_input
from archcalc.cli.formats import chosen
from archcalc.cli.session import Session
from archcalc.network import load
from archcalc.report.network.solve import smallest_json, smallest_text


def smallest(session: Session, spec: str, format: str, output: Path | None) -> None:
    """Write it, with the layer that needs it."""
    chosen(format, output, ("text", "json"))
    network = load(spec)
    found = smallest_input(network.document, network.choices, network.graph)
    session.report(format, output, text=lambda: smallest_text(found), json=lambda: smallest_json(found))

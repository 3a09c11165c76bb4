"""`archcalc rf --layer conv5`: the layers of one name in all bundled architectures."""

from __future__ import annotations

from pathlib import Path

from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.analysis.fields.table import field_summary
from archcalc.cli.session import Session
from archcalc.errors import ArchcalcError, UnknownName, UsageError
from archcalc.network import load
from archcalc.report.fields.receptive import layer_json, specs_table
from archcalc.spec.catalog import bundled_names


def in_every_spec(session: Session, layer: str, gates: bool, format: str, output: Path | None) -> int:
    """The layer of this name in every bundled architecture that has one."""
    found = []
    worst = 0
    for name in dict.fromkeys(bundled_names()):
        try:
            graph = load(name).graph
            if layer in set(graph.addresses()):
                found.append(field_summary(ReceptiveFields(graph, gates=gates), layer))
        except UsageError:  # an input without places
            continue
        except ArchcalcError as error:
            session.complain(error)
            worst = max(worst, error.exit_code)
    if not found:
        raise UnknownName(
            f"no bundled spec has a layer `{layer}`", help="name a spec: archcalc rf alexnet lists its layers"
        )
    session.report(format, output, table=lambda: specs_table(layer, found), json=lambda: layer_json(found))
    return worst

"""`archcalc/summary/1`: what scripts read of a network."""

from __future__ import annotations

from typing import Any

from archcalc.analysis.quantities import MEASURES
from archcalc.analysis.summary import GroupRow, LayerRow, Summary
from archcalc.core import Shape
from archcalc.errors import Place
from archcalc.report.formats.json import document
from archcalc.report.network.summary import short_sides


def summary_json(summary: Summary) -> str:
    """`archcalc/summary/1`: totals, and every layer in execution order under its full path."""
    return document(
        "archcalc/summary/1",
        {
            "spec": summary.spec,
            "name": summary.title,
            "input": _inputs(summary.inputs),
            "batch": summary.batch,
            "convention": summary.convention.name,
            "totals": _totals(summary),
            "layers": [_layer(row, summary) for row in summary.rows],
            "not_counted": [
                {"layer": item.layer, "kind": item.kind, "what": item.what, "operations": item.operations}
                for item in summary.not_counted
            ],
            "outputs": dict(summary.outputs),
            "notes": list(summary.notes),
            "groups": [_group(group, summary) for group in summary.groups],
        },
    )


def _inputs(inputs: tuple[tuple[str, Shape], ...]) -> Shape | dict[str, Shape]:
    """The shape of the only input, or a shape for each name."""
    return inputs[0][1] if len(inputs) == 1 else dict(inputs)


def _totals(summary: Summary) -> dict[str, int]:
    """What adds up over the layers, then what only the net has."""
    rows = sorted(MEASURES.values(), key=lambda row: row.counted is None)
    found = {row.name: row.summed(summary) for row in rows if row.total and row.summed}
    return {**found, **_operations(summary, summary.totals.operations)}


def _layer(row: LayerRow, summary: Summary) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind,
        "inputs": row.inputs,
        "input": row.input_shapes,
        "output": row.output,
        "params": row.counts.params,
        "trainable_params": row.counts.trainable_params,
        "buffers": row.counts.buffers,
        "macs": row.counts.macs,
        "weights": {name: tensor.shape for name, tensor in row.weights.items()},
        "attributes": {name: short_sides(value) for name, value in row.attributes.items()},
        **({"shared": row.shared} if row.shared else {}),
        **_operations(summary, row.counts.operations),
        "place": _place(row.place),
    }


def _group(group: GroupRow, summary: Summary) -> dict[str, Any]:
    """A group holds the layers from `first` up to `stop`; its name begins with that of the group around it."""
    counts = summary.counts_of(group.first, group.stop)
    return {
        "name": group.name,
        "label": group.label,
        "first": group.first,
        "stop": group.stop,
        "output": group.output,
        "params": counts.params,
        "macs": counts.macs,
        "place": _place(group.place),
    }


def _place(place: Place | None) -> dict[str, int] | None:
    """Where in the spec a row is written, or called."""
    return None if place is None else {"line": place.line, "column": place.column}


def _operations(summary: Summary, operations: int) -> dict[str, int]:
    """The figure under the convention asked for, where it is another one than the MACs."""
    return {} if summary.convention.name == "macs" else {"operations": operations}

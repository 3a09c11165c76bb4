"""What scripts read: stable documents with a `schema` each. Keys are a contract; new ones may be added at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from archcalc.analysis.claims import ClaimResult
from archcalc.analysis.diff import Difference
from archcalc.analysis.summary import GroupRow, LayerRow, Summary
from archcalc.core import Shape
from archcalc.errors import ArchcalcError, Place
from archcalc.report.formats.escape import json_text
from archcalc.report.formats.table import Table, plain_value
from archcalc.report.network.summary import short_sides
from archcalc.version import __version__

Checked = tuple[str, str, Sequence[ClaimResult]]
"""A spec, its file and the results of its claims."""


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


def claims_json(
    checked: Iterable[Checked], errors: Sequence[ArchcalcError] = (), moved: Difference | None = None
) -> str:
    """`archcalc/check/1`: every claim, and whether all hold.

    Args:
        errors: why specs could not be read; with any, the check has not passed.
        moved: from the lock file to the spec, under `lock`.
    """
    from archcalc.report.formats.errors_json import error_entry
    from archcalc.report.network.diff import diff_entries

    checked = list(checked)
    holds = [result.holds for _, _, results in checked for result in results if result.holds is not None]
    return document(
        "archcalc/check/1",
        {
            "specs": [
                {"spec": spec, "file": file, "claims": [_claim(result) for result in results]}
                for spec, file, results in checked
            ],
            "passed": bool(holds) and all(holds) and not errors,
            **({} if moved is None else {"lock": diff_entries(moved)}),
            **({"errors": [error_entry(single) for error in errors for single in error.errors]} if errors else {}),
        },
    )


def render(table: Table) -> str:
    """`archcalc/table/1`: any table that has no document of its own; a row is an object by column key."""
    keys = [column.key for column in table.columns]
    return document(
        "archcalc/table/1",
        {
            "title": table.title,
            "rows": [dict(zip(keys, map(plain_value, row), strict=True)) for row in table.rows],
            "footer": dict(table.footer),
            "notes": list(table.notes),
            "provenance": table.provenance,
        },
    )


def document(schema: str, content: Mapping[str, Any]) -> str:
    """A JSON object with `schema` and `archcalc` first; a line for each key and for each item of a list of objects."""
    entries = {"schema": schema, "archcalc": __version__, **content}
    lines = [f" {json_text(key)}: {_value(value)}" for key, value in entries.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"  {json_text(item)}" for item in value) + "\n ]"
    return json_text(value)


def _inputs(inputs: tuple[tuple[str, Shape], ...]) -> Shape | dict[str, Shape]:
    """The shape of the only input, or a shape for each name."""
    return inputs[0][1] if len(inputs) == 1 else dict(inputs)


def _totals(summary: Summary) -> dict[str, int]:
    totals = summary.totals
    return {
        "params": totals.params,
        "trainable_params": totals.trainable_params,
        "buffers": totals.buffers,
        "macs": totals.macs,
        "flops": totals.flops,
        "neurons": totals.neurons,
        "connections": totals.connections,
        "weight_bytes": totals.weight_bytes,
        "activation_bytes": summary.activation_bytes,
        "peak_activation_bytes": summary.peak_activation_bytes,
        **_operations(summary, totals.operations),
    }


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


def _claim(result: ClaimResult) -> dict[str, Any]:
    return {
        "subject": result.subject,
        "claimed": result.claimed,
        "actual": result.actual,
        "holds": result.holds,
        "reason": result.reason,
        "source": result.source,
        "line": result.place.line,
        "column": result.place.column,
    }

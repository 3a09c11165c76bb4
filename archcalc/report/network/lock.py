"""A lock file: JSON with one layer a line, so that a change shows as changed lines."""

from __future__ import annotations

from typing import Any

from archcalc.analysis.changes.lock import SCHEMA, Lock, LockedLayer
from archcalc.report.formats.escape import json_text
from archcalc.report.formats.table import Column, Table


def lock_json(lock: Lock) -> str:
    """What `archcalc check --lock` reads again. It names no version, so that an update changes no line."""
    layers = [f"  {json_text(name)}: {json_text(_entry(layer))}" for name, layer in lock.layers.items()]
    head = {
        "schema": SCHEMA,
        "spec": lock.spec,
        "inputs": {name: str(shape) for name, shape in lock.inputs.items()},
        "totals": dict(lock.totals),
    }
    lines = [f" {json_text(key)}: {json_text(value)}," for key, value in head.items()]
    return "{\n" + "\n".join(lines) + '\n "layers": {\n' + ",\n".join(layers) + "\n }\n}\n"


def lock_table(lock: Lock) -> Table:
    """A row a layer."""
    return Table(
        title=f"{lock.spec}: locked",
        columns=(
            Column("Layer", "name"), Column("Type", "kind"), Column("Output Shape", "output"),
            Column("Param #", "params", True), Column("MACs", "macs", True),
        ),
        rows=tuple((name, row.kind, row.output, row.params, row.macs) for name, row in lock.layers.items()),
        footer=tuple((name, f"{count:,}") for name, count in lock.totals.items()),
    )  # fmt: skip


def _entry(layer: LockedLayer) -> dict[str, Any]:
    return {
        "kind": layer.kind,
        "inputs": layer.reads,
        "output": str(layer.output),
        "params": layer.params,
        "macs": layer.macs,
        **({"attributes": dict(layer.attributes)} if layer.attributes else {}),
        **({"shares": layer.shares} if layer.shares else {}),
    }

"""A lock file: JSON with one layer a line, so that a change shows as changed lines."""

from __future__ import annotations

import json

from archcalc.analysis.lock import SCHEMA, Lock


def lock_json(lock: Lock) -> str:
    """What `archcalc check --lock` reads again. It names no version, so that an update changes no line."""
    layers = [
        f"  {json.dumps(name)}: "
        + json.dumps({"kind": layer.kind, "output": str(layer.output), "params": layer.params, "macs": layer.macs})
        for name, layer in lock.layers.items()
    ]
    head = {
        "schema": SCHEMA,
        "spec": lock.spec,
        "inputs": {name: str(shape) for name, shape in lock.inputs.items()},
        "totals": dict(lock.totals),
    }
    lines = [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    return "{\n" + "\n".join(lines) + '\n "layers": {\n' + ",\n".join(layers) + "\n }\n}\n"

"""What the script of a page draws: layers, groups and wires as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archcalc.analysis.diagram import DiagramLeaf, Parts
from archcalc.core import Shape
from archcalc.report.drawing import metrics
from archcalc.report.drawing.palette import drawn_as


def network_parts(parts: Parts, inputs: Sequence[tuple[str, Shape]], wires: Sequence[Sequence[int]]) -> dict[str, Any]:
    """The network for `diagram.js`.

    Args:
        wires: for each layer the values that it reads, by their numbers: inputs first, then layers.
    """
    return {
        "inputs": [{"name": name, "shape": list(shape)} for name, shape in inputs],
        "nodes": [{**_leaf(leaf), "name": leaf.address, "inputs": list(read)}
                  for leaf, read in zip(parts.layers, wires, strict=True)],
        "groups": {
            name: {**_leaf(leaf), "first": leaf.first, "stop": leaf.stop,
                   **({"run": list(parts.runs[name])} if name in parts.runs else {}),
                   **({"turn": list(parts.turns[name])} if name in parts.turns else {})}
            for name, leaf in parts.groups.items()
        },
    }  # fmt: skip


def _leaf(leaf: DiagramLeaf) -> dict[str, Any]:
    counts = leaf.counts
    assert counts is not None
    return {
        "label": leaf.label,
        "family": drawn_as(leaf.family),
        "shape": list(leaf.shape),
        "counts": [counts.params, counts.macs, counts.activation_elements],
        "field": leaf.receptive_field,
        "shared": leaf.shared,
    }


def widths() -> dict[str, Any]:
    """The tables of `text.js`."""
    return {"regular": metrics.REGULAR, "bold": metrics.BOLD, "others": metrics.OTHERS}

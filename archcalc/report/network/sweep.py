"""A sweep as a table, a row a point, and as JSON."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from archcalc.analysis.sweep import FIGURES, Point
from archcalc.analysis.variation import Axis
from archcalc.report.formats.escape import printable
from archcalc.report.formats.json import document
from archcalc.report.formats.table import Cell, Column, Table
from archcalc.version import __version__

DEFAULT_COLUMNS = ("params", "macs", "peak_activation_bytes")
_TITLES = {
    "params": "Params",
    "macs": "Mult-Adds",
    "flops": "FLOPs",
    "weight_bytes": "Weights (B)",
    "activation_bytes": "Activations (B)",
    "peak_activation_bytes": "Peak (B)",
    "neurons": "Neurons",
    "layers": "Layers",
}
_REFUSED = 3
"""Points that cannot be built and are named."""


def sweep_table(
    spec: str, axes: Sequence[Axis], points: Sequence[Point], refused: Sequence[Point], computed: int,
    front: Collection[tuple[str, ...]] | None, columns: Sequence[str] = DEFAULT_COLUMNS,
) -> Table:  # fmt: skip
    """The points in the order given; a star marks those on the Pareto front."""
    starred = [Column("Front", "front")] if front is not None else []
    return Table(
        title=f"{spec}: {computed:,} combinations",
        columns=(
            *(Column(axis.name, axis.name, axis.name != "input") for axis in axes),
            *(Column(_TITLES[name], name, True, drop=len(columns) - i) for i, name in enumerate(columns)),
            *starred,
        ),
        rows=tuple(_row(point, columns, front) for point in points),
        footer=_footer(points, refused, computed, front),
        notes=tuple(_notes(axes, refused)),
        provenance=f"archcalc {__version__} · {spec} · batch 1 · float32 · "
        "macs: multiply-adds of conv, linear and products with weights; no bias",
    )


def sweep_json(
    spec: str, axes: Sequence[Axis], points: Sequence[Point], refused: Sequence[Point],
    front: Collection[tuple[str, ...]] | None,
) -> str:  # fmt: skip
    """`archcalc/sweep/1`: every figure of every point kept."""
    return document(
        "archcalc/sweep/1",
        {
            "spec": spec,
            "varied": {axis.name: [_valued(value) for value in axis.values] for axis in axes},
            "points": [_point(axes, point, front) for point in points],
            "refused": [{**_values(axes, point), "reason": point.refused} for point in refused],
        },
    )


def _row(point: Point, columns: Sequence[str], front: Collection[tuple[str, ...]] | None) -> tuple[Cell, ...]:
    star: list[Cell] = [] if front is None else ["*" if point.values in front else None]
    return (*map(_valued, point.values), *(point.figure(name) for name in columns), *star)


def _footer(
    points: Sequence[Point], refused: Sequence[Point], computed: int, front: Collection[tuple[str, ...]] | None
) -> tuple[tuple[str, str], ...]:
    lines = [("Combinations", f"{computed:,}"), ("Shown", f"{len(points):,}")]
    if refused:
        lines.insert(1, ("Cannot be built", f"{len(refused):,}"))
    if front is not None:
        lines.append(("On the Pareto front", f"{len(front):,}"))
    return tuple(lines)


def _notes(axes: Sequence[Axis], refused: Sequence[Point]) -> list[str]:
    notes = [f"{_named(axes, point)} cannot be built: {printable(point.refused)}" for point in refused[:_REFUSED]]
    if len(refused) > _REFUSED:
        notes.append(f"{len(refused) - _REFUSED:,} more cannot be built (--format json names them)")
    return notes


def _named(axes: Sequence[Axis], point: Point) -> str:
    return ", ".join(f"{axis.name}={value}" for axis, value in zip(axes, point.values, strict=True))


def _point(axes: Sequence[Axis], point: Point, front: Collection[tuple[str, ...]] | None) -> dict[str, Any]:
    on_front = {} if front is None else {"front": point.values in front}
    return {**_values(axes, point), **dict(zip(FIGURES, point.figures, strict=True)), **on_front}


def _valued(text: str) -> Cell:
    """A number as a number; what is none, as it is written."""
    if re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?[0-9]*\.?[0-9]+(e-?[0-9]+)?", text, re.IGNORECASE) else text


def _values(axes: Sequence[Axis], point: Point) -> dict[str, Cell]:
    return {axis.name: _valued(value) for axis, value in zip(axes, point.values, strict=True)}

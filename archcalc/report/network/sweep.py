"""A sweep as a table, a row a point, and as JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from archcalc.analysis.quantities import measure
from archcalc.analysis.sweep.query import Sweep
from archcalc.analysis.sweep.sweep import Point
from archcalc.analysis.sweep.variation import VariedAxis
from archcalc.report.formats.escape import printable
from archcalc.report.formats.json import document
from archcalc.report.formats.table import Cell, Column, Table
from archcalc.version import __version__

_REFUSED = 3
"""Points that cannot be built and are named."""


def sweep_table(sweep: Sweep) -> Table:
    """The points in their order; a star marks those on the Pareto front."""
    starred = [Column("Front", "front")] if sweep.front is not None else []
    return Table(
        title=f"{sweep.spec}: {sweep.computed:,} combinations",
        columns=(
            *(Column(axis.name, axis.name, axis.name != "input") for axis in sweep.axes),
            *(
                Column(measure(name).title, name, True, drop=len(sweep.columns) - i)
                for i, name in enumerate(sweep.columns)
            ),
            *starred,
        ),
        rows=tuple(_row(point, sweep) for point in sweep.points),
        footer=_footer(sweep),
        notes=tuple(_notes(sweep)),
        provenance=f"archcalc {__version__} · {sweep.spec} · batch 1 · float32 · "
        "macs: conv, linear and products with weights; no bias",
    )


def sweep_json(sweep: Sweep) -> str:
    """`archcalc/sweep/1`: every figure of every point kept."""
    return document(
        "archcalc/sweep/1",
        {
            "spec": sweep.spec,
            "varied": {axis.name: [_valued(value) for value in axis.values] for axis in sweep.axes},
            "points": [_point(point, sweep) for point in sweep.points],
            "refused": [{**_values(sweep.axes, point), "reason": point.refused} for point in sweep.refused],
        },
    )


def _row(point: Point, sweep: Sweep) -> tuple[Cell, ...]:
    star: list[Cell] = [] if sweep.front is None else ["*" if point.values in sweep.front else None]
    return (*map(_valued, point.values), *(point.figure(name) for name in sweep.columns), *star)


def _footer(sweep: Sweep) -> tuple[tuple[str, str], ...]:
    lines = [("Combinations", f"{sweep.computed:,}"), ("Shown", f"{len(sweep.points):,}")]
    if sweep.refused:
        lines.insert(1, ("Cannot be built", f"{len(sweep.refused):,}"))
    if sweep.front is not None:
        lines.append(("On the Pareto front", f"{len(sweep.front):,}"))
    return tuple(lines)


def _notes(sweep: Sweep) -> list[str]:
    named = sweep.refused[:_REFUSED]
    notes = [f"{_named(sweep.axes, point)} cannot be built: {printable(point.refused)}" for point in named]
    if len(sweep.refused) > _REFUSED:
        notes.append(f"{len(sweep.refused) - _REFUSED:,} more cannot be built (--format json names them)")
    return notes


def _named(axes: Sequence[VariedAxis], point: Point) -> str:
    return ", ".join(f"{axis.name}={value}" for axis, value in zip(axes, point.values, strict=True))


def _point(point: Point, sweep: Sweep) -> dict[str, Any]:
    on_front = {} if sweep.front is None else {"front": point.values in sweep.front}
    return {**_values(sweep.axes, point), **point.figures, **on_front}


def _valued(text: str) -> Cell:
    """A number as a number; what is none, as it is written."""
    if re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?[0-9]*\.?[0-9]+(e-?[0-9]+)?", text, re.IGNORECASE) else text


def _values(axes: Sequence[VariedAxis], point: Point) -> dict[str, Cell]:
    return {axis.name: _valued(value) for axis, value in zip(axes, point.values, strict=True)}

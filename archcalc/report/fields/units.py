"""Every unit of a layer, or the sizes in every layer, in real pixels only."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis.fields.table import ExactUnit, FieldSummary
from archcalc.report.fields.phrases import AXIS_NAMES
from archcalc.report.fields.receptive import provenance_of, remarks
from archcalc.report.formats.table import Column, Sides, Span, Table
from archcalc.version import __version__


def exact_table(spec: str, layer: str, units: Sequence[ExactUnit], axes: int, alike: bool) -> Table:
    """Every unit along each axis, real pixels only."""
    names = ("each axis",) if alike else AXIS_NAMES.get(axes, ())
    columns = (
        Column("Axis", "axis"), Column("Unit", "unit", True), Column("First pixel", "first", True),
        Column("Last pixel", "last", True), Column("Size", "size", True), Column("Seen", "seen", True),
    )  # fmt: skip
    rows = tuple((names[u.axis], u.unit, u.first, u.last, u.size, u.seen) for u in units)
    mean = sum(u.size for u in units) / len(units)
    footer = (("Mean size", f"{mean:,.2f}"),)
    return Table(layer, columns, rows, footer, provenance=f"archcalc {__version__} · {spec} · {layer} · exact")


def exact_sizes_table(summary: FieldSummary, sizes: Sequence[Sequence[tuple[int, int, int, int]]]) -> Table:
    """One row a layer: the exact sizes of its units, clipped to real pixels."""
    columns = (
        Column("Layer", "name"), Column("Units", "units", True), Column("Size", "size", True),
        Column("Seen by any", "seen", True),
    )  # fmt: skip
    rows = tuple(
        (
            row.name,
            "x".join(str(units) for units, *_ in axes),
            Sides(tuple(Span(least, largest) for _, least, largest, _ in axes)),
            "x".join(str(seen) for *_, seen in axes),
        )
        for row, axes in zip(summary.rows, sizes, strict=True)
    )
    return Table(summary.spec, columns, rows, notes=tuple(remarks(summary)), provenance=provenance_of(summary))

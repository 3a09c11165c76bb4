"""The bundled architectures as a table, and for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archcalc.analysis.catalog import CatalogRow
from archcalc.report.formats.json import document
from archcalc.report.formats.table import Cell, Column, Table
from archcalc.version import __version__


def catalog_table(rows: Sequence[CatalogRow]) -> Table:
    """A row for each architecture and variant, family by family."""
    return Table(
        title="Bundled architectures",
        columns=(
            Column("Name", "name"), Column("Network", "network", drop=4, wraps=20),
            Column("Family", "family", drop=1), Column("Year", "year", drop=2),
            Column("Input", "input", drop=3, wraps=9),
            Column("Param #", "params", True), Column("MACs", "macs", True, drop=5),
        ),
        rows=tuple(map(_cells, rows)),
        provenance=f"archcalc {__version__} · batch 1 · MACs under the convention macs",
    )  # fmt: skip


def catalog_json(rows: Sequence[CatalogRow]) -> str:
    """`archcalc/list/1`."""
    return document("archcalc/list/1", {"specs": [_entry(row) for row in rows]})


def _cells(row: CatalogRow) -> tuple[Cell, ...]:
    year = None if row.year is None else str(row.year)
    inputs = " ".join(map(str, row.inputs))
    network = f"variant of {row.spec}" if row.variant else row.title
    return (row.name, network, row.family, year, inputs, row.params, row.macs)


def _entry(row: CatalogRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "network": row.title,
        "family": row.family,
        "spec": row.spec,
        "variant": row.variant,
        "year": row.year,
        "input": row.inputs[0] if len(row.inputs) == 1 else row.inputs,
        "params": row.params,
        "macs": row.macs,
    }

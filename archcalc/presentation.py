"""How the results of the Python interface look: the table and the document that the command line shows of each."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from archcalc.analysis.compare import Comparison
from archcalc.analysis.diff import Difference
from archcalc.analysis.fields.receptive import LayerField
from archcalc.analysis.fields.table import FieldSummary
from archcalc.analysis.fold import fold
from archcalc.analysis.memory import Memory
from archcalc.analysis.summary import Summary
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.report.fields import receptive
from archcalc.report.formats import html, json, text
from archcalc.report.formats.table import Table
from archcalc.report.network import compare, diff, memory, summary


@record
class Presented:
    """A result with what draws it."""

    result: Any

    @property
    def table(self) -> Table:
        table: Table = _VIEWS[type(self.result)][0](self.result)
        return table

    def text(self) -> str:
        """As a pipe gets it."""
        return text.plain(self.table)

    def html(self) -> str:
        """A fragment for a notebook."""
        return html.fragment(self.table)

    def json(self) -> str:
        """The document of `--format json`."""
        document: str = _VIEWS[type(self.result)][1](self.result)
        return document

    def columns(self) -> dict[str, list[Any]]:
        """The cells by column: numbers stay numbers, shapes become text."""
        table = _VIEWS[type(self.result)][2](self.result)
        return {column.key: [_plain(row[i]) for row in table.rows] for i, column in enumerate(table.columns)}


_VIEWS: dict[type, tuple[Callable[[Any], Table], Callable[[Any], str], Callable[[Any], Table]]] = {
    Summary: (
        lambda found: summary.summary_table(found, fold(found)),
        json.summary_json,
        lambda found: summary.summary_table(found, fold(found, 1000), ("name", "kind", "output", "params", "macs")),
    ),
    Memory: (memory.whole_table, memory.memory_json, memory.whole_table),
    Comparison: (compare.comparison_table, compare.comparison_json, compare.comparison_rows),
    Difference: (diff.diff_table, diff.diff_json, diff.diff_rows),
    FieldSummary: (receptive.field_table, receptive.field_json, receptive.field_table),
    LayerField: (receptive.one_table, receptive.one_json, receptive.one_table),
}
"""Result -> its table for people, its document, and its table with one row a thing."""


def _plain(cell: Any) -> Any:
    if isinstance(cell, Fraction):
        return int(cell) if cell.denominator == 1 else float(cell)
    return str(cell) if isinstance(cell, Shape) or not isinstance(cell, int | float | str | bool | None) else cell

"""A table as CSV for spreadsheets and scripts: the rows only, plain numbers, one header line of keys."""

from __future__ import annotations

import csv
from io import StringIO

from archcalc.report.formats.escape import csv_cell
from archcalc.report.formats.table import Cell, Table, plain_text


def render(table: Table) -> str:
    """The header and the rows; what stands under the table is left out, so that every line is a row."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.key for column in table.columns)
    writer.writerows([_field(cell) for cell in row] for row in table.rows)
    return text.getvalue()


def _field(cell: Cell) -> str:
    """The cell; of a text, nothing that a spreadsheet would run."""
    return csv_cell(cell) if isinstance(cell, str) else plain_text(cell)

"""A table as GitHub Markdown."""

from __future__ import annotations

from archcalc.report.formats.escape import markdown as escape
from archcalc.report.formats.table import Column, Table, row_texts


def render(table: Table) -> str:
    """The table, its footer as a list, notes as quotes, and where the numbers come from in italics."""
    parts = [f"**{escape(table.title)}**"] if table.title else []
    parts.append(_grid(table))
    if table.footer:
        parts.append("\n".join(f"- **{escape(label)}**: {escape(value)}" for label, value in table.footer))
    parts += [f"> note: {escape(note)}" for note in table.notes]
    if table.provenance:
        parts.append(f"*{escape(table.provenance)}*")
    return "\n\n".join(parts) + "\n"


def _grid(table: Table) -> str:
    titles = [escape(column.title) for column in table.columns]
    cells = [list(map(escape, row)) for row in row_texts(table)]
    widths = [max(3, *map(len, column)) for column in zip(titles, *cells, strict=True)]
    rule = [_rule(column, width) for column, width in zip(table.columns, widths, strict=True)]
    lines = [titles, rule, *cells]
    return "\n".join(_line(line, table.columns, widths) for line in lines)


def _rule(column: Column, width: int) -> str:
    return "-" * (width - 1) + ":" if column.numeric else "-" * width


def _line(cells: list[str], columns: tuple[Column, ...], widths: list[int]) -> str:
    aligned = [
        cell.rjust(width) if column.numeric else cell.ljust(width)
        for cell, column, width in zip(cells, columns, widths, strict=True)
    ]
    return f"| {' | '.join(aligned)} |"

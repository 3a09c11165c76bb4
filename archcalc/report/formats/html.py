"""A table as HTML: a page of its own, or a piece of one for notebooks. Nothing is loaded from elsewhere."""

from __future__ import annotations

from archcalc.report.formats.escape import html as escape
from archcalc.report.formats.table import Column, Table, row_texts

_STYLE = """\
:root { color-scheme: light dark; --line: #c9ced6; --quiet: #5b6470; }
@media (prefers-color-scheme: dark) { :root { --line: #454b55; --quiet: #a3abb8; } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
.archcalc { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { font-size: 1.25rem; font-weight: 600; padding-bottom: .5rem; text-align: left; }
th, td { border-bottom: 1px solid var(--line); font-weight: normal; padding: .2rem .8rem .2rem 0; }
thead th { font-weight: 600; }
dl { display: grid; gap: 0 1rem; grid-template-columns: max-content auto; }
dt { font-weight: 600; }
dd { margin: 0; }
small { color: var(--quiet); }
"""

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
{content}
</main>
</body>
</html>
"""


def render(table: Table) -> str:
    """A whole page, light or dark as the reader's system is."""
    return _PAGE.format(title=escape(table.title or "archcalc"), style=_STYLE, content=fragment(table))


def fragment(table: Table) -> str:
    """A `<div>` with the table and what stands under it; carries its own alignment, since notebooks set theirs."""
    lines = [
        '<div class="archcalc">',
        "<table>",
        *([f"<caption>{escape(table.title)}</caption>"] if table.title else []),
        f"<thead><tr>{''.join(map(_heading, table.columns))}</tr></thead>",
        "<tbody>",
        *(_row(row, table.columns) for row in row_texts(table)),
        "</tbody>",
        "</table>",
        *_below(table),
        "</div>",
    ]
    return "\n".join(lines)


def _heading(column: Column) -> str:
    return f'<th scope="col"{_alignment(column)}>{escape(column.title)}</th>'


def _row(row: list[str], columns: tuple[Column, ...]) -> str:
    cells = [
        f'<th scope="row"{_alignment(column)}>{escape(cell)}</th>'
        if index == 0
        else f"<td{_alignment(column)}>{escape(cell)}</td>"
        for index, (cell, column) in enumerate(zip(row, columns, strict=True))
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _alignment(column: Column) -> str:
    return f' style="text-align:{"right" if column.numeric else "left"}"'


def _below(table: Table) -> list[str]:
    footer = [f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in table.footer]
    return [
        *(["<dl>", *footer, "</dl>"] if footer else []),
        *(f"<p>note: {escape(note)}</p>" for note in table.notes),
        *([f"<p><small>{escape(table.provenance)}</small></p>"] if table.provenance else []),
    ]

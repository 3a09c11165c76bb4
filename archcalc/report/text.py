"""A table as text: drawn by rich at a terminal, plain columns in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.report.table import Table, cell_text

if TYPE_CHECKING:
    from rich.console import Console, JustifyMethod

_ASCII = str.maketrans(
    {"·": "-", "×": "x", "−": "-", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "≈": "~", "→": "->", "…": "...",
     "σ": "sigma", "—": "-", "–": "-", "≥": ">=", "≤": "<="}
)  # fmt: skip


_NARROWEST_NAME = 12
"""Characters of the first column that a narrow terminal leaves; the others are never cut."""
_BETWEEN = 3
"""Characters between two columns."""


def plain(table: Table) -> str:
    """Columns two spaces apart, as wide as they need to be; no colour, no boxes."""
    titles = [column.title for column in table.columns]
    cells = [[cell_text(cell) for cell in row] for row in table.rows]
    widths = [max(map(len, column)) for column in zip(titles, *cells, strict=True)]
    numeric = [column.numeric for column in table.columns]
    lines = [_line(titles, widths, numeric), "  ".join("-" * width for width in widths)]
    lines += [_line(row, widths, numeric) for row in cells]
    return "\n".join([*lines, *_below(table)]) + "\n"


def ascii_only(text: str) -> str:
    """The same text for an output that cannot show the signs of a formula."""
    return text.translate(_ASCII).encode("ascii", "replace").decode("ascii")


def draw(table: Table, console: Console) -> None:
    """Draw for a terminal, in its width and colours; names give way before numbers do."""
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    cells = [[cell_text(cell) for cell in row] for row in table.rows]
    widths = [max(map(len, column)) for column in zip([c.title for c in table.columns], *cells, strict=True)]
    others = sum(widths[1:]) + _BETWEEN * (len(widths) - 1)
    widths[0] = min(widths[0], max(_NARROWEST_NAME, console.width - others))
    drawn = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column, width in zip(table.columns, widths, strict=True):
        justify: JustifyMethod = "right" if column.numeric else "left"
        drawn.add_column(
            column.title, justify=justify, overflow="ellipsis", no_wrap=True, min_width=width, max_width=width
        )
    for row in cells:
        drawn.add_row(*map(Text, row))
    console.print(drawn, width=max(console.width, widths[0] + others), crop=False, no_wrap=True)
    console.print()
    width = max([len(label) for label, _ in table.footer], default=0) + 2
    for label, value in table.footer:
        console.print(Text(f"{label + ':':<{width}}", style="bold").append(value, style="not bold"))
    for note in table.notes:
        console.print(Text("note: ", style="yellow").append(note, style="default"))
    if table.provenance:
        console.print(Text(table.provenance, style="dim"))


def _line(cells: list[str], widths: list[int], numeric: list[bool]) -> str:
    aligned = [
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    ]
    return "  ".join(aligned).rstrip()


def _below(table: Table) -> list[str]:
    width = max([len(label) for label, _ in table.footer], default=0) + 2
    lines = [f"{label + ':':<{width}}{value}" for label, value in table.footer]
    notes = [f"note: {note}" for note in table.notes]
    below = [*lines, *notes, *([table.provenance] if table.provenance else [])]
    return ["", *below] if below else []

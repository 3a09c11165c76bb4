"""A table as text: plain columns in a pipe; at a terminal in its width and its colours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archcalc.report.formats.layout import Grid, laid_out
from archcalc.report.formats.page import ANYWHERE, Page, columns_of
from archcalc.report.formats.table import Table

if TYPE_CHECKING:
    from rich.console import Console

Line = tuple[str, str]
"""A line and how it looks: heading, label, note, source or nothing."""

_STYLES = {"heading": "bold", "note": "yellow", "label": "bold", "source": "dim"}


def plain(table: Table, page: Page = ANYWHERE) -> str:
    """Columns two spaces apart, as wide as they need to be; no colour, no boxes."""
    return "".join(f"{line}\n" for line, _ in _styled(table, page))


def draw(table: Table, page: Page, console: Console) -> None:
    """The same in colours."""
    from rich.text import Text

    for line, style in _styled(table, page):
        text = Text(line)
        text.stylize(_STYLES.get(style, ""), 0, _end(line, style))
        console.print(text, soft_wrap=True)


def _styled(table: Table, page: Page) -> Iterator[Line]:
    grid = laid_out(table, page)
    yield from ((line, "heading") for line in grid.heading.split("\n"))
    yield grid.rule, ""
    yield from ((line, "") for line in grid.rows)
    below = [*_below(table, grid, page)]
    yield from [("", ""), *below] if below else []


def _below(table: Table, grid: Grid, page: Page) -> Iterator[Line]:
    """The footer, the notes and the source, each in the width of the page."""
    width = max([columns_of(page.written(label)) for label, _ in table.footer], default=0) + 2
    sentences = [(f"{label + ':':<{width}}{value}", "label") for label, value in table.footer]
    sentences += [(f"note: {note}", "note") for note in (*table.notes, *_left_out(grid, page))]
    sentences += [(table.provenance, "source")] if table.provenance else []
    for sentence, style in sentences:
        indent = min(width, page.width // 2) if style == "label" else None
        first, *others = page.lines(page.written(sentence), indent)
        yield first, style
        yield from ((line, "source" if style == "source" else "") for line in others)


def _left_out(grid: Grid, page: Page) -> list[str]:
    if not grid.left_out:
        return []
    names = ", ".join(grid.left_out)
    them = "it" if len(grid.left_out) == 1 else "them"
    return [f"left out in {page.width} columns: {names} (a wider terminal, a pipe or --output shows {them})"]


def _end(line: str, style: str) -> int:
    """How much of a line looks so: of a label and a note, up to the colon."""
    return line.find(":") + 1 if style in ("label", "note") else len(line)

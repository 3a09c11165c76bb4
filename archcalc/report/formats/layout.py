"""How a table stands in the width of a terminal. No name is ever cut.

Where it is too wide, in this order: prose goes on below itself (`wraps`), columns are left out (`drop`), every text is
broken at its spaces, and at last the first cell of a row gets lines of its own, the others stand below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archcalc.core.record import record
from archcalc.report.formats.page import Page, columns_of, padded, wrapped
from archcalc.report.formats.table import Column, Table, row_texts

GAP = 2
"""Blanks between two columns."""
INDENT = 2
"""Blanks before what stands below the first cell of its row."""


@record
class Grid:
    """A table's head, rows and what was left out, in lines."""

    heading: str
    rule: str
    rows: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    """Titles of the columns that had no room."""


def laid_out(table: Table, page: Page) -> Grid:
    """The columns that fit, each as wide as it needs to be."""
    titles = [page.written(column.title) for column in table.columns]
    cells = [[page.written(text) for text in row] for row in row_texts(table)]
    natural = [max(map(columns_of, column)) for column in zip(titles, *cells, strict=True)]
    shown = _room(table.columns, natural, titles, cells, page.width)
    left_out = tuple(title for index, title in enumerate(titles) if index not in shown)
    titles, cells = _only(titles, shown), [_only(row, shown) for row in cells]
    numeric = [table.columns[index].numeric for index in shown]
    widths = list(shown.values())
    if page.width and _total(widths) > page.width:
        return _stacked(titles, cells, numeric, widths, page, left_out)
    rows = [line for row in cells for line in _lines(row, widths, numeric)]
    rule = (" " * GAP).join(_rule(width, page) for width in widths)
    return Grid("\n".join(_lines(titles, widths, numeric)), rule, tuple(rows), left_out)


def _room(
    columns: Sequence[Column], natural: list[int], titles: list[str], cells: list[list[str]], width: int
) -> dict[int, int]:
    """The width of every column that is shown, by its place."""
    shown = dict(enumerate(natural))
    if not width or _total(natural) <= width:
        return shown
    words = [_longest_word(column) for column in zip(titles, *cells, strict=True)]
    least = {i: max(words[i], min(natural[i], c.wraps)) if c.wraps else natural[i] for i, c in enumerate(columns)}
    for index in sorted((i for i, c in enumerate(columns) if c.drop), key=lambda i: columns[i].drop):
        if _total(least.values()) <= width:
            break
        del least[index]
    if _total(least.values()) > width:
        texts = {i: words[i] for i in least if not columns[i].numeric}
        least = {i: min(size, texts.get(i, size)) for i, size in least.items()}
    return _grown(least, natural, width)


def _grown(least: dict[int, int], natural: list[int], width: int) -> dict[int, int]:
    """What room is left goes to the columns that could use it, the narrowest need first."""
    spare = width - _total(least.values())
    needy = sorted((i for i in least if natural[i] > least[i]), key=lambda i: natural[i] - least[i])
    grown = dict(least)
    for count, index in enumerate(needy):
        more = min(natural[index] - least[index], max(0, spare) // (len(needy) - count))
        grown[index] += more
        spare -= more
    return grown


def _stacked(
    titles: list[str], cells: list[list[str]], numeric: list[bool], widths: list[int], page: Page,
    left_out: tuple[str, ...],
) -> Grid:  # fmt: skip
    """The first cell of each row on lines of its own; the others below it, in columns where these fit."""
    width = page.width
    margin = " " * INDENT
    columns = len(widths) > 1 and _total(widths[1:]) + INDENT <= width

    def below(row: list[str]) -> list[str]:
        if columns:
            return [margin + line for line in _lines(row[1:], widths[1:], numeric[1:])]
        named = (f"{title}: {cell}" if title else cell for title, cell in zip(titles[1:], row[1:], strict=True) if cell)
        return [margin + line for text in named for line in wrapped(text, width - INDENT, INDENT)]

    heading = [titles[0], *(below(titles) if columns else [])]
    rows = [line for row in cells for line in (*(wrapped(row[0], width) if row[0] else ()), *below(row))]
    rule = _rule(min(width, max(map(columns_of, [*heading, *rows]))), page)
    return Grid("\n".join(line for line in heading if line.strip()), rule, tuple(rows), left_out)


def _lines(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> list[str]:
    """A row; of what does not fit its column, the rest stands below."""
    pieces = [
        [cell] if columns_of(cell) <= width else list(wrapped(cell, width))
        for cell, width in zip(cells, widths, strict=True)
    ]
    lines = []
    for number in range(max(map(len, pieces))):
        aligned = (
            padded(piece[number] if number < len(piece) else "", width, right)
            for piece, width, right in zip(pieces, widths, numeric, strict=True)
        )
        lines.append((" " * GAP).join(aligned).rstrip())
    return lines


def _rule(width: int, page: Page) -> str:
    return "-" * width if not page.width else page.written("─") * width


def _total(widths: Iterable[int]) -> int:
    widths = list(widths)
    return sum(widths) + GAP * (len(widths) - 1)


def _longest_word(texts: Sequence[str]) -> int:
    return max((columns_of(word) for text in texts for word in text.split()), default=0)


def _only(cells: Sequence[str], shown: Iterable[int]) -> list[str]:
    return [cells[index] for index in shown]

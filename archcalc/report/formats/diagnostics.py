"""Errors and notes for people: the place, the line, a caret under the fault, and the repair."""

from __future__ import annotations

from collections.abc import Iterable

from archcalc.errors import ArchcalcError, Place
from archcalc.report.formats.escape import log, one_line, printable
from archcalc.report.formats.page import ANYWHERE, NARROWEST, Page, columns_of
from archcalc.spec.names import did_you_mean, listed, nearest

_RED = "\x1b[1;31m"
_BLUE = "\x1b[34m"
_BOLD = "\x1b[1m"
_CYAN = "\x1b[36m"
_OFF = "\x1b[0m"
_WIDEST = 160


def render(error: ArchcalcError, color: bool = False, page: Page = ANYWHERE) -> str:
    """Every error of a collection, one after the other, in the order of their places."""
    singles = error.errors
    blocks = [_single(single, color, page) for single in singles]
    if len(blocks) > 1:
        blocks.append(_paint(f"{len(blocks)} errors", _BOLD, color))
    return log("\n\n".join(blocks) + "\n")


def nearest_names(name: str, known: Iterable[str]) -> str:
    """The help line for an unknown name: the nearest ones, else all."""
    names = list(known)
    return did_you_mean(nearest(name, names)) or f"there are {listed(names, 30)}"


def _single(error: ArchcalcError, color: bool, page: Page) -> str:
    lines = [f"{_paint('error:', _RED, color)} {_paint(printable(error.what), _BOLD, color)}"]
    gutter = ""
    if error.place is not None:
        lines += _excerpt(error.place, color, page)
        gutter = " " * (len(str(error.place.line)) + 1)
    bar = _paint("=", _BLUE, color)
    lines += [f"{gutter}{bar} {printable(note)}" for note in error.notes]
    if error.help:
        lines.append(f"{gutter}{bar} {_paint('help:', _CYAN, color)} {printable(error.help)}")
    return "\n".join(lines)


def _excerpt(place: Place, color: bool, page: Page) -> list[str]:
    """The line and a caret under the fault; a very long line is cut around it, of an empty one there is none."""
    number = str(place.line)
    margin = " " * len(number)
    head = f"{margin}{_paint('-->', _BLUE, color)} {one_line(str(place))}"
    if not place.text.strip():
        return [head]
    text, column = printable(place.text), place.column - 1
    widest = min(_WIDEST, max(page.width, NARROWEST) - len(margin) - 3) if page.width else _WIDEST
    if columns_of(text) > widest:
        start = max(0, min(column - widest // 8, len(text) - widest))
        text, column = text[start : start + widest], column - start
    before, fault = page.written(text[:column]), page.written(text[column : column + place.length])
    behind = page.written(text[column + place.length :])
    carets = "^" * max(1, columns_of(fault))
    bar = _paint("|", _BLUE, color)
    return [
        head,
        f"{number} {bar} {before}{fault}{behind}".rstrip(),
        f"{margin} {bar} {' ' * max(column, columns_of(before))}{_paint(carets, _RED, color)}",
    ]


def _paint(text: str, style: str, color: bool) -> str:
    return f"{style}{text}{_OFF}" if color else text

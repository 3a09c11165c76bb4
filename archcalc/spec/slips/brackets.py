"""Slips of brackets: one that is never closed, closed by another, or with too few or too many commas."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcalc.errors import Repair, SpecError
from archcalc.spec.slips.entries import nameless
from archcalc.spec.slips.stumble import Stumble


def bracket(at: Stumble) -> list[SpecError]:
    """A bracket without its partner, and what is missing between two entries."""
    if at.bracket is None or not at.says("flow"):
        return []
    line, column = at.bracket
    opening = at.sign(line, column)
    wanted = _CLOSING[opening]
    closing = _closing_of(at, line, column)
    if closing is None:
        return at.error(f"`{opening}` is never closed", f"add `{wanted}`", line, column)
    end_line, end_column, found = closing
    if found != wanted:
        what, repair = f"`{opening}` is closed by `{found}`", Repair(found, wanted)
        return at.error(what, f"write `{wanted}`", end_line, end_column, repair=repair)
    return _between_entries(at)


def _between_entries(at: Stumble) -> list[SpecError]:
    here = at.here
    if at.text(at.line)[: at.column - 1].rstrip()[-1:] in ("{", ",") and here.startswith(":"):
        return nameless(at)
    if here[:1] in (",", "]", "}"):
        commas = here[: len(here) - len(here.lstrip(","))]
        repair = Repair(commas, "") if commas else None
        return at.error(f"an entry is missing before `{here[0]}`", "delete a comma", at.line, at.column, repair=repair)
    help = "separate entries by `, `, and put a text that holds `: ` in quotes"
    return at.error("a comma is missing between two entries", help, at.line, at.column)


_CLOSING = {"[": "]", "{": "}"}


def _closing_of(at: Stumble, line: int, column: int) -> tuple[int, int, str] | None:
    """The bracket that closes the one at a place, whether it fits or not."""
    open_brackets: list[str] = []
    for at_line, at_column, sign in _brackets(at, line, column):
        if sign in _CLOSING:
            open_brackets.append(sign)
            continue
        opening = open_brackets.pop()
        if not open_brackets or sign != _CLOSING[opening]:
            return at_line, at_column, sign
    return None


_BRACKET_OR_QUOTED = re.compile(r"""(?:(?<=[\s,\[{:])|^)(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|(?<!\S)\#.*|[\[\]{}]""")


def _brackets(at: Stumble, line: int, column: int) -> Iterator[tuple[int, int, str]]:
    """The brackets from a place on, outside quotes and comments."""
    start = column - 1
    for number in range(line, len(at.source.lines) + 1):
        for match in _BRACKET_OR_QUOTED.finditer(at.text(number), start):
            if match.group() in "[]{}":
                yield number, match.start() + 1, match.group()
        start = 0

r"""The signs of LaTeX in an answer, as those of an expression: `$\frac{W - K}{S} + 1$` is ((W - K)/(S)) + 1."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORDS = frozenset({"text", "mathrm", "operatorname"})
"""Commands whose braces only set a word in another script."""
_FRACTIONS = frozenset({"frac", "dfrac", "tfrac"})

_COMMANDS = {
    **dict.fromkeys(("cdot", "times", "ast"), "*"),
    **dict.fromkeys(("left", "right", "bigl", "bigr", "big", "displaystyle", "quad", *_WORDS), ""),
    **dict.fromkeys(_FRACTIONS, "("),
    "div": "/",
    "lfloor": "⌊",
    "rfloor": "⌋",
    "lceil": "⌈",
    "rceil": "⌉",
    "max": "max",
    "min": "min",
    "approx": "~",
    "\times": "*",  # what a quoted YAML scalar makes of \times and \frac
    "\frac": "(",
}
"""Command -> what it stands for."""

_SIGNS = re.compile(r"[\\$\t\f]|[_^]\{|\{,\}")
_PIECE = re.compile(
    r"\\(?P<command>[A-Za-z]+) ?|(?P<escaped>\times|\frac) ?|\\[,;:! ]|(?P<comma>\{,\})|(?P<sign>.)", re.S
)


def written_out(text: str) -> Iterator[tuple[int, str]]:
    """The characters of a text with their columns; where LaTeX is in it, those that its signs stand for."""
    if not _SIGNS.search(text):
        return enumerate(text)
    return ((column, character) for column, plain in _pieces(text) for character in plain)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Each sign of LaTeX with what it stands for; braces are brackets, but for those of an index or a word."""
    closing: list[str] = []
    next_closing = ")"
    for piece in _PIECE.finditer(text):
        sign, command = piece["sign"], piece["command"] or piece["escaped"]
        if command:
            yield piece.start(), _COMMANDS.get(command, piece[0])
            next_closing = ")/" if _COMMANDS.get(command) == "(" else "" if command in _WORDS else ")"
        elif sign == "{":
            yield piece.start(), "(" if next_closing else ""
            closing.append(next_closing)
            next_closing = ")"
        elif sign == "}" and closing:
            closed = closing.pop()
            yield piece.start(), closed
            next_closing = "))" if closed == ")/" else ")"
        elif sign and sign != "$":
            yield piece.start(), sign
            next_closing = "" if sign == "_" else next_closing if sign == " " else ")"
        elif piece["comma"]:
            yield piece.start(), ","

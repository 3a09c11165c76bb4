"""The characters of an answer as any keyboard makes them, turned into the plain ones of an expression.

Full-width, Arabic-Indic and other digits become 0-9, `×` `·` `−` `÷` their ASCII signs, `3²` becomes `3^2`; marks
that only steer the direction of writing are dropped, and LaTeX is written out. Each character remembers its column in
the answer.
"""

from __future__ import annotations

import re
import unicodedata

from archcalc.core.record import record
from archcalc.homework.reading.latex import written_out


@record
class Cleaned:
    """A text of plain characters; `columns[i]` is the column (from 0) that character i had as it was written."""

    text: str
    columns: tuple[int, ...]

    def column(self, index: int) -> int:
        """The written column of a character; past the end, the one after the last."""
        if index < len(self.columns):
            return self.columns[index]
        return self.columns[-1] + 1 if self.columns else 0

    def within(self, start: int, stop: int) -> Cleaned:
        """A stretch of it; its characters keep their columns."""
        return Cleaned(self.text[start:stop], self.columns[start:stop])


def cleaned(text: str) -> Cleaned:
    """The text in plain characters."""
    characters: list[str] = []
    columns: list[int] = []
    raised = False
    for column, character in written_out(text):
        if character in _INVISIBLE:
            continue
        above = character in _SUPERSCRIPTS
        plain = ("" if raised or not above else "^") + _plain(character)
        raised = above
        characters += plain
        columns += [column] * len(plain)
    return Cleaned("".join(characters), tuple(columns))


def bare(source: Cleaned) -> Cleaned:
    """The answer alone: no quotes of a word processor around it, no mark at its end, and no `O =` before it."""
    text = source.text
    start, stop = _trimmed(text, 0, len(text))
    if stop - start > 1 and text[start] in _QUOTES and text[stop - 1] in _QUOTES:
        start, stop = _trimmed(text, start + 1, stop - 1)
    left = _LEFT_SIDE.match(text, start, stop)
    start = start if left is None else left.end()
    return source if stop - start == len(text) else source.within(start, stop)


def _trimmed(text: str, start: int, stop: int) -> tuple[int, int]:
    """From the first to the last character that says something."""
    stop = start + len(text[start:stop].rstrip())
    stop -= stop > start and text[stop - 1] in _ENDS
    stop = start + len(text[start:stop].rstrip())
    return stop - len(text[start:stop].lstrip()), stop


def _plain(character: str) -> str:
    if character.isascii():
        return character
    if character in _SIGNS:
        return _SIGNS[character]
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.decimal(character))
    folded = unicodedata.normalize("NFKC", character)
    if "\u2044" in folded:  # ½: a fraction, never glued to the digits before it
        return f"({folded.replace(chr(0x2044), '/')})"
    return "".join(_SIGNS.get(part, part) for part in folded)


_INVISIBLE = frozenset(
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
"""Bidirectional marks of Hebrew and Arabic keyboards, joiners and spaces without width."""

_SUPERSCRIPTS = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹")

_SIGNS = {
    **dict.fromkeys("×✕✖⨯·⋅∙•∗٭⨉", "*"),
    **dict.fromkeys("−–—‐‑‒﹣", "-"),
    **dict.fromkeys("÷∕⁄", "/"),
    **dict.fromkeys("хХ", "x"),  # Cyrillic
    **dict.fromkeys("’ʼ′", "'"),
    "\u066b": ".",  # Arabic decimal separator
    "\u066c": ",",  # Arabic thousands separator
    "\u060c": ",",  # Arabic comma
    "≈": "~",
    "∼": "~",
    "\t": " ",
}  # fmt: skip
"""Signs of print and of other keyboards -> the plain sign."""

_QUOTES = "“”„«»‘'\"`"
_ENDS = ".,;"
_LEFT_SIDE = re.compile(r"[^\W\d][\w.]*(?: [^\W\d][\w.]*)? *= *")
"""`O = `, `conv1.params = `, `output size = `: the name of what was asked for."""

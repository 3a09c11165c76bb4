"""What a place can show: how wide its lines are, and which signs it can write."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcalc.core.record import record

REPLACEMENTS = {
    " · ": " | ",  # between two parts of a line; inside a formula it is a product
    "·": "*", "×": "x", "−": "-", "÷": "/", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "²": "^2", "³": "^3",
    "≈": "~", "≥": ">=", "≤": "<=", "→": "->", "…": "...", "σ": "sigma", "—": "-", "–": "-", "′": "'",
    "‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "•": "*", "�": "?",
    "─": "-", "━": "-", "│": "|", "┃": "|", "└": "+", "├": "+", "┌": "+", "┐": "+", "┘": "+", "┤": "+", "┬": "+",
    "┴": "+", "┼": "+",
}  # fmt: skip
"""What stands for a sign that cannot be written. A formula stays one that can be computed: `*` is a product."""

NARROWEST = 20
"""Columns that lines are broken at, however narrow a terminal is."""

_STYLES = re.compile(r"\x1b\[[0-9;]*m")
_LABEL = re.compile(r"\s*\S.{0,22}?(?:: | {2,})\s*(?=\S)")
"""What stands before the text of a line: `Formula   `, `Total params: `."""


@record
class Page:
    """A terminal, a pipe or a file."""

    width: int = 0
    """Columns of a line; 0 where lines may be of any length."""
    encoding: str = "utf-8"
    prose: int = 100
    """Columns that prose is broken at where lines may be of any length."""

    @property
    def breaks(self) -> int:
        """Columns that prose is broken at."""
        return self.width or self.prose

    @property
    def unicode(self) -> bool:
        """Whether every sign can be written."""
        return self.encoding.lower().replace("-", "").replace("_", "") in ("utf8", "utf16", "utf32")

    def inside(self, margin: int) -> Page:
        """What is left beside a margin."""
        return Page(max(1, self.width - margin) if self.width else 0, self.encoding, self.prose)

    def written(self, text: str) -> str:
        """The text in signs that can be written here: others by their replacement, or escaped as in Python."""
        if text.isascii() or self._holds(text):
            return text
        for signs, replacement in REPLACEMENTS.items():
            if signs in text and not self._holds(signs):
                text = text.replace(signs, replacement)
        return text.encode(self.encoding, "backslashreplace").decode(self.encoding)

    def folded(self, text: str) -> str:
        """The text with every line in the width: what does not fit goes on below, indented, broken at spaces."""
        if not self.width:
            return text
        return "\n".join(line for whole in text.split("\n") for line in self.lines(whole))

    def lines(self, line: str, indent: int | None = None) -> list[str]:
        """One line as the lines that hold it here.

        Args:
            indent: of the lines below the first; else below the text behind its label.
        """
        width = max(self.width, NARROWEST)
        if not self.width or columns_of(line) <= width:
            return [line]
        return list(wrapped(line, width, _hanging(line, width) if indent is None else indent))

    def _holds(self, text: str) -> bool:
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True


ANYWHERE = Page()
"""A file, or a pipe that takes any text."""


def columns_of(text: str) -> int:
    """How many columns of a terminal a text takes; colours take none, Chinese signs two, marks on a letter none."""
    if "\x1b" in text:
        text = _STYLES.sub("", text)
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def padded(text: str, width: int, right: bool = False) -> str:
    """The text and blanks up to a width."""
    blanks = " " * (width - columns_of(text))
    return blanks + text if right else text + blanks


def wrapped(text: str, width: int, indent: int = 0) -> Iterator[str]:
    """Lines broken at spaces; a word that is wider than a line stands on lines of its own."""
    line, margin = "", " " * indent
    for word in re.findall(r"\s*\S+", text):  # each with the blanks before it
        piece = word
        if line.strip() and columns_of(line + word) > width:
            yield line.rstrip()
            line, piece = margin, word.lstrip()
        *full, rest = _broken(piece, width - columns_of(line), width - indent)
        for part in full:
            yield line + part
            line = margin
        line += rest
    yield line.rstrip()


def _broken(word: str, first: int, others: int) -> Iterator[str]:
    """Pieces of a word that fit the rest of a line and those below."""
    room = first
    while columns_of(word) > room:
        cut = 1
        while columns_of(word[: cut + 1]) <= room:
            cut += 1
        yield word[:cut]
        word, room = word[cut:], others
    yield word


def _hanging(line: str, width: int) -> int:
    """Where the lines below go on: under the text behind a label, else a little to the right."""
    label = _LABEL.match(_STYLES.sub("", line))
    if label is not None and columns_of(label[0]) <= width // 3:
        return columns_of(label[0])
    return min(len(line) - len(line.lstrip()) + 2, width // 2)

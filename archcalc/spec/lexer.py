"""The words of an expression: numbers, names, operators, and the x that joins sizes."""

from __future__ import annotations

import re
from typing import NamedTuple

from archcalc.errors import SpecError
from archcalc.spec.addresses import Spelled


class ExpressionError(SpecError):
    """An expression is wrong; `column` is the 0-based offset of the fault in its text."""

    def __init__(self, what: str, column: int, help: str | None = None, instead: str = "") -> None:
        super().__init__(what, help=f"write {instead}" if instead else help)
        self.column = column
        self.instead = instead
        """The whole text as it should be, where that is known."""


class Token(NamedTuple):
    """One word of an expression."""

    kind: str
    """number, name, or the operator itself; `join` is the x of a size, `end` the end of the text."""
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def tokens(text: str) -> list[Token]:
    """The words of a text, and an `end` on its last character. Raises ExpressionError."""
    found: list[Token] = []
    position = 0
    token = _TOKEN.of(text)
    while position < len(text):
        match = _JOIN.match(text, position) if _ends_factor(found, position) else None
        if match:
            found.append(Token("join", "x", position))
        else:
            match = token.match(text, position)
            if match is None or text.startswith("**", position):
                raise _foreign(text, position)
            if match.lastgroup != "space":
                found.append(_token(match))
        position = match.end()
    found.append(Token("end", "", max(0, len(text) - 1)))
    return found


_LETTER = "(?:(?![²³¹])[LETTERS])"
"""Also a digit; the small ones are powers."""

_TOKEN = Spelled(
    r"(?P<space>[ \t\r\n]+)"
    rf"|(?P<dotted>[0-9]{_LETTER}*(?:\.{_LETTER}+)*\.[A-Za-z_]{_LETTER}*)"  # 1x1.c: a layer's name
    r"|(?P<number>(?:[0-9][0-9_]*(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    rf"|(?P<name>[^\W\d²³¹]{_LETTER}*(?:\.{_LETTER}+)*)"
    r"|(?P<operator>==|!=|<=|>=|//|[-+*/%<>(),:])"
)
_JOIN = re.compile(r"x(?=-?[0-9(.])")
_KEYWORDS = frozenset({"or", "and", "not"})

_FOREIGN = {
    "**": ("there is no power operator", "write k*k"),
    "^": ("there is no power operator", "write k*k"),
    "²": ("there is no power operator", "write k*k"),
    "³": ("there is no power operator", "write k*k*k"),
    "=>": ("`=>` is no comparison", "write >="),
    "=<": ("`=<` is no comparison", "write <="),
    "=": ("one `=` compares nothing", "write =="),
    "&": ("`&` is no operator", "write and"),
    "|": ("`|` is no operator", "write or"),
    "!": ("`!` is no operator", "write not"),
    "×": ("`×` is no operator", "write * for a product, 3x3 for a size"),
    "·": ("`·` is no operator", "write *"),
    "÷": ("`÷` is no operator", "write / or //"),
    "−": ("`−` is not the minus sign of the keyboard", "write -"),
    "–": ("`–` is not the minus sign of the keyboard", "write -"),
}
"""Signs of other languages and of print -> what is wrong, and the repair."""


def _token(match: re.Match[str]) -> Token:
    group, text = str(match.lastgroup), match.group()
    if group == "dotted":
        return Token("name", text, match.start())
    kind = text if group == "operator" or text in _KEYWORDS else group
    return Token(kind, text, match.start())


def _ends_factor(found: list[Token], position: int) -> bool:
    """Whether an x at `position` would join sizes: right after a number or a closing bracket."""
    return bool(found) and found[-1].kind in ("number", ")") and found[-1].end == position


def _foreign(text: str, position: int) -> ExpressionError:
    for sign, (what, help) in _FOREIGN.items():
        if text.startswith(sign, position):
            return ExpressionError(what, position, help)
    return ExpressionError(f"`{text[position]}` means nothing in an expression", position)

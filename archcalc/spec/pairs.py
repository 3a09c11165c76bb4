"""The repair of `before:after` where a side is no number and has no brackets: `(k-1)*d:0` is `((k-1)*d):0`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archcalc.spec.lexer import Token


def with_brackets(text: str, tokens: Sequence[Token], colon: Token, is_value: Callable[[str], bool]) -> str:
    """The text with brackets around the sides of the pair at a colon; "" where a side is no value."""
    start, end = _span(text, tokens, colon)
    sides = [side.strip() for side in (text[start : colon.start], text[colon.end : end])]
    if any(":" in side or not is_value(side) for side in sides):
        return ""
    pair = ":".join(side if side.isdecimal() or _is_bracket(side) else f"({side})" for side in sides)
    return text[:start] + pair + text[end:]


def _span(text: str, tokens: Sequence[Token], colon: Token) -> tuple[int, int]:
    """Where the pair around a colon begins and ends: at the next x or comma on either side."""
    start, depth = 0, 0
    for token in tokens[:-1]:
        depth += (token.kind == "(") - (token.kind == ")")
        if depth == 0 and token.kind in ("join", ",") and token.start < colon.start:
            start = token.end
        if depth <= 0 and token.kind in ("join", ",") and token.start > colon.start:
            return start, token.start
    return start, len(text)


def _is_bracket(side: str) -> bool:
    """Whether one bracket holds it all."""
    depth = 0
    for character in side[:-1]:
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return False
    return side.startswith("(") and side.endswith(")")

"""Formulas as LaTeX writes them: `⌊(W − K + 2P)/s⌋ + 1` with fraction bars and floor signs that grow."""

from __future__ import annotations

import re

_BRACKETS = {"⌊": ("⌋", r"\left\lfloor ", r" \right\rfloor"), "⌈": ("⌉", r"\left\lceil ", r" \right\rceil")}


def latex(formula: str) -> str:
    """The formula for LaTeX's math mode."""
    text = ""
    position = 0
    while position < len(formula):
        sign = formula[position]
        if sign in _BRACKETS:
            closing, left, right = _BRACKETS[sign]
            end = _closing(formula, position, sign, closing)
            text += left + _fraction(formula[position + 1 : end]) + right
            position = end + 1
        else:
            stop = _next_bracket(formula, position + 1)
            text += _plain(formula[position:stop])
            position = stop
    return text


def _fraction(inner: str) -> str:
    """`(227 − 11)/4` as a fraction; what has no bar of its own stays."""
    depth = 0
    for position, sign in enumerate(inner):
        depth += (sign in "(⌊⌈") - (sign in ")⌋⌉")
        if sign == "/" and depth == 0:
            numerator, denominator = inner[:position], inner[position + 1 :]
            return rf"\frac{{{latex(_unbracketed(numerator))}}}{{{latex(_unbracketed(denominator))}}}"
    return latex(inner)


def _unbracketed(text: str) -> str:
    """Without a bracket around all of it: the bar holds it together."""
    if not text.startswith("(") or _closing(text, 0, "(", ")") != len(text) - 1:
        return text
    return text[1:-1]


def _closing(text: str, start: int, opening: str, closing: str) -> int:
    depth = 0
    for position in range(start, len(text)):
        depth += (text[position] == opening) - (text[position] == closing)
        if depth == 0:
            return position
    raise AssertionError(f"{text} has an open {opening}")


def _next_bracket(formula: str, start: int) -> int:
    return min((i for i in range(start, len(formula)) if formula[i] in _BRACKETS), default=len(formula))


def _plain(text: str) -> str:
    text = re.sub(r"[A-Za-z][A-Za-z_]*[0-9]*(?:_[0-9]+)?", _name, text)
    text = text.replace("−", "-").replace("·", r" \cdot ")
    return re.sub(r"(?<=\d),(?=\d{3})", "{,}", text)


def _name(match: re.Match[str]) -> str:
    """K, K_eff, and words: upright where they are longer than a letter."""
    word = match[0]
    if word in ("mod", "max"):
        return {"mod": r"\bmod", "max": r"\max"}[word]
    letter, _, index = word.partition("_") if not word[1:].isdigit() else (word[0], "", word[1:])
    if len(letter) > 1:
        return rf"\mathrm{{{word}}}".replace("_", r"\_")
    if not index:
        return letter
    return f"{letter}_{index}" if len(index) == 1 else rf"{letter}_{{\mathrm{{{index}}}}}"

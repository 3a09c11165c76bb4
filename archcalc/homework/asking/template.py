"""Templates: `conv $cout $k stride=$s`, `$cinx32x32`. Of the declared names the longest that fits is meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache


def substituted(text: str, values: Mapping[str, int]) -> str:
    """The text with numbers in the place of its `$names`; `$$` is a dollar."""
    if "$" not in text:
        return text
    return _pattern(tuple(values)).sub(lambda match: _number(match, values), text)


def names_in(text: str, known: Collection[str]) -> tuple[list[str], list[tuple[str, int]]]:
    """The known names that a text uses, and what looks like a name and is none, with its offset."""
    used: list[str] = []
    unknown: list[tuple[str, int]] = []
    for match in _pattern(tuple(known)).finditer(text):
        if match["name"] is not None:
            used.append(match["name"])
        elif match[0] != "$$":
            unknown.append((match["word"] or "", match.start()))
    return used, unknown


@lru_cache(maxsize=64)
def _pattern(known: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = "|".join(sorted(map(re.escape, known), key=len, reverse=True)) or r"\b\B"
    return re.compile(rf"\$(?:\$|(?P<curly>\{{)?(?P<name>{longest_first})(?(curly)\}})|(?P<word>\{{?\w+\}}?)?)")


def _number(match: re.Match[str], values: Mapping[str, int]) -> str:
    if match["name"] is not None:
        return str(values[match["name"]])
    return "$" if match[0] == "$$" else match[0]

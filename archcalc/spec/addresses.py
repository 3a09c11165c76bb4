"""Names of layers, in any script, and the addresses made of them."""

from __future__ import annotations

import re

MARKS = (
    "\\u0300-\\u036f\\u0483-\\u0487\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0610-\\u061a\\u064b-\\u065f\\u0670"
    "\\u06d6-\\u06dc\\u06df-\\u06e8\\u06ea-\\u06ed\\u0711\\u0730-\\u074a\\u07a6-\\u07b0\\u0900-\\u0903\\u093a-\\u094f\\u0951-\\u0957"
    "\\u0962\\u0963\\u0981-\\u0983\\u09bc-\\u09d7\\u0a01-\\u0a03\\u0a3c-\\u0a51\\u0a81-\\u0a83\\u0abc-\\u0acd\\u0b01-\\u0b03\\u0b3c-\\u0b57"
    "\\u0b82\\u0bbe-\\u0bd7\\u0c00-\\u0c04\\u0c3e-\\u0c56\\u0c81-\\u0c83\\u0cbc-\\u0cd6\\u0d00-\\u0d03\\u0d3b-\\u0d57\\u0dca-\\u0ddf"
    "\\u0e31\\u0e34-\\u0e3a\\u0e47-\\u0e4e\\u0eb1\\u0eb4-\\u0ecd\\u0f18-\\u0f39\\u0f71-\\u0f84\\u102b-\\u103e\\u17b4-\\u17d3"
    "\\u1dc0-\\u1dff\\u200c\\u200d\\u302a-\\u302f\\u3099\\u309a"
)
"""Signs that stand on a letter, for which Python's `\\w` has no room: vowels of Devanagari, points of Hebrew."""

LETTERS = rf"\w{MARKS}"
"""What letters, digits and _ of any script are, in a class of signs."""


class Spelled:
    """A pattern with letters of any script; for plain text without the marks, whose class takes a while to compile."""

    __slots__ = ("_any", "_plain", "_template")

    def __init__(self, template: str) -> None:
        """`LETTERS` in the template stands for the letters, in a class of signs."""
        self._template = template
        self._plain = re.compile(template.replace("LETTERS", "A-Za-z0-9_"))
        self._any: re.Pattern[str] | None = None

    def of(self, text: str) -> re.Pattern[str]:
        """The pattern for a text."""
        if text.isascii():
            return self._plain
        if self._any is None:
            self._any = re.compile(self._template.replace("LETTERS", LETTERS))
        return self._any


NAME = "[LETTERS-]+"
"""Of a template: letters and digits of any script, _ and -."""

ROOT = "/"
"""What an absolute address begins with."""

_PATH = Spelled(rf"{ROOT}?{NAME}([./]{NAME})*")


def dotted(address: str) -> str:
    """The path of an address from the outermost chain: `layer1.0.conv2` of `/layer1/0/conv2` too."""
    return address.removeprefix(ROOT).replace("/", ".")


def path_of(text: str) -> str | None:
    """The path of an address as written in a chain, which keeps its first `/`; None for what is no address."""
    if not _PATH.of(text).fullmatch(text):
        return None
    return (ROOT if text.startswith(ROOT) else "") + dotted(text)

"""The text of a Darknet cfg: sections, and below each its options."""

from __future__ import annotations

import re

from archcalc.core.record import draft, field
from archcalc.errors import Place, Source, SpecError

_WHOLE = re.compile(r"[+-]?\d+")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
LARGEST = 10**9
"""Of a number of a cfg: no network has more of anything."""


@draft
class Section:
    """`[convolutional]` and the options below it."""

    kind: str
    place: Place
    options: dict[str, tuple[str, Place]] = field(factory=dict)

    def has(self, name: str) -> bool:
        """Whether an option is given."""
        return name in self.options

    def word(self, name: str, default: str) -> str:
        """The text of an option."""
        return self.options[name][0] if name in self.options else default

    def whole(self, name: str, default: int, least: int = 0) -> int:
        """A whole number. Raises SpecError."""
        if name not in self.options:
            return default
        text, place = self.options[name]
        return _whole(text, place, f"`{name}`", least)

    def wholes(self, name: str) -> list[int]:
        """`layers=-1, 61`. Raises SpecError."""
        text, place = self.options.get(name, ("", self.place))
        if not text:
            raise SpecError(f"[{self.kind}] has no `{name}`", help=f"write {name}=-1").at(place)
        return [_whole(part.strip(), place, f"`{name}`", -LARGEST) for part in text.rstrip(", ").split(",")]

    def number(self, name: str, default: float) -> float:
        """A number. Raises SpecError."""
        if name not in self.options:
            return default
        text, place = self.options[name]
        match = _NUMBER.match(text)
        if match is None:
            raise SpecError(f"`{name}` is a number, got `{text}`").at(place)
        return float(match[0])

    def place_of(self, name: str) -> Place:
        """Where an option's value stands, or else the section."""
        return self.options[name][1] if name in self.options else self.place


def sections_of(text: str, file: str) -> list[Section]:
    """The sections of a cfg, [net] first. Raises SpecError."""
    source = Source(text, file)
    found: list[Section] = []
    for number, line in enumerate(source.lines, 1):
        words = line.strip().lstrip("\ufeff")
        if not words or words[0] in "#;\0":
            continue
        place = source.place(number, line.index(words[0]) + 1, len(words))
        if words[0] == "[":
            found.append(_section(words, place))
        elif not found:
            raise SpecError("an option before any section", help="a cfg begins with [net]").at(place)
        else:
            _option(found[-1], words, source, number)
    if not found or found[0].kind not in ("net", "network"):
        place = found[0].place if found else source.place(1, 1)
        help = "write [net] and the size: width=, height=, channels="
        raise SpecError("a cfg begins with [net]", help=help).at(place)
    if len(found) == 1:
        raise SpecError("[net] has no layers below it", help="is the file cut off?").at(found[0].place)
    return found


def _section(words: str, place: Place) -> Section:
    match = re.match(r"\[\s*([\w-]+)\s*\]", words)
    if match is None:
        raise SpecError("a section is a word in brackets", help="write [convolutional]").at(place)
    return Section(match[1].lower(), place)


def _option(section: Section, words: str, source: Source, number: int) -> None:
    name, equals, value = words.partition("=")
    line = source.lines[number - 1]
    if not equals:
        place = source.place(number, line.index(words[0]) + 1, len(words))
        raise SpecError(f"`{words}` is no option", help="write name=value; is the file cut off?").at(place)
    value = value.partition("#")[0].strip()
    column = line.index("=") + 2
    column += len(line[column - 1 :]) - len(line[column - 1 :].lstrip())
    section.options[name.strip()] = (value, source.place(number, column, max(1, len(value))))


def _whole(text: str, place: Place, name: str, least: int) -> int:
    match = _WHOLE.match(text)
    if match is None:
        raise SpecError(f"{name} is a whole number, got `{text}`").at(place)
    number = int(match[0])
    if not least <= number <= LARGEST:
        limit = f"at least {least}" if number < least else f"at most {LARGEST:,}"
        raise SpecError(f"{name} is {limit}, got {number}").at(place)
    return number

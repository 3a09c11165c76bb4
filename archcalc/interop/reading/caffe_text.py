"""Text protobuf, as prototxt files have it: fields with a value each, or with fields of their own, in any number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from archcalc.core.record import draft, field
from archcalc.errors import Place, Source, SpecError

_TOKEN = re.compile(r"""(?P<skip>\s+|\#[^\n]*)|(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
                    r"""|(?P<sign>[{}<>:,;\[\]])|(?P<word>[^\s{}<>:,;\[\]"'\#]+)|(?P<wrong>.)""")  # fmt: skip
_WHOLE = re.compile(r"[+-]?\d{1,15}")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fF]?")
LARGEST = 10**9
"""Of a number of a prototxt: no network has more of anything."""


class ProtoToken(NamedTuple):
    """A word, a text or a sign, and where it begins."""

    kind: str
    text: str
    start: int


@draft
class TextValue:
    """A word or a text of a field."""

    text: str
    place: Place


@draft
class Message:
    """The fields between two braces, in order."""

    place: Place
    fields: list[tuple[str, TextValue | Message]] = field(factory=list)

    def messages(self, name: str) -> list[Message]:
        """Every `name { ... }`."""
        return [value for key, value in self.fields if key == name and isinstance(value, Message)]

    def message(self, name: str) -> Message:
        """The last `name { ... }`; an empty one where there is none."""
        found = self.messages(name)
        return found[-1] if found else Message(self.place)

    def values(self, name: str) -> list[TextValue]:
        """Every `name: value`."""
        return [value for key, value in self.fields if key == name and isinstance(value, TextValue)]

    def words(self, name: str) -> list[str]:
        """Their texts."""
        return [value.text for value in self.values(name)]

    def word(self, name: str, default: str = "") -> str:
        """The last of them."""
        return (self.words(name) or [default])[-1]

    def wholes(self, name: str, least: int = 0) -> list[int]:
        """Every one as a whole number. Raises SpecError."""
        return [_whole(name, value, least) for value in self.values(name)]

    def whole(self, name: str, default: int, least: int = 0) -> int:
        """The last one as a whole number. Raises SpecError."""
        return (self.wholes(name, least) or [default])[-1]

    def number(self, name: str, default: float) -> float:
        """The last one as a number. Raises SpecError."""
        return (self.numbers(name) or [default])[-1]

    def numbers(self, name: str) -> list[float]:
        """Every one as a number. Raises SpecError."""
        wrong = next((value for value in self.values(name) if _NUMBER.fullmatch(value.text) is None), None)
        if wrong is not None:
            raise SpecError(f"`{name}` is a number, got `{wrong.text}`").at(wrong.place)
        return [float(value.text.rstrip("fF")) for value in self.values(name)]

    def flag(self, name: str, default: bool) -> bool:
        """The last one as yes or no."""
        return self.word(name, "true" if default else "false").lower() in ("true", "t", "1")

    def place_of(self, name: str) -> Place:
        """Where its last value stands, or else the message."""
        found = [value for key, value in self.fields if key == name]
        return found[-1].place if found else self.place


def _whole(name: str, value: TextValue, least: int) -> int:
    if _WHOLE.fullmatch(value.text) is None:
        raise SpecError(f"`{name}` is a whole number, got `{value.text}`").at(value.place)
    number = int(value.text)
    if not least <= number <= LARGEST:
        limit = f"at least {least}" if number < least else f"at most {LARGEST:,}"
        raise SpecError(f"`{name}` is {limit}, got {number}").at(value.place)
    return number


def message_of(text: str, file: str) -> Message:
    """The fields of a whole file. Raises SpecError with the place."""
    source = Source(text, file)
    places = _Places(source)
    tokens = list(_tokens(text, places))
    root = Message(source.place(1, 1))
    opened: list[tuple[Message, ProtoToken]] = [(root, ProtoToken("sign", "", 0))]
    at = 0
    while at < len(tokens):
        at = _field(tokens, at, opened, places)
    if len(opened) > 1:
        what = f"`{opened[-1][1].text}` has no end"
        raise SpecError(what, help="write its }; is the file cut off?").at(places.of(opened[-1][1]))
    return root


class _Places:
    """From how far into a text to line and column; asked for in order."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.line, self.start = 1, 0

    def of(self, token: ProtoToken) -> Place:
        """Where a token stands."""
        if token.start < self.start:
            self.line, self.start = 1, 0
        text = self.source.text
        while (end := text.find("\n", self.start, token.start)) >= 0:
            self.line, self.start = self.line + 1, end + 1
        return self.source.place(self.line, token.start - self.start + 1, len(token.text))


def _tokens(text: str, places: _Places) -> Iterator[ProtoToken]:
    for match in _TOKEN.finditer(text.removeprefix("\ufeff")):
        kind = match.lastgroup or "skip"
        token = ProtoToken(kind, match[0], match.start())
        if kind == "wrong":
            raise SpecError(f"`{match[0]}` begins no word or text", help="is a quote open?").at(places.of(token))
        if kind != "skip":
            yield token


def _field(tokens: list[ProtoToken], at: int, opened: list[tuple[Message, ProtoToken]], places: _Places) -> int:
    """Read one field, or the end of a message; where the next one begins. Raises SpecError."""
    token = tokens[at]
    if token.text in (",", ";"):
        return at + 1
    if token.text in ("}", ">"):
        if len(opened) == 1:
            raise SpecError(f"`{token.text}` ends nothing", help="delete it").at(places.of(token))
        opened.pop()
        return at + 1
    if token.kind != "word":
        raise SpecError(f"expected the name of a field, got `{token.text}`").at(places.of(token))
    return _value(tokens, at, opened, places)


def _value(tokens: list[ProtoToken], at: int, opened: list[tuple[Message, ProtoToken]], places: _Places) -> int:
    key = tokens[at]
    at += 1
    if at < len(tokens) and tokens[at].text == ":":
        at += 1
    if at == len(tokens):
        raise SpecError(f"`{key.text}` has no value", help="is the file cut off?").at(places.of(key))
    token = tokens[at]
    fields = opened[-1][0].fields
    if token.text in ("{", "<"):
        message = Message(places.of(key))
        fields.append((key.text, message))
        opened.append((message, key))
        return at + 1
    if token.text == "[":
        return _list(tokens, at + 1, key, fields, places)
    if token.kind == "sign":
        raise SpecError(f"`{key.text}` has no value", help=f"write {key.text}: value").at(places.of(key))
    fields.append((key.text, TextValue(_plain(token), places.of(token))))
    return at + 1


def _list(
    tokens: list[ProtoToken], at: int, key: ProtoToken, fields: list[tuple[str, TextValue | Message]], places: _Places
) -> int:
    """`dim: [3, 5]` is `dim: 3 dim: 5`."""
    while at < len(tokens) and tokens[at].text != "]":
        if tokens[at].kind in ("word", "text"):
            fields.append((key.text, TextValue(_plain(tokens[at]), places.of(tokens[at]))))
        elif tokens[at].text != ",":
            raise SpecError(f"`{tokens[at].text}` in a list of values").at(places.of(tokens[at]))
        at += 1
    if at == len(tokens):
        raise SpecError(f"the list of `{key.text}` has no end", help="write its ]").at(places.of(key))
    return at + 1


def _plain(token: ProtoToken) -> str:
    return re.sub(r"\\(.)", r"\1", token.text[1:-1]) if token.kind == "text" else token.text

"""The one-line grammar: `kind arg... key=value... flag`, as words with their columns."""

from __future__ import annotations

import re

from archcalc.core.record import record
from archcalc.errors import Place, Repair, SpecError

_KEY = re.compile(r"(?:(?:first|last)\.)?[^\W\d]\w*")
_WORD_CALL = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\((.*)\))?")


LONGEST = 400
"""Characters of one word."""


@record
class Word:
    """A piece of a call's text and where it stands."""

    text: str
    place: Place


@record
class WrittenCall:
    """A call as it is written: nothing is looked up yet."""

    kind: Word
    positional: tuple[Word, ...]
    keywords: tuple[tuple[Word, Word], ...]
    place: Place


def parse_call(text: str, place: Place) -> WrittenCall:
    """Split the text of a call. Raises SpecError for the slips that everyone makes."""
    words = [Word(word, inside(place, start, word)) for start, word in split_words(text)]
    if not words:
        raise SpecError("a layer is missing here", help="write a call such as `conv 64 3x3`").at(place)
    kind, *rest = words
    long = next((word for word in words if len(word.text) > LONGEST), None)
    if long is not None:
        raise SpecError(f"a word of {len(long.text):,} characters; the limit is {LONGEST}").at(long.place)
    _refuse_slips(kind, rest)
    positional = []
    keywords = []
    for word in rest:
        key, equals, value = word.text.partition("=")
        if equals and _KEY.fullmatch(key) and not value.startswith("="):
            keywords.append((Word(key, word.place), Word(value, inside(word.place, len(key) + 1, value))))
        else:
            positional.append(word)
    return WrittenCall(kind, tuple(positional), tuple(keywords), place)


def parse_word_call(word: Word) -> WrittenCall:
    """The call inside a value: `relu`, `leaky_relu(0.2)`, `group_norm(32)`."""
    match = _WORD_CALL.fullmatch(word.text)
    if match is None:
        raise _no_word_call(word)
    name, arguments = match.groups()
    inner = (arguments or "").replace(",", " ")
    written = parse_call(f"{name} {inner}", word.place)  # a space for the bracket: all columns stay
    return WrittenCall(Word(name, word.place), written.positional, written.keywords, word.place)


def _no_word_call(word: Word) -> SpecError:
    """The error for `act='relu'`, `act=nn.ReLU()` and what is no layer at all."""
    from archcalc.spec.foreign.alone import foreign_word

    meant = foreign_word(word.text)
    help = f"write {meant}" if meant else "write a kind, or a kind with arguments: leaky_relu(0.2)"
    repair = Repair(word.text, meant) if meant else None
    return SpecError(f"`{word.text}` is not a layer", help=help, repair=repair).at(word.place)


def split_words(text: str) -> list[tuple[int, str]]:
    """Words between spaces, with their offsets; spaces inside brackets do not separate."""
    words = []
    depth = 0
    start: int | None = None
    for offset, character in enumerate(text):
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        if character.isspace() and depth <= 0:
            if start is not None:
                words.append((start, text[start:offset]))
            start = None
        elif start is None:
            start = offset
    if start is not None:
        words.append((start, text[start:]))
    return words


def inside(place: Place, offset: int, words: str) -> Place:
    """Where words stand in the text at a place; the place itself where its line does not hold them there.

    So it is where that text goes on in a further line, or has escapes.
    """
    column = place.column + offset
    if place.text.startswith(words, column - 1):
        return Place(place.file, place.line, column, len(words), place.text)
    return place


def _refuse_slips(kind: Word, rest: list[Word]) -> None:
    if ":" in kind.text:
        name, _, after = kind.text.partition(":")
        raise SpecError(
            f"`{kind.text}` needs a space after the colon",
            help=f"write `{name}: {after} ...` to name a layer, or `{name} {after} ...` to call a kind",
        ).at(kind.place)
    if kind.text.startswith("="):
        raise SpecError(f"`{kind.text}` is not a layer", help="write a call such as `conv 64 3x3`").at(kind.place)
    for before, word in zip([kind, *rest], rest, strict=False):
        after_equals = before.text.endswith("=") and len(before.text) > 1
        if word.text == "=" or after_equals or (word.text.startswith("=") and word.text[1:2] != "="):
            raise _spaced_equals(before, word, rest).at(word.place)
    following: list[Word | None] = [*rest, None]
    for word, next_word in zip([kind, *rest], following, strict=True):
        if word.text.endswith((",", ";")):
            raise _comma_error(word, next_word)


def _spaced_equals(before: Word, word: Word, rest: list[Word]) -> SpecError:
    """`stride = 2`, `stride =2` or `stride= 2`."""
    following = rest[rest.index(word) + 1 :]
    last = word if word.text.strip("=") else next(iter(following), None)
    repaired = f"{before.text.rstrip('=')}={last.text.lstrip('=') if last else '...'}"
    error = SpecError("there are spaces around `=`", help=f"write {repaired}")
    if last is not None:
        written = before.place.text[before.place.column - 1 : last.place.column + last.place.length - 1]
        if last.place.column > before.place.column and written.startswith(before.text) and written.endswith(last.text):
            error.repair = Repair(written, repaired, before.place)
    return error


def _comma_error(word: Word, after: Word | None) -> SpecError:
    """`conv 64 3x3, relu` or `stride=2, padding=1`."""
    bare = word.text.rstrip(",;")
    if after is not None and _WORD_CALL.fullmatch(after.text):
        problem = SpecError("two calls in one line", help="give each call a line of its own")
        return problem.at(after.place)
    repair = f"{bare} {after.text}" if after is not None else bare
    commas = word.text[len(bare) :]
    problem = SpecError("a call has no commas between its words", help=f"write `{repair}`", repair=Repair(commas, ""))
    return problem.at(inside(word.place, len(bare), commas))

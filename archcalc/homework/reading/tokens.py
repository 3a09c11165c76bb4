"""The words of an answer's expression: numbers in every notation, operators, brackets, names."""

from __future__ import annotations

import re
from fractions import Fraction

from archcalc.core.record import record
from archcalc.core.units import BYTE_UNITS, COUNT_UNITS
from archcalc.errors import AnswerError
from archcalc.homework.reading.characters import Cleaned

LARGEST_POWER_OF_TEN = 64


@record
class AnswerToken:
    """One word of an expression, from character `start` up to `stop`."""

    kind: str
    """number, name, the operator or bracket itself, or `end`."""
    text: str
    start: int
    stop: int
    value: Fraction = Fraction(0)
    step: Fraction | None = None
    """Of a number, the worth of its last digit where it was written rounded: 62.4M, 1.2e6."""
    in_bytes: bool = False
    thousands: int = 0
    """How many thousands its unit stands for: 1 for K and KiB, 2 for M and MiB."""


class Fault(AnswerError):
    """An answer cannot be read; `column` counts its characters from 0."""

    def __init__(self, what: str, column: int, length: int = 1, help: str | None = None) -> None:
        super().__init__(what, help=help)
        self.column = column
        self.length = length


class UnknownLetter(Fault):
    """A formula uses a name that stands for nothing."""


def words(source: Cleaned, kilo: int = 1000, letters: bool = False) -> list[AnswerToken]:
    """The words of a text, closed by an `end`. Raises Fault.

    Args:
        kilo: what K stands for, as do its powers M, G and T.
        letters: whether names stand for numbers: then K is no unit, and `K x K` is a product.
    """
    text = source.text
    found: list[AnswerToken] = []
    calls: list[bool] = []
    """For each open bracket, whether it holds the arguments of min or max, where a comma separates."""
    position = 0
    while position < len(text):
        if text[position] == " ":
            position += 1
            continue
        word = _word(text, position, grouped=not any(calls), after=found[-1] if found else None, letters=letters)
        if word.kind == "number" and not letters:
            word = _with_unit(text, word, kilo)
        if word.kind == "(":
            calls.append(bool(found) and found[-1].kind == "name" and found[-1].text in ("min", "max"))
        elif word.kind == ")" and calls:
            calls.pop()
        found.append(word)
        position = word.stop
    found.append(AnswerToken("end", "", len(text), len(text)))
    return found


def number(text: str, start: int, grouped: bool = True) -> AnswerToken:
    """The number that begins at `start`: digits, groups of three, decimals, a power of ten."""
    match = (_GROUPED if grouped else _PLAIN).match(text, start) or _PLAIN.match(text, start)
    assert match is not None
    _refuse_marks(text, match.start(), match.end(), grouped)
    whole, decimals, power = match["whole"], match["decimals"] or "", match["power"]
    exponent = int(power or 0) if len(power or "") < 6 else LARGEST_POWER_OF_TEN + 1
    if abs(exponent) > LARGEST_POWER_OF_TEN:
        raise Fault(f"powers of ten go up to {LARGEST_POWER_OF_TEN}", start, match.end() - start)
    stop = match.end()
    mantissa = int(re.sub("[^0-9]", "", whole) + decimals)
    worth = Fraction(10) ** (exponent - len(decimals))
    rounded = bool(decimals) or exponent != 0
    return AnswerToken("number", text[start:stop], start, stop, mantissa * worth, worth if rounded else None)


def _with_unit(text: str, word: AnswerToken, kilo: int) -> AnswerToken:
    """The number with the unit behind it, where one is: 62.4M, 58.1 MiB."""
    unit = _UNIT.match(text, word.stop)
    if unit is None or (known := _scale(unit["unit"], kilo)) is None:
        return word
    scale, in_bytes, thousands = known
    step = word.step * scale if word.step is not None else Fraction(scale) if scale != 1 else None
    whole = text[word.start : unit.end()]
    return AnswerToken("number", whole, word.start, unit.end(), word.value * scale, step, in_bytes, thousands)


_PLAIN = re.compile(r"(?P<whole>[0-9]+|(?=\.[0-9]))(?:\.(?P<decimals>[0-9]+))?(?:[eE](?P<power>[+-]?[0-9]+))?")
_GROUPED = re.compile(
    r"(?P<whole>[0-9]{1,3}(?P<mark>[,_' ])[0-9]{3}(?:(?P=mark)[0-9]{3})*(?![0-9]))"
    r"(?:\.(?P<decimals>[0-9]+))?(?:[eE](?P<power>[+-]?[0-9]+))?"
)
_UNIT = re.compile(r" ?(?P<unit>[A-Za-z]+)")
_NAME = re.compile(r"[^\W\d]\w*")
_OPERATOR = re.compile(r"\*\*|//|[-+*/^()\[\]⌊⌋⌈⌉,=]")

_WORDS_FOR_UNITS = {
    "k": "K", "thousand": "K", "million": "M", "mio": "M", "billion": "G", "bn": "G", "byte": "B", "bytes": "B",
    **{unit.lower(): unit for unit in BYTE_UNITS if len(unit) > 1},
}  # fmt: skip
_JOINS = frozenset("xX")
_FACTORS = frozenset({"number", ")", "⌋", "⌉"})
"""What a sign of multiplication may follow."""


def _word(text: str, position: int, grouped: bool, after: AnswerToken | None, letters: bool) -> AnswerToken:
    character = text[position]
    if character.isdigit() or re.match(r"\.[0-9]", text[position:]):
        if after is not None and after.kind in ("number", ")") and after.stop <= position:
            raise Fault("an operator is missing between the numbers", position, 1, "write the `*` of a product")
        return number(text, position, grouped)
    if character in _JOINS and after is not None and after.kind in (_FACTORS | {"name"} if letters else _FACTORS):
        return AnswerToken("*", character, position, position + 1)
    if match := _OPERATOR.match(text, position):
        kind = {"**": "^", "[": "(", "]": ")"}.get(match[0], match[0])
        return AnswerToken(kind, match[0], position, match.end())
    if match := _NAME.match(text, position):
        return AnswerToken("name", match[0], position, match.end())
    raise Fault(f"`{character}` means nothing in an answer", position)


def _scale(unit: str, kilo: int) -> tuple[int, bool, int] | None:
    """What one of the unit counts, whether it counts bytes, and its thousands; None for a word that is no unit."""
    unit = _WORDS_FOR_UNITS.get(unit.lower() if len(unit) > 1 else unit, unit)
    if unit in COUNT_UNITS:
        thousands = list(COUNT_UNITS).index(unit)
        return kilo**thousands, False, thousands
    return (BYTE_UNITS[unit], True, "BKMGT".index(unit[0].upper())) if unit in BYTE_UNITS else None


def _refuse_marks(text: str, start: int, stop: int, grouped: bool) -> None:
    """Commas, points and underscores behind a number that neither group threes nor begin decimals."""
    match = re.compile(r"[.,_'][0-9][0-9.,_']*" if grouped else r"[._'][0-9][0-9._']*").match(text, stop)
    if match is None:
        return
    whole = text[start : match.end()]
    if "." in text[start:stop] and match[0][0] == ",":
        help = "the point begins the decimals, commas group thousands: 1,234.5"
        raise Fault(f"`{whole}` has a comma after the point", start, len(whole), help)
    if match[0][0] == ".":
        raise Fault(f"`{whole}` has two points", start, len(whole), "groups of three take a comma: 1,234,567")
    help = "groups of three only: 1,234; decimals begin with a point: 1.5"
    raise Fault(f"`{whole}` is no number: its marks do not group thousands", start, len(whole), help)

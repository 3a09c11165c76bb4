"""Expressions of an answer: parsed into a tree whose nodes know their columns, and evaluated exactly.

+ - * / // ^, brackets, floor and ceiling, min and max. No name but those of the functions, and in a formula those of
its letters; nothing is executed.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from math import ceil, floor

from archcalc.core.record import record
from archcalc.homework.reading.characters import Cleaned
from archcalc.homework.reading.tokens import AnswerToken, Fault, UnknownLetter, words

LONGEST = 400
DEEPEST = 32
LARGEST_EXPONENT = 64
MOST_BITS = 256
"""Of the numerator and of the denominator of every value on the way."""


@record
class AnswerPart:
    """One part of an expression, with its value; `start` and `stop` are characters of the cleaned text."""

    kind: str
    """number, letter, +, -, *, /, //, ^, negate, floor, ceil, min or max."""
    parts: tuple[AnswerPart, ...]
    value: Fraction
    start: int
    stop: int
    word: AnswerToken | None = None
    """Of a number, as it was written."""
    bracketed: bool = False


def parse(source: Cleaned, kilo: int = 1000, letters: Mapping[str, Fraction] | None = None) -> AnswerPart:
    """The tree of a text. Raises Fault, its column that of the text as it was written.

    Args:
        kilo: what K stands for behind a number.
        letters: the numbers that letters stand for; then `2P` and `Cout(K*K + 1)` are products.
    """
    try:
        if len(source.text) > LONGEST:
            raise Fault(f"an answer has at most {LONGEST} characters", LONGEST)
        parser = _Parser(words(source, kilo, letters is not None), letters)
        node = parser.sum()
        parser.expect_end()
    except Fault as fault:
        start, stop = source.column(fault.column), source.column(fault.column + fault.length)
        raise type(fault)(fault.what, start, max(1, stop - start), fault.help) from None
    return node


def addends(node: AnswerPart, opening: bool = False) -> list[tuple[int, AnswerPart]]:
    """The terms of a sum, with their signs; a single term is a sum of one.

    Args:
        opening: whether a sum in brackets is opened too; brackets around all of it always are.
    """
    found: list[tuple[int, AnswerPart]] = []
    waiting = [(1, node)]
    while waiting:
        sign, part = waiting.pop()
        if part.kind in ("+", "-") and (opening or part is node or not part.bracketed):
            waiting += [(sign if part.kind == "+" else -sign, part.parts[1]), (sign, part.parts[0])]
        elif part.kind == "negate":
            waiting.append((-sign, part.parts[0]))
        else:
            found.append((sign, part))
    return found


class _Parser:
    """One token of look-ahead, one method for each level of precedence."""

    def __init__(self, found: list[AnswerToken], letters: Mapping[str, Fraction] | None) -> None:
        self.words = found
        self.letters = letters
        self.index = 0
        self.depth = 0

    @property
    def word(self) -> AnswerToken:
        return self.words[self.index]

    def take(self) -> AnswerToken:
        self.index += 1
        return self.words[self.index - 1]

    def sum(self) -> AnswerPart:
        node = self.product()
        while self.word.kind in ("+", "-"):
            node = _binary(self.take(), node, self.product())
        return node

    def product(self) -> AnswerPart:
        node = self.signed()
        while self.word.kind in ("*", "/", "//"):
            node = _binary(self.take(), node, self.signed())
        return node

    def signed(self) -> AnswerPart:
        if self.word.kind not in ("+", "-"):
            return self.joined()
        sign = self.take()
        self.deeper(sign)
        node = self.signed()
        self.depth -= 1
        if sign.kind == "+":
            return node
        return AnswerPart("negate", (node,), -node.value, sign.start, node.stop)

    def joined(self) -> AnswerPart:
        """A power; in a formula also powers side by side, whose product binds tighter than the signs: 2P, K^2 Cin."""
        node = self.power()
        while self.letters is not None and self.word.kind in ("name", "number", "(", "⌊", "⌈"):
            start = self.word.start
            node = _binary(AnswerToken("*", "", start, start), node, self.power())
        return node

    def power(self) -> AnswerPart:
        node = self.atom()
        if self.word.kind != "^":
            return node
        self.deeper(self.take())
        exponent = self.signed() if self.word.kind in ("+", "-") else self.power()
        self.depth -= 1
        return _power(node, exponent)

    def atom(self) -> AnswerPart:
        word = self.take()
        if word.kind == "number":
            _refuse_size(word.value, word.start, word.stop)
            return AnswerPart("number", (), word.value, word.start, word.stop, word)
        if word.kind == "(":
            return self.brackets(word)
        if word.kind in ("⌊", "⌈"):
            return self.rounding(word)
        if word.kind == "name":
            return self.call(word)
        raise _unexpected(word)

    def brackets(self, opening: AnswerToken) -> AnswerPart:
        self.deeper(opening)
        node = self.sum()
        closing = self.closing(opening, ")")
        self.depth -= 1
        return AnswerPart(node.kind, node.parts, node.value, opening.start, closing.stop, node.word, bracketed=True)

    def rounding(self, opening: AnswerToken) -> AnswerPart:
        """⌊x⌋ and ⌈x⌉."""
        self.deeper(opening)
        node = self.sum()
        closing = self.closing(opening, "⌋" if opening.kind == "⌊" else "⌉")
        self.depth -= 1
        return _rounded("floor" if opening.kind == "⌊" else "ceil", node, opening.start, closing.stop)

    def call(self, name: AnswerToken) -> AnswerPart:
        function = name.text.lower()
        if self.letters is not None and (self.word.kind != "(" or function not in _FUNCTIONS):
            return self.letter(name, self.letters)
        if function not in _FUNCTIONS:
            help = "an answer is computed from numbers; it may call floor, ceil, min and max"
            raise Fault(f"`{name.text}` is no number", name.start, name.stop - name.start, help)
        if self.word.kind != "(":
            raise Fault(f"`{name.text}` needs brackets", name.start, name.stop - name.start, f"write {function}( )")
        opening = self.take()
        self.deeper(opening)
        arguments = [self.sum()]
        while self.word.kind == "," and function in ("min", "max"):
            self.take()
            arguments.append(self.sum())
        closing = self.closing(opening, ")")
        self.depth -= 1
        if function in ("floor", "ceil"):
            return _rounded(function, arguments[0], name.start, closing.stop)
        best = (min if function == "min" else max)(part.value for part in arguments)
        return AnswerPart(function, tuple(arguments), best, name.start, closing.stop)

    def letter(self, name: AnswerToken, letters: Mapping[str, Fraction]) -> AnswerPart:
        """K, or letters joined by an x: KxKxCin."""
        if name.text in letters:
            return AnswerPart("letter", (), letters[name.text], name.start, name.stop)
        parts = list(re.finditer("[^xX]+", name.text))
        if len(parts) < 2 or any(part[0] not in letters for part in parts):
            raise UnknownLetter(f"`{name.text}` is no letter of this formula", name.start, name.stop - name.start)
        nodes = [
            AnswerPart("letter", (), letters[part[0]], name.start + part.start(), name.start + part.end())
            for part in parts
        ]
        return reduce(lambda left, right: _binary(AnswerToken("*", "x", left.stop, right.start), left, right), nodes)

    def closing(self, opening: AnswerToken, sign: str) -> AnswerToken:
        if self.word.kind != sign:
            if self.word.kind == "end":
                raise Fault(f"the `{opening.text}` is never closed", opening.start, 1, f"add `{sign}`")
            raise _unexpected(self.word)
        return self.take()

    def deeper(self, word: AnswerToken) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Fault(f"brackets go at most {DEEPEST} deep", word.start)

    def expect_end(self) -> None:
        if self.word.kind == ")":
            raise Fault("a `)` closes nothing", self.word.start)
        if self.word.kind != "end":
            raise _unexpected(self.word)


_FUNCTIONS = ("floor", "ceil", "min", "max")


def _binary(sign: AnswerToken, left: AnswerPart, right: AnswerPart) -> AnswerPart:
    if sign.kind in ("/", "//") and right.value == 0:
        raise Fault("a division by zero", sign.start, sign.stop - sign.start)
    value = _OPERATIONS[sign.kind](left.value, right.value)
    _refuse_size(value, left.start, right.stop)
    return AnswerPart(sign.kind, (left, right), value, left.start, right.stop)


_OPERATIONS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": lambda a, b: Fraction(a // b),
}


def _power(base: AnswerPart, exponent: AnswerPart) -> AnswerPart:
    """The power, its size known before it is taken."""
    times = exponent.value
    if times.denominator != 1 or not 0 <= times <= LARGEST_EXPONENT:
        help = f"exponents are whole numbers from 0 to {LARGEST_EXPONENT}"
        raise Fault("the exponent is out of reach", exponent.start, exponent.stop - exponent.start, help)
    bits = max(abs(base.value.numerator).bit_length(), base.value.denominator.bit_length())
    if (bits - 1) * int(times) > MOST_BITS:
        raise _too_large(base.start, exponent.stop)
    value = base.value ** int(times)
    _refuse_size(value, base.start, exponent.stop)
    return AnswerPart("^", (base, exponent), value, base.start, exponent.stop)


def _rounded(function: str, node: AnswerPart, start: int, stop: int) -> AnswerPart:
    value = floor(node.value) if function == "floor" else ceil(node.value)
    return AnswerPart(function, (node,), Fraction(value), start, stop)


def _refuse_size(value: Fraction, start: int, stop: int) -> None:
    if max(abs(value.numerator).bit_length(), value.denominator.bit_length()) > MOST_BITS:
        raise _too_large(start, stop)


def _too_large(start: int, stop: int) -> Fault:
    return Fault(f"a number of more than {MOST_BITS} bits", start, stop - start, "no network is that large")


def _unexpected(word: AnswerToken) -> Fault:
    if word.kind == "end":
        return Fault("the expression ends too soon", max(0, word.start - 1), 1, "a number is missing")
    if word.kind == ",":
        return Fault("a comma separates nothing here", word.start, 1, "thousands are grouped as in 1,234")
    help = "units are K, M, G, T, and of bytes kB, MB, GB, KiB, MiB, GiB" if word.kind == "name" else None
    return Fault(f"`{word.text}` cannot stand here", word.start, word.stop - word.start, help)

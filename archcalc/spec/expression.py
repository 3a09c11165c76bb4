"""Expressions of a spec: `4*c`, `round_to(32*width,8)`, `3x3`, `stride != 1 or in.c != 4*c`.

A small parser of our own, no `eval`: text -> words (lexer.py) -> closures over operations.py, with constants
folded on the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from math import inf
from typing import Any, NoReturn, TypeAlias

from archcalc.spec import operations
from archcalc.spec.addresses import ROOT
from archcalc.spec.lexer import ExpressionError, Token, tokens
from archcalc.spec.operations import FUNCTIONS, OPERATIONS, Value, bounded, truth

__all__ = ["DEEPEST", "LONGEST", "Expression", "ExpressionError", "Lookup", "Value", "parse", "truth"]

Lookup: TypeAlias = Callable[[str], Any]
"""The value of a name; raises where there is none."""

LONGEST = 400
"""Characters of one expression."""

DEEPEST = 32
"""Brackets, signs and `not` inside one another."""


class Expression:
    """A parsed text. Immutable; evaluating it runs closures, and a constant costs one attribute."""

    __slots__ = ("_columns", "_run", "constant", "names", "text", "value")

    def __init__(self, text: str, term: _Term, columns: dict[str, int]) -> None:
        self.text = text
        self.constant = term.constant
        self.value = term.value
        """The value of a constant, None for all others."""
        self.names = frozenset(columns)
        """The free names, dotted as written: `in.c`, `width`."""
        self._run = term.run
        self._columns = columns

    def evaluate(self, lookup: Lookup) -> Any:
        """The value (operations.Value), with `lookup` giving that of each name. Raises ExpressionError."""
        return self.value if self.constant else self._run(lookup)

    def column_of(self, name: str) -> int:
        """0-based offset of the first use of a name."""
        return self._columns[name]

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


@lru_cache(maxsize=8192)
def parse(text: str) -> Expression:
    """The expression of a text. Raises ExpressionError."""
    if _WHOLE_NUMBER.fullmatch(text):
        return Expression(text, _constant(bounded(int(text), 0)), {})
    if _SIZES.fullmatch(text):
        sizes = tuple(bounded(int(size), 0) for size in text.split("x"))
        return Expression(text, _constant(sizes), {})
    if len(text) > LONGEST:
        raise ExpressionError(f"an expression of {len(text):,} characters; the limit is {LONGEST}", LONGEST)
    return _Parser(text).parse()


def literal(text: str) -> Expression:
    """A text that is its own value."""
    return Expression(text, _constant(text), {})


_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}")
_SIZES = re.compile(r"-?[0-9]{1,18}(?:x-?[0-9]{1,18}){1,9}")
"""The two that stand in nearly every line, without the parser."""

_WORDS = {"yes": True, "true": True, "no": False, "false": False, "inf": inf}
"""The words that are values."""

_POWERS = {
    "or": 1, "and": 2,
    "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "+": 5, "-": 5,
    "*": 6, "/": 6, "//": 6, "%": 6,
}  # fmt: skip
"""How tightly each operator binds."""

_COUNTING = frozenset(["+", "-", "*", "/", "//", "%"])
"""Operators that bind less tightly than the `:` of a pair."""

_NOT, _COMPARISON, _SUM, _SIGN = 3, 4, 5, 7


class _Term:
    """A part of an expression: a constant with its value, or a closure; `start` to `end` in the text."""

    __slots__ = ("constant", "end", "run", "start", "value")

    def __init__(self, run: Callable[[Lookup], Any], constant: bool, value: Any) -> None:
        self.run = run
        self.constant = constant
        self.value = value
        self.start = self.end = 0


class _Parser:
    """Precedence climbing over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.index = 0
        self.depth = 0
        self.columns: dict[str, int] = {}

    def parse(self) -> Expression:
        if self.token.kind == "end":
            raise ExpressionError("an expression is missing", 0)
        term = self.operations(1)
        if self.token.kind != "end":
            self.refuse_rest(term)
        return Expression(self.text, term, self.columns)

    def operations(self, least: int) -> _Term:
        """Operators that bind at least as tightly as `least`, left to right."""
        left = self.operand()
        while (power := _POWERS.get(self.token.kind, 0)) >= least:
            operator = self.take()
            right = self.operations(power + 1)
            if power == _COMPARISON == _POWERS.get(self.token.kind):
                self.refuse_chain(left, operator, right)
            left = self.spanning(left.start, _operation(operator, left, right))
        return left

    def operand(self) -> _Term:
        token = self.token
        if token.kind not in ("not", "-", "+") or (
            self.is_negative(self.index) and self.tokens[self.index + 2].kind == ":"
        ):
            return self.size()
        self.take()
        self.enter(token)
        inner = self.operations(_NOT if token.kind == "not" else _SIGN)
        self.depth -= 1
        return self.spanning(token.start, _prefixed(token, inner))

    def size(self) -> _Term:
        """A factor, or factors joined by x."""
        start = self.token.start
        factors = [self.factor()]
        while self.token.kind == "join":
            self.take()
            factors.append(self.factor())
        if len(factors) == len(factors[0]) == 1:
            return factors[0][0]
        return self.spanning(start, _sized(factors))

    def factor(self) -> tuple[_Term, ...]:
        """One factor of a size: a number, a bracket, or two or three of them joined by `:`."""
        first = self.atom()
        if self.token.kind != ":":
            return (first,)
        colon = self.take()
        first_token = next(i for i, token in enumerate(self.tokens) if token.start == first.start)
        if self.tokens[first_token - 1].kind in _COUNTING and first_token > 1:
            self.refuse_pair("what is computed before `:` needs brackets", colon)
        if self.text[first.start].isalpha():
            self.refuse_pair("a name before `:` needs brackets", colon, first.start)
        starts = self.token.kind in ("number", "(") or self.is_negative(self.index)
        if not starts or (first.end, self.token.start) != (colon.start, colon.end):
            self.refuse_pair("`:` needs a number on both sides", colon)
        last = self.atom()
        if self.token.kind in _COUNTING:
            self.refuse_pair("what is computed after `:` needs brackets", colon)
        if self.token.kind != ":":
            return first, last
        self.take()
        return first, last, self.atom()

    def atom(self) -> _Term:
        token = self.take()
        if token.kind == "number":
            return self.spanning(token.start, _constant(operations.number(token.text, token.start)))
        if token.kind == "(":
            return self.bracket(token)
        if self.is_negative(self.index - 1):
            return self.spanning(token.start, _prefixed(token, self.atom()))
        if token.kind == ROOT and self.token.kind == "name" and self.token.start == token.end:
            return self.name(token.start, ROOT + self.take().text)
        if token.kind != "name":
            self.index -= 1
            self.refuse_operand(token)
        if self.token.kind == "(":
            return self.call(token)
        if token.text in _WORDS:
            return self.spanning(token.start, _constant(_WORDS[token.text]))
        return self.name(token.start, token.text)

    def name(self, start: int, name: str) -> _Term:
        self.columns.setdefault(name, start)
        return self.spanning(start, _Term(lambda lookup: lookup(name), False, None))

    def bracket(self, opening: Token) -> _Term:
        self.enter(opening)
        inner = self.operations(1)
        if self.token.kind != ")":
            self.refuse_bracket(opening, inner)
        self.take()
        self.depth -= 1
        return self.spanning(opening.start, _Term(inner.run, inner.constant, inner.value))

    def call(self, name: Token) -> _Term:
        if name.text not in FUNCTIONS:
            known = ", ".join(sorted(FUNCTIONS))
            raise ExpressionError(f"there is no function `{name.text}`", name.start, f"there are {known}")
        opening = self.take()
        self.enter(opening)
        arguments: list[_Term] = []
        while self.take_separator(opening, arguments):
            arguments.append(self.operations(1))
        self.depth -= 1
        return self.spanning(name.start, _called(name, arguments))

    def take_separator(self, opening: Token, before: list[_Term]) -> bool:
        """Pass the comma in front of an argument, or the bracket after the last; whether one more follows."""
        if self.token.kind == ")":
            self.take()
            return False
        if before and self.token.kind != ",":
            self.refuse_bracket(opening, before[-1])
        if before:
            self.take()
        return True

    def is_negative(self, index: int) -> bool:
        """Whether a negative number stands here, which needs no brackets in a size: `-1:2x-1`."""
        sign, number = self.tokens[index], self.tokens[min(index + 1, len(self.tokens) - 1)]
        return sign.kind == "-" and number.kind == "number" and number.start == sign.end

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        token = self.tokens[self.index]
        self.index = min(self.index + 1, len(self.tokens) - 1)
        return token

    def enter(self, token: Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError(f"nested deeper than {DEEPEST} levels", token.start)

    def spanning(self, start: int, term: _Term) -> _Term:
        """The term with its stretch of the text: from `start` to the last token taken."""
        term.start, term.end = start, self.tokens[self.index - 1].end
        return term

    def refuse_chain(self, left: _Term, first: Token, middle: _Term) -> NoReturn:
        second = self.take()
        right = self.operations(_SUM)
        a, b, c = (self.text[term.start : term.end] for term in (left, middle, right))
        help = f"write {a} {first.text} {b} and {b} {second.text} {c}"
        raise ExpressionError("comparisons do not chain", second.start, help)

    def refuse_pair(self, what: str, colon: Token, column: int | None = None) -> NoReturn:
        """A side of `before:after` that is no number and has no brackets."""
        from archcalc.spec.pairs import with_brackets

        at = colon.start if column is None else column
        instead = with_brackets(self.text, self.tokens, colon, _is_value)
        raise ExpressionError(what, at, "write before:after, as 0:1", instead)

    def refuse_operand(self, token: Token) -> NoReturn:
        if token.kind == "end":
            raise ExpressionError("the expression breaks off", token.start)
        if token.kind == ")" and self.depth == 0:
            raise ExpressionError("`)` closes nothing", token.start, "delete it")
        raise ExpressionError(f"a value is missing before `{token.text}`", token.start)

    def refuse_bracket(self, opening: Token, inner: _Term) -> NoReturn:
        if self.token.kind == "end":
            raise ExpressionError("`(` is never closed", opening.start, "add )")
        self.refuse_rest(inner)

    def refuse_rest(self, before: _Term) -> NoReturn:
        """What follows a whole value, and cannot."""
        token = self.token
        written = self.text[before.start : before.end]
        if token.kind == ")":
            raise ExpressionError("`)` closes nothing", token.start, "delete it")
        if token.kind == ",":
            raise ExpressionError("`,` stands only between the arguments of a function", token.start, _comma_help(self))
        if token.kind in (":", "join"):
            raise ExpressionError(f"`{token.text}` joins nothing here", token.start)
        what = f"an operator is missing before `{token.text}`"
        raise ExpressionError(what, token.start, _missing_operator(written, token, before.end))


def _is_value(text: str) -> bool:
    """Whether a part of a text could stand alone."""
    try:
        return bool(_Parser(text).parse())
    except ExpressionError:
        return False


def _comma_help(parser: _Parser) -> str | None:
    match = re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+", parser.text)
    return f"write {parser.text.replace(',', '')}" if match else None


def _missing_operator(written: str, token: Token, end: int) -> str | None:
    if token.start == end and written.isalnum():
        size = re.fullmatch(r"[xX]([0-9A-Za-z_]+)", token.text)
        if size and written.isdecimal():
            factor = size[1] if size[1].isdecimal() else f"({size[1]})"
            return f"write {written}x{factor}"
        return f"write {written}*{token.text}"
    return "write 3x3 without spaces" if token.text == "x" else None


def _constant(value: Any) -> _Term:
    return _Term(lambda _: value, True, value)


def _folded(run: Callable[[Lookup], Any], *parts: _Term) -> _Term:
    """The term that runs a closure; where all its parts are constants, their value."""
    if all(part.constant for part in parts):
        return _constant(run(_no_names))
    return _Term(run, False, None)


def _no_names(name: str) -> NoReturn:
    raise AssertionError(f"a constant looked up {name}")


def _operation(operator: Token, left: _Term, right: _Term) -> _Term:
    if operator.kind in ("and", "or"):
        return _logical(operator.kind == "or", left, right)
    compute, column = OPERATIONS[operator.kind], operator.start
    a, b, run_a, run_b = left.value, right.value, left.run, right.run
    if left.constant and right.constant:
        return _constant(compute(a, b, column))
    if left.constant:
        return _Term(lambda lookup: compute(a, run_b(lookup), column), False, None)
    if right.constant:
        return _Term(lambda lookup: compute(run_a(lookup), b, column), False, None)
    return _Term(lambda lookup: compute(run_a(lookup), run_b(lookup), column), False, None)


def _logical(decides: bool, left: _Term, right: _Term) -> _Term:
    """`or` (decided by a true left side) and `and` (by a false one); then the right side is not evaluated."""
    run_left, run_right, start_left, start_right = left.run, right.run, left.start, right.start

    def run(lookup: Lookup) -> bool:
        if truth(run_left(lookup), start_left) is decides:
            return decides
        return truth(run_right(lookup), start_right)

    return _folded(run, left, right)


def _prefixed(sign: Token, inner: _Term) -> _Term:
    run, start, column, negate = inner.run, inner.start, sign.start, sign.kind == "-"
    if sign.kind == "not":
        return _folded(lambda lookup: not truth(run(lookup), start), inner)
    return _folded(lambda lookup: operations.signed(run(lookup), negate, column), inner)


def _sized(factors: list[tuple[_Term, ...]]) -> _Term:
    """A size; each factor is a term, or the terms of `before:after` or `start:stop:step`, which are whole numbers."""

    def run(lookup: Lookup) -> tuple[Any, ...]:
        sizes = [
            tuple(
                (operations.sized if len(factor) == 1 else operations.whole)(term.run(lookup), term.start)
                for term in factor
            )
            for factor in factors
        ]
        return tuple(size if len(size) > 1 else size[0] for size in sizes)

    return _folded(run, *(term for factor in factors for term in factor))


def _called(name: Token, arguments: list[_Term]) -> _Term:
    function = FUNCTIONS[name.text]
    if not function.accepts(len(arguments)):
        what = f"{name.text} needs {function.takes}; here it has {len(arguments)}"
        raise ExpressionError(what, name.start)

    def run(lookup: Lookup) -> Any:
        values = [(argument.run(lookup), argument.start) for argument in arguments]
        return operations.call(name.text, values, name.start)

    return _folded(run, *arguments)

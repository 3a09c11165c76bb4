"""Expressions of a spec: `4*c`, `round_to(32*width,8)`, `3x3`, `stride != 1 or in.c != 4*c`.

A small parser of our own, no `eval`: text -> tokens -> closures, constants folded on the way. Numbers are exact
(ints, and fractions for 0.75); `yes` and `no` count as 1 and 0 in arithmetic. Whatever a lookup returns is only
ever combined by its own operators, so a traced int keeps its trace.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeAlias

from archcalc.errors import SpecError
from archcalc.layers.arguments import show

if TYPE_CHECKING:
    from fractions import Fraction

    Value: TypeAlias = int | Fraction | str | tuple[int | tuple[int, int], ...]
    """A number, a flag, a bare word, or sizes: `3x3` is (3, 3), `0:1x2:3` is ((0, 1), (2, 3))."""

Lookup: TypeAlias = "Callable[[str], Value]"
_Run: TypeAlias = "Callable[[Lookup], Value]"
_Operation: TypeAlias = "Callable[[Any, Any, int], Value]"

LARGEST = 10**15
"""No literal and no result may be larger, in absolute value."""

FINEST = 10**30
"""No fraction may have a larger denominator."""

LONGEST = 400
"""Characters of one expression."""

DEEPEST = 32
"""Brackets and signs inside one another."""


class ExpressionError(SpecError):
    """An expression is wrong; `column` is the 0-based offset of the fault in its text."""

    def __init__(self, what: str, column: int, help: str | None = None) -> None:
        super().__init__(what, help=help)
        self.column = column


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

    def evaluate(self, lookup: Lookup) -> Value:
        """The value, with `lookup` giving the value of each name. Raises ExpressionError."""
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
        return Expression(text, _constant(_bounded(int(text), 0)), {})
    if _SIZES.fullmatch(text):
        sizes = tuple(_bounded(int(size), 0) for size in text.split("x"))
        return Expression(text, _constant(sizes), {})
    if len(text) > LONGEST:
        raise ExpressionError(f"an expression of {len(text)} characters; the limit is {LONGEST}", LONGEST)
    return _Parser(text).parse()


def truth(value: Value, column: int = 0) -> bool:
    """The value of a condition: yes, no, 1 or 0. Raises ExpressionError."""
    if isinstance(value, int) and value in (0, 1):
        return value == 1
    raise ExpressionError(
        f"a condition is yes or no, here it is {show(value)}", column, "compare it: `c > 0`, `c != 1`"
    )


_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}")
_SIZES = re.compile(r"-?[0-9]{1,18}(?:x-?[0-9]{1,18}){1,9}")


# --- tokens ---------------------------------------------------------------------------------------------------


class _Token(NamedTuple):
    kind: str
    """number, name, or the operator itself; `join` is the x of a size, `end` the end of the text."""
    text: str
    start: int


_TOKEN = re.compile(
    r"(?P<space>[ \t]+)"
    r"|(?P<dotted>[0-9][0-9A-Za-z_]*(?:\.[0-9A-Za-z_]+)*\.[A-Za-z_][0-9A-Za-z_]*)"  # 1x1.c: a layer's name
    r"|(?P<number>[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][0-9A-Za-z_]*(?:\.[0-9A-Za-z_]+)*)"
    r"|(?P<operator>==|!=|<=|>=|//|[-+*/%<>(),:])"
)
_JOIN = re.compile(r"x(?=-?[0-9(])")
_KEYWORDS = frozenset({"or", "and", "not"})
_FLAGS = {"yes": True, "true": True, "no": False, "false": False}

_FOREIGN = {
    "**": ("there is no power operator", "write k*k"),
    "^": ("there is no power operator", "write k*k"),
    "=>": ("`=>` is no comparison", "write >="),
    "=<": ("`=<` is no comparison", "write <="),
    "=": ("one `=` compares nothing", "write =="),
    "&": ("`&` is no operator", "write and"),
    "|": ("`|` is no operator", "write or"),
    "!": ("`!` is no operator", "write not"),
    "×": ("`×` is no operator", "write * for a product, 3x3 for a size"),
    "·": ("`·` is no operator", "write *"),
    "÷": ("`÷` is no operator", "write / or //"),
    "−": ("`−` is not the minus sign of the keyboard", "write -"),
    "–": ("`–` is not the minus sign of the keyboard", "write -"),
    ".": ("a number does not begin with a point", "write 0.5, not .5"),
}


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while position < len(text):
        match = _JOIN.match(text, position) if _may_join(tokens, position) else None
        if match:
            tokens.append(_Token("join", "x", position))
        else:
            match = _TOKEN.match(text, position)
            if match is None or text.startswith("**", position):
                raise _foreign(text, position)
            if match.lastgroup != "space":
                tokens.append(_token(match))
        position = match.end()
    tokens.append(_Token("end", "", max(0, len(text) - 1)))
    return tokens


def _token(match: re.Match[str]) -> _Token:
    group, text = match.lastgroup, match.group()
    if group == "operator" or text in _KEYWORDS:
        kind = text
    else:
        kind = "name" if group == "dotted" else str(group)
    return _Token(kind, text, match.start())


def _may_join(tokens: list[_Token], position: int) -> bool:
    """Whether an x at `position` would join sizes: right after a number or a closing bracket."""
    if not tokens:
        return False
    last = tokens[-1]
    return last.kind in ("number", ")") and last.start + len(last.text) == position


def _foreign(text: str, position: int) -> ExpressionError:
    for sign, (what, help) in _FOREIGN.items():
        if text.startswith(sign, position):
            return ExpressionError(what, position, help)
    return ExpressionError(f"`{text[position]}` means nothing in an expression", position)


# --- grammar --------------------------------------------------------------------------------------------------


class _Term:
    """A part of an expression: a constant with its value, or a closure; `start` to `end` in the text."""

    __slots__ = ("constant", "end", "run", "start", "value")

    def __init__(self, run: _Run, constant: bool, value: Any) -> None:
        self.run = run
        self.constant = constant
        self.value = value
        self.start = self.end = 0


def _constant(value: Value) -> _Term:
    return _Term(lambda _: value, True, value)


def _variable(run: _Run) -> _Term:
    return _Term(run, False, None)


_POWERS = {
    "or": 1, "and": 2,
    "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "+": 5, "-": 5,
    "*": 6, "/": 6, "//": 6, "%": 6,
}  # fmt: skip
"""How tightly each operator binds; `not` stands at 3, a sign at 7."""


class _Parser:
    """Precedence climbing over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
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
            if power == 4 and _POWERS.get(self.token.kind) == 4:
                self.refuse_chain(left, operator, right)
            left = self.spanning(left.start, _operation(operator, left, right))
        return left

    def operand(self) -> _Term:
        token = self.token
        if token.kind not in ("not", "-", "+"):
            return self.size()
        self.take()
        self.enter(token)
        inner = self.operations(3 if token.kind == "not" else 7)
        self.depth -= 1
        return self.spanning(token.start, _prefixed(token, inner))

    def size(self) -> _Term:
        """A factor, or factors joined by x."""
        start = self.token.start
        factors = [self.factor()]
        while self.token.kind == "join":
            self.take()
            factors.append(self.factor())
        if len(factors) == 1 and not isinstance(factors[0], tuple):
            return factors[0]
        return self.spanning(start, _sized(factors, start))

    def factor(self) -> _Term | tuple[_Term, _Term]:
        """One factor of a size: a number, a bracket, or two of them joined by `:`."""
        first = self.atom()
        if self.token.kind != ":":
            return first
        colon = self.take()
        if self.text[first.start].isalpha():
            written = self.text[first.start : first.end]
            raise ExpressionError("a name before `:` needs brackets", first.start, f"write ({written}):1")
        if self.token.kind not in ("number", "(") or self.token.start != colon.start + 1:
            raise ExpressionError("`:` needs a number on both sides", colon.start, "write before:after, as 0:1")
        return first, self.atom()

    def atom(self) -> _Term:
        token = self.take()
        if token.kind == "number":
            return self.spanning(token.start, _constant(_number(token)))
        if token.kind == "(":
            return self.bracket(token)
        if token.kind == "-" and self.tokens[self.index - 2].kind == "join" and self.token.kind == "number":
            return self.spanning(token.start, _prefixed(token, self.atom()))
        if token.kind != "name":
            self.index -= 1
            self.refuse_operand(token)
        if self.token.kind == "(":
            return self.call(token)
        if token.text in _FLAGS:
            return self.spanning(token.start, _constant(_FLAGS[token.text]))
        name = token.text
        self.columns.setdefault(name, token.start)
        return self.spanning(token.start, _variable(lambda lookup: lookup(name)))

    def bracket(self, opening: _Token) -> _Term:
        self.enter(opening)
        inner = self.operations(1)
        if self.token.kind != ")":
            self.refuse_bracket(opening, inner)
        self.take()
        self.depth -= 1
        return self.spanning(opening.start, _Term(inner.run, inner.constant, inner.value))

    def call(self, name: _Token) -> _Term:
        if name.text not in _FUNCTIONS:
            known = ", ".join(sorted(_FUNCTIONS))
            raise ExpressionError(f"there is no function `{name.text}`", name.start, f"there are {known}")
        opening = self.take()
        self.enter(opening)
        arguments: list[_Term] = []
        while self.token.kind != ")":
            arguments.append(self.operations(1))
            if self.token.kind == ",":
                self.take()
            elif self.token.kind != ")":
                self.refuse_bracket(opening, arguments[-1])
        self.take()
        self.depth -= 1
        return self.spanning(name.start, _called(name, arguments))

    @property
    def token(self) -> _Token:
        return self.tokens[self.index]

    def take(self) -> _Token:
        token = self.tokens[self.index]
        self.index = min(self.index + 1, len(self.tokens) - 1)
        return token

    def enter(self, token: _Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError(f"nested deeper than {DEEPEST} levels", token.start)

    def spanning(self, start: int, term: _Term) -> _Term:
        """The term with its stretch of the text: from `start` to the last token taken."""
        last = self.tokens[self.index - 1]
        term.start, term.end = start, last.start + len(last.text)
        return term

    def refuse_chain(self, left: _Term, first: _Token, middle: _Term) -> NoReturn:
        second = self.take()
        right = self.operations(5)
        a, b, c = (self.text[term.start : term.end] for term in (left, middle, right))
        help = f"write {a} {first.text} {b} and {b} {second.text} {c}"
        raise ExpressionError("comparisons do not chain", second.start, help)

    def refuse_operand(self, token: _Token) -> NoReturn:
        if token.kind == "end":
            raise ExpressionError("the expression breaks off", token.start)
        if token.kind == ")" and self.depth == 0:
            raise ExpressionError("`)` closes nothing", token.start, "delete it")
        raise ExpressionError(f"a value is missing before `{token.text}`", token.start)

    def refuse_bracket(self, opening: _Token, inner: _Term) -> NoReturn:
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


def _comma_help(parser: _Parser) -> str | None:
    match = re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+", parser.text)
    return f"write {parser.text.replace(',', '')}" if match else None


def _missing_operator(written: str, token: _Token, end: int) -> str | None:
    if token.start == end and written.isalnum():
        size = re.fullmatch(r"[xX]([0-9A-Za-z_]+)", token.text)
        if size and written.isdecimal():
            factor = size[1] if size[1].isdecimal() else f"({size[1]})"
            return f"write {written}x{factor}"
        return f"write {written}*{token.text}"
    return "write 3x3 without spaces" if token.text == "x" else None


def _number(token: _Token) -> Value:
    text = token.text.replace("_", "")
    if text.isdecimal():
        return _bounded(int(text), token.start) if len(text) < 40 else _too_large(token.start)
    exponent = int(text.lower().partition("e")[2][:9] or 0)
    if exponent > 15:
        return _too_large(token.start)
    if exponent < -30:
        raise _too_fine(token.start)
    from fractions import Fraction

    return _bounded(Fraction(text), token.start)


# --- meaning --------------------------------------------------------------------------------------------------


def _bounded(value: Any, column: int) -> Any:
    """The number itself, as an int where it is whole. Raises ExpressionError past the limits."""
    if not isinstance(value, int):
        if value.denominator == 1:
            value = value.numerator
        elif value.denominator > FINEST:
            raise _too_fine(column)
    if -LARGEST <= value <= LARGEST:
        return value
    return _too_large(column)


def _too_large(column: int) -> NoReturn:
    raise ExpressionError("a number above 10^15, the limit", column)


def _too_fine(column: int) -> ExpressionError:
    return ExpressionError("a fraction finer than 1/10^30, the limit", column)


def _operation(operator: _Token, left: _Term, right: _Term) -> _Term:
    column = operator.start
    if operator.kind in ("and", "or"):
        return _logical(operator, left, right)
    operation = _OPERATIONS[operator.kind]
    if left.constant and right.constant:
        return _constant(operation(left.value, right.value, column))
    run_left, run_right, a, b = left.run, right.run, left.value, right.value
    if left.constant:
        return _variable(lambda lookup: operation(a, run_right(lookup), column))
    if right.constant:
        return _variable(lambda lookup: operation(run_left(lookup), b, column))
    return _variable(lambda lookup: operation(run_left(lookup), run_right(lookup), column))


def _logical(operator: _Token, left: _Term, right: _Term) -> _Term:
    """`and` and `or`: the right side is evaluated only where the left does not decide."""
    run_left, run_right, decides = left.run, right.run, operator.kind == "or"
    start_left, start_right = left.start, right.start

    def run(lookup: Lookup) -> bool:
        if truth(run_left(lookup), start_left) is decides:
            return decides
        return truth(run_right(lookup), start_right)

    return _constant(run(_no_names)) if left.constant and right.constant else _variable(run)


def _prefixed(sign: _Token, inner: _Term) -> _Term:
    run, start = inner.run, inner.start
    if sign.kind == "not":
        term = _variable(lambda lookup: not truth(run(lookup), start))
    else:
        negate, column = sign.kind == "-", sign.start
        term = _variable(lambda lookup: _signed(run(lookup), negate, column))
    return _constant(term.run(_no_names)) if inner.constant else term


def _signed(value: Any, negate: bool, column: int) -> Any:
    if not _is_number(value):
        raise ExpressionError(f"{show(value)} has no sign", column)
    return -value if negate else +value


def _sized(factors: list[_Term | tuple[_Term, _Term]], column: int) -> _Term:
    """A size of one factor or more; a factor is a term, or the two terms of `before:after`."""
    pairs = [factor if isinstance(factor, tuple) else (factor,) for factor in factors]

    def run(lookup: Lookup) -> Value:
        sizes = [tuple(_whole(term.run(lookup), term.start) for term in pair) for pair in pairs]
        return tuple(size if len(size) == 2 else size[0] for size in sizes)

    constant = all(term.constant for pair in pairs for term in pair)
    return _constant(run(_no_names)) if constant else _variable(run)


def _whole(value: Any, column: int) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ExpressionError(f"a size needs whole numbers, got {show(value)}", column)


def _called(name: _Token, arguments: list[_Term]) -> _Term:
    function, least, most = _FUNCTIONS[name.text]
    if not least <= len(arguments) <= most:
        raise ExpressionError(_wrong_count(name.text, len(arguments)), name.start)
    runs = [(argument.run, argument.start) for argument in arguments]
    column = name.start

    def run(lookup: Lookup) -> Value:
        return _bounded(function(column, *(_argument(r(lookup), name.text, start) for r, start in runs)), column)

    return _constant(run(_no_names)) if all(a.constant for a in arguments) else _variable(run)


def _argument(value: Any, function: str, column: int) -> Any:
    if _is_number(value):
        return +value if isinstance(value, bool) else value
    raise ExpressionError(f"{function} needs numbers, got {show(value)}", column)


def _wrong_count(function: str, count: int) -> str:
    wanted = {"min": "two arguments or more", "max": "two arguments or more", "round_to": "two arguments: x, step"}
    return f"{function} needs {wanted.get(function, 'one argument')}; here it has {count}"


def _no_names(name: str) -> NoReturn:
    raise AssertionError(f"a constant looked up {name}")


def _is_number(value: Any) -> bool:
    return not isinstance(value, str | tuple)


def _arithmetic(verb: str, compute: Callable[[Any, Any], Any]) -> _Operation:
    def operation(a: Any, b: Any, column: int) -> Value:
        if isinstance(a, str | tuple) or isinstance(b, str | tuple):
            raise ExpressionError(f"cannot {verb.format(show(a), show(b))}", column)
        return _bounded(compute(a, b), column)  # type: ignore[no-any-return]

    return operation


def _dividing(verb: str, compute: Callable[[Any, Any], Any]) -> _Operation:
    divide = _arithmetic(verb, compute)

    def operation(a: Any, b: Any, column: int) -> Value:
        if _is_number(b) and b == 0:
            raise ExpressionError("division by zero", column)
        return divide(a, b, column)

    return operation


def _ordering(compare: Callable[[Any, Any], bool]) -> _Operation:
    def operation(a: Any, b: Any, column: int) -> bool:
        if isinstance(a, str | tuple) or isinstance(b, str | tuple):
            raise ExpressionError(f"cannot order {show(a)} and {show(b)}", column)
        return compare(a, b)

    return operation


def _divide(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int):
        if a % b == 0:
            return a // b
        from fractions import Fraction

        return Fraction(a, b)
    return a / b


def _round_to(column: int, x: Any, step: Any) -> Any:
    """The multiple of `step` nearest to x, ties up, at least `step` and never below 90 % of x.

    Source: `_make_divisible` of the MobileNet papers (Sandler et al. 2018), as in torchvision.
    """
    if not isinstance(step, int) or step < 1:
        raise ExpressionError(f"round_to needs a whole step of at least 1, got {show(step)}", column)
    nearest = max(step, (2 * x + step) // (2 * step) * step)
    return nearest + step if 10 * nearest < 9 * x else nearest


_OPERATIONS: dict[str, _Operation] = {
    "+": _arithmetic("add {} and {}", lambda a, b: a + b),
    "-": _arithmetic("subtract {1} from {0}", lambda a, b: a - b),
    "*": _arithmetic("multiply {} and {}", lambda a, b: a * b),
    "/": _dividing("divide {} by {}", _divide),
    "//": _dividing("divide {} by {}", lambda a, b: a // b),
    "%": _dividing("divide {} by {}", lambda a, b: a % b),
    "==": lambda a, b, _: a == b,
    "!=": lambda a, b, _: a != b,
    "<": _ordering(lambda a, b: a < b),
    "<=": _ordering(lambda a, b: a <= b),
    ">": _ordering(lambda a, b: a > b),
    ">=": _ordering(lambda a, b: a >= b),
}

_ANY = LONGEST
_FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "min": (lambda _, *numbers: min(numbers), 2, _ANY),
    "max": (lambda _, *numbers: max(numbers), 2, _ANY),
    "ceil": (lambda _, x: x if isinstance(x, int) else -(-x // 1), 1, 1),
    "floor": (lambda _, x: x if isinstance(x, int) else x // 1, 1, 1),
    "round_to": (_round_to, 2, 2),
}
"""Name -> what it computes from its column and arguments, and how many arguments it takes."""

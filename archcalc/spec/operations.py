"""What the operators and functions of an expression compute, and their limits.

Numbers are exact: ints, and fractions for 0.75 and 1/3, as ints again where they come out whole. `yes` and `no`
count as 1 and 0. Operands meet only through Python's own operators, so a traced int keeps its trace.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeAlias

from archcalc.layers.arguments import show
from archcalc.spec.lexer import ExpressionError

if TYPE_CHECKING:
    from fractions import Fraction

Value: TypeAlias = "int | Fraction | float | str | tuple[int | tuple[int, ...], ...]"
"""A number, a flag, inf (the only float), a bare word, or sizes: `3x3` is (3, 3), `0:1x2:3` is ((0, 1), (2, 3))."""

Operation: TypeAlias = Callable[[Any, Any, int], Any]
"""Both operands, and the column to blame."""

LARGEST = 10**15
"""No literal and no result may be larger, in absolute value."""

FINEST = 10**30
"""No fraction may have a larger denominator."""


class Function(NamedTuple):
    """One function: what it computes from its arguments and column, and how many it takes."""

    compute: Callable[[list[Any], int], Any]
    least: int
    most: int | None
    takes: str

    def accepts(self, count: int) -> bool:
        return self.least <= count and (self.most is None or count <= self.most)


def truth(value: Value, column: int = 0) -> bool:
    """The value of a condition: yes, no, 1 or 0. Raises ExpressionError."""
    if isinstance(value, int) and value in (0, 1):
        return value == 1
    raise ExpressionError(f"a condition is yes or no, here it is {show(value)}", column, "compare it, as in c > 0")


def number(text: str, column: int) -> Any:
    """The exact number of a literal: 64, 1_000, 0.75, 1e-5. Raises ExpressionError past the limits."""
    text = text.replace("_", "")
    if text.isdecimal():
        return bounded(int(text), column) if len(text) < 40 else _too_large(column)
    mantissa, _, exponent = text.lower().partition("e")
    if len(exponent) > 4 or len(mantissa) > 60:  # before a power of ten of a billion digits is built
        raise ExpressionError("a number of too many digits", column)
    from fractions import Fraction

    return bounded(Fraction(text), column)


def bounded(value: Any, column: int) -> Any:
    """The number itself, as an int where it is whole. Raises ExpressionError past the limits."""
    if not isinstance(value, int):
        if value.denominator == 1:
            value = value.numerator
        elif value.denominator > FINEST:
            raise ExpressionError("a fraction finer than 1/10^30, the limit", column)
    if -LARGEST <= value <= LARGEST:
        return value
    return _too_large(column)


def whole(value: Any, column: int) -> Any:
    """A whole number, as a size needs it. Raises ExpressionError."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ExpressionError(f"a size needs whole numbers, got {show(value)}", column)


def sized(value: Any, column: int) -> Any:
    """One number of a size or of a list of numbers; which of the two an argument takes, its type says.

    Raises ExpressionError.
    """
    return value if _is_number(value) and not isinstance(value, bool) else whole(value, column)


def signed(value: Any, negate: bool, column: int) -> Any:
    """`-value` or `+value`. Raises ExpressionError."""
    if isinstance(value, float):  # inf
        return -value if negate else value
    if not _is_number(value):
        raise ExpressionError(f"{show(value)} has no sign", column)
    if isinstance(value, bool):
        value = int(value)
    return -value if negate else value


def call(name: str, arguments: list[tuple[Any, int]], column: int) -> Any:
    """The function of this name on its arguments, each with its column. Raises ExpressionError."""
    numbers = [_argument(name, value, at) for value, at in arguments]
    return bounded(FUNCTIONS[name].compute(numbers, column), column)


def _argument(function: str, value: Any, column: int) -> Any:
    if not _is_number(value):
        raise ExpressionError(f"{function} needs numbers, got {show(value)}", column)
    return int(value) if isinstance(value, bool) else value


def _too_large(column: int) -> NoReturn:
    raise ExpressionError("a number above 10^15, the limit", column)


def _is_number(value: Any) -> bool:
    """Whether one computes with it; with inf nobody does."""
    return not isinstance(value, str | tuple | float)


def _arithmetic(verb: str, compute: Callable[[Any, Any], Any], divides: bool = False) -> Operation:
    def operation(a: Any, b: Any, column: int) -> Any:
        if not (_is_number(a) and _is_number(b)):
            raise ExpressionError(f"cannot {verb.format(show(a), show(b))}", column)
        if divides and b == 0:
            raise ExpressionError("division by zero", column)
        return bounded(compute(a, b), column)

    return operation


def _ordering(compare: Callable[[Any, Any], bool]) -> Operation:
    def operation(a: Any, b: Any, column: int) -> bool:
        if not (_is_number(a) and _is_number(b)):
            raise ExpressionError(f"cannot order {show(a)} and {show(b)}", column)
        return compare(a, b)

    return operation


def _equality(compare: Callable[[Any, Any], Any]) -> Operation:
    """Equal or not; a word and a number are a slip (`mode == 3`), not a no."""

    def operation(a: Any, b: Any, column: int) -> bool:
        if isinstance(a, str) != isinstance(b, str):
            raise ExpressionError(f"cannot compare {show(a)} with {show(b)}", column)
        return bool(compare(a, b))

    return operation


def _divide(a: Any, b: Any) -> Any:
    if not (isinstance(a, int) and isinstance(b, int)):
        return a / b
    if a % b == 0:
        return a // b
    from fractions import Fraction

    return Fraction(a, b)


def _round_to(numbers: list[Any], column: int) -> Any:
    """The multiple of `step` nearest to x, ties up, at least `step` and never below 90 % of x.

    Source: MobileNetV2 (Sandler et al. 2018), whose code and torchvision call it `_make_divisible`.
    """
    x, step = numbers
    if not isinstance(step, int) or step < 1:
        raise ExpressionError(f"round_to needs a whole step of at least 1, got {show(step)}", column)
    nearest = max(step, (2 * x + step) // (2 * step) * step)
    return nearest + step if 10 * nearest < 9 * x else nearest


def _ceil(x: Any) -> Any:
    return x if isinstance(x, int) else -(-x // 1)


def _floor(x: Any) -> Any:
    return x if isinstance(x, int) else x // 1


OPERATIONS: dict[str, Operation] = {
    "+": _arithmetic("add {0} and {1}", lambda a, b: a + b),
    "-": _arithmetic("subtract {1} from {0}", lambda a, b: a - b),
    "*": _arithmetic("multiply {0} and {1}", lambda a, b: a * b),
    "/": _arithmetic("divide {0} by {1}", _divide, divides=True),
    "//": _arithmetic("divide {0} by {1}", lambda a, b: a // b, divides=True),
    "%": _arithmetic("divide {0} by {1}", lambda a, b: a % b, divides=True),
    "==": _equality(lambda a, b: a == b),
    "!=": _equality(lambda a, b: a != b),
    "<": _ordering(lambda a, b: a < b),
    "<=": _ordering(lambda a, b: a <= b),
    ">": _ordering(lambda a, b: a > b),
    ">=": _ordering(lambda a, b: a >= b),
}

FUNCTIONS: dict[str, Function] = {
    "ceil": Function(lambda numbers, _: _ceil(numbers[0]), 1, 1, "one argument"),
    "floor": Function(lambda numbers, _: _floor(numbers[0]), 1, 1, "one argument"),
    "max": Function(lambda numbers, _: max(numbers), 2, None, "two arguments or more"),
    "min": Function(lambda numbers, _: min(numbers), 2, None, "two arguments or more"),
    "round_to": Function(_round_to, 2, 2, "two arguments, x and step"),
}

"""Ints that remember how they were computed, so that a rule run on them prints its own formula.

`Window(trace(11, "K"), trace(4, "s")).output(trace(227, "W"))` is 55, its `formula()` reads
`⌊(227 − 11)/4⌋ + 1` and its `symbolic()` reads `⌊(W − K)/s⌋ + 1`: the formula cannot drift from the number.
"""

from __future__ import annotations

from typing import Any, Literal

from archcalc.core.record import record


class TracedInt(int):
    """An int with the expression it came from. Equality, hash and order are those of the int.

    `+ - * // % divmod` and the unary signs keep the expression, with plain ints on either side, and so do
    `sum`, `math.prod`, `min` and `max`; comparisons give plain bools. Everything else gives plain numbers.
    """

    expression: Expression

    def formula(self) -> str:
        """The expression with its numbers: `⌊(227 − 11 + 2·0)/4⌋ + 1`."""
        return _text(self.expression, symbolic=False)

    def symbolic(self) -> str:
        """The expression with its names: `⌊(W − K + 2P)/s⌋ + 1`."""
        return _text(self.expression, symbolic=True)

    def __add__(self, other: int) -> TracedInt:
        return _traced(int.__add__, self, other, _add) if isinstance(other, int) else NotImplemented

    def __radd__(self, other: int) -> TracedInt:
        return _traced(int.__add__, other, self, _add) if isinstance(other, int) else NotImplemented

    def __sub__(self, other: int) -> TracedInt:
        return _traced(int.__sub__, self, other, _subtract) if isinstance(other, int) else NotImplemented

    def __rsub__(self, other: int) -> TracedInt:
        return _traced(int.__sub__, other, self, _subtract) if isinstance(other, int) else NotImplemented

    def __mul__(self, other: int) -> TracedInt:
        return _traced(int.__mul__, self, other, _multiply) if isinstance(other, int) else NotImplemented

    def __rmul__(self, other: int) -> TracedInt:
        return _traced(int.__mul__, other, self, _multiply) if isinstance(other, int) else NotImplemented

    def __floordiv__(self, other: int) -> TracedInt:
        return _traced(int.__floordiv__, self, other, _floor) if isinstance(other, int) else NotImplemented

    def __rfloordiv__(self, other: int) -> TracedInt:
        return _traced(int.__floordiv__, other, self, _floor) if isinstance(other, int) else NotImplemented

    def __mod__(self, other: int) -> TracedInt:
        return _traced(int.__mod__, self, other, Remainder) if isinstance(other, int) else NotImplemented

    def __rmod__(self, other: int) -> TracedInt:
        return _traced(int.__mod__, other, self, Remainder) if isinstance(other, int) else NotImplemented

    def __divmod__(self, other: int) -> tuple[TracedInt, TracedInt]:
        return (self // other, self % other) if isinstance(other, int) else NotImplemented

    def __rdivmod__(self, other: int) -> tuple[TracedInt, TracedInt]:
        return (other // self, other % self) if isinstance(other, int) else NotImplemented

    def __neg__(self) -> TracedInt:
        return _with(int.__neg__(self), _negate(self.expression))

    def __pos__(self) -> TracedInt:
        return self


def trace(value: int, name: str | None = None) -> TracedInt:
    """`value` as the leaf of a formula, under the lecture's letter for it."""
    return _with(int(value), Leaf(int(value), name))


@record
class Leaf:
    """A number, with the name it goes by in the symbolic form."""

    value: int
    name: str | None = None


@record
class Sum:
    """left + right; a difference is the sum with a negation."""

    left: Expression
    right: Expression


@record
class Product:
    factors: tuple[Expression, ...]


@record
class Quotient:
    """The division, rounded down or up to a whole number."""

    numerator: Expression
    denominator: Expression
    rounding: Literal["floor", "ceil"]


@record
class Remainder:
    left: Expression
    right: Expression


@record
class Negation:
    operand: Expression


Expression = Leaf | Sum | Product | Quotient | Remainder | Negation


def _traced(operation: Any, left: int, right: int, node: Any) -> TracedInt:
    return _with(operation(int(left), int(right)), node(_expression(left), _expression(right)))


def _with(value: int, expression: Expression) -> TracedInt:
    traced = TracedInt(value)
    traced.expression = expression
    return traced


def _expression(value: int) -> Expression:
    return value.expression if isinstance(value, TracedInt) else Leaf(int(value))


def _add(left: Expression, right: Expression) -> Expression:
    return Sum(left, right)


def _subtract(left: Expression, right: Expression) -> Expression:
    return Sum(left, _negate(right))


def _multiply(left: Expression, right: Expression) -> Expression:
    for factor, other, first in ((left, right, True), (right, left, False)):
        opposite = _opposite(factor)
        if opposite is not None:  # -a * b is -(a * b), so that -(-a * b // c) is seen as a ceiling
            return _negate(_multiply(opposite, other) if first else _multiply(other, opposite))
    return Product((left, right))


def _floor(left: Expression, right: Expression) -> Expression:
    return Quotient(left, right, "floor")


def _negate(node: Expression) -> Expression:
    opposite = _opposite(node)
    if opposite is not None:
        return opposite
    if isinstance(node, Quotient) and node.rounding == "floor":
        numerator = _opposite(node.numerator)
        if numerator is not None:  # -(-a // b)
            return Quotient(numerator, node.denominator, "ceil")
    return Negation(node)


def _opposite(node: Expression) -> Expression | None:
    """What the minus sign of `node` stands before; None where it has none."""
    if isinstance(node, Negation):
        return node.operand
    if isinstance(node, Leaf) and node.name is None and node.value < 0:
        return Leaf(-node.value)
    return None


# How tightly a printed expression holds together: a looser one is bracketed inside a tighter one.
_REMAINDER, _SUM, _PRODUCT, _ATOM = range(4)


def _text(node: Expression, symbolic: bool) -> str:
    return _print(node, symbolic)[0]


def _print(node: Expression, symbolic: bool) -> tuple[str, int]:
    node = _simplified(node, symbolic)
    if isinstance(node, Leaf):
        return _print_leaf(node, symbolic)
    if isinstance(node, Product):
        return _print_product(node, symbolic)
    if isinstance(node, Quotient):
        numerator = _bracketed(node.numerator, symbolic, _PRODUCT)
        denominator = _bracketed(node.denominator, symbolic, _ATOM)
        left, right = "⌊⌋" if node.rounding == "floor" else "⌈⌉"
        return f"{left}{numerator}/{denominator}{right}", _ATOM
    if isinstance(node, Remainder):
        left, right = (_bracketed(part, symbolic, _ATOM) for part in (node.left, node.right))
        return f"{left} mod {right}", _REMAINDER
    return _print_sum(node, symbolic)


def _print_leaf(leaf: Leaf, symbolic: bool) -> tuple[str, int]:
    if symbolic and leaf.name is not None:
        return leaf.name, _ATOM
    return str(leaf.value).replace("-", "−"), _ATOM if leaf.value >= 0 else _SUM


def _print_product(product: Product, symbolic: bool) -> tuple[str, int]:
    first, *others = product.factors
    text = _bracketed(first, symbolic, _PRODUCT)
    for previous, factor in zip(product.factors, others, strict=False):
        piece = _bracketed(factor, symbolic, _ATOM)
        text += piece if symbolic and _may_touch(previous, factor, piece) else f"·{piece}"
    return text, _PRODUCT


def _may_touch(left: Expression, right: Expression, text: str) -> bool:
    """Whether the dot may go, as in 2P and d(K − 1)."""
    if not isinstance(left, Leaf) or not (left.name is None or _is_letter(left.name)):
        return False
    if isinstance(right, Leaf):
        return left.name is None and right.name is not None and _is_letter(right.name)
    return text.startswith("(")


def _is_letter(name: str) -> bool:
    """W, or K_eff: one letter, perhaps with an index."""
    return name[:1].isalpha() and name[1:2] in ("", "_")


def _print_sum(node: Expression, symbolic: bool) -> tuple[str, int]:
    text = ""
    for positive, term in _terms(node, symbolic):
        piece = _bracketed(term, symbolic, _PRODUCT)
        if text:
            text += f" + {piece}" if positive else f" − {piece}"
        else:
            text = piece if positive else f"−{piece}"
    return text, _SUM


def _bracketed(node: Expression, symbolic: bool, least: int) -> str:
    text, tightness = _print(node, symbolic)
    return text if tightness >= least else f"({text})"


def _simplified(node: Expression, symbolic: bool) -> Expression:
    """The expression without what a reader skips: factors 1, divisions by 1, addends 0."""
    while isinstance(node, Quotient) and _is_number(node.denominator, 1, symbolic):
        node = node.numerator
    if isinstance(node, Product):
        factors = _factors(node, symbolic)
        return factors[0] if len(factors) == 1 else Product(factors)
    if isinstance(node, Sum | Negation):
        terms = _terms(node, symbolic)
        if not terms:
            return Leaf(0)
        if len(terms) == 1 and terms[0][0]:
            return terms[0][1]
    return node


def _factors(product: Product, symbolic: bool) -> tuple[Expression, ...]:
    """The factors of a chain of products, without the 1s; but the 2·1 of a padding stays."""
    factors: list[Expression] = []
    waiting = [*reversed(product.factors)]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Product):
            node = _simplified(node, symbolic)
        if isinstance(node, Product):
            waiting.extend(reversed(node.factors))
        else:
            factors.append(node)
    if _is_multiple(factors):
        return tuple(factors)
    return tuple(factor for factor in factors if not _is_number(factor, 1, symbolic)) or (Leaf(1),)


def _is_multiple(factors: list[Expression]) -> bool:
    """Whether this is a count times a named number, as 2P."""
    if len(factors) != 2:
        return False
    count, named = factors
    if not isinstance(count, Leaf) or not isinstance(named, Leaf):
        return False
    return count.name is None and count.value != 1 and named.name is not None


def _terms(node: Expression, symbolic: bool) -> list[tuple[bool, Expression]]:
    """The addends of a chain of sums, each with whether it is added; without the 0s."""
    terms: list[tuple[bool, Expression]] = []
    waiting = [(True, node)]
    while waiting:
        positive, node = waiting.pop()
        if not isinstance(node, Sum | Negation):
            node = _simplified(node, symbolic)
        if isinstance(node, Negation):
            waiting.append((not positive, node.operand))
        elif isinstance(node, Sum) and positive:
            waiting += [(True, node.right), (True, node.left)]
        elif isinstance(node, Sum):  # a − (b + c) keeps its bracket, unless b or c is 0
            inner = _terms(node, symbolic)
            terms += [(not inner[0][0], inner[0][1])] if len(inner) == 1 else [(False, node)] if inner else []
        elif not _is_number(node, 0, symbolic):
            terms.append(_signed(positive, node, symbolic))
    return terms


def _signed(positive: bool, node: Expression, symbolic: bool) -> tuple[bool, Expression]:
    """The addend with the sign of a negative number taken out: a + −3 is a − 3."""
    if isinstance(node, Leaf) and node.value < 0 and not (symbolic and node.name is not None):
        return not positive, Leaf(-node.value)
    return positive, node


def _is_number(node: Expression, value: int, symbolic: bool) -> bool:
    return isinstance(node, Leaf) and node.value == value and not (symbolic and node.name is not None)

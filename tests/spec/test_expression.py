"""Expressions: values by hand, whole messages with their offsets, and laws against Python's own fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.spec.expression import DEEPEST, LONGEST, ExpressionError, parse, truth

NAMES = {
    "c": 64, "k": 3, "stride": 2, "width": Fraction(7, 20), "v1": False, "t": True, "act": "relu", "size": (2, 3),
    "in.c": 3, "layer1.0.c": 5, "1x1.c": 7, "3x3.out.h": 11, "n1x1": 13,
}  # fmt: skip


def value(text: str) -> object:
    return parse(text).evaluate(NAMES.__getitem__)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("64", 64),
        ("007", 7),
        ("1_000", 1000),
        ("1000000000000000", 10**15),
        ("0.75", Fraction(3, 4)),
        ("1.0", 1),
        ("1e-5", Fraction(1, 100000)),
        ("2.5E+2", 250),
        ("1e15", 10**15),
        ("yes", True),
        ("no", False),
        ("true", True),
        ("false", False),
        ("act", "relu"),
        ("c", 64),
        ("in.c", 3),
        ("layer1.0.c + 1", 6),
        ("1x1.c*2", 14),
        ("3x3.out.h", 11),
        ("n1x1", 13),
        ("2+3*4", 14),
        ("(2+3)*4", 20),
        ("20-7-5", 8),  # from the left: (20 - 7) - 5
        ("48/4/2", 6),
        ("7/2", Fraction(7, 2)),
        ("7//2", 3),
        ("-7//2", -4),  # floor, as the sign binds first
        ("7%4*2", 6),  # (7 % 4) * 2
        ("-7%4", 1),
        ("-k*2", -6),
        ("- -k", 3),
        ("+k", 3),
        ("2*-k", -6),
        ("0.5*c", 32),
        ("c*width", Fraction(112, 5)),  # 64 * 0.35 = 22.4
        ("5.5//2", 2),
        ("5.5%2", Fraction(3, 2)),
        ("1+v1*(stride-1)", 1),
        ("1+t*(stride-1)", 2),
        ("-t", -1),
        ("+t", 1),
        ("min(3,c,2)", 2),
        ("max(1, width)", 1),
        ("max(t,v1)", 1),
        ("ceil(7/2)", 4),
        ("ceil(-7/2)", -3),
        ("floor(-7/2)", -4),
        ("ceil(k)", 3),
        ("floor(k)", 3),
        ("3x3", (3, 3)),
        ("1x3x5", (1, 3, 5)),
        ("0x10", (0, 10)),
        ("-1x64", (-1, 64)),
        ("64x-1", (64, -1)),
        ("1x(k)", (1, 3)),
        ("(k)x(k+2)", (3, 5)),
        ("(k)x7", (3, 7)),
        ("(k)x-1", (3, -1)),
        ("min(k,2)x5", (2, 5)),
        ("size", (2, 3)),
        ("0:1", ((0, 1),)),
        ("0:1x2:3", ((0, 1), (2, 3))),
        ("(k//2):(k-k//2)", ((1, 2),)),
        ("1x0:2", (1, (0, 2))),
        ("1 < 2", True),
        ("2 <= 1", False),
        ("2 <= 2", True),
        ("2 < 2", False),
        ("2 > 2", False),
        ("-1000000000000000", -(10**15)),
        ("2 > 0.5", True),
        ("k >= 3", True),
        ("k == 3.0", True),
        ("act == act", True),
        ("act != act", False),
        ("size == 2", False),
        ("size == 2x3", True),
        ("v1 == no", True),
        ("stride != 1 or in.c != 4*c", True),
        ("stride == 1 and in.c == c", False),
        ("not v1", True),
        ("not k == 3", False),  # not (k == 3)
        ("not v1 and v1", False),  # (not v1) and v1
        ("yes or no and no", True),  # yes or (no and no)
        ("1+1 == 2 and 3 > 2", True),
        (" 2 *\tk ", 6),
    ],
)  # fmt: skip
def test_a_value_by_hand(text, expected):
    result = value(text)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("x", "step", "expected"),
    [
        # MobileNetV2 at width 0.35 with steps of 8, by hand
        ("32*0.35", 8, 16),  # 11.2 -> 8, below 0.9 * 11.2 = 10.08 -> 16
        ("24*0.35", 8, 8),  # 8.4 -> 8, and 8 >= 7.56
        ("16*0.35", 8, 8),  # 5.6 -> 8
        ("64*0.35", 8, 24),  # 22.4 -> 24
        ("1", 8, 8),  # never less than a step
        ("0", 8, 8),
        ("12", 8, 16),  # a tie goes up
        ("20", 8, 24),
        ("11", 8, 16),  # 11 -> 8, below 9.9 -> 16
        ("27", 5, 25),
        ("27.5", 5, 30),
        ("13", 1, 13),
    ],
)
def test_round_to_by_hand(x, step, expected):
    assert value(f"round_to({x},{step})") == expected


@given(st.integers(1, 5000), st.integers(1, 64))
def test_round_to_is_make_divisible(x, step):
    """The function of Sandler et al. 2018 as torchvision's `_make_divisible` states it, in floats."""
    nearest = max(step, int(x + step / 2) // step * step)
    if nearest < 0.9 * x and not math.isclose(nearest, 0.9 * x):
        nearest += step
    assert value(f"round_to({x},{step})") == nearest


@pytest.mark.parametrize(
    ("text", "names", "constant"),
    [
        ("64", set(), True),
        ("3x3", set(), True),
        ("2*(3+4)", set(), True),
        ("max(1,2)x(3)", set(), True),
        ("yes", set(), True),
        ("not no or 1 == 2", set(), True),
        ("same", {"same"}, False),
        ("4*c", {"c"}, False),
        ("stride != 1 or in.c != 4*c", {"stride", "in.c", "c"}, False),
        ("round_to(c*width,8)", {"c", "width"}, False),
        ("(k)x(k)", {"k"}, False),
        ("1x1.c+layer1.0.c", {"1x1.c", "layer1.0.c"}, False),
        ("min", {"min"}, False),
    ],
)
def test_an_expression_knows_its_names(text, names, constant):
    expression = parse(text)
    assert (expression.names, expression.constant, expression.text) == (names, constant, text)


def test_a_name_knows_its_first_column():
    expression = parse("1 + in.c*c - c")
    assert (expression.column_of("in.c"), expression.column_of("c")) == (4, 9)


def test_a_text_is_parsed_once():
    assert parse("17*c") is parse("17*c")


def test_the_side_that_does_not_decide_is_not_evaluated():
    asked = []
    assert parse("a or b").evaluate(lambda name: asked.append(name) or True) is True
    assert parse("a and b").evaluate(lambda name: bool(asked.append(name))) is False
    assert asked == ["a", "a"]


def test_what_a_lookup_raises_passes_through():
    with pytest.raises(KeyError, match="nowhere"):
        value("1+nowhere")


class Traced(int):
    """An int that counts what it went through."""

    def __new__(cls, number, steps=0):
        traced = super().__new__(cls, number)
        traced.steps = steps
        return traced

    def _next(self, number):
        return Traced(number, self.steps + 1)

    def __add__(self, other):
        return self._next(int(self) + int(other))

    def __mul__(self, other):
        return self._next(int(self) * int(other))

    def __floordiv__(self, other):
        return self._next(int(self) // int(other))

    def __neg__(self):
        return self._next(-int(self))

    __radd__, __rmul__ = __add__, __mul__


@pytest.mark.parametrize(
    ("text", "number", "steps"),
    [
        ("n", 12, 0),
        ("4*n+1", 49, 2),
        ("n//5", 2, 1),
        ("n/3", 4, 1),
        ("-(n)", -12, 1),
        ("+n", 12, 0),
        ("max(n,2)", 12, 0),
    ],
)
def test_a_traced_int_keeps_its_trace(text, number, steps):
    result = parse(text).evaluate(lambda _: Traced(12))
    assert (type(result), int(result), result.steps) == (Traced, number, steps)


def test_traced_sizes_keep_their_traces():
    sizes = parse("(n)x(2*n)").evaluate(lambda _: Traced(12))
    assert [(int(size), size.steps) for size in sizes] == [(12, 0), (24, 1)]


COMPARE = "compare it, as in c > 0"

REFUSED = {
    "nothing": ("", 0, "an expression is missing", None),
    "only spaces": ("  ", 0, "an expression is missing", None),
    "power": ("k**2", 1, "there is no power operator", "write k*k"),
    "caret": ("k^2", 1, "there is no power operator", "write k*k"),
    "one equals": ("stride = 2", 7, "one `=` compares nothing", "write =="),
    "=<": ("1 =< k", 2, "`=<` is no comparison", "write <="),
    "=>": ("1 => k", 2, "`=>` is no comparison", "write >="),
    "ampersand": ("t && t", 2, "`&` is no operator", "write and"),
    "bar": ("t | t", 2, "`|` is no operator", "write or"),
    "bang": ("!t", 0, "`!` is no operator", "write not"),
    "times sign": ("3×3", 1, "`×` is no operator", "write * for a product, 3x3 for a size"),
    "dot operator": ("3·c", 1, "`·` is no operator", "write *"),
    "print minus": ("c−1", 1, "`−` is not the minus sign of the keyboard", "write -"),
    "dash of print": ("c–1", 1, "`–` is not the minus sign of the keyboard", "write -"),
    "division sign": ("c÷2", 1, "`÷` is no operator", "write / or //"),
    "trailing point": ("in.", 2, "`.` means nothing in an expression", None),
    "a sign of no meaning": ("c $ 2", 2, "`$` means nothing in an expression", None),
    "a small digit": ("k²", 1, "there is no power operator", "write k*k"),
    "thousands comma": ("61,706", 2, "`,` stands only between the arguments of a function", "write 61706"),
    "a comma": ("k,2", 1, "`,` stands only between the arguments of a function", None),
    "comma in brackets": ("(k,2)", 2, "`,` stands only between the arguments of a function", None),
    "chained": ("1 < k+1 <= 4", 8, "comparisons do not chain", "write 1 < k+1 and k+1 <= 4"),
    "juxtaposed": ("3c", 1, "an operator is missing before `c`", "write 3*c"),
    "juxtaposed bracket": ("2(c+1)", 1, "an operator is missing before `(`", "write 2*("),
    "two numbers": ("3 4", 2, "an operator is missing before `4`", None),
    "two arguments without a comma": ("max(1 2)", 6, "an operator is missing before `2`", None),
    "x of a name": ("3xk", 1, "an operator is missing before `xk`", "write 3x(k)"),
    "capital x": ("3X3", 1, "an operator is missing before `X3`", "write 3x3"),
    "spaced size": ("3 x 3", 2, "an operator is missing before `x`", "write 3x3 without spaces"),
    "breaks off": ("c+", 1, "the expression breaks off", None),
    "breaks off after a space": ("c * ", 3, "the expression breaks off", None),
    "no left side": ("*c", 0, "a value is missing before `*`", None),
    "empty brackets": ("()", 1, "a value is missing before `)`", None),
    "empty argument": ("max(1,,2)", 6, "a value is missing before `,`", None),
    "trailing comma": ("max(1,2,)", 8, "a value is missing before `)`", None),
    "open bracket": ("2*(c+1", 2, "`(` is never closed", "add )"),
    "open call": ("max(c,1", 3, "`(` is never closed", "add )"),
    "closing bracket": ("c)", 1, "`)` closes nothing", "delete it"),
    "closing bracket first": (")", 0, "`)` closes nothing", "delete it"),
    "unknown function": ("1+sqrt(c)", 2, "there is no function `sqrt`", "there are ceil, floor, max, min, round_to"),
    "min of one": ("min(c)", 0, "min needs two arguments or more; here it has 1", None),
    "ceil of two": ("ceil(c,2)", 0, "ceil needs one argument; here it has 2", None),
    "round_to of one": ("round_to(c)", 0, "round_to needs two arguments, x and step; here it has 1", None),
    "floor of none": ("floor()", 0, "floor needs one argument; here it has 0", None),
    "round_to nothing": ("round_to(c,0)", 0, "round_to needs a whole step of at least 1, got 0", None),
    "round_to a part": ("round_to(c,0.5)", 0, "round_to needs a whole step of at least 1, got 0.5", None),
    "max of a word": ("max(c,act)", 6, "max needs numbers, got `relu`", None),
    "division by zero": ("c//(k-3)", 1, "division by zero", None),
    "constant division by zero": ("1/0", 1, "division by zero", None),
    "rest by zero": ("7%0.0", 1, "division by zero", None),
    "adding a word": ("act+3", 3, "cannot add `relu` and 3", None),
    "subtracting a word": ("3-act", 1, "cannot subtract `relu` from 3", None),
    "multiplying sizes": ("3x3*2", 3, "cannot multiply 3x3 and 2", None),
    "dividing sizes": ("size/2", 4, "cannot divide 2x3 by 2", None),
    "ordering a word": ("act<1", 3, "cannot order `relu` and 1", None),
    "equality of a word and a number": ("act==1", 3, "cannot compare `relu` with 1", None),
    "inequality of a word and a number": ("c != act", 2, "cannot compare 64 with `relu`", None),
    "sign of a word": ("-act", 0, "`relu` has no sign", None),
    "not of a number": ("not c", 4, "a condition is yes or no, here it is 64", COMPARE),
    "and of a word": ("t and act", 6, "a condition is yes or no, here it is `relu`", COMPARE),
    "or of a number": ("0.5 or t", 0, "a condition is yes or no, here it is 0.5", COMPARE),
    "sides of parts": ("1:(k/2)", 2, "a size needs whole numbers, got 1.5", None),
    "size of flags": ("1x(t)", 2, "a size needs whole numbers, got yes", None),
    "sides of a decimal": ("3:2.5", 2, "a size needs whole numbers, got 2.5", None),
    "pair of a name": ("k:1", 0, "a name before `:` needs brackets", "write (k):1"),
    "pair with a name": ("1:k", 1, "`:` needs a number on both sides", "write 1:(k)"),
    "pair with spaces": ("1 : 2", 2, "`:` needs a number on both sides", "write 1:2"),
    "pair without an end": ("1:", 1, "`:` needs a number on both sides", "write before:after, as 0:1"),
    "pair of a product": (
        "(k-1)*d:0", 7, "what is computed before `:` needs brackets", "write ((k-1)*d):0",
    ),
    "pair of a product of numbers": ("2*3:1", 3, "what is computed before `:` needs brackets", "write (2*3):1"),
    "pair with a product": ("0:(k-1)*d", 1, "what is computed after `:` needs brackets", "write 0:((k-1)*d)"),
    "pair of quotients": ("k//2:k//2", 4, "what is computed before `:` needs brackets", "write (k//2):(k//2)"),
    "pair on one axis": (
        "1x(k-1)*d:0x2", 9, "what is computed before `:` needs brackets", "write 1x((k-1)*d):0x2",
    ),
    "pair of a product with brackets": (
        "(k-1)*(d):1", 9, "what is computed before `:` needs brackets", "write ((k-1)*(d)):1",
    ),
    "quadruple": ("0:1:2:3", 5, "`:` joins nothing here", None),
    "arithmetic of inf": ("4*inf", 1, "cannot multiply 4 and inf", None),
    "literal too large": ("1+1000000000000001", 2, "a number above 10^15, the limit", None),
    "huge literal": ("1" * 300, 0, "a number above 10^15, the limit", None),
    "size too large": ("3x1000000000000001", 0, "a number above 10^15, the limit", None),
    "product too large": ("c*100000000000000", 1, "a number above 10^15, the limit", None),
    "large step": ("round_to(1,999999999999999)+2", 27, "a number above 10^15, the limit", None),
    "negative too large": ("0-999999999999999-2", 17, "a number above 10^15, the limit", None),
    "large exponent": ("1e999999999", 0, "a number of too many digits", None),
    "small exponent": ("1e-999999999", 0, "a number of too many digits", None),
    "exponent over the limit": ("1e16", 0, "a number above 10^15, the limit", None),
    "too fine": ("1e-31", 0, "a fraction finer than 1/10^30, the limit", None),
    "product too fine": ("1e-20*1e-20", 5, "a fraction finer than 1/10^30, the limit", None),
    "too long": ("1" + "+1" * 200, 400, "an expression of 401 characters; the limit is 400", None),
    "too deep": ("(" * 33 + "1" + ")" * 33, 32, "nested deeper than 32 levels", None),
    "too many signs": ("-" * 33 + "c", 32, "nested deeper than 32 levels", None),
}  # fmt: skip


@pytest.mark.parametrize(("text", "column", "what", "help"), REFUSED.values(), ids=REFUSED.keys())
def test_a_fault_is_refused_with_its_offset_and_repair(text, column, what, help):
    with pytest.raises(ExpressionError) as caught:
        value(text)
    error = caught.value
    assert (error.column, error.what, error.help, error.exit_code) == (column, what, help, 3)


def test_the_limits_themselves_are_within():
    assert value("(" * DEEPEST + "1" + ")" * DEEPEST) == 1
    assert value("k" + "+k" * 199) == 600
    assert len("k" + "+k" * 199) == LONGEST - 1
    assert value("1e-30") == Fraction(1, 10**30)


@pytest.mark.parametrize(("given_value", "expected"), [(True, True), (False, False), (1, True), (0, False)])
def test_truth_of_flags(given_value, expected):
    assert truth(given_value) is expected


@pytest.mark.parametrize(
    ("given_value", "shown"), [(2, "2"), (-1, "-1"), ("same", "`same`"), ((3, 3), "3x3"), (Fraction(1, 2), "0.5")]
)
def test_truth_of_nothing_else(given_value, shown):
    with pytest.raises(ExpressionError) as caught:
        truth(given_value, 7)
    assert caught.value.what == f"a condition is yes or no, here it is {shown}"
    assert (caught.value.column, caught.value.help) == (7, COMPARE)


# --- laws -----------------------------------------------------------------------------------------------------

LEAVES = st.one_of(
    st.integers(0, 999).map(lambda n: (str(n), Fraction(n))),
    st.tuples(st.integers(0, 99), st.integers(0, 99)).map(
        lambda parts: (f"{parts[0]}.{parts[1]:02}", Fraction(parts[0] * 100 + parts[1], 100))
    ),
    st.sampled_from([("c", Fraction(64)), ("in.c", Fraction(3)), ("width", Fraction(7, 20)), ("v1", Fraction(0))]),
)

PYTHON = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: Fraction(a // b),
    "%": lambda a, b: a % b,
}
ROUNDED = {"ceil": math.ceil, "floor": math.floor}


def grown(inner):
    return st.one_of(
        st.tuples(inner, st.sampled_from(sorted(PYTHON)), inner, st.sampled_from(["", " "])).map(joined),
        inner.map(lambda tree: (f"-({tree[0]})", None if tree[1] is None else -tree[1])),
        st.tuples(st.sampled_from(sorted(ROUNDED)), inner).map(rounded),
        st.tuples(st.sampled_from([("min", min), ("max", max)]), st.lists(inner, min_size=2, max_size=3)).map(chosen),
    )


def joined(parts):
    (left, a), operator, (right, b), space = parts
    text = f"({left}){space}{operator}{space}({right})"
    if a is None or b is None or (operator in ("/", "//", "%") and b == 0):
        return text, None
    return text, PYTHON[operator](a, b)


def rounded(parts):
    name, (text, number) = parts
    return f"{name}({text})", None if number is None else Fraction(ROUNDED[name](number))


def chosen(parts):
    (name, choose), trees = parts
    numbers = [number for _, number in trees]
    return f"{name}({','.join(text for text, _ in trees)})", None if None in numbers else choose(numbers)


@given(st.recursive(LEAVES, grown, max_leaves=12))
def test_arithmetic_is_exact(tree):
    """Against Python's fractions; None stands for a division by zero somewhere inside."""
    text, expected = tree
    fault = fault_of(text)
    if fault is None:
        result = value(text)
        assert result == expected
        assert isinstance(result, int) or result.denominator > 1
    else:
        assert expected is None or "limit" in fault.what


@given(st.lists(st.sampled_from(["1", "2", "3", " c ", " + ", "-", "*", " ", "(", ")"]), max_size=14).map("".join))
def test_brackets_and_precedence_are_those_of_python(text):
    """`+ - *` on bracketed numbers: where both accept a text, both give the same number."""
    if fault_of(text) is None:
        assert value(text) == eval(text.strip(), {"__builtins__": {}}, {"c": 64})


PIECES = [
    *(
        "1",
        "61",
        "c",
        "in.c",
        "x",
        "3x3",
        "x(",
        ":",
        "(",
        ")",
        ",",
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "<",
        "==",
        "=",
        "!=",
    ),
    *(
        ">=",
        " ",
        "and",
        " or ",
        "not ",
        "max(",
        "round_to(",
        "yes",
        ".",
        "0.5",
        "1e-5",
        "1e9",
        "_",
        "^",
        "×",
        "é",
        "\0",
    ),
]


@given(st.one_of(st.lists(st.sampled_from(PIECES), max_size=20).map("".join), st.text(max_size=30)))
def test_any_text_gives_a_value_or_an_error_inside_it(text):
    fault = fault_of(text)
    if fault is None:
        expression = parse(text)
        assert all(text[expression.column_of(name) :].startswith(name) for name in expression.names)
    else:
        assert 0 <= fault.column < max(1, len(text))
        assert fault.what


def fault_of(text: str) -> ExpressionError | None:
    """What is wrong with a text; unknown names count as 2."""
    try:
        parse(text).evaluate(lambda name: NAMES.get(name, 2))
    except ExpressionError as error:
        return error
    return None

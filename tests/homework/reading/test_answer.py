"""Numbers, shapes and expressions of answers: every notation, exact values, and faults with their columns."""

from __future__ import annotations

import time
from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.homework.reading.answer import as_length, read_number, read_shape
from archcalc.homework.reading.expression import addends
from archcalc.homework.reading.tokens import Fault

RLM, LRE, PDF = "\u200f", "\u202a", "\u202c"
"""Right-to-left mark, left-to-right embedding and its end: what Hebrew and Arabic keyboards put beside numbers."""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("61706", 61706),
        ("61,706", 61706),
        ("61_706", 61706),
        ("61 706", 61706),
        ("61\u202f706", 61706),
        ("61'706", 61706),
        ("1,234,567", 1234567),
        ("010", 10),
        ("-5", -5),
        ("\u22125", -5),
        ("54.25", Fraction(217, 4)),
        (".5", Fraction(1, 2)),
        ("62.4M", 62400000),
        ("1.2e6", 1200000),
        ("5e-1", Fraction(1, 2)),
        ("3 million", 3000000),
        ("3k", 3000),
        ("58.1 MiB", Fraction(581, 10) * 2**20),
        ("3 kB", 3000),
        ("61706 params", 61706),
        ("= 55", 55),
        ("\u0666\u0661\u0667\u0660\u0666", 61706),
        ("\u0666\u0661\u066c\u0667\u0660\u0666", 61706),
        ("\uff16\uff11\uff17\uff10\uff16", 61706),
        ("\u096c\u0967", 61),
        (f"{RLM}61{RLM}706{RLM}", 61706),
        (f"{LRE}55{PDF}", 55),
        ("5*5*6", 150),
        ("5×5·6", 150),
        ("5x5x6", 150),
        ("(5*5+1)x6", 156),
        ("7/2", Fraction(7, 2)),
        ("7//2", 3),
        ("7÷2", Fraction(7, 2)),
        ("-7//2", -4),
        ("2^3^2", 512),
        ("2**10", 1024),
        ("3²·4", 36),
        ("2¹⁰", 1024),
        ("-2^2", -4),
        ("⌊(227-11)/4⌋+1", 55),
        ("⌈7/2⌉", 4),
        ("floor(7/2) + ceil(7/2)", 7),
        ("min(3, 5) + max(1,234)", 237),
        ("[(1+2)*3]", 9),
        ("(5*5+1)*6 = 156", 156),
        ("½", Fraction(1, 2)),
        ("1/3*3", 1),
        ("61706.", 61706),
        ("61,706;", 61706),
        ("“61706”", 61706),
        ("«61 706.»", 61706),
        ("„(5*5+1)*6“", 156),
        ("‘61’706’", 61706),
        ("246.8 KB", 246_800),
        ("241 kib", 241 * 1024),
        ("4 byte", 4),
        ("O = ⌊(227-11)/4⌋+1 = 55", 55),
        ("conv1.params = 156", 156),
        ("total params = 61,706.", 61706),
    ],
)
def test_numbers(text, value):
    assert read_number(text).value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("55x55x96", (55, 55, 96)),
        ("55×55×96", (55, 55, 96)),
        ("55 X 55 X 96", (55, 55, 96)),
        ("55*55*96", (55, 55, 96)),
        ("[55, 55, 96]", (55, 55, 96)),
        ("(96, 55, 55)", (96, 55, 55)),
        ("(96,55,55,)", (96, 55, 55)),
        ("96 55 55", (96, 55, 55)),
        ("55\u044555\u044596", (55, 55, 96)),  # the Cyrillic letter ha
        ("\u0665\u0665x\u0665\u0665x\u0669\u0666", (55, 55, 96)),
        ("400", (400,)),
        ("(400,)", (400,)),
        ("54.25x54.25x96", (Fraction(217, 4), Fraction(217, 4), 96)),
        ("[(227-11)//4 + 1, 55]", (55, 55)),
        ("16×5x5", (16, 5, 5)),
        ("16 x 5*5.", (16, 5, 5)),
        ("“16x5x5”", (16, 5, 5)),
        ("16@5x5", (16, 5, 5)),  # as LeCun et al. write it
        ("16,5,5,", (16, 5, 5)),
        ("out = [16, 5, 5]", (16, 5, 5)),
    ],
)
def test_shapes(text, value):
    assert read_shape(text).value == value


@pytest.mark.parametrize(
    ("text", "what", "column", "help"),
    [
        ("", "the answer is empty", 0, None),
        ("1.234,5", "`1.234,5` has a comma after the point", 0,
         "the point begins the decimals, commas group thousands: 1,234.5"),
        ("7 + 1,5", "`1,5` is no number: its marks do not group thousands", 4,
         "groups of three only: 1,234; decimals begin with a point: 1.5"),
        ("1.234.567", "`1.234.567` has two points", 0, "groups of three take a comma: 1,234,567"),
        ("(5*5+1", "the `(` is never closed", 0, "add `)`"),
        ("5*5)", "a `)` closes nothing", 3, None),
        ("5*", "the expression ends too soon", 1, "a number is missing"),
        ("5*/3", "`/` cannot stand here", 2, None),
        ("5*5 = ", "nothing stands behind the `=`", 4, "write the result there"),
        ("12 34", "an operator is missing between the numbers", 3, "write the `*` of a product"),
        ("5 + K*3", "`K` is no number", 4, "an answer is computed from numbers; it may call floor, ceil, min and max"),
        ("__import__('os')", "`'` means nothing in an answer", 11, None),
        ("6 # 5", "`#` means nothing in an answer", 2, None),
        ("4/(3-3)", "a division by zero", 1, None),
        ("2^65", "the exponent is out of reach", 2, "exponents are whole numbers from 0 to 64"),
        ("9^9^9", "the exponent is out of reach", 2, "exponents are whole numbers from 0 to 64"),
        ("2^(1/2)", "the exponent is out of reach", 2, "exponents are whole numbers from 0 to 64"),
        ("1 + 999^64", "a number of more than 256 bits", 4, "no network is that large"),
        ("1e99", "powers of ten go up to 64", 0, None),
        ("1e999999999999", "powers of ten go up to 64", 0, None),
        (f"{RLM}5*/3", "`/` cannot stand here", 3, None),
        ("(" * 33 + "1" + ")" * 33, "brackets go at most 32 deep", 32, None),
        ("-" * 40 + "1", "brackets go at most 32 deep", 32, None),
    ],
)  # fmt: skip
def test_faults_say_where(text, what, column, help):
    with pytest.raises(Fault) as caught:
        read_number(text)
    assert (caught.value.what, caught.value.column, caught.value.help) == (what, column, help)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("abc", "this is no shape"),
        ("1,234x5", "this is no shape"),
        ("16x5x", "this is no shape"),
        ("(16, 5", "this is no shape"),
        ("", "the expression ends too soon"),
        ("[16, 5*]", "the expression ends too soon"),
    ],
)
def test_faults_of_shapes(text, what):
    with pytest.raises(Fault) as caught:
        read_shape(text)
    assert caught.value.what == what


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("163x163", 163),
        ("163 × 163 px", 163),
        ("“5x5”", 5),
        ("٥×٥", 5),
        ("163", 163),
        ("163*163", 26569),
        ("3x3 + 1", 10),
    ],
)
def test_a_length_may_be_given_for_both_axes(text, value):
    assert as_length(read_number(text)).value == value


@pytest.mark.parametrize("text", ["5x5x16", "5x6", "16x5x5", "5x5x5"])
def test_other_shapes_are_no_length(text):
    with pytest.raises(Fault) as caught:
        as_length(read_number(text))
    assert (caught.value.what, caught.value.length) == ("this question asks for one number, not for a shape", len(text))


def test_a_long_answer_is_refused():
    with pytest.raises(Fault) as caught:
        read_number("1+" * 200 + "1")
    assert caught.value.what == "an answer has at most 400 characters"
    assert read_number("1+" * 199 + "1").value == 200


@pytest.mark.parametrize(
    "text", ["9^64^64", "(9^64)^64", "2^64^64^64", "9" * 300, "(" * 5000, "1+" * 5000, "9^64*" * 99]
)
def test_what_would_cost_time_is_refused_in_milliseconds(text):
    start = time.perf_counter()
    with pytest.raises(Fault):
        read_number(text)
    assert time.perf_counter() - start < 0.1


def test_powers_up_to_the_limit_are_exact():
    assert read_number("2^64").value == 2**64
    assert read_number("15^64").value == 15**64  # 251 bits


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        ("62.4M", (62_350_000, 62_450_000)),
        ("62M", (61_500_000, 62_500_000)),
        ("1.2e6", (1_150_000, 1_250_000)),
        ("~100", (95, 105)),
        ("≈100", (95, 105)),
        ("62,400,000", None),
        ("2.5", (Fraction(49, 20), Fraction(51, 20))),
        ("61706", None),
    ],
)
def test_a_rounded_number_claims_an_interval(text, claimed):
    assert read_number(text).claimed == claimed


def test_working_knows_its_columns():
    answer = read_number("(5*5+1)*6 + 2416")
    assert (answer.value, answer.computed) == (2572, True)
    assert answer.working is not None
    assert [(part.start, part.stop) for part in answer.working.parts] == [(0, 9), (12, 16)]


def test_the_terms_of_a_sum_keep_their_signs():
    answer = read_number("9 - (5 - 2) + -4")
    assert answer.working is not None
    assert [(sign, int(term.value)) for sign, term in addends(answer.working)] == [(1, 9), (-1, 3), (-1, 4)]
    opened = addends(answer.working, opening=True)
    assert [(sign, int(term.value)) for sign, term in opened] == [(1, 9), (-1, 5), (1, 2), (-1, 4)]


DIGITS = ["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９", "०१२३४५६७८९"]
MARKS = ["", ",", "_", " ", "'", "\u00a0", "\u202f", "’"]


@st.composite
def written_numbers(draw):
    """A number and one of the ways to write it."""
    number = draw(st.integers(0, 10**12))
    mark, digits = draw(st.sampled_from(MARKS)), draw(st.sampled_from(DIGITS))
    text = f"{number:,}".replace(",", mark) if mark else str(number)
    text = text.translate(str.maketrans("0123456789", digits))
    around = draw(st.sampled_from(["", " ", RLM, "\u200b", "\u2066"]))
    return number, around + text + around


@given(written_numbers())
def test_a_number_reads_the_same_in_every_script_and_grouping(case):
    number, text = case
    assert read_number(text).value == number


@st.composite
def written_products(draw):
    factors = draw(st.lists(st.integers(1, 999), min_size=2, max_size=6))
    times = draw(st.sampled_from(["*", "×", "·", " * ", " · ", "x", "∙"]))
    value = 1
    for factor in factors:
        value *= factor
    return value, times.join(map(str, factors))


@given(written_products(), st.sampled_from(["{}", "({})", "[{}]", "{}+0", "2*({})/2", "⌊{}⌋", "{} = {value}"]))
def test_a_product_reads_the_same_with_every_sign(case, form):
    value, text = case
    assert read_number(form.format(text, value=value)).value == value


@given(st.lists(st.integers(1, 99999), min_size=1, max_size=4), st.sampled_from(["x", "×", " x ", ", ", ",", "*", " "]),
       st.sampled_from(["{}", "({})", "[{}]", " {} "]))  # fmt: skip
def test_a_shape_reads_the_same_with_every_sign(sizes, sign, form):
    assert read_shape(form.format(sign.join(map(str, sizes)))).value == tuple(sizes)


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_a_fault(text):
    for read in (read_number, read_shape):
        with suppress(Fault):
            read(text)

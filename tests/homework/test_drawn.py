"""Questions whose numbers are drawn: templates, `vary` and `where`, the numbers of a sheet, and those of a secret."""

from __future__ import annotations

from fractions import Fraction

import pytest
from homework.assignments import assessor

from archcalc.errors import SpecErrors
from archcalc.homework.asking.assignment import AssignmentErrors
from archcalc.homework.asking.template import names_in, substituted
from archcalc.homework.asking.variants import tag
from archcalc.homework.marking import assess
from archcalc.homework.reading.sheet import read_sheet

Q2 = (
    "{id: q2, layer: conv $cout $k stride=$s, input: $cinx32x32, get: params, points: 2, "
    "vary: {k: [3, 5, 7], cin: 4..64, cout: 8..96 step 8, s: [2, 3]}, where: k*k != cin and cin != cout, "
    "partial: {par.no_bias: 1}, ask: Parameters of $cout filters?}"
)
SECRET = b"sixteen bytes at least"


@pytest.fixture(scope="module")
def hw():
    return assessor(Q2, "course: dl\n")


def sheet(drawn, answer="1", tag=""):
    return read_sheet(f"student: s1\ntag: '{tag}'\ndrawn: {drawn}\nanswers: {{q2: {answer}}}\n", "sheet.yaml")


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("$cinx32x32", "17x32x32"),
        ("conv $cout $k", "conv 24 5"),
        ("${k}0", "50"),
        ("$$5 for $k", "$5 for 5"),
        ("$c", "3"),
        ("$cinema", "17ema"),  # the longest declared name that fits
    ],
)
def test_templates(text, filled):
    assert substituted(text, {"k": 5, "cin": 17, "cout": 24, "c": 3}) == filled


def test_names_of_a_template():
    assert names_in("$k ${cin} $$ $w $", {"k", "cin"}) == (["k", "cin"], [("w", 13), ("", 16)])


def test_the_numbers_of_the_sheet(hw):
    """(5*5*17 + 1)*24 = 10,224."""
    marked = hw.mark(sheet("{q2: {k: 5, cin: 17, cout: 24, s: 2}}", "10224"))
    assert (marked.answers[0].verdict, marked.points, marked.flags) == ("exact", 2, ())
    assert marked.answers[0].ask == "Parameters of 24 filters?"
    marked = hw.mark(sheet("{q2: {k: 5, cin: 17, cout: 24, s: 2}}", "5*5*17*24"))
    assert (marked.answers[0].misconceptions, marked.points) == (("par.no_bias",), 1)


def test_what_is_drawn(hw):
    (asked,) = hw.assignment.questions
    assert asked.vary == {"k": (3, 5, 7), "cin": tuple(range(4, 65)), "cout": tuple(range(8, 97, 8)), "s": (2, 3)}
    assert hw.assignment.course == "dl"
    filled = asked.filled({"k": 5, "cin": 17, "cout": 24, "s": 2})
    assert (filled.layer, filled.input, filled.vary, filled.where) == ("conv 24 5 stride=2", "17x32x32", {}, "")
    assert filled.filled({}) == filled


@pytest.mark.parametrize(
    ("drawn", "column"),
    [
        ("{q2: {k: 4, cin: 17, cout: 24, s: 2}}", 14),  # 4 is none of 3, 5, 7
        ("{q2: {k: 3, cin: 9, cout: 24, s: 2}}", 9),  # where: k*k != cin
        ("{q2: {k: 3, cin: 17, cout: 24}}", 9),  # s is missing
        ("{q2: {k: 3, cin: 17, cout: 24, s: 2, t: 1}}", 45),
        ("{q3: {k: 3, cin: 17, cout: 24, s: 2}}", 1),
    ],
)
def test_numbers_that_it_may_not_have(hw, drawn, column):
    with pytest.raises(SpecErrors) as caught:
        hw.mark(sheet(drawn))
    (error,) = caught.value.errors
    assert (error.what, error.help) == (
        "the drawn values of q2 are none that it may have",
        "copy `drawn:` from the paper as it was handed out",
    )
    assert error.place.column == column


def test_a_sheet_without_numbers(hw):
    with pytest.raises(SpecErrors) as caught:
        hw.mark(read_sheet("answers: {q2: 5}\n", "sheet.yaml"))
    (error,) = caught.value.errors
    assert (str(error), error.help) == (
        "sheet.yaml:1:1: this sheet has no drawn values",
        "hand out papers with `archcalc quiz issue`",
    )


def test_the_secret_knows_better_than_the_sheet(hw):
    """The numbers are derived for the student; what the sheet says instead is told to the teacher."""
    from archcalc.homework.asking.variants import drawn

    numbers = drawn(hw.assignment, SECRET, "s1", hw.blind)
    k, cin, cout = (numbers["q2"][name] for name in ("k", "cin", "cout"))
    right = (k * k * cin + 1) * cout
    own = tag(SECRET, hw.assignment, "s1", numbers)
    marked = hw.mark(sheet(numbers, right, own), "s1", SECRET)
    assert (marked.points, marked.flags) == (2, ())
    other = {"q2": {**numbers["q2"], "s": 5 - numbers["q2"]["s"]}}
    marked = hw.mark(sheet(other, right, "0" * 32), "s1", SECRET)
    assert (marked.points, marked.flags) == (
        2,
        ("the drawn numbers of q2 are not this student's", "the tag is not this student's"),
    )
    assert hw.mark(sheet("{}", right), secret=SECRET).points == 2  # the student's name is on the sheet
    assert hw.mark(sheet("{}", right), "somebody else", SECRET).points < 2


def test_catalogues_of_many_papers_take_no_more_room(monkeypatch):
    monkeypatch.setattr(assess, "MOST_CATALOGUES", 8)
    hw = assessor(Q2)
    for cin in range(10, 40):
        hw.mark(sheet(f"{{q2: {{k: 3, cin: {cin}, cout: 48, s: 2}}}}"))
    assert hw._drawn_catalogue.cache_info().currsize == 8


def test_a_spec_on_a_drawn_image():
    """LeNet's first convolution on 3x44x44 has (44 - 5)/1 + 1 = 40; without an input, 28."""
    hw = assessor("{id: q2, spec: lenet5, input: 1x$wx$w, get: conv1.out.w, points: 1, vary: {w: [40, 44]}}")
    marked = hw.mark(sheet("{q2: {w: 44}}", "40"))
    assert marked.points == 1
    assert assessor("{id: q2, spec: lenet5, get: conv1.out.w, points: 1}").right == {"q2": 28}
    assert assessor("{id: q2, spec: lenet5, input: 1x44x44, get: conv1.out.w, points: 1}").right == {"q2": 40}


WAYS = "write [3, 5, 7], 4..64 or 8..96 step 8"


@pytest.mark.parametrize(
    ("old", "new", "at", "what", "help"),
    [
        ("$cinx32", "$cin$wx32", "$wx32x32", "`$wx32x32` is not in `vary`", "`vary` has `k`, `cin`, `cout` and `s`"),
        ("$cout $k", "$cott $k", "$cott", "`$cott` is not in `vary`", "did you mean `$cout`?"),
        ("stride=$s", "stride=2", "s: [2, 3]", "`s` is drawn and never used",
         "write $s where it belongs, or delete it"),
        ("$cout filters", "$ filters", "$ filters", "`$` is not in `vary`", "write $$ for a dollar"),
        ("cin != cout", "cin != cot", "cot,", "`cot` is not in `vary`", "did you mean `cout`?"),
        ("cin != cout", "cin ! cout", "! cout", "`!` is no operator", "write not"),
        ("k*k != cin and cin != cout", "[k]", "[k]", "`where` is one condition",
         "write where: k*k != cin and cin != cout"),
        ("[3, 5, 7]", "[3, 5, 5]", "5], cin", "5 stands twice", "delete one of them: each is as likely as the others"),
        ("[3, 5, 7]", "[3, big]", "big]", "`big` is no whole number up to 1,000,000", WAYS),
        ("[3, 5, 7]", "[3, -1]", "-1]", "`-1` is no whole number up to 1,000,000", WAYS),
        ("[3, 5, 7]", "[]", "[]", "an empty list has no number to draw", WAYS),
        ("4..64", "64..4", "64..4", "`64..4` holds no numbers up to 1,000,000", WAYS),
        ("4..64", "1..900000", "1..900000", "`1..900000` holds more than 10,000 numbers", "take fewer: 8..96 step 8"),
        ("4..64", "many", "many", "`many` is no choice of whole numbers", WAYS),
        ("get: params", "get: parms", "q2, layer", "unknown quantity `parms`", "did you mean `params`?"),
        ("conv $cout $k", "conv $cout $k$k", "q2, layer", "layer does not fit its input",
         "kernel up to 32, or padding of at least 1"),
        ("s: [2, 3]", "s: [2, 3], 1k: [3]", "1k", "`1k` is no name", "letters, digits and underscores: cin, k, s1"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_variation(old, new, at, what, help):
    with pytest.raises(AssignmentErrors) as caught:
        assessor(Q2.replace(old, new, 1))
    (error,) = caught.value.errors
    assert (error.what, error.help) == (what, help)
    assert error.place.text[error.place.column - 1 :].startswith(at)


@pytest.mark.parametrize(
    ("question", "error"),
    [
        ("{id: q, spec: lenet5, get: params, points: 1, where: k > 3}",
         "hw.yaml:3:58: `where` chooses among the numbers of `vary`"),
        ("{id: q, spec: lenet5, get: params, points: 1, vary: 3}",
         "hw.yaml:3:57: `vary` holds names and their numbers"),
        ("{id: q, spec: lenet5, table: {layers: [conv1], columns: [out]}, points: 1, vary: {k: [3]}}",
         "hw.yaml:3:86: a table takes no `vary`: its cells are questions of their own"),
        ("{id: q, formula: conv.params, points: 1, vary: {k: [3]}}", "hw.yaml:3:52: a formula takes no `vary`"),
    ],
)  # fmt: skip
def test_questions_that_cannot_vary(question, error):
    with pytest.raises(AssignmentErrors) as caught:
        assessor(question)
    assert str(caught.value.errors[0]) == error


def test_partial_credit_of_a_share():
    hw = assessor(Q2.replace("par.no_bias: 1", "par.no_bias: 1/2"))
    assert hw.mark(sheet("{q2: {k: 5, cin: 17, cout: 24, s: 2}}", "5*5*17*24")).points == Fraction(1, 2)

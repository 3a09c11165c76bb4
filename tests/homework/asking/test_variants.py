"""Variants: which there are, who draws which, and what shows that a sheet has its own numbers."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from archcalc.errors import AssignmentError
from archcalc.homework.asking.asked import Assignment
from archcalc.homework.asking.assignment import read_assignment
from archcalc.homework.asking.variants import (
    allowed,
    drawn,
    handed_out,
    index_of,
    tag,
    variants,
)
from archcalc.homework.marking.assess import Assessor
from archcalc.homework.reading.sheet import read_sheet

SECRET = b"a secret of this test, 32 bytes."
HEAD = "archcalc: assignment/1\nid: hw1\ncourse: dl\nquestions:\n"


def assignment(
    vary: str, where: str = "", layer: str = "conv $b $a", input: str = "3x32x32", more: str = ""
) -> Assignment:
    condition = f", where: {where}" if where else ""
    start = f'  - {{id: q1, layer: "{layer}", input: "{input}", get: params, points: 2, '
    return read_assignment(f"{HEAD}{start}vary: {{{vary}}}{condition}{more}}}\n", "hw1.yaml")


def asked(*arguments: str, **named: str):
    return assignment(*arguments, **named).questions[0]


def rows(found):
    return [tuple(values.values()) for values in found]


def test_the_product_in_the_order_of_the_file():
    """2 x 3 combinations; 3*3 = 9 is not in b, a = b goes: (5, 5)."""
    found = variants(asked("a: [3, 5], b: 4..6", '"a != b and not a*a == b"'))
    assert rows(found) == [(3, 4), (3, 5), (3, 6), (5, 4), (5, 6)]
    assert found[-1] == {"a": 5, "b": 6}


def test_two_that_read_the_same_are_one():
    """`$a$b` is 111 for 1, 11 and for 11, 1."""
    found = variants(asked("a: [1, 11], b: [1, 11]", layer="conv $a$b 3"))
    assert rows(found) == [(1, 1), (1, 11), (11, 11)]


@pytest.mark.parametrize(
    ("vary", "where", "what", "help", "at"),
    [
        ("a: 1..400, b: 1..300", "", "120,000 combinations are more than 100,000",
         "draw from fewer numbers: cin: 8..96 step 8", "q1"),
        ("a: [3, 5], b: [7]", "a > b", "no combination of numbers has a > b",
         "loosen `where`, or add numbers", "a > b"),
        ("a: [3, 5], b: [0, 2]", "a//b > 1", "division by zero", None, "a//b > 1"),
    ],
)  # fmt: skip
def test_refusals(vary, where, what, help, at):
    with pytest.raises(AssignmentError) as refused:
        variants(asked(vary, where))
    place = refused.value.place
    assert (refused.value.what, refused.value.help) == (what, help)
    assert (place.line, place.text[place.column - 1 :][: place.length]) == (5, at)


def test_the_index_is_an_hmac():
    """HMAC-SHA256(secret, "archcalc-variant-v1\\0" course \\0 assignment \\0 question \\0 student)."""
    text = b"archcalc-variant-v1\x00dl\x00hw1\x00q1\x00s1"
    digest = hmac.new(SECRET, text, hashlib.sha256).hexdigest()
    assert digest == "201e033b9ae2fb104309bc80f011d4ad440eaefa40789354100074313891b7b0"
    assert index_of(SECRET, "dl", "hw1", "q1", "s1", 1009) == int(digest, 16) % 1009
    assert index_of(SECRET, "dl", "hw1", "q1", "s2", 1009) != index_of(SECRET, "dl", "hw1", "q1", "s1", 1009)


def test_a_draw_never_changes():
    """Papers are out there: the digest above modulo 3*33 is 59 = 1*33 + 26, in every version."""
    made = assignment("a: [3, 5, 7], b: 8..40")
    assert drawn(made, SECRET, "s1") == {"q1": {"a": 5, "b": 34}}
    assert drawn(made, SECRET, "s1") == drawn(made, SECRET, "s1")


def test_every_variant_is_drawn():
    made = assignment("a: [3, 5], b: 8..12")
    assert {tuple(drawn(made, SECRET, f"s{i}")["q1"].values()) for i in range(200)} == set(
        rows(variants(made.questions[0]))
    )


def test_the_pre_check_passes_over_what_hides_a_listed_mistake():
    made = assignment("a: [3, 5], b: 8..12", more=", partial: {par.missing_brackets: 1}")

    def blind(_, values):
        return frozenset({"par.missing_brackets"} if values["b"] != 9 else ())

    found = [drawn(made, SECRET, f"s{i}", blind)["q1"] for i in range(20)]
    assert {values["b"] for values in found} == {9}
    assert {values["a"] for values in found} == {3, 5}


def test_a_likely_mistake_counts_where_some_variant_tells_it():
    """par.no_bias is a published distractor; what no variant tells is not demanded of any."""
    made = assignment("a: [3, 5], b: 8..12")
    always = frozenset({"par.one_filter"})

    def blind(_, values):
        return always | frozenset({"par.no_bias"} if values["a"] == 3 else ())

    assert {drawn(made, SECRET, f"s{i}", blind)["q1"]["a"] for i in range(20)} == {5}


def test_a_mistake_that_only_other_mistakes_could_avoid_is_let_pass():
    """Each variant hides one of two likely mistakes, so that none tells both."""
    made = assignment("a: [3, 5], b: 8..12")

    def blind(_, values):
        return frozenset({"par.no_bias" if values["a"] == 3 else "par.one_filter"})

    assert {drawn(made, SECRET, f"s{i}", blind)["q1"]["a"] for i in range(20)} == {3, 5}


def test_what_does_not_compute_is_passed_over():
    made = assignment("a: [3, 5], b: 8..12")
    found = {
        drawn(made, SECRET, f"s{i}", lambda _, v: frozenset() if v["b"] == 8 else None)["q1"]["b"] for i in range(9)
    }
    assert found == {8}


def test_nothing_is_left():
    with pytest.raises(AssignmentError) as refused:
        drawn(assignment("a: [3, 5], b: 8..12"), SECRET, "s1", lambda *_: None)
    assert (refused.value.what, refused.value.help) == (
        "none of 10 variants can be asked", "`archcalc quiz lint` says what is wrong with them"
    )  # fmt: skip


def test_a_tag_is_of_one_student_and_of_all_numbers():
    made = assignment("a: [3, 5], b: 8..12")
    numbers = {"q1": {"a": 3, "b": 9}}
    text = b"archcalc-tag-v1\x00dl\x00hw1\x00s1\x00q1:a=3,b=9"
    assert tag(SECRET, made, "s1", numbers) == hmac.new(SECRET, text, hashlib.sha256).hexdigest()[:32]
    assert tag(SECRET, made, "s1", {"q1": {"b": 9, "a": 3}}) == tag(SECRET, made, "s1", numbers)
    right = tag(SECRET, made, "s1", numbers)
    assert handed_out(made, SECRET, "s1", numbers, right)
    assert not handed_out(made, SECRET, "s2", numbers, right)
    assert not handed_out(made, SECRET, "s1", {"q1": {"a": 3, "b": 10}}, right)
    assert not handed_out(made, b"another secret of 26 bytes", "s1", numbers, right)
    assert not handed_out(made, SECRET, "s1", numbers, "ä\ud800")
    assert not handed_out(assignment("a: [5], b: 8..12"), SECRET, "s1", numbers, right)  # 3 cannot be drawn any more


@pytest.mark.parametrize(
    ("values", "expected"),
    [({"a": 3, "b": 9}, True), ({"a": 4, "b": 9}, False), ({"a": 3}, False), ({"a": 3, "b": 9, "c": 1}, False),
     ({"a": 3, "b": 8}, False)],
)  # fmt: skip
def test_allowed_numbers(values, expected):
    assert allowed(asked("a: [3, 5], b: 8..12", "b > 8"), values) is expected


def test_a_spread_is_from_everywhere_and_has_no_twins():
    choices = variants(asked("a: [3, 5], b: 8..200"))  # 386
    some = choices.spread(40)
    assert len(set(rows(some))) == 40
    assert {values["a"] for values in some} == {3, 5}
    assert max(b for _, b in rows(some)) - min(b for _, b in rows(some)) > 150
    assert rows(choices.spread(1000)) == rows(choices)


SHEET = "assignment: hw1\nstudent: s1\ndrawn: {{q1: {{a: {a}, b: {b}}}}}\ntag: {tag}\nanswers: {{q1: {answer}}}\n"


def marked(text, secret):
    made = assignment("a: [3, 5], b: 8..12")
    return Assessor(made, None).mark(read_sheet(text, "s1.yaml"), "s1", secret)  # type: ignore[arg-type]


def test_a_paper_is_marked_with_its_numbers():
    """conv 9 3x3 on 3 channels: (3*3*3 + 1)*9 = 252; with the secret, a tag that holds vouches for them."""
    numbers = {"q1": {"a": 3, "b": 9}}
    made = tag(SECRET, assignment("a: [3, 5], b: 8..12"), "s1", numbers)
    for secret in (None, SECRET):
        found = marked(SHEET.format(a=3, b=9, tag=made, answer=252), secret)
        assert ([a.verdict for a in found.answers], found.flags) == (["exact"], ())


def test_numbers_of_the_students_own_choice_are_flagged():
    own = drawn(assignment("a: [3, 5], b: 8..12"), SECRET, "s1")["q1"]
    other = next(b for b in range(8, 13) if b != own["b"])
    found = marked(SHEET.format(a=3, b=other, tag="0" * 32, answer=(27 + 1) * other), SECRET)
    assert [answer.passes for answer in found.answers] == [False]
    assert found.flags == ("the drawn numbers of q1 are not this student's", "the tag is not this student's")

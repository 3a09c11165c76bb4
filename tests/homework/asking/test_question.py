"""Questions that no single layer answers: the smallest image, and ratios of two figures."""

from __future__ import annotations

from fractions import Fraction

import pytest
from homework.assignments import assessor, one
from homework.sheets import mark, marker

from archcalc.errors import SpecErrors
from archcalc.homework.asking.assignment import AssignmentErrors
from archcalc.homework.reading.answer import read_ratio

RATIO = '{id: q, spec: lenet5, get: "ratio(conv2.params, conv1.params)", points: 1}'
"""(150 + 1)*16 = 2,416 to (25 + 1)*6 = 156: 604/39 = 15.487."""


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("2416/156", "exact"), ("604/39", "exact"), ("2416:156", "exact"), ("15.49", "accepted"), ("15.5x", "accepted"),
        ("1548.7 %", "accepted"), ("15.487 times", "accepted"), ("~15", "slip"), ("15", "slip"),
        ("15.48", "slip"), ("0.0646", "misconception"), ("14", "wrong"), ("1549 %", "accepted"),
        ("2416/156 = 15.49", "accepted"), ("604/39 x", "exact"), ("1:2:3", "unreadable"), ("twice", "unreadable"),
    ],
)  # fmt: skip
def test_answers_to_a_ratio(answer, verdict):
    assert one(RATIO, f'"{answer}"').verdict == verdict


@pytest.mark.parametrize(
    ("text", "value", "claimed"),
    [
        ("2/3", Fraction(2, 3), None),
        ("25 %", Fraction(1, 4), (Fraction(245, 1000), Fraction(255, 1000))),
        ("25.0%", Fraction(1, 4), (Fraction(2495, 10000), Fraction(2505, 10000))),
        ("4x", Fraction(4), (Fraction(7, 2), Fraction(9, 2))),
        ("4 times", Fraction(4), (Fraction(7, 2), Fraction(9, 2))),
        ("1:4", Fraction(1, 4), None),
        ("0.5", Fraction(1, 2), (Fraction(45, 100), Fraction(55, 100))),
    ],
)
def test_reading_a_ratio(text, value, claimed):
    read = read_ratio(text)
    assert (read.value, read.claimed) == (value, claimed)


def test_a_ratio_has_two_questions():
    question = marker("lenet5").catalogue("ratio(conv2.params, conv1.params)").question
    assert (question.word, question.actual) == ("ratio", Fraction(2416, 156))
    assert [(part.subject, part.actual) for part in question.parts] == [("conv2.params", 2416), ("conv1.params", 156)]


def test_a_sheet_of_its_own_may_ask_for_them():
    """LeNet-5 on NxN: conv2 leaves (N - 4)/2 - 4, and the pooling behind it needs 2 of them: N = 16."""
    answers = mark("lenet5", "min_input: 16\nratio(conv2.params, conv1.params): 2416/156").answers
    assert [answer.verdict for answer in answers] == ["exact", "exact"]


@pytest.mark.parametrize(
    ("spec", "side"),
    [
        ("input: 1x11x11\nlayers:\n  a: conv 4 5x5\n", 5),
        ("input: 1x11x11\nlayers:\n  a: conv 4 5x5\n  b: max_pool 2\n", 6),
        ("input: 1x11x13\nlayers:\n  a: conv 4 3x7\n", 7),
        ("input: 1x11x11\nlayers:\n  a: conv 4 3x3 padding=1\n", 1),
    ],
)
def test_the_smallest_square_image(spec, side):
    assert marker(spec).catalogue("min_input").question.actual == side


@pytest.mark.parametrize(
    ("get", "what", "help"),
    [
        ("ratio(conv1.out, params)", "a ratio is of two numbers, and `conv1.out` is a shape", "such as conv1.out.w"),
        ("ratio(params, pool1.params)", "nothing can be divided by `pool1.params`, which is 0", None),
        ("ratio(params)", "`ratio(params)` is no figure", "write ratio(conv2.params, conv1.params)"),
        ("ratio(parms, params)", "unknown quantity `parms`", "did you mean `params`?"),
    ],
)
def test_ratios_that_are_none(get, what, help):
    with pytest.raises(AssignmentErrors) as caught:
        assessor(f'{{id: q, spec: lenet5, get: "{get}", points: 1}}')
    assert (caught.value.errors[0].what, caught.value.errors[0].help) == (what, help)


def test_vectors_have_no_smallest_image():
    spec = "input: 10\nlayers:\n  a: linear 4\n"
    with pytest.raises(SpecErrors, match="`min_input` is asked of images, and the input is 10"):
        mark(spec, "min_input: 3")


def test_a_ratio_of_one_layer_and_agreed_flops():
    """Both figures are the layer's, and what is called flops are MACs: 9*3*8*8*8 over (27 + 1)*8."""
    head = "conventions: {flops: macs}\n"
    made = assessor('{id: q, layer: conv 8 3x3, input: 3x10x10, get: "ratio(flops, params)", points: 1}', head)
    assert made.right == {"q": Fraction(9 * 3 * 8 * 8 * 8, (27 + 1) * 8)}
    assert made.assignment.questions[0].subject == "ratio(layer.macs, layer.params)"
    assert assessor("{id: q, layer: conv 8 3x3, input: 3x10x10, get: min_input, points: 1}").right == {"q": 3}

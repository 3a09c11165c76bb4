"""What a course agrees on: what K stands for, how pooling rounds, and rows that follow from the student's own."""

from __future__ import annotations

from fractions import Fraction

import pytest
from homework.assignments import assessor, marked, one

from archcalc.homework.asking.assignment import AssignmentErrors

KIBI = "conventions: {kilo: 1024}\n"
CEIL = "conventions: {pool_rounding: ceil}\n"


@pytest.mark.parametrize(
    ("head", "answer", "verdict"),
    [
        ("", "61.7K", "slip"),  # 61,706 without an exact digit: some mistakes round to the same
        (KIBI, "60.259765625K", "exact"),  # 61,706 / 1024
        ("", "61.706K", "exact"),
        (KIBI, "61.706K", "convention"),
        ("", "60.260K", "convention"),  # 1024 used where 1000 holds
        (KIBI, "61706", "exact"),
        (KIBI, "(5*5+1)*6 + (25*6+1)*16 + 401*120 + 121*84 + 850 = 60.26K", "accepted"),
    ],
)
def test_what_k_stands_for(head, answer, verdict):
    assert one("{id: q, spec: lenet5, get: params, points: 1}", f'"{answer}"', head).verdict == verdict


def test_bytes_keep_their_own_units():
    """weight_bytes of LeNet-5: 61,706 * 4 = 246,824 = 241.04 KiB."""
    for head in ("", KIBI):
        assert one("{id: q, spec: lenet5, get: weight_bytes, points: 1}", "246.824 kB", head).verdict == "exact"


POOL = "{id: q, layer: max_pool 3 stride=2, input: 5x56x56, get: out, points: 1}"


@pytest.mark.parametrize(
    ("head", "answer", "verdict", "ids"),
    [
        ("", "5x27x27", "exact", ()),  # (56 - 3)/2 = 26.5
        ("", "5x28x28", "misconception", ("out.ceil", "out.pool_2x2_assumed", "out.ceil_mode")),
        (CEIL, "5x28x28", "exact", ()),
        (CEIL, "5x27x27", "convention", ("out.ceil_mode",)),
    ],
)
def test_how_pooling_rounds(head, answer, verdict, ids):
    found = one(POOL, answer, head)
    assert (found.verdict, set(ids) - set(found.misconceptions)) == (verdict, set())
    assert found.misconceptions[:1] == ids[:1]


def test_what_follows_from_pooling_that_rounds_up():
    """AlexNet on 231: conv1 (231 - 11)/4 + 1 = 56; pool1 53/2 + 1, 28 or 27; pool2 ⌈25/2⌉ + 1 = 14 or 13."""
    rows = "table: {layers: [conv1, pool1, pool2], columns: [out.w]}"
    up, down = (assessor(f"{{id: q, spec: alexnet, input: 3x231x231, {rows}, points: 3}}", head) for head in (CEIL, ""))
    assert up.right == {"q.conv1.out.w": 56, "q.pool1.out.w": 28, "q.pool2.out.w": 14}
    assert down.right == {"q.conv1.out.w": 56, "q.pool1.out.w": 27, "q.pool2.out.w": 13}


def test_mistakes_are_looked_for_in_the_same_world():
    """VGG-16 reads 224; of 227, pooling that rounds up leaves ⌈225/2⌉ + 1 = 114."""
    found = one("{id: q, spec: vgg16, get: pool1.out.w, points: 1}", "114", CEIL)
    assert found.misconceptions[0] == "out.input_wrong"


def test_the_smallest_image_where_pooling_rounds_up():
    with pytest.raises(AssignmentErrors) as caught:
        assessor("{id: q, spec: alexnet, get: min_input, points: 1}", CEIL)
    assert caught.value.errors[0].what == "the smallest image is not computed where pooling rounds up"


def biased(biases):
    return f"conventions: {{recurrent_biases: {biases}}}\n" if biases else ""


@pytest.mark.parametrize(
    ("layer", "biases", "partial", "points"),
    [
        ("lstm 9", "", "", {432: 1, 396: 1}),
        ("lstm 9", "any", "", {432: 1, 396: 1}),
        ("lstm 9", "2", "", {432: 1, 396: 0}),
        ("lstm 9", "1", "", {432: 0, 396: 1}),
        ("lstm 9 biases=1", "", "", {432: 0, 396: 1}),
        ("lstm 9 biases=1", "2", "", {432: 1, 396: 0}),
        ("lstm 9", "", ", partial: {rnn.one_bias: 1/2}", {432: 1, 396: Fraction(1, 2)}),
        ("lstm 9", "", ", partial: {rnn.one_bias: 0}", {432: 1, 396: 0}),
        ("lstm 9", "1", ", partial: {rnn.two_biases: 1/4}", {432: Fraction(1, 4), 396: 1}),
        ("lstm 9 bias=no", "1", "", {360: 1, 396: 0}),
    ],
)
def test_how_many_biases_a_gate_has(layer, biases, partial, points):
    """4(9 + 81 + 9) = 396 with one bias a gate, 4(9 + 81 + 18) = 432 with two."""
    question = f"{{id: q, layer: {layer}, input: 20x1, get: params, points: 1{partial}}}"
    found = {answer: one(question, answer, biased(biases)) for answer in points}
    assert {answer: marked.points for answer, marked in found.items()} == points
    assert all(marked.passes for marked in found.values() if marked.points == 1)
    assert not any(marked.passes for marked in found.values() if marked.points < 1)


@pytest.mark.parametrize(
    ("head", "points"),
    [
        ("", {58_408: 1, 60_008: 1, 36_472: 1}),
        ("conventions: {activations: any}\n", {58_408: 1, 60_008: 1, 36_472: 1}),
        ("conventions: {activations: stored}\n", {58_408: 1, 60_008: 0, 36_472: 0}),
    ],
)
def test_how_activations_are_counted(head, points):
    """LeNet-5: 14,602 values of 4 bytes, 400 more with flatten's; 1,024 + 8,094 as CS231n counts."""
    question = "{id: q, spec: lenet5, get: activation_bytes, points: 1}"
    found = {answer: one(question, answer, head) for answer in points}
    assert {answer: marked.points for answer, marked in found.items()} == points
    assert {marked.verdict for answer, marked in found.items() if answer != 58_408} == {"convention"}


@pytest.mark.parametrize(
    ("feedback", "verdict", "ids"),
    [("none", "received", ()), ("verdict", "accepted", ()), ("hint", "convention", ("rnn.one_bias",))],
)
def test_what_is_told_of_an_accepted_convention(feedback, verdict, ids):
    question = "{id: q, layer: lstm 9, input: 20x1, get: params, points: 3}"
    found = one(question, 396, f"feedback: {feedback}\n")
    assert (found.verdict, found.misconceptions, found.points) == (verdict, ids, 0 if feedback == "none" else 3)


TABLE = """\
{id: q, spec: alexnet, points: 6, follow: {credit: 1/2}, table: {layers: [conv1, pool1, conv2], columns: [out, params]}}
"""


@pytest.mark.parametrize(
    ("rows", "points"),
    [
        # 90 filters instead of 96: conv2 has (25*90 + 1)*256 = 576,256 params
        ("{conv1: {out: 90x55x55}, pool1: {out: 90x27x27}, conv2: {params: 576256}}",
         {"pool1.out": 0.5, "conv2.params": 0.5}),
        ("{conv1: {out: 90x55x55}, conv2: {params: 576256}}", {"conv2.params": 0.5}),  # the nearest row with an output
        ("{conv1: {out: 90x55x55}, pool1: {out: 96x27x27}, conv2: {params: 576256}}",
         {"pool1.out": 1, "conv2.params": 0}),
        ("{conv2: {params: 576256}}", {"conv2.params": 0}),
        ("{conv1: {out: 90x55x55}, pool1: {out: what}, conv2: {params: 576256}}", {"conv2.params": 0}),
        ("{conv1: {out: 96x54x54}, pool1: {out: 96x26x26}, conv2: {out: 256x26x26, params: 614656}}",
         {"pool1.out": 0.5, "conv2.out": 0.5, "conv2.params": 1}),
    ],
)  # fmt: skip
def test_errors_are_carried_forward_to_parameters(rows, points):
    """conv2 rightly has (25*96 + 1)*256 = 614,656."""
    found = marked(assessor(TABLE), f"{{q: {rows}}}")
    assert {id: found[f"q.{id}"].points for id in points} == points


def test_the_row_that_it_follows_from_is_named():
    found = marked(assessor(TABLE), "{q: {conv1: {out: 90x55x55}, conv2: {params: 576256}}}")
    assert found["q.conv2.params"].message == "Right for your own conv1, which is not."
    assert found["q.conv2.params"].points == Fraction(1, 2)


def test_no_conventions_are_the_usual_ones():
    made = assessor("{id: q, spec: lenet5, get: params, points: 1}")
    usual = {"flops": "flops", "layout": "CHW", "kilo": "1000", "pool_rounding": "floor"}
    usual |= {"recurrent_biases": "any", "activations": "any"}
    assert made.assignment.conventions == usual


def test_a_field_is_carried_forward():
    """A field of 12 after conv1 makes 20 after pool1 right in its own way, 12 + (3 - 1)*4, and 52 after conv2."""
    table = "{id: q, spec: alexnet, points: 3, follow: {credit: 1/2}, table: {layers: [%s], columns: [rf]}}"
    made = assessor(table % "conv1, pool1, conv2")
    found = marked(made, "{q: {conv1: {rf: 12}, pool1: {rf: 20}, conv2: {rf: 53}}}")
    assert [answer.points for answer in found.values()] == [0, Fraction(1, 2), 0]
    assert found["q.pool1.rf"].message == "Right for your own conv1, which is not."
    assert marked(made, "{q: {conv1: {rf: 12}, conv2: {rf: 52}}}")["q.conv2.rf"].points == Fraction(1, 2)

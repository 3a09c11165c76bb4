"""Verdicts and their order: exact, catalogue, convention, claimed precision, slips, wrong; unreadable, unanswered."""

from __future__ import annotations

import pytest
from homework.sheets import judged, mark, verdict
from hypothesis import given
from hypothesis import strategies as st

from archcalc.errors import SpecErrors


@pytest.mark.parametrize(
    ("spec", "subject", "answer", "expected", "ids"),
    [
        ("lenet5", "conv1.params", "156", "exact", ()),
        ("lenet5", "pool2.out", "16×5×5", "exact", ()),
        ("lenet5", "flat.out", "400", "exact", ()),
        ("alexnet", "conv1.out.w", "⌊(227-11)/4⌋+1", "exact", ()),
        ("lenet5", "pool2.out", "5x5x16", "convention", ("out.layout", "out.hw_swapped")),
        # 32 - 5 is 27 without the + 1, written with its channels last; 14x14x3 halves the channels too
        ("lenet5", "conv1.out", "27x27x6", "misconception", ("out.no_plus1", "out.filters_as_kernel")),
        ("lenet5", "pool1.out", "14x14x3", "misconception", ("out.channels_pooled",)),
        ("lenet5", "macs", "833,040", "convention", ("mac.flops",)),
        ("lenet5", "macs", "416.52K", "exact", ()),
        ("lenet5", "conv1.neurons", "4.7K", "accepted", ()),
        ("lenet5", "macs", "416K", "slip", ("slip.rounded",)),
        ("alexnet", "params", "62.4M", "slip", ("slip.rounded",)),  # 62,367,776 without biases rounds to it too
        ("alexnet", "params", "~60M", "slip", ("slip.rounded",)),
        ("lenet5", "conv2.params", "2400", "misconception", ("par.no_bias",)),
        ("lenet5", "params", "617060", "slip", ("slip.magnitude",)),
        ("lenet5", "params", "61760", "slip", ("slip.typo",)),
        ("lenet5", "params", "6170", "slip", ("slip.typo",)),
        ("lenet5", "params", "61709", "slip", ("slip.typo",)),
        ("lenet5", "params", "123456789", "wrong", ()),
        ("lenet5", "params", "-61706", "wrong", ()),
        ("lenet5", "params", "61706 MiB", "unreadable", ()),
        ("lenet5", "params", "many", "unreadable", ()),
        ("lenet5", "pool2.out", "16x5", "wrong", ()),
        ("lenet5", "pool2.out", "a lot", "unreadable", ()),
        ("lenet5", "weight_bytes", "246,824", "exact", ()),
        ("lenet5", "weight_bytes", "246.824 kB", "exact", ()),
        ("lenet5", "weight_bytes", "241.0 kB", "convention", ("mem.kib",)),  # 246,824 / 1024 = 241.04
        ("lenet5", "weight_bytes", "60.26 KiB", "misconception", ("mem.count_for_bytes",)),  # 61,706 / 1024
        ("lenet5", "pool2.out.w", "5x5", "exact", ()),
        ("lenet5", "pool2.out.w", "5x5x16", "unreadable", ()),
        ("lenet5", "pool2.out.w", "4.5", "wrong", ()),  # 5 * (1000/1024)^4 is 4.547, but nothing here counts in K
        ("lenet5", "pool2.out", "16x5×5", "exact", ()),
        ("alexnet", "conv5.rf", "163 × 163", "exact", ()),
        ("alexnet", "conv5.rf", "25x25", "misconception", ("rf.no_stride",)),
        # 58,659,752, and 1,376 less without the biases of the convolutions
        ("alexnet", "params", "58.66M", "misconception", ("par.no_in_channels", "par.no_in_channels+no_bias")),
        ("alexnet", "params", "70M", "wrong", ()),  # too coarse to tell
        ("alexnet", "params", "60M", "misconception", ("tot.other_network",)),  # the paper's, in two groups
        ("alexnet", "params", "61,910,632", "misconception", ("tot.misprint",)),  # printed in a lecture
        ("alexnet", "params", "61,935,976", "misconception", ("par.previous_in_channels",)),  # what its sum comes to
        ("vgg16", "params", "137,701,672", "misconception", ("tot.misprint",)),
        ("vgg16", "params", "144M", "misconception", ("tot.other_network",)),  # 143,667,240 of VGG-19
        ("vgg16", "params", "143,667,240", "misconception", ("tot.other_network",)),
        ("vgg16", "macs", "19.6G", "misconception", ("tot.other_network",)),
        ("resnet152", "macs", "11.3G", "misconception", ("tot.other_network",)),  # the stride in the 1x1
        ("resnet50", "macs", "3.8G", "misconception", ("tot.other_network",)),  # the paper's word
        ("alexnet", "params", "61,100,840", "misconception", ("tot.other_network",)),  # torchvision's
        ("alexnet", "neurons", "650,000", "slip", ("slip.rounded",)),  # 659,272 cut off
        ("alexnet", "neurons", "650M", "slip", ("slip.magnitude",)),
        ("vgg16", "params", "138,000,000", "slip", ("slip.rounded",)),
        ("vgg16", "params", "138,357", "slip", ("slip.magnitude",)),
        ("vgg16", "params", "100M", "wrong", ()),
        ("lenet5", "params", "60,000", "slip", ("slip.rounded",)),
        ("alexnet", "params", "62.37M", "slip", ("slip.rounded",)),  # cut off, or 62,367,776 without biases
        ("alexnet", "params", "60.92M", "wrong", ()),  # 62,378,344 * 1000/1024, but M holds that factor twice
        ("alexnet", "params", "59.49M", "convention", ("mac.unit",)),  # 62,378,344 / 1024^2
    ],
)
def test_verdicts(spec, subject, answer, expected, ids):
    marked = judged(spec, subject, answer)
    assert (marked.verdict, marked.misconceptions) == (expected, ids)
    assert marked.points == (1 if expected in ("exact", "accepted") else 0)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("617060", "Your answer is 10 times too large."),
        ("61.706", "Your answer is 1,000 times too small. A point begins the decimals; thousands take a comma."),
        ("61.7060", "Your answer is 1,000 times too small."),
        ("61760", "Two digits look swapped: compare your answer with your own working."),
        ("6170", "One digit looks wrong: compare your answer with your own working."),
        ("61.7K", "Give the exact number: rounded like this, a wrong one looks the same."),
        ("123456789", "This is not the answer, and no known mistake gives it."),
        ("5 +", "The expression ends too soon: a number is missing."),
        ("1.234,5", "`1.234,5` has a comma after the point: the point begins the decimals, commas group thousands: "
                    "1,234.5."),
    ],
)  # fmt: skip
def test_messages(answer, message):
    assert judged("lenet5", "params", answer).message == message


def test_digits_cut_off():
    """62,378,344: 62.37M may be cut off, or 62,367,776 rounded. 2416/156 = 15.487."""
    rounded = "Give the exact number: rounded like this, a wrong one looks the same."
    assert judged("alexnet", "params", "62.37M").message == rounded
    ratio = judged("lenet5", "ratio(conv2.params, conv1.params)", "15.48")
    assert ratio.message == "You cut the digits off: round to the nearest."


@pytest.mark.parametrize("answer", ["1x16x5x5", "(1, 16, 5, 5)", "16x5x5x1"])
def test_a_batch_is_no_part_of_a_shape(answer):
    message = "A shape of 3 sizes is asked for, of one example: leave the batch out."
    assert judged("lenet5", "pool2.out", answer).message == message
    assert judged("lenet5", "pool2.out", "2x16x5x5").message == "A shape of 3 sizes is asked for."


POOLED = "name: pooled\ninput: 3x17x19\nlayers: {c: conv 512 3x3, p: adaptive_avg_pool 1x1, f: flatten, l: linear 1}\n"
"""512 channels; p gives 512x1x1, f and l are vectors."""
VECTORS = [
    ("lenet5", "flat.out", "400", ("16*5*5", "5*5*16", "16 · 5 · 5", "5²·16", "(5^2*16)", "256 + 144", "800/2")),
    ("lenet5", "flat.out", "400", ("5x5x16 = 400", "16×5×5=400", "flat = 16*5*5", "400 = 16*5*5")),
    ("lenet5", "flat.out", "400", ("400 neurons", "400 values", "400 features", "[400]", "(400,)", "out = [400]")),
    ("lenet5", "flat.out", "400", ("(None, 400)", "1x400", "(1, 400)", "[-1, 400]", "400x1", "(batch, 16*5*5)")),
    ("alexnet", "flat.out", "9216", ("256*6*6", "6*6*256", "9,216", "9,216 units", "(None, 9216)", "96*96")),
    ("alexnet", "fc6.out", "4096", ("[1x1x4096]", "1x4096", "64*64", "2^12", "4096 neurons")),
    ("vgg16", "out", "1000", ("1,000", "10*100", "1x1000")),
    ("resnet18", "avgpool.out", "512", ("512x1x1", "1x1x512", "512*1*1", "(None, 512)")),
    (POOLED, "f.out", "512", ("512*1*1", "1x512", "1x1x512")),
    (POOLED, "l.out", "1", ("1x1", "(None, 1)", "2 - 1")),
    ("name: s\ninput: 7x11\nlayers: [lstm 23 returns=last]\n", "lstm.out", "23", ("(None, 23)", "1x23", "23 units")),
]
"""Of a shape of one size: what it is, and other ways to say it."""


@pytest.mark.parametrize(
    ("spec", "subject", "answer"),
    [(spec, subject, answer) for spec, subject, length, others in VECTORS for answer in (length, *others)],
)
def test_a_vector_is_given_by_its_length_in_any_form(spec, subject, answer):
    assert verdict(spec, subject, answer) == "exact"


@pytest.mark.parametrize(
    ("spec", "subject", "answer", "expected", "ids"),
    [
        ("lenet5", "flat.out", "16x5x5", "misconception", ("out.one_layer_off",)),  # a shape: pool2's
        ("lenet5", "flat.out", "16×5×5", "misconception", ("out.one_layer_off",)),
        ("lenet5", "flat.out", "(None, 16, 5, 5)", "misconception", ("out.one_layer_off",)),
        ("lenet5", "flat.out", "16*5*6", "wrong", ()),
        ("lenet5", "flat.out", "5x5x16 = 480", "wrong", ()),
        ("lenet5", "flat.out", "2x400", "wrong", ()),
        ("alexnet", "flat.out", "(9,216)", "wrong", ()),
        (POOLED, "f.out", "512x1x1", "misconception", ("out.one_layer_off",)),  # p's, not flattened
    ],
)
def test_what_is_no_vector_or_another(spec, subject, answer, expected, ids):
    marked = judged(spec, subject, answer)
    assert (marked.verdict, marked.misconceptions) == (expected, ids)


def recurrent(call, x):
    return f"name: n\ninput: {x}\nlayers: {{r: {call}}}\n"


DEEP = "name: deep\ninput: 20x3\nlayers: {a: lstm 9, b: gru 7 returns=last, l: linear 5}\n"
# one bias a gate: 4*9*(3 + 9 + 1) = 468, 3*7*(9 + 7 + 1) = 357, (7 + 1)*5 = 40; the second biases are 36 and 21


@pytest.mark.parametrize(
    ("spec", "subject", "answer"),
    [
        (recurrent("lstm 9", "20x1"), "r.params", "396"),
        (recurrent("lstm 9", "20x1"), "r.params", "4*(1*9 + 9*9 + 9)"),
        (recurrent("lstm 9", "20x1"), "r.params", "4*(1*9 + 9*9 + 9) = 396"),
        (recurrent("rnn 50", "20x1"), "r.params", "2,600"),  # Keras' SimpleRNN and the like
        (recurrent("gru 20", "20x13"), "r.params", "2040"),
        (recurrent("lstm 256", "20x4096"), "r.params", "4,457,472"),
        (recurrent("lstm 256", "20x4096"), "r.params", "4.457M"),  # 4,458,496 with two
        (recurrent("rnn 10", "20x1"), "r.params", "120"),
        (recurrent("lstm 9 num_layers=2 bidirectional=yes", "20x3"), "r.params", 2 * 468 + 2 * 4 * 9 * (18 + 9 + 1)),
        (DEEP, "params", 468 + 357 + 40),
        (DEEP, "params", "4*9*(3+9+1) + 3*7*(9+7+1) + (7+1)*5"),
        (DEEP, "weight_bytes", 4 * (468 + 357 + 40)),
    ],
)
def test_one_bias_a_gate_is_right_as_well(spec, subject, answer):
    marked = judged(spec, subject, answer)
    assert (marked.verdict, marked.misconceptions, marked.points) == ("convention", ("rnn.one_bias",), 1)
    assert marked.passes


@pytest.mark.parametrize(
    ("spec", "subject", "answer", "expected", "ids"),
    [
        (recurrent("lstm 9", "20x1"), "r.params", "432", "exact", ()),
        (recurrent("lstm 9 biases=1", "20x1"), "r.params", "396", "exact", ()),
        (recurrent("lstm 9", "20x1"), "r.params", "4*(1*9 + 9*9 + 9) = 400", "slip", ("slip.arith",)),
        (DEEP, "params", 504 + 357 + 40, "convention", ("rnn.one_bias",)),  # one bias in b alone: not consistent
        (DEEP, "params", "4*9*(3+9+1) + 3*7*(9+7+1) + 7*5", "misconception", ("par.no_bias",)),
    ],
)
def test_one_bias_a_gate_and_what_it_is_not(spec, subject, answer, expected, ids):
    marked = judged(spec, subject, answer)
    assert (marked.verdict, marked.misconceptions) == (expected, ids)
    assert marked.passes == (expected == "exact")


def test_the_answer_to_another_question():
    sheet = mark("lenet5", "conv2.params: 10164\nfc2.params: 10164")
    assert [(answer.verdict, answer.message) for answer in sheet.answers] == [
        ("slip", "That is the answer to fc2.params."),
        ("exact", ""),
    ]


def test_skipped_and_empty_answers_are_not_wrong():
    sheet = mark("lenet5", "conv1.params: skip\nconv2.params:\nfc1: {params: 48120, out: skip}")
    assert [answer.verdict for answer in sheet.answers] == ["unanswered", "unanswered", "exact", "unanswered"]
    assert not sheet.passed


def test_questions_that_do_not_exist_are_errors_all_at_once():
    with pytest.raises(SpecErrors) as caught:
        mark("lenet5", "conv1.parms: 1\nflatt.params: 2\nparams: 61706\nflat.out.h: 3")
    assert [(str(error), error.help) for error in caught.value.errors] == [
        ("sheet.yaml:2:3: unknown quantity `parms`", "did you mean `params`?"),
        ("sheet.yaml:3:3: lenet5 has no layer `flatt`", "did you mean `flat`?"),
        ("sheet.yaml:5:3: 400 has no height", "a vector has `out` and `elements`"),
    ]


RIGHT = {
    "conv1.params": 156, "conv2.params": 2416, "fc1.params": 48120, "params": 61706, "macs": 416520, "conv2.rf": 14,
}  # fmt: skip
"""LeNet-5: (5*5+1)*6, (6*5*5+1)*16, (400+1)*120, their sum with fc2 and fc3, and 1 + 4 + 1 + 2*4 = 14."""


@st.composite
def right_answers(draw):
    subject, number = draw(st.sampled_from(sorted(RIGHT.items())))
    digits = draw(st.sampled_from(["0123456789", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９"]))
    mark = draw(st.sampled_from(["", ",", "_", " ", "\u202f", "'"]))
    a = draw(st.integers(1, 10**6))
    text = f"{number:,}".replace(",", mark) if mark else str(number)
    form = draw(
        st.sampled_from(
            ["{}", " {} ", "({})", "{} + 0", "1·{}", "{a}+{}-{a}", "{a}*{}/{a}", "{}.0", "= {}", "{}.", "“{}”"]
        )
    )
    return subject, form.format(text, a=a).translate(str.maketrans("0123456789", digits))


@given(right_answers())
def test_a_right_answer_is_right_in_every_notation(case):
    subject, text = case
    assert verdict("lenet5", subject, text) == "exact"


@given(st.sampled_from(["x", "×", ", ", " x ", "*"]), st.sampled_from(["{}", "({})", "[{}]", "“{}”", "{}."]))
def test_a_right_shape_is_right_in_every_notation(sign, form):
    assert verdict("alexnet", "pool5.out", form.format(sign.join(["256", "6", "6"]))) == "exact"


@given(st.integers(1, 10**9))
def test_a_wrong_number_is_never_right_and_no_message_holds_the_right_one(number):
    marked = judged("lenet5", "params", number)
    if number != 61706:
        assert marked.verdict != "exact"
        assert "61706" not in marked.message.replace(",", "")

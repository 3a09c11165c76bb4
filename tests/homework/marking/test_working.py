"""Working laid beside the layers: the lecture notes' own sums, and sums with one term wrong, missing or doubled."""

from __future__ import annotations

import pytest
from homework.sheets import judged, mark
from reference_facts import lecture_arithmetic

LENET = "(5*5+1)*6 + (6*5*5+1)*16 + (400+1)*120 + (120+1)*84 + (84+1)*10"


def findings(marked):
    """Misconceptions, layers, and the stretch of the working that each remark points at."""
    return [
        (remark.misconceptions[:1], remark.layers, remark.text[remark.start : remark.start + remark.length])
        for remark in marked.remarks
    ]


def printed(name):
    return lecture_arithmetic()[name]["expression"], lecture_arithmetic()[name]["printed"]


def test_the_lecture_sum_of_lenet_is_right():
    expression, value = printed("lenet5")
    assert judged("lenet5", "params", expression).verdict == "exact"
    (marked,) = mark("lenet5", f'params: {{value: {value}, work: "{expression}"}}').answers
    assert (marked.verdict, marked.remarks) == ("exact", ())


def test_the_lecture_sum_of_alexnet():
    """Its second copy of conv3's term stands for conv4, which has 384 inputs, not 256."""
    expression, _ = printed("alexnet_as_printed")
    marked = judged("alexnet", "params", expression)
    assert marked.verdict == "misconception"
    assert findings(marked) == [(("par.previous_in_channels",), ("conv4",), "(256*384*3*3+384)*2")]
    assert marked.message == (
        "The second copy stands for conv4. conv4 reads the 384 outputs of the layer before, not what that layer reads. "
        "The other six terms are right."
    )
    (remark,) = marked.remarks
    assert remark.place is not None
    assert remark.place.column == len('  params: "') + expression.index("(256*384*3*3+384)*2") + 1


def test_the_printed_total_of_alexnet_is_not_what_its_sum_adds_up_to():
    """The sum is 61,935,976; 61,910,632 is printed below it."""
    expression, value = printed("alexnet_as_printed")
    (marked,) = mark("alexnet", f'params: {{value: {value}, work: "{expression}"}}').answers
    assert findings(marked) == [
        (("par.previous_in_channels",), ("conv4",), "(256*384*3*3+384)*2"),
        (("slip.arith",), (), ""),
    ]
    assert marked.remarks[1].message == "Your working does not come to the value you wrote."


def test_the_lecture_sum_of_vgg16():
    """conv4_1 with a 2x2 kernel, and conv3_2 and conv3_3 without their biases."""
    expression, _ = printed("vgg16_as_printed")
    marked = judged("vgg16", "params", expression)
    assert marked.verdict == "misconception"
    assert findings(marked) == [
        (("par.no_bias",), ("conv3_2", "conv3_3"), "(3*3*256*256)*2"),
        (("par.other_kernel",), ("conv4_1",), "(2*2*256*512+512)"),
    ]
    assert marked.remarks[1].message == "The kernel of conv4_1 is 3x3, not 2x2. The other ten terms are right."


def test_a_right_value_beside_a_wrong_working():
    expression, value = printed("vgg16_as_printed")
    (marked,) = mark("vgg16", f'params: {{value: {value}, work: "{expression}"}}').answers
    assert marked.verdict == "exact"
    assert marked.misconceptions == ("par.no_bias", "par.other_kernel", "slip.arith")


def test_the_corrected_lecture_sums_are_right():
    corrected = lecture_arithmetic()["vgg16_corrected"]["expression"]
    assert judged("vgg16", "params", corrected).verdict == "exact"
    alexnet = printed("alexnet_as_printed")[0].replace("(256*384*3*3+384)*2", "(256*384*3*3+384)+(384*384*3*3+384)")
    assert judged("alexnet", "params", alexnet).verdict == "exact"


@pytest.mark.parametrize(
    ("working", "found"),
    [
        (LENET.replace("6*5*5+1", "5*5+1"), [("par.no_in_channels", ("conv2",), "(5*5+1)*16")]),
        (LENET.replace("(120+1)*84", "120*84"), [("par.no_bias", ("fc2",), "120*84")]),
        (LENET.replace("(400+1)*120", "(16+1)*120"), [("fc.channels_only", ("fc1",), "(16+1)*120")]),
        (LENET.replace(" + (120+1)*84", ""), [("tot.layer_missing", ("fc2",), "")]),
        (LENET.replace("(5*5+1)*6 + (6*5*5+1)*16", "5*5*6 + 6*5*5*16"), [("par.no_bias", ("conv1", "conv2"), "5*5*6")]),
        (LENET + " + 43", [(None, (), "43")]),
        (LENET.replace("(84+1)*10", "(84+3)*10"), [(None, ("fc3",), "(84+3)*10")]),
        ("5*5*6+6 + 6*5*5*16+16 + 400*120+120 + 120*84 + 84*10+10", [("par.no_bias", ("fc2",), "120*84")]),
        ("((5*5+1)*6 + (5*5+1)*16) + ((400+1)*120 + (120+1)*84 + (84+1)*10)", [
            ("par.no_in_channels", ("conv2",), "(5*5+1)*16")]),
        ("(84+1)*10 + (120+1)*84 + (16+1)*120 + (6*5*5+1)*16 + (5*5+1)*6", [
            ("fc.channels_only", ("fc1",), "(16+1)*120")]),
        ("156 + 416 + 48120 + 10164 + 850", [("par.no_in_channels", ("conv2",), "416")]),
        ("\u200f(5*5+1)*6 + (5·5+1)×16 + 48,120 + 10,164 + 850", [("par.no_in_channels", ("conv2",), "(5·5+1)×16")]),
    ],
)  # fmt: skip
def test_the_wrong_term_is_named_with_its_columns(working, found):
    marked = judged("lenet5", "params", working)
    assert [((ids or (None,))[0], layers, text) for ids, layers, text in findings(marked)] == found


@pytest.mark.parametrize(
    "working",
    [
        "5*5*6+6 + 6*5*5*16+16 + 400*120+120 + 120*84+84 + 84*10+10",
        "((5*5+1)*6 + (6*5*5+1)*16) + (401*120 + 121*84 + 85*10)",
        "85*10 + 121*84 + 401*120 + 151*16 + 26*6",
        f"{LENET} = 61,706",
    ],
)
def test_right_sums_in_any_order_and_form(working):
    assert judged("lenet5", "params", working).verdict == "exact"


def test_several_terms_share_what_explains_all_of_them():
    """conv1 has one input channel, so 5*5*6 alone could forget that too; 6*5*5*16 of conv2 could not."""
    alone = judged("lenet5", "params", LENET.replace("(5*5+1)*6", "5*5*6"))
    assert alone.misconceptions == ("par.no_bias", "par.no_in_channels+no_bias")
    both = judged("lenet5", "params", LENET.replace("(5*5+1)*6 + (6*5*5+1)*16", "5*5*6 + 6*5*5*16"))
    assert (both.misconceptions, both.layers) == (("par.no_bias",), ("conv1", "conv2"))


def test_a_right_working_with_a_wrong_value():
    (marked,) = mark("lenet5", f'params: {{value: 61760, work: "{LENET}"}}').answers
    assert (marked.verdict, marked.misconceptions) == ("slip", ("slip.arith",))
    assert marked.message == "Your working is right, but it does not come to the value you wrote."


def test_operations_are_aligned_too():
    """MACs of LeNet-5, conv2 without its input channels."""
    marked = judged("lenet5", "macs", "28*28*5*5*6 + 10*10*5*5*16 + 400*120 + 120*84 + 84*10")
    assert findings(marked) == [(("mac.no_in_channels",), ("conv2",), "10*10*5*5*16")]


def test_a_sum_that_follows_no_layer_is_not_explained_term_by_term():
    marked = judged("lenet5", "params", "1+2+3+4+5+6+7")
    assert (marked.verdict, marked.misconceptions) == ("wrong", ())

"""Quiz lint: what a question tells, what it cannot tell, and why a teacher should take other numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
from homework.sheets import catalogue

from archcalc.homework.asking.assignment import AssignmentErrors, read_assignment
from archcalc.homework.asking.question import AskedNetwork
from archcalc.homework.marking.assess import Assessor
from archcalc.homework.quiz.lint import RULES, lint, worst
from archcalc.homework.quiz.power import alike, blind, digits_needed, swallowed, told
from archcalc.network import load


def network(spec):
    found = load(spec)
    return AskedNetwork.of(found.graph, found.document, found.choices)


def linted(questions):
    text = "archcalc: assignment/1\nid: hw1\nquestions:\n" + "".join(f"  - {{{line}}}\n" for line in questions)
    assessor = Assessor(read_assignment(text, "hw1.yaml"), network)
    return lint(assessor.assignment, assessor.catalogue)


def said(*questions, rule=None):
    found = linted(questions).findings
    return [f"{f.place}: {f.level}: {f.question}: {f.says} [{f.rule}]" for f in found if f.rule in (rule or RULES)]


def test_lenets_first_layer_lets_the_size_mistakes_pass():
    """32 - 5 + 1 = 28: nothing is rounded, padded or stepped over."""
    assert set(blind(catalogue("lenet5", "conv1.out.w"))) == {
        "out.ceil", "out.fractional", "out.plus1_inside",  # (32 - 5 + 1)/1 = 28 whichever way
        "out.pad_ignored", "out.pad_once", "out.pad_is_k", "out.stride_ignored",
    }  # fmt: skip
    assert {"out.no_plus1", "out.k_not_subtracted", "out.k_minus_twice"} <= set(
        told(catalogue("lenet5", "conv1.out.w"))
    )


SIZES = "name: s\ninput: 3x14x14\nlayers:\n  it: conv 7 5x5 stride=2 padding=1\n"  # (14 + 2 - 5)/2 = 5.5


def test_a_layer_that_tells_them():
    """Right: floor((14 + 2 - 5)/2) + 1 = 6, and rounded up 7. What still gives 6: padded once floor(10/2) + 1, the + 1
    inside floor(12/2), and 14 - 2*4."""
    assert set(blind(catalogue(SIZES, "it.out.w"))) == {"out.pad_once", "out.plus1_inside", "out.k_minus_twice"}
    assert {"out.ceil", "out.pad_ignored", "out.stride_ignored"} <= set(told(catalogue(SIZES, "it.out.w")))


@pytest.mark.parametrize(
    ("spec", "subject", "group"),
    [
        ("vgg16", "conv1_1.params", {"par.no_in_channels", "par.k_not_squared"}),  # K = Ci = 3
        ("lenet5", "conv1.params", {"par.bias_once", "par.bias_per_input"}),  # Ci = 1
        ("alexnet", "conv2.params", {"par.no_in_channels", "par.stride_for_channels"}),  # s = 1
        ("vgg16", "conv3_2.params", {"par.no_in_channels", "par.missing_brackets"}),  # 256 in, 256 out
    ],
)
def test_mistakes_that_give_the_same_wrong_answer(spec, subject, group):
    assert any(group <= set(found) for found in alike(catalogue(spec, subject)))


def test_every_inner_layer_of_vgg_hides_a_bias_per_input():
    """256 channels in, 256 out: 256 biases either way; and 3x3x256x256 is its own transpose."""
    assert blind(catalogue("vgg16", "conv3_2.params")) == ("par.bias_per_input", "fc.out_as_in")


def test_what_cannot_matter_is_not_named():
    assert not any(id.startswith("out.channels") for id in blind(catalogue("lenet5", "conv1.out.w")))
    assert not any(id.startswith("out.") for id in blind(catalogue("lenet5", "conv1.params")))
    assert not any(id.startswith("rf.pool") for id in blind(catalogue("alexnet", "conv1.rf")))
    assert blind(catalogue("lenet5", "pool1.params")) == ()  # twice nothing is nothing


def test_digits():
    """AlexNet's conv2: 614,656; without biases 614,400. Both are 614 thousand, and 614.7 is not 614.4."""
    assert digits_needed(catalogue("alexnet", "conv2.params")) == 4
    assert "par.no_bias" in swallowed(catalogue("alexnet", "conv2.params"), 3)
    assert swallowed(catalogue("alexnet", "conv2.params"), 4) == ()
    assert digits_needed(catalogue("alexnet", "conv1.out")) is None


def test_a_tolerance_that_swallows_a_mistake():
    assert said("id: q1, spec: alexnet, get: conv2.params, points: 1, accept: {sig: 3}", rule=["loose-tolerance"]) == [
        "hw1.yaml:4:10: warning: q1: rounded to 3 digits, par.no_bias, par.bias_once, par.bias_per_input would pass; "
        "4 digits tell them apart [loose-tolerance]"
    ]
    assert said("id: q1, spec: alexnet, get: conv2.params, points: 1, accept: {sig: 4}", rule=["loose-tolerance"]) == []


def test_partial_credit_that_nobody_can_earn():
    question = "id: q1, layer: conv 8 3x3 bias=no, input: 3x9x9, get: params, points: 2, partial: {par.no_bias: 1}"
    assert said(question, rule=["no-partial"]) == [
        "hw1.yaml:4:10: warning: q1: `partial` has par.no_bias, which gives no wrong answer here [no-partial]"
    ]


@pytest.mark.parametrize(
    ("layer", "input", "says"),
    [
        ("conv 8 5x5", "1x9x9",
         "par.no_in_channels gives the right answer too: its input has one channel; choose other numbers"),
        ("conv 8 5x5", "8x9x9",
         "par.bias_per_input gives the right answer too: it has 8 channels before and after; choose other numbers"),
    ],
)  # fmt: skip
def test_numbers_that_could_be_better(layer, input, says):
    found = linted([f"id: q1, layer: {layer}, input: {input}, get: params, points: 1"]).findings
    assert [f.says for f in found if f.rule == "chosen-numbers"] == [says]
    assert worst(found)


def test_the_same_in_a_net_is_a_note():
    assert said("id: q1, spec: lenet5, get: conv1.params, points: 1", rule=["blind", "chosen-numbers"]) == [
        "hw1.yaml:4:10: note: q1: cannot tell par.no_in_channels, par.bias_per_slice, par.stride_for_channels from the "
        "right answer [blind]"
    ]
    assert not worst(linted(["id: q1, spec: lenet5, get: conv1.params, points: 1"]).findings)


VARYING = "id: q1, layer: conv $c 3x3, input: 5x9x9, get: params, points: 1, vary: {c: %s}"


def test_variants_are_counted_and_looked_at():
    found = linted([VARYING % "7..60"])
    assert [(p.variants, p.asks) for p in found.powers] == [(54, "Parameters of conv $c 3x3 on 5x9x9")]
    assert said(VARYING % "7..60", rule=["few-variants", "no-value"]) == []
    assert said(VARYING % "7..9", rule=["few-variants"]) == [
        "hw1.yaml:4:10: warning: q1: 3 variants only: neighbours will share them [few-variants]"
    ]


def test_variants_that_are_passed_over():
    """5 filters on 5 channels: as many biases as inputs."""
    assert said(VARYING % "4..13", rule=["passed-over"]) == [
        "hw1.yaml:4:10: note: q1: 1 of 10 variants is passed over: par.bias_per_input would give the right answer "
        "[passed-over]"
    ]


def test_variants_that_do_not_fit():
    question = "id: q1, layer: conv 3 $kx$k, input: 5x9x9, get: params, points: 1, vary: {k: 2..11}"
    assert said(question, rule=["no-value"]) == [
        "hw1.yaml:4:10: warning: q1: 2 of 10 variants have no value: with k = 10 layer does not fit its input "
        "[no-value]"
    ]


def test_no_variant_fits():
    with pytest.raises(AssignmentErrors) as refused:
        linted(["id: q1, layer: conv 3 $kx$k, input: 5x9x9, get: params, points: 1, vary: {k: 10..19}"])
    (error,) = refused.value.errors
    assert (str(error.place), refused.value.exit_code) == ("hw1.yaml:4:10", 4)


def test_two_questions_with_one_answer():
    """LeNet's conv1 has 156 parameters, and so has a layer of 6 filters of 5x5 on one channel."""
    assert said(
        "id: q1, spec: lenet5, get: conv1.params, points: 1",
        "id: q2, layer: conv 6 5x5, input: 1x32x32, get: params, points: 1",
        rule=["same-answer"],
    ) == ["hw1.yaml:5:10: note: q2: has the same answer as q1 [same-answer]"]


def test_a_figure_without_a_catalogue():
    question = "id: q1, spec: lenet5, get: conv1.jump, points: 1"
    assert said(question, rule=["no-catalogue"]) == [
        "hw1.yaml:4:10: note: q1: no misconception is known for this figure [no-catalogue]"
    ]


def test_mistakes_about_sizes_matter_to_the_smallest_image():
    """LeNet-5 needs 16 pixels; a pixel less, rounding up (13) and no + 1 (25) are told."""
    assert said("id: q1, spec: lenet5, get: min_input, points: 1", rule=["no-catalogue"]) == []


def test_mistakes_that_look_alike_are_told():
    """VGG-16's first layer: 3 channels, kernels of 3x3: 3*3 + 1 and 3*3 + 1 for each of 64 filters."""
    (line,) = said("id: q1, spec: vgg16, get: conv1_1.params, points: 1", rule=["alike"])
    assert line.startswith("hw1.yaml:4:10: note: q1: the same wrong answer comes from par.no_in_channels = ")


def test_formulas_and_designs_are_passed_by():
    found = linted(["id: q1, formula: conv.params, points: 1"])
    assert (found.powers, found.findings) == ((), ())


def test_every_rule_has_a_test():
    source = Path(__file__).read_text(encoding="utf-8")
    assert [rule for rule in RULES if f'"{rule}"' not in source] == []

"""No feedback has the right number in it, whatever the misconception."""

from __future__ import annotations

import re

import pytest
from homework.sheets import catalogue

from archcalc.core import Shape

QUESTIONS = {
    "lenet5": [
        "params", "macs", "weight_bytes", "neurons", "connections", "activation_bytes", "peak_activation_bytes",
        "min_input", "conv1.out", "conv1.out.w", "conv1.out.c", "conv2.out.c", "conv2.params", "conv2.rf", "pool1.out",
        "pool2.out", "fc1.params", "fc1.macs", "ratio(conv1.out.w, pool1.out.w)",
        "ratio(conv2.params, conv1.params)",
    ],
    "alexnet": [
        "params", "conv1.out", "conv1.out.w", "conv2.out.w", "conv1.params", "conv1.macs", "conv5.rf", "conv1.rf",
        "pool1.rf", "pool5.out.c", "fc6.params", "min_input",
    ],
    "vgg16": [
        "params", "conv1_1.out.w", "conv1_1.out.c", "conv1_1.params", "conv1_1.macs", "pool1.out.w", "pool5.out",
        "pool5.rf", "ratio(conv1_2.params, conv1_1.params)",
    ],
    "resnet18": ["params", "layer2.out", "layer4.rf"],
    "mobilenet_v1": ["params", "macs"],
    "googlenet": ["macs", "inception3a.out.c"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "subject"), [(spec, subject) for spec, subjects in QUESTIONS.items() for subject in subjects]
)
def test_the_right_number_is_not_told(spec, subject):
    found = catalogue(spec, subject)
    actual = found.question.actual
    right = re.compile("|".join(_whole(size) for size in (actual if isinstance(actual, Shape) else [actual])))
    candidates = [candidate for same in found.by_value.values() for candidate in same]
    candidates += [one for couple in found.couples.values() for one in (couple, couple.partner)]
    assert candidates
    assert {candidate.feedback for candidate in candidates if right.search(candidate.feedback)} == set()


def _whole(number: object) -> str:
    """The number, with or without its thousands grouped, as no part of a longer one or of a name."""
    plain = str(number)
    forms = {plain} | ({f"{int(plain):{mark}}" for mark in ",_"} if plain.isdigit() else set())
    return "|".join(rf"(?<![\w.,]){re.escape(form)}(?!\w|[.,][0-9])" for form in forms)


def test_the_pattern_finds_what_it_should():
    pattern = re.compile(_whole(61706))
    assert pattern.search("it is 61706.")
    assert pattern.search("it is 61,706, of course")
    assert not pattern.search("161706 or 61706x5 or conv61706")

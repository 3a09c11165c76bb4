"""Two different misconceptions at once: found where no single one explains the answer, and seldom by accident."""

from __future__ import annotations

import pytest
from homework.sheets import catalogue, judged

from archcalc.homework.diagnosis.sums import LEAST_OF_COUPLES, MOST_COUPLES

LENET = 61_706  # (25+1)*6 + (150+1)*16 + (400+1)*120 + (120+1)*84 + (84+1)*10


@pytest.mark.parametrize(
    ("spec", "subject", "answer", "ids"),
    [
        ("lenet5", "params", 25 * 6 + 25 * 16 + 400 * 120 + 120 * 84 + 84 * 10, {"par.no_bias", "par.no_in_channels"}),
        ("lenet5", "params", 5 * 6 + 5 * 6 * 16 + 400 * 120 + 120 * 84 + 84 * 10, {"par.no_bias", "par.k_not_squared"}),
        ("lenet5", "params", 25 * 6 + 150 * 16 + 16 * 120 + 120 * 84 + 84 * 10, {"par.no_bias", "fc.channels_only"}),
        (
            "lenet5",
            "params",
            26 * 6 + 26 * 16 + 26 * 120 + 121 * 84 + 85 * 10,
            {"par.no_in_channels", "fc.spatial_only"},
        ),
        ("lenet5", "params", 25 * 6 + 150 * 16 + 400 * 120 + 84 * 10, {"par.no_bias", "tot.layer_missing"}),
        ("alexnet", "conv2.params", 5 * 96 * 256, {"par.no_bias", "par.k_not_squared"}),
        ("alexnet", "conv2.params", 5 * 5 * 256 + 1, {"par.bias_once", "par.no_in_channels"}),
        ("alexnet", "conv2.params", 5 * 256 + 256, {"par.no_in_channels", "par.k_not_squared"}),
        ("alexnet", "conv2.macs", 5 * 256 * 27 * 27, {"mac.no_in_channels", "mac.k_not_squared"}),
        ("alexnet", "conv2.macs", 5 * 5 * 96 * 27, {"mac.no_out_channels", "mac.one_dim"}),
    ],
)
def test_two_at_once(spec, subject, answer, ids):
    marked = judged(spec, subject, answer)
    assert marked.verdict == "misconception"
    assert set(marked.misconceptions) == ids


def test_what_is_said():
    """84*10 + ... without the 10,080 weights of fc2 and the 230 biases of the others."""
    marked = judged("lenet5", "params", LENET - 236 - 120 * 84)
    assert marked.misconceptions == ("par.no_bias", "tot.layer_missing")
    assert marked.message == "You counted the weights but not the biases. fc2 is missing in your total."
    assert [remark.layers for remark in marked.remarks] == [(), ("fc2",)]


SMALL = "name: s\ninput: 3x11x13\nlayers: {a: conv 5 3x3, b: conv 7 2x2}\n"  # (27+1)*5 + (20+1)*7 = 287


def test_small_totals_are_not_explained_by_two():
    assert judged(SMALL, "params", 3 * 3 * 5 + 2 * 5 * 7).verdict == "wrong"
    assert set(judged(SMALL, "b.params", 2 * 5 * 7).misconceptions) == {"par.no_bias", "par.k_not_squared"}


@pytest.mark.parametrize(("spec", "right"), [("lenet5", 61_706), ("alexnet", 62_378_344), ("vgg16", 138_357_544)])
def test_few_wrong_totals_are_explained_by_accident(spec, right):
    """Of all numbers at most a twentieth away, two in a hundred at most."""
    found = catalogue(spec, "params")
    near = [value for value in found.couples if abs(value - right) * 20 <= right]
    assert 0 < len(near) < 0.02 * (right / 10)
    assert min(found.couples) >= LEAST_OF_COUPLES
    assert len(found.couples) <= MOST_COUPLES


def test_one_misconception_comes_before_two():
    found = catalogue("lenet5", "params")
    assert not found.couples.keys() & found.by_value.keys()
    assert LENET not in found.couples
    assert [candidate.scope for candidate in found.explain(LENET - 236)] == ["all"]


def test_deep_nets_have_no_couples():
    assert catalogue("resnet152", "params").couples == {}

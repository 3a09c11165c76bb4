"""The worked numbers of the catalogue: totals of LeNet-5, AlexNet and VGG-16, and pairs of receptive fields.

Source: the catalogue of known misconceptions, section 7 of the project's homework page, whose totals were measured
apart from this code; the arithmetic of single layers is written out.
"""

from __future__ import annotations

import pytest
from homework.sheets import catalogue, judged, verdict

TOTALS = {
    "lenet5": {
        61_470: "par.no_bias", 59_706: "par.no_in_channels", 61_475: "par.bias_once", 62_081: "par.bias_per_input",
        61_786: "par.bias_per_slice", 59_331: "par.missing_brackets", 59_666: "par.k_not_squared",
        15_626: "fc.channels_only", 16_706: "fc.spatial_only", 423_038: "par.no_sharing",
    },
    "alexnet": {
        62_367_776: "par.no_bias", 58_659_752: "par.no_in_channels", 62_367_784: "par.bias_once",
        62_386_307: "par.bias_per_input", 62_745_896: "par.bias_per_slice", 58_644_499: "par.missing_brackets",
        59_790_760: "par.k_not_squared", 25_678_184: "fc.channels_only", 24_777_064: "fc.spatial_only",
        1_135_915_368: "par.no_sharing", 60_965_224: "tot.alexnet_groups",
    },
    "vgg16": {
        138_344_128: "par.no_bias", 123_685_096: "par.no_in_channels", 138_344_144: "par.bias_once",
        138_381_123: "par.bias_per_input", 139_987_816: "par.bias_per_slice", 123_680_515: "par.missing_brackets",
        128_550_568: "par.k_not_squared", 37_694_248: "fc.channels_only", 35_797_800: "fc.spatial_only",
        15_483_821_032: "par.no_sharing",
    },
}  # fmt: skip

FIELDS = {
    "rf.no_stride": (25, 32), "rf.own_stride_only": (59, 37), "rf.prev_stride_only": (37, 40),
    "rf.stride_too_early": (217, 243), "rf.power_of_stride": (10_963, 384_475), "rf.pool_ignored": (51, 27),
    "rf.pool_stride_only": (139, 181), "rf.sum_k": (31, 49), "rf.k_not_minus1": (232, 333), "rf.no_plus1": (162, 211),
    "rf.last_kernel": (3, 2), "rf.jump_given": (16, 32),
}  # fmt: skip
"""Misconception -> what it gives for AlexNet's conv5 (163) and for VGG-16's pool5 (212)."""

SAME_FIELD = {32: {"rf.no_stride", "rf.jump_given"}}
"""Values that two rows of the catalogue share."""


@pytest.mark.parametrize(
    ("spec", "total", "id"), [(spec, total, id) for spec, totals in TOTALS.items() for total, id in totals.items()]
)
def test_a_total_comes_back_as_its_misconception(spec, total, id):
    marked = judged(spec, "params", total)
    assert marked.verdict == ("convention" if id == "tot.alexnet_groups" else "misconception")
    assert marked.misconceptions[0] == id


@pytest.mark.parametrize("id", FIELDS)
@pytest.mark.parametrize(("spec", "layer", "column"), [("alexnet", "conv5", 0), ("vgg16", "pool5", 1)])
def test_a_receptive_field_comes_back_as_its_misconception(spec, layer, column, id):
    value = FIELDS[id][column]
    found = judged(spec, f"{layer}.rf", value).misconceptions
    assert found[0] in SAME_FIELD.get(value, {id})
    assert id in found


@pytest.mark.parametrize(
    ("spec", "subject", "right"),
    [
        ("lenet5", "params", "61,706"),
        ("alexnet", "params", "62,378,344"),
        ("alexnet@grouped", "params", "60,965,224"),
        ("vgg16", "params", "138,357,544"),
        ("alexnet", "conv5.rf", "163"),
        ("alexnet", "pool5.rf", "195"),
        ("vgg16", "pool5.rf", "212"),
        ("lenet5", "conv2.rf", "14"),
        ("bottleneck@direct", "params", "5·5·192·32+32"),
        ("bottleneck", "params", "(192+1)·16 + (5·5·16+1)·32"),
    ],
)
def test_the_right_number_is_exact(spec, subject, right):
    assert verdict(spec, subject, right) == "exact"


@pytest.mark.parametrize(
    ("spec", "subject", "answer", "ids"),
    [
        # With stride 1 a filter over `stride` channels is a filter over one.
        ("vgg16", "conv3_1.params", (3 * 3 * 1 + 1) * 256, {"par.no_in_channels", "par.stride_for_channels"}),
        # 3 input channels and a kernel of 3: (3*3 + 1)*64 forgets the channels, (3*3 + 1)*64 squares nothing.
        ("vgg16", "conv1_1.params", (3 * 3 + 1) * 64, {"par.no_in_channels", "par.k_not_squared"}),
        # As many inputs as filters: one filter of 3*3*64 + 1 is all of 3*3*1*64 with one bias.
        ("vgg16", "conv1_2.params", 3 * 3 * 64 + 1, {"par.one_filter"}),
    ],
)
def test_what_no_tool_can_tell_apart_is_named_together(spec, subject, answer, ids):
    assert ids <= set(judged(spec, subject, answer).misconceptions)


def test_a_mistake_that_changes_nothing_is_no_mistake():
    """As many inputs as outputs: one bias an input is one bias an output, and right."""
    assert verdict("vgg16", "conv1_2.params", "3*3*64*64 + 64") == "exact"


@pytest.mark.parametrize(
    ("answer", "layers"),
    [
        (61_706 - 16, ("conv2",)),  # 16 biases of conv2
        (61_706 - 6 - 16, ("conv1", "conv2")),  # those of both convolutions
        (61_706 - 120 - 84 - 10, ("fc1", "fc2", "fc3")),
        (61_706 - 6 - 16 - 120 - 84, ("conv1", "conv2", "fc1", "fc2")),  # all but the last
        (61_706 - 6 - 84, ("conv1", "fc2")),  # a pair
    ],
)
def test_scopes(answer, layers):
    marked = judged("lenet5", "params", answer)
    assert (marked.misconceptions[0], marked.layers) == ("par.no_bias", layers)


@pytest.mark.parametrize(
    ("answer", "id", "layers"),
    [
        (61_706 - 48_120, "tot.layer_missing", ("fc1",)),
        (61_706 + 10_164, "tot.layer_twice", ("fc2",)),
        (156 + 2_416, "tot.conv_only", ()),
        (48_120 + 10_164 + 850, "tot.fc_only", ()),
        (6 * 28 * 28 + 16 * 10 * 10 + 120 + 84 + 10, "qty.units_for_params", ()),
    ],
)
def test_sums_over_layers(answer, id, layers):
    marked = judged("lenet5", "params", answer)
    assert (marked.misconceptions[0], marked.layers) == (id, layers)


MACS = (117_600, 240_000, 48_000, 10_080, 840)  # 28*28*25*6, 10*10*150*16, 400*120, 120*84, 84*10


@pytest.mark.parametrize(
    ("answer", "id"),
    [
        (2 * sum(MACS), "mac.flops"),
        (MACS[0] + MACS[1], "mac.fc_missing"),
        (sum(MACS) + 6 * 784 + 16 * 100 + 120 + 84 + 10, "mac.bias_added"),
        (32 * sum(MACS), "mac.batch"),
        (sum(MACS) - 240_000 + 40_000, "mac.no_in_channels"),  # 10*10*25*16
        (61_706, "mac.params_given"),
        (2 * sum(MACS) - (6 * 784 + 16 * 100 + 120 + 84 + 10), "mac.flops_minus1"),
    ],
)
def test_operations(answer, id):
    assert judged("lenet5", "macs", answer).misconceptions[0] == id


@pytest.mark.parametrize(
    ("answer", "id"),
    [("61706", "mem.count_for_bytes"), (str(61_706 * 32), "mem.bits"), (str(61_706 * 8), "mem.double"),
     (str(61_706 * 12), "mem.optimizer"), ("241 kB", "mem.kib")],
)  # fmt: skip
def test_bytes(answer, id):
    """246,824 bytes are 246.8 kB and 241.0 KiB."""
    assert judged("lenet5", "weight_bytes", answer).misconceptions[0] == id


def test_no_message_gives_the_answer_away():
    """conv1 of LeNet-5 has 6 output channels; `The output has one channel per filter` must not say how many."""
    assert judged("lenet5", "conv1.out.c", 1).message == "The output has one channel per filter: C_out."


@pytest.mark.parametrize(("spec", "subject"), [("lenet5", "params"), ("alexnet", "conv5.rf"), ("alexnet", "pool1.out")])
def test_the_right_answer_is_no_misconception(spec, subject):
    found = catalogue(spec, subject)
    right = found.question.actual
    assert right not in found.by_value
    assert tuple(right) not in found.by_value if isinstance(right, tuple) else True

"""Every misconception on a spread of layers: the altered number is diagnosed as that misconception, never as right.

The altered numbers are worked out here, by the formulas of the catalogue's tables (section 7 of the homework page), and
not by the code under test. Where an altered rule gives the right number there is nothing to diagnose.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import NamedTuple

import pytest
from homework.sheets import catalogue, judged

from archcalc.homework.diagnosis.misconceptions.operations import OPERATIONS
from archcalc.homework.diagnosis.misconceptions.output import OUTPUT
from archcalc.homework.diagnosis.misconceptions.parameters import PARAMETERS
from archcalc.homework.diagnosis.misconceptions.receptive import MISTAKES


class Case(NamedTuple):
    """One layer by the letters of the catalogue; W, K ... along the width, their fellows along the height."""

    call: str
    Ci: int
    H: int
    W: int
    Co: int
    K: int
    Kh: int
    S: int = 1
    P: int = 0
    D: int = 1
    g: int = 1

    @property
    def text(self) -> str:
        return f"name: one\ninput: {self.Ci}x{self.H}x{self.W}\nlayers:\n  it: {self.call}\n"

    @property
    def pools(self) -> bool:
        return "pool" in self.call

    @property
    def Ke(self) -> int:
        return self.D * (self.K - 1) + 1

    @property
    def O(self) -> int:  # noqa: E743
        return (self.W + 2 * self.P - self.Ke) // self.S + 1

    @property
    def Oh(self) -> int:
        """The rows of the output, of which the tables do not speak: from the engine."""
        return catalogue(self.text, "it.out").question.actual[1]

    @property
    def Y(self) -> int:
        """Output positions."""
        return self.O * self.Oh

    @property
    def K2(self) -> int:
        return self.K * self.Kh


CASES = [
    Case("conv 7 2x3 stride=1x2 padding=1", Ci=3, H=11, W=13, Co=7, K=3, Kh=2, S=2, P=1),
    Case("conv 5 5x3 stride=3", Ci=2, H=17, W=20, Co=5, K=3, Kh=5, S=3),
    Case("conv 11 3x5 dilation=1x3 padding=0x2", Ci=7, H=13, W=31, Co=11, K=5, Kh=3, P=2, D=3),
    Case("conv 10 3x3 padding=1 groups=5", Ci=15, H=17, W=23, Co=10, K=3, Kh=3, P=1, g=5),
    Case("conv 13 1x1", Ci=5, H=7, W=11, Co=13, K=1, Kh=1),
    Case("max_pool 2x3 stride=2", Ci=5, H=13, W=18, Co=5, K=3, Kh=2, S=2),
    Case("avg_pool 3x5", Ci=3, H=11, W=23, Co=3, K=5, Kh=3, S=5),
    Case("max_pool 3x3 stride=1x2 padding=1", Ci=2, H=11, W=14, Co=2, K=3, Kh=3, S=2, P=1),
]
CONVS = [case for case in CASES if not case.pools]
POOLS = [case for case in CASES if case.pools]

WIDTHS = {
    "out.ceil": lambda c: ceil(Fraction(c.W + 2 * c.P - c.Ke, c.S)) + 1,
    "out.no_plus1": lambda c: (c.W + 2 * c.P - c.Ke) // c.S,
    "out.plus1_inside": lambda c: (c.W + 2 * c.P - c.Ke + 1) // c.S,
    "out.pad_once": lambda c: (c.W + c.P - c.Ke) // c.S + 1,
    "out.pad_ignored": lambda c: (c.W - c.Ke) // c.S + 1,
    "out.pad_is_k": lambda c: (c.W + 2 * c.K - c.Ke) // c.S + 1 if c.P else None,
    "out.stride_ignored": lambda c: c.W + 2 * c.P - c.Ke + 1,
    "out.div_stride": lambda c: c.W // c.S,
    "out.same_assumed": lambda c: ceil(Fraction(c.W, c.S)),
    "out.k_not_subtracted": lambda c: (c.W + 2 * c.P) // c.S + 1,
    "out.k_minus_twice": lambda c: c.W - 2 * (c.K - 1),
    "out.stride_eq_k": lambda c: (c.W + 2 * c.P - c.Ke) // c.K + 1 if c.pools else None,
    "out.pool_stride1": lambda c: c.W + 2 * c.P - c.K + 1 if c.pools else None,
    "out.pool_2x2_assumed": lambda c: c.W // 2 if c.pools else None,
    "out.dil_ignored": lambda c: (c.W + 2 * c.P - c.K) // c.S + 1,
    "out.dil_times_k": lambda c: (c.W + 2 * c.P - c.D * c.K) // c.S + 1 if c.D > 1 else None,
    "out.dil_zero_based": lambda c: (c.W + 2 * c.P - (c.D + 1) * (c.K - 1) - 1) // c.S + 1,
    "out.ceil_mode": lambda c: _with_clip(c) if c.pools else None,
    "out.filters_as_kernel": lambda c: None if c.pools else (c.W + 2 * c.P - c.D * (c.Co - 1) - 1) // c.S + 1,
    "out.fractional": lambda c: Fraction(c.W + 2 * c.P - c.Ke, c.S) + 1,
}


def _with_clip(c: Case) -> int:
    """Caffe: round up, and drop a last window that would start in the padding."""
    stops = ceil(Fraction(c.W + 2 * c.P - c.K, c.S)) + 1
    return stops - 1 if (stops - 1) * c.S >= c.W + c.P else stops


PARAMS = {
    "par.no_bias": lambda c: c.K2 * c.Ci // c.g * c.Co,
    "par.no_in_channels": lambda c: (c.K2 + 1) * c.Co,
    "par.no_in_channels+no_bias": lambda c: c.K2 * c.Co,
    "par.bias_once": lambda c: c.K2 * c.Ci // c.g * c.Co + 1,
    "par.bias_per_input": lambda c: c.K2 * c.Ci // c.g * c.Co + c.Ci,
    "par.bias_per_slice": lambda c: (c.K2 + 1) * c.Ci // c.g * c.Co,
    "par.bias_per_position": lambda c: c.K2 * c.Ci // c.g * c.Co + c.Y * c.Co,
    "par.missing_brackets": lambda c: c.K2 * c.Ci // c.g + c.Co,
    "par.one_filter": lambda c: c.K2 * c.Ci // c.g + 1,
    "par.k_not_squared": lambda c: c.Kh * c.Ci // c.g * c.Co + c.Co,
    "par.channels_squared": lambda c: c.Kh * (c.Ci // c.g) ** 2 * c.Co + c.Co,
    "par.k_eff": lambda c: c.Kh * c.Ke * c.Ci // c.g * c.Co + c.Co,
    "par.no_sharing": lambda c: c.Y * c.Co * (c.K2 * c.Ci // c.g + 1),
    "par.no_sharing_input": lambda c: c.H * c.W * c.K2 * c.Ci // c.g * c.Co + c.Co,
    "par.times_positions": lambda c: c.Y * c.K2 * c.Ci // c.g * c.Co,
    "par.as_fc": lambda c: (c.W * c.H * c.Ci + 1) * c.Y * c.Co,
    "par.spatial_as_weights": lambda c: c.W * c.H * c.Co + c.Co,
    "par.one_per_filter": lambda c: 2 * c.Co if c.K2 == 1 else None,
    "par.groups_ignored": lambda c: c.K2 * c.Ci * c.Co + c.Co,
    "par.groups_twice": lambda c: c.K2 * (c.Ci // c.g) * (c.Co // c.g) + c.Co,
    "par.image_rgb_assumed": lambda c: c.K2 * 1 * c.Co + c.Co if c.Ci == 3 else None,
    "fc.out_as_in": lambda c: c.K2 * c.Co * c.Co + c.Co,
    "par.other_kernel": lambda c: 7 * 7 * c.Ci // c.g * c.Co + c.Co,
    "qty.units_for_params": lambda c: c.Y * c.Co,
    "qty.connections_for_params": lambda c: (c.K2 * c.Ci // c.g + 1) * c.Y * c.Co,
}

MACS = {
    "mac.flops": lambda c: 2 * c.Y * c.K2 * c.Ci // c.g * c.Co,
    "mac.flops_minus1": lambda c: (2 * c.K2 * c.Ci // c.g - 1) * c.Y * c.Co,
    "mac.bias_added": lambda c: c.Y * c.K2 * c.Ci // c.g * c.Co + c.Y * c.Co,
    "mac.input_size": lambda c: c.H * c.W * c.K2 * c.Ci // c.g * c.Co,
    "mac.no_in_channels": lambda c: c.K2 * c.Co * c.Y,
    "mac.no_out_channels": lambda c: c.K2 * c.Ci // c.g * c.Y,
    "mac.one_dim": lambda c: c.K2 * c.Ci // c.g * c.Co * c.Oh,
    "mac.k_not_squared": lambda c: c.Kh * c.Ci // c.g * c.Co * c.Y,
    "mac.params_given": lambda c: (c.K2 * c.Ci // c.g + 1) * c.Co,
    "mac.groups_ignored": lambda c: c.Y * c.K2 * c.Ci * c.Co,
    "mac.batch": lambda c: 64 * c.Y * c.K2 * c.Ci // c.g * c.Co,
}


def rows(table, cases, right):
    """Misconception x layer, where the altered number is another than the right one."""
    found = [(case, formula(case), id) for id, formula in table.items() for case in cases]
    return [
        pytest.param(case, value, id, id=f"{id}-{case.call}")
        for case, value, id in found
        if value is not None and value > 0 and value != right(case)
    ]


@pytest.mark.parametrize(("case", "value", "id"), rows(WIDTHS, CASES, lambda c: c.O))
def test_sizes(case, value, id):
    marked = judged(case.text, "it.out.w", value)
    assert marked.verdict in ("misconception", "convention")
    assert id in marked.misconceptions


@pytest.mark.parametrize(("case", "value", "id"), rows(PARAMS, CONVS, lambda c: (c.K2 * c.Ci // c.g + 1) * c.Co))
def test_parameters(case, value, id):
    marked = judged(case.text, "it.params", value)
    assert marked.verdict in ("misconception", "convention")
    assert id in marked.misconceptions


@pytest.mark.parametrize(("case", "value", "id"), rows(MACS, CONVS, lambda c: c.Y * c.K2 * c.Ci // c.g * c.Co))
def test_operations(case, value, id):
    marked = judged(case.text, "it.macs", value)
    assert marked.verdict in ("misconception", "convention")
    assert id in marked.misconceptions


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.call)
def test_right_sizes_are_right(case):
    assert judged(case.text, "it.out.w", case.O).verdict == "exact"


@pytest.mark.parametrize("case", CONVS, ids=lambda case: case.call)
def test_right_counts_are_right(case):
    assert judged(case.text, "it.params", (case.K2 * case.Ci // case.g + 1) * case.Co).verdict == "exact"
    assert judged(case.text, "it.macs", case.Y * case.K2 * case.Ci // case.g * case.Co).verdict == "exact"


NET = """\
name: mixed
input: 1x31x37
layers:
  stem: conv 6 3x5 stride=2
  pool: max_pool 3x3 stride=2
  body: conv 10 3x3 padding=1 bias=no
  norm: batch_norm
  act: relu
  deep: depthwise_conv 3x3 padding=1
  point: conv 12 1x1
  wide: conv 12 3x3 padding=2 dilation=2
  sum: add point wide
  join: concat point sum
  up: conv_transpose 5 4x4 stride=3 padding=1 output_padding=1
  flat: flatten
  drop: dropout 0.5
  fc1: linear 17
  fc2: linear 11
"""
# stem 6x15x17, pool 6x7x8, body 10x7x8, point/wide/sum 12x7x8, join 24x7x8,
# up: 3*(7-1) + 4 - 2*1 + 1 = 21, 3*(8-1) + 4 - 2 + 1 = 24: 5x21x24 = 2520 features

STEM = 3 * 5 * 1 * 6 + 6
BODY = 3 * 3 * 6 * 10
NORM = 2 * 10
DEEP = 3 * 3 * 10 + 10
POINT = 10 * 12 + 12
WIDE = 3 * 3 * 12 * 12 + 12
UP = 4 * 4 * 24 * 5 + 5
FC1 = 2520 * 17 + 17
FC2 = 17 * 11 + 11
TOTAL = STEM + BODY + NORM + DEEP + POINT + WIDE + UP + FC1 + FC2


@pytest.mark.parametrize(
    ("subject", "answer", "id"),
    [
        ("params", TOTAL + NORM, "par.bn_running_stats"),
        ("params", TOTAL - NORM, "par.bn_none"),
        ("norm.params", 10, "par.bn_one"),
        ("norm.params", 2 * 10 * 7 * 8, "par.bn_spatial"),
        ("params", TOTAL + 10, "par.conv_bias_before_bn"),
        ("pool.params", 3 * 3 * 6, "par.pool_counted"),
        ("pool.params", 3 * 3 * 6 + 6, "par.pool_counted"),
        ("pool.params", 12, "par.lenet_paper"),
        ("act.params", 10 * 7 * 8, "par.relu_counted"),
        ("drop.params", 2520, "par.relu_counted"),
        ("fc1.params", 5 * 17 + 17, "fc.channels_only"),
        ("fc1.params", 21 * 24 * 17 + 17, "fc.spatial_only"),
        ("fc1.params", 31 * 37 * 17 + 17, "fc.flatten_input"),
        ("fc1.params", 24 * 7 * 8 * 17 + 17, "fc.flatten_wrong_layer"),
        ("fc2.params", 2520 * 11 + 11, "par.previous_in_channels"),
        ("fc2.params", 11 * 11 + 11, "fc.out_as_in"),
        ("body.params", 3 * 3 * 1 * 10, "par.image_channels"),
        ("stem.params", (3 * 5 * 3 + 1) * 6, "par.image_rgb_assumed"),
        ("stem.params", (3 * 5 * 2 + 1) * 6, "par.stride_for_channels"),
        ("params", TOTAL - POINT, "par.dw_only"),
        ("params", TOTAL - DEEP, "par.pw_only"),
        ("up.out.w", (8 + 2 - 4) // 3 + 1, "out.tconv_as_conv"),
        ("up.out.w", 3 * 7 + 4 - 1 + 1, "out.tconv_pad_once"),
        ("up.out.w", 3 * 7 + 4 - 2, "out.tconv_outpad"),
        ("up.out.h", 3 * 6 + 4 - 2, "out.tconv_outpad"),
        ("join.out.c", 12, "out.concat_added"),
        ("sum.out.c", 24, "out.add_concat"),
        ("body.out.c", 6, "out.channels_kept"),
        ("pool.out.c", 3, "out.channels_pooled"),
        ("body.out.c", 12, "out.channels_padded"),
        ("stem.out", "6x17x15", "out.hw_swapped"),
        ("stem.out", "15x17x6", "out.layout"),
        ("point.out", "24x7x8", "out.one_layer_off"),
        ("wide.rf", "99", None),
        ("wide.macs", 9 * 12 * 12 * 7 * 8 * 2, "mac.flops"),
        ("stem.macs", 15 * 6 * 29 * 33, "mac.no_stride"),
        ("params", TOTAL - FC2, "tot.layer_missing"),
        ("params", TOTAL + FC2, "tot.layer_twice"),
    ],
)  # fmt: skip
def test_a_mixed_net(subject, answer, id):
    marked = judged(NET, subject, answer)
    if id is None:
        assert (marked.verdict, marked.misconceptions) == ("wrong", ())
    else:
        assert marked.verdict in ("misconception", "convention")
        assert id in marked.misconceptions


def test_the_mixed_net_is_what_its_arithmetic_says():
    assert judged(NET, "params", TOTAL).verdict == "exact"
    assert judged(NET, "up.out", "5x21x24").verdict == "exact"


GAP = "name: g\ninput: 3x11x13\nlayers: {c: conv 7 3x3, p: global_avg_pool, f: linear 5}\n"
TIED = "name: t\ninput: 3x11x13\nlayers: {a: conv 3 3x3 padding=1, b: conv 3 3x3 padding=1 share=a}\n"
SHORTCUT = """\
name: s
input: 3x11x13
layers:
  stem: conv 5 3x3
  block: {add: {main: [conv 7 3x3 padding=1, conv 7 3x3 padding=1], short: conv 7 1x1}}
"""
FORK = """\
name: f
input: 3x37x41
layers:
  s: conv 5 3x3 padding=1
  m: {concat: {a: conv 5 5x5 padding=2, b: conv 7 1x1}}
"""
CEIL = "name: c\ninput: 2x11x14\nlayers: {p: max_pool 3x3 stride=2 ceil_mode=yes}\n"
UP = "name: u\ninput: 2x11x13\nlayers: {u: conv_transpose 3 3x3 stride=2}\n"


@pytest.mark.parametrize(
    ("spec", "subject", "answer", "id"),
    [
        (GAP, "f.params", 7 * 9 * 11 * 5 + 5, "fc.gap_missed"),
        (TIED, "params", 2 * (9 * 3 * 3 + 3), "tot.tied_twice"),
        (TIED, "macs", 11 * 13 * 9 * 3 * 3, "tot.layer_missing"),  # shared weights work twice
        (TIED, "params", 9 * 3 * 3, "par.no_bias"),  # b has no weights of its own
        ("lenet5", "weights", 61_706, "tot.weights_only"),
        ("lenet5", "weights", 61_470 - 10_080, "tot.layer_missing"),  # fc2: 120*84
        (SHORTCUT, "params", (9 * 3 + 1) * 5 + (9 * 5 + 1) * 7 + (9 * 7 + 1) * 7, "tot.shortcut_missing"),
        (FORK, "m.rf", 3, "rf.branch_min"),
        (SHORTCUT, "block.rf", 1 + 3 + 3 + 3, "rf.k_not_minus1"),  # the longest way: three 3x3
        (CEIL, "p.out.w", (14 - 3) // 2 + 1, "out.ceil_mode"),
        (UP, "u.out.w", 26, "out.tconv_times_s"),
        ("googlenet", "params", 13_378_280, "tot.aux_heads"),
        ("lenet5", "conv2.params", 1_516, "par.lenet_paper"),
        ("lenet5", "params", 61_706 + 12 + 32 - 2_416 + 1_516, "par.lenet_paper"),
        ("input: 3x11\nlayers: {c: conv 7 5}\n", "c.params", (5 * 5 * 3 + 1) * 7, "par.k_squared"),
        ("alexnet", "conv1.out.w", 54, "out.no_plus1"),
        ("input: 20x3\nlayers: {r: gru 9}\n", "r.params", 3 * 9 * (3 + 9 + 1), "rnn.one_bias"),
        ("input: 20x3\nlayers: {r: gru 9 biases=1}\n", "r.params", 3 * 9 * (3 + 9 + 2), "rnn.two_biases"),
        ("alexnet", "conv1.out.w", "(224-11)/4+1", "out.input_wrong"),
        ("alexnet", "conv1.out.w", "54.25", None),
        ("vgg16", "conv5_3.rf", 28, None),
    ],
)
def test_other_nets(spec, subject, answer, id):
    marked = judged(spec, subject, answer)
    assert (id in marked.misconceptions) if id else (marked.verdict != "exact")


DILATED = "name: d\ninput: 3x61x67\nlayers:\n  a: conv 5 3x3 dilation=2 padding=2\n  b: conv 5 5x5 padding=1\n"


@pytest.mark.parametrize(
    ("answer", "id"),
    [
        (1 + 2 + 4, "rf.dil_ignored"),  # 3x3 as 3 cells instead of 5
        (1 + 0 + 2, "rf.pad_subtracted"),  # 5 - 4 = 1 and 5 - 2 = 3 cells
        (5 * 5, "rf.product_k"),  # K_eff of 5 each
    ],
)
def test_dilated_fields(answer, id):
    """Right: 1 + 4 + 4 = 9."""
    assert judged(DILATED, "b.rf", 9).verdict == "exact"
    assert id in judged(DILATED, "b.rf", answer).misconceptions


def test_a_field_wider_than_the_image():
    text = "name: c\ninput: 3x7x7\nlayers: {a: conv 5 5x5 padding=2, b: conv 5 5x5 padding=2}\n"
    assert judged(text, "b.rf", 9).verdict == "exact"
    assert "rf.clipped" in judged(text, "b.rf", 7).misconceptions


def test_every_misconception_has_a_row():
    tested = {*WIDTHS, *PARAMS, *MACS}
    tested |= {row.args[1][i][2] for row in _marks(test_a_mixed_net) for i in range(len(row.args[1]))}
    tested |= {row.args[1][i][3] for row in _marks(test_other_nets) for i in range(len(row.args[1]))}
    tested |= {row.args[1][i][1] for row in _marks(test_dilated_fields) for i in range(len(row.args[1]))}
    known = {mistake.id for mistake in (*PARAMETERS, *OPERATIONS, *OUTPUT)}
    assert known - tested == set()
    from homework.diagnosis.test_catalogue import FIELDS

    assert {mistake.id for mistake in MISTAKES} - tested - set(FIELDS) == set()


def _marks(test):
    return [mark for mark in test.pytestmark if mark.name == "parametrize"]


def test_fields_beside_layers_that_see_everything():
    """The second tower of a Siamese net stands behind the first one's fully connected layer: 1 + 9 + 1 + 2*6 = 23."""
    assert judged("siamese", "b.conv2.rf", 23).verdict == "exact"
    assert "rf.no_stride" in judged("siamese", "b.conv2.rf", 1 + 9 + 1 + 6).misconceptions


def test_fields_behind_an_adaptive_pooling_are_marked_too():
    """Its cells read ⌊iW/O⌋ up to ⌈(i+1)W/O⌉: 4 or 5 of 13; no other world is as long as it likes."""
    text = "name: a\ninput: 3x13x13\nlayers: {p: adaptive_avg_pool 3x3, c: conv 5 1x1}\n"
    assert judged(text, "c.rf", 3).verdict == "wrong"

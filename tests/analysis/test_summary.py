"""The table of a network: every figure by hand, and the laws that hold for all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archcalc
from archcalc.analysis.fold import fold, only
from archcalc.analysis.summary import Counts, add_counts
from archcalc.core.record import fields
from archcalc.errors import UsageError
from archcalc.spec.catalog import bundled_names

NAMES = tuple(bundled_names())

SMALL = """\
input: 3x11x13
layers:
  conv1: conv 5 2x3 stride=1x2 act=relu
  norm: batch_norm
  flat: flatten
  fc: linear 7
"""


def rows(text: str, **options: object) -> dict[str, Counts]:
    return {row.name: row.counts for row in archcalc.loads(text).summary(**options).rows}


def test_every_count_of_a_small_net_by_hand():
    """conv1: O = (11-2)/1+1 = 10 by floor((13-3)/2)+1 = 6."""
    net = rows(SMALL)
    conv = net["conv1.conv"]
    assert conv.params == 5 * 3 * 2 * 3 + 5 == 95
    assert conv.macs == 5 * 3 * 2 * 3 * 10 * 6 == 5400
    assert conv.flops == 10_800
    assert conv.neurons == 5 * 10 * 6 == 300
    assert conv.connections == 5400 + 300
    assert conv.weight_bytes == 4 * 95
    assert net["norm"].params == 10
    assert net["norm"].buffers == 10
    assert net["norm"].neurons == 0
    assert net["fc"].params == 300 * 7 + 7 == 2107
    assert net["fc"].macs == 2100


def test_totals_of_a_small_net_by_hand():
    summary = archcalc.loads(SMALL).summary()
    assert summary.totals.params == 95 + 10 + 2107
    assert summary.totals.buffers == 10
    assert summary.totals.neurons == 307
    assert summary.input_bytes == 3 * 11 * 13 * 4
    assert summary.activation_bytes == 4 * (300 + 300 + 300 + 7)  # flatten hands on what it reads


def test_peak_activation_is_the_most_alive_at_once():
    """The input lives until the branches have read it: 2 + 4 + 4 elements at the second branch, then 4 + 4 + 4."""
    text = "input: 2x1\nlayers: {a: conv 4 1, b: {op: conv 4 1, from: in}, c: add a b, d: conv 1 1}\n"
    assert archcalc.loads(text).summary().peak_activation_bytes == 4 * 12


def test_a_batch_multiplies_work_and_activations_and_no_weights():
    one, eight = archcalc.loads(SMALL).summary(), archcalc.loads(SMALL).summary(batch=8)
    assert eight.totals.macs == 8 * one.totals.macs
    assert eight.activation_bytes == 8 * one.activation_bytes
    assert eight.totals.params == one.totals.params


@pytest.mark.parametrize(
    ("convention", "total"),
    [("macs", 819_200), ("macs+attention", 1_139_200), ("flops", 1_638_400)],
    ids=str,
)
def test_attention_under_each_convention(convention, total):
    """Width 64 on 50 tokens: 4 * 50 * 64^2 of the projections, 2 * 50^2 * 64 of two activations."""
    summary = archcalc.loads("input: 50x64\nlayers: [multihead_attention 4]\n").summary(convention)
    assert summary.totals.operations == total
    left_out = [(item.layer, item.operations) for item in summary.not_counted]
    assert left_out == ([] if convention == "macs+attention" else [("multihead_attention", 320_000)])


def test_a_frozen_layer_has_params_and_trains_none():
    net = rows(SMALL + "freeze: conv1\n")
    assert (net["conv1.conv"].params, net["conv1.conv"].trainable_params) == (95, 0)
    assert net["fc"].trainable_params == 2107


def test_shared_weights_count_once_and_their_work_each_time():
    text = "input: 3x7x7\nlayers: {a: conv 3 3 padding=1, b: conv 3 3 padding=1 share=a}\n"
    summary = archcalc.loads(text).summary()
    assert summary.totals.params == 84
    assert summary.totals.macs == 2 * 81 * 49
    assert [row.shared for row in summary.rows] == [None, "a"]


def test_an_unknown_convention_names_the_nearest():
    with pytest.raises(UsageError) as caught:
        archcalc.loads(SMALL).summary("fvcor")
    assert (caught.value.what, caught.value.help) == ("unknown convention `fvcor`", "did you mean `fvcore`?")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("depth", [None, 1, 2, 1000])
def test_rows_sum_to_the_totals_folded_or_not(name, depth):
    summary = archcalc.load(name).summary()
    table = fold(summary, depth)
    assert add_counts(row.counts for row in table) == summary.totals
    assert [layer for row in table for layer in row.layers] == list(summary.rows)
    if depth is not None:
        assert max(row.name.count(".") + 1 for row in table) <= depth


def test_only_takes_layers_and_whole_groups():
    table = fold(archcalc.load("googlenet").summary())
    picked = [row.name for row in only(table, "inception3a")]
    assert picked
    assert all(name.startswith("inception3a.") for name in picked)
    assert only(table, "conv9") == ()


@given(st.lists(st.builds(Counts, *[st.integers(0, 10**6)] * len(fields(Counts))), max_size=5))
def test_counts_add_up_field_by_field(counts):
    total = add_counts(counts)
    for item in fields(Counts):
        assert getattr(total, item.name) == sum(getattr(count, item.name) for count in counts)

"""The weights of a layer counted without its work: fixed, shared and frozen ones, and buffers."""

from __future__ import annotations

import pytest

from archcalc import load, loads
from archcalc.analysis.summary import counts_of, weights_counted

FROZEN = """\
input: 3x11x13
freeze: [first]
layers:
  first: conv 5 2x3
  second: batch_norm
"""
"""5*3*2*3 + 5 = 95 params of which none is trained; then 10 and as many buffers."""


@pytest.mark.parametrize("word", ["params", "trainable_params", "buffers"])
@pytest.mark.parametrize("spec", ["lenet5_1998", "resnet18", "siamese"])
def test_both_counts_agree(spec, word):
    nodes = load(spec).graph.nodes
    assert [weights_counted(node, word) for node in nodes] == [getattr(counts_of(node), word) for node in nodes]


def test_frozen_layers_are_not_trained():
    nodes = loads(FROZEN).graph.nodes
    words = ("params", "trainable_params", "buffers")
    assert [[weights_counted(node, word) for word in words] for node in nodes] == [[95, 0, 0], [10, 10, 10]]


def test_fixed_weights_are_params_that_are_not_trained():
    """The ten codes of 84 units that the output of LeNet-5 compares with (LeCun et al. 1998, section II.C)."""
    node = load("lenet5_1998").graph.nodes[-1]
    assert [weights_counted(node, word) for word in ("params", "trainable_params", "buffers")] == [840, 0, 0]

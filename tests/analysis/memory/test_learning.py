"""What a training step keeps where layers are frozen, by hand."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis.memory.learning import kept_for_backward, passes_gradient
from archcalc.analysis.memory.lifetimes import lifetimes

# values of one example: input 3*11*13 = 429, a 5*9*11 = 495, r 495, b 7*7*9 = 441, p 7, fc 2
NET = "input: 3x11x13\nlayers: {a: conv 5 3x3, r: relu, b: conv 7 3x3, p: global_avg_pool, fc: linear 2}\n"


def kept(text, **options):
    graph = archcalc.loads(text, **options).graph
    found = kept_for_backward(graph, lifetimes(graph))
    return found.saved, found.passing


@pytest.mark.parametrize(
    ("freeze", "unfreeze", "saved", "passing"),
    [
        ("", "", 429 + 495 + 495 + 441 + 7 + 2, 0),
        ("*", "fc", 7 + 2, 495 + 495 - 9),  # a and r are in memory together
        (
            "a",
            "",
            495 + 441 + 7 + 2,
            495 + 495 - 945,
        ),  # b reads r; a and r together are more
        ("*", "a", 429 + 495 + 495 + 441 + 7 + 2, 0),  # the gradient of a comes through all layers after it
        ("*", "", 0, 495 + 495),  # nothing learns
        ("b, fc", "", 429 + 495 + 495 + 441 + 7 + 2, 0),
    ],
)
def test_what_is_kept(freeze, unfreeze, saved, passing):
    assert kept(NET, freeze=freeze, unfreeze=unfreeze) == (saved, passing)


def test_a_gradient_flows_from_the_first_layer_that_learns():
    graph = archcalc.loads(NET, freeze="a").graph
    assert passes_gradient(graph) == (False, False, False, True, True, True)


def test_a_branch_without_weights_keeps_nothing():
    # the input 2*3*5 = 30 is read by a, which learns; p keeps nothing of its own, the sum keeps what it reads: p and a
    text = "input: 2x3x5\nlayers: {a: conv 2 1, p: {op: relu, from: in}, s: add a p}\n"
    assert kept(text)[0] == 30 + 30 + 30 + 30


def test_transfer_learning():
    # fc: 2048*10 + 10 params; ResNet-50 without its classifier of 1,000: 25,557,032 - 2,049,000
    net = archcalc.load("resnet50", set={"num_classes": 10}, freeze="*", unfreeze="fc")
    totals = net.summary().totals
    assert (totals.trainable_params, totals.params) == (20_490, 25_557_032 - 2_049_000 + 20_490)
    memory = net.memory(optimizer="momentum")
    assert (memory.training.gradient_bytes, memory.training.optimizer_bytes) == (4 * 20_490, 4 * 20_490)
    assert memory.training.saved_bytes == 4 * (2048 + 10)
    assert memory.training.saved_bytes + memory.training.passing_bytes == memory.peak_bytes
    parts = memory.training
    assert memory.training_bytes == memory.weight_bytes + 2 * 4 * 20_490 + parts.saved_bytes + parts.passing_bytes


def test_the_largest_batch_of_transfer_learning_just_fits():
    net = archcalc.load("alexnet", freeze="*", unfreeze="fc8")
    batch = net.memory(fit="1GiB").fit.training_batch
    assert net.memory(batch=batch).training_bytes <= 1 << 30 < net.memory(batch=batch + 1).training_bytes

"""Bytes by hand, the lifetimes of values, and CS231n's table of VGG-16."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis.claims import quantity
from archcalc.analysis.explain.explain import explain
from archcalc.analysis.memory.lifetimes import alive_at, lifetimes
from archcalc.analysis.memory.memory import DTYPE_BYTES, MemorySetting, fit, memory_of
from archcalc.errors import UsageError

BRANCHES = """
input: 2x3x5
layers: {a: conv 7 1, b: {op: conv 11 1, from: in}, c: concat a b, d: conv 1 1}
"""
NORMED = "input: 3x11x13\nlayers: {c: conv 5 3x3, n: batch_norm, r: relu, d: dropout, f: flatten, l: linear 7}\n"


def graph(text):
    return archcalc.loads(text, name="net").graph


def test_a_value_lives_until_its_last_reader():
    """15 places: the input (2) until b, a (7) and b (11) until c, which makes 18; d makes 1."""
    found = lifetimes(graph(BRANCHES))
    assert found.alive == ((2 + 7) * 15, (2 + 7 + 11) * 15, (7 + 11 + 18) * 15, (18 + 1) * 15)
    assert (found.peak, found.busiest) == (36 * 15, 2)
    assert alive_at(graph(BRANCHES), found, 2) == (("a", 105), ("b", 165), ("c", 270))
    assert alive_at(graph(BRANCHES), found, 0) == (("input", 30), ("a", 105))


def test_an_output_lives_to_the_end():
    text = BRANCHES + "output: [a, d]\n"
    assert lifetimes(graph(text)).alive[-1] == (7 + 18 + 1) * 15


def test_an_input_that_nothing_reads_stays():
    text = "inputs: {x: 2x5, y: 3x5}\nlayers: {a: conv 1 1 from=x, b: conv 1 1}\n"
    found = lifetimes(graph(text))
    assert found.alive == (10 + 15 + 5, 15 + 5 + 5)
    assert alive_at(graph(text), found, 1) == (("y", 15), ("a", 5), ("b", 5))


def test_views_take_no_memory():
    """conv 5*9*11 = 495; dropout and flatten hand it on."""
    assert lifetimes(graph(NORMED)).alive == (429 + 495, 990, 990, 495, 495, 495 + 7)


@pytest.mark.parametrize(
    ("inplace", "fused_norm", "made"),
    [(False, False, 3 * 495 + 7), (True, False, 2 * 495 + 7), (False, True, 2 * 495 + 7), (True, True, 495 + 7)],
)
def test_in_place_and_fused(inplace, fused_norm, made):
    memory = memory_of(graph(NORMED), MemorySetting(inplace=inplace, fused_norm=fused_norm))
    assert memory.activation_bytes == 4 * made
    training = 4 * (429 + (2 if inplace else 3) * 495 + 7)  # batch norm is not folded while it learns
    assert memory.training.saved_bytes == training


@pytest.mark.parametrize(
    ("norm", "folds"),
    [
        ("batch_norm", True),
        ("instance_norm track_running_stats=yes", True),
        ("batch_norm track_running_stats=no", False),
        ("instance_norm", False),
        ("group_norm 5", False),
    ],
)
def test_a_norm_is_folded_where_its_statistics_are_fixed(norm, folds):
    """One that takes the statistics of each example needs the whole map before it scales it."""
    text = f"input: 3x11x13\nlayers: [conv 5 3x3, {norm}]\n"
    memory = memory_of(graph(text), MemorySetting(fused_norm=True))
    assert memory.activation_bytes == 4 * 495 * (1 if folds else 2)


def test_what_is_read_elsewhere_is_not_overwritten():
    text = "input: 3x11x13\nlayers: {c: conv 5 3x3, r: relu, s: add c r}\n"
    assert memory_of(graph(text), MemorySetting(inplace=True)).activation_bytes == 4 * 3 * 495
    text = "input: 3x11x13\nlayers: [relu]\n"
    assert memory_of(graph(text), MemorySetting(inplace=True)).activation_bytes == 4 * 429


def test_cs231n_vgg16():
    """The rows of CS231n's table (input, conv, pool and fc outputs) sum to 15,237,608 values; prob is not in it."""
    memory = archcalc.load("vgg16").memory(inplace=True)
    assert memory.input_bytes + memory.activation_bytes == 4 * (15_237_608 + 1_000)
    assert memory.param_bytes == 4 * 138_357_544
    assert memory.peak_bytes == 4 * 2 * 64 * 224 * 224  # conv1_1 and conv1_2
    assert memory.peak_layer == "conv1_2.conv"


def test_training_by_part():
    """lenet5: 61,706 params; a velocity each for momentum, two moments for adam."""
    params = 61_706
    for optimizer, states in (("sgd", 0), ("momentum", 1), ("adam", 2)):
        memory = archcalc.load("lenet5").memory(optimizer=optimizer, batch=3)
        values = 1024 + 2 * 6 * 784 + 1176 + 2 * 1600 + 400 + 2 * 120 + 2 * 84 + 10
        assert memory.training.saved_bytes == 3 * 4 * values
        assert memory.training.optimizer_bytes == 4 * states * params
        assert memory.training_bytes == 4 * ((2 + states) * params + 3 * values)


def test_frozen_weights_have_no_gradient_and_shared_ones_count_once():
    text = "input: 3x11x13\nlayers: {a: conv 3 1, b: {op: conv 3 1, share: a}, c: conv 2 1}\nfreeze: [a]\n"
    memory = memory_of(graph(text), MemorySetting(optimizer="momentum"))
    assert memory.param_bytes == 4 * (12 + 8)
    assert memory.training.gradient_bytes == memory.training.optimizer_bytes == 4 * 8


def test_running_statistics_are_buffers():
    memory = memory_of(graph(NORMED))
    assert memory.buffer_bytes == 4 * 2 * 5
    assert memory.inference_bytes == memory.param_bytes + memory.buffer_bytes + memory.peak_bytes


@pytest.mark.parametrize(("dtype", "bytes_"), [("float16", 2), ("bfloat16", 2), ("float64", 8), ("int8", 1)])
def test_dtypes(dtype, bytes_):
    memory = archcalc.load("lenet5").memory(dtype=dtype)
    assert (memory.param_bytes, memory.peak_bytes) == (61_706 * bytes_, 2 * 6 * 784 * bytes_)
    assert (memory.training is None) == (dtype == "int8")


def test_rows_sum_to_the_totals():
    for name in ("lenet5", "densenet121", "shufflenet_v2_x1_0"):
        memory = archcalc.load(name).memory(batch=2)
        assert sum(row.weight_bytes for row in memory.rows) == memory.weight_bytes
        assert sum(row.activation_bytes for row in memory.rows) == memory.activation_bytes
        assert max(row.alive_bytes for row in memory.rows) == memory.peak_bytes
        assert sum(bytes_ for _, bytes_ in memory.peak_values) == memory.peak_bytes


def test_the_summary_has_the_same_peak():
    for name in ("alexnet", "resnet50", "googlenet"):
        network = archcalc.load(name)
        assert network.summary(batch=5).peak_activation_bytes == network.memory(batch=5).peak_bytes


def test_the_largest_batch_just_fits():
    net = archcalc.load("alexnet").graph
    budget = 1 << 30
    found = fit(net, MemorySetting(), budget)
    for batch, holds in ((found.inference_batch, True), (found.inference_batch + 1, False)):
        assert (memory_of(net, MemorySetting(batch=batch)).inference_bytes <= budget) == holds
    for batch, holds in ((found.training_batch, True), (found.training_batch + 1, False)):
        assert (memory_of(net, MemorySetting(batch=batch)).training_bytes <= budget) == holds


def test_nothing_fits():
    found = fit(archcalc.load("alexnet").graph, MemorySetting(), 1000)
    assert (found.inference_batch, found.training_batch) == (0, 0)
    assert fit(archcalc.load("lenet5").graph, MemorySetting(dtype="int8"), 1 << 20).training_batch is None


@pytest.mark.parametrize(
    ("setting", "what", "help"),
    [
        ({"batch": 0}, "a batch has at least 1 example, got 0", None),
        ({"dtype": "float23"}, "unknown dtype `float23`", "did you mean `float32` or `float64` or `float16`?"),
        ({"optimizer": "adm"}, "unknown optimizer `adm`", "did you mean `adam`?"),
        ({"dtype": "half"}, "unknown dtype `half`", None),
    ],
)
def test_settings_there_are_not(setting, what, help):
    with pytest.raises(UsageError) as caught:
        MemorySetting(**setting)
    assert caught.value.what == what
    if what.endswith("`half`"):
        names = [f"`{name}`" for name in DTYPE_BYTES]
        help = f"there are {', '.join(names[:-1])} and {names[-1]}"
    assert caught.value.help == help


@pytest.mark.parametrize("name", ["lenet5", "vgg16", "googlenet", "densenet121", "shufflenet_v2_x1_0", "vit_b_16"])
def test_activations_are_counted_alike_everywhere(name):
    """One count for `memory`, `show`, claims, `explain` and `sweep`; the options of `memory` are conventions too."""
    network = archcalc.load(name)
    stored = network.memory().activation_bytes
    summary = network.summary()
    assert summary.activation_bytes == 4 * summary.totals.activation_elements == stored
    assert quantity(network.graph, summary, "activation_bytes") == stored
    (explained,) = explain(network.graph, "activation_bytes").sums
    assert explained.total == stored
    assert [row.counts.activation_elements * 4 for row in summary.rows] == [
        row.activation_bytes for row in network.memory().rows
    ]
    by_convention = dict(network.memory(batch=3, dtype="float16").by_convention)
    assert by_convention["stored"] == stored * 3 // 2
    assert dict(network.memory().by_convention)["in_place"] == network.memory(inplace=True).activation_bytes


def test_activations_by_every_convention():
    """lenet5 by hand: 9,118 with the input and without tanh, 14,602, and flatten's 400; VGG-16 by CS231n's table."""
    assert dict(archcalc.load("lenet5").memory().by_convention) == {
        "stored": 4 * (2 * 4704 + 1176 + 2 * 1600 + 400 + 2 * 120 + 2 * 84 + 10),
        "in_place": 4 * (2 * 4704 + 1176 + 2 * 1600 + 400 + 2 * 120 + 2 * 84 + 10),  # tanh cannot be undone
        "cs231n": 4 * (1024 + 4704 + 1176 + 1600 + 400 + 120 + 84 + 10),
        "copies": 4 * (2 * 4704 + 1176 + 2 * 1600 + 400 + 400 + 2 * 120 + 2 * 84 + 10),
    }
    vgg16 = dict(archcalc.load("vgg16").memory().by_convention)
    assert vgg16["cs231n"] == 4 * 15_237_608
    assert vgg16["copies"] - vgg16["stored"] == 4 * (25_088 + 2 * 4_096)


def test_a_function_that_changes_the_shape_is_no_activation_in_place():
    """glu halves: 6 channels become 3, of 5x7 cells."""
    memory = memory_of(graph("input: 6x5x7\nlayers: {g: glu, r: sigmoid}\n"))
    assert dict(memory.by_convention)["cs231n"] == 4 * 35 * (6 + 3)

"""Traits against the forward of each kind: what a kind states of itself is what it does."""

from __future__ import annotations

from math import inf

import pytest

from archcalc.core import HE, NO_WORK
from archcalc.layers import KINDS, all_kinds, names
from archcalc.layers.base import add_kind
from archcalc.layers.traits import ELSEWHERE, FORWARD, IN_ORDER, PROBABILITIES, SAME, TRANSPOSED
from tests.test_matrix import network

np = pytest.importorskip("numpy", reason="the numeric extra is not installed")

TRAITS = {kind.name: kind.traits for kind in all_kinds()}

VIEWS = {
    SAME: "dropout drop_path identity", IN_ORDER: "flatten reshape", ELSEWHERE: "permute slice crop tokens",
}  # fmt: skip
"""Of the textbook: what costs no memory because it is another way to read the same cells."""

IN_PLACE = "relu relu6 leaky_relu elu selu celu"
"""PyTorch 2.13: the activations that have `inplace=` and whose derivative is computed from the result."""


def run(kind):
    """The last layer of the kind's sample in the table of kinds, its inputs, and what it makes of them."""
    from archcalc.numeric.run.forward import output_of_layer, tensors_of
    from archcalc.numeric.weights.weights import he_weights

    graph = network(kind).graph
    node = next(node for node in graph.nodes if node.layer.kind == kind)
    rng = np.random.default_rng(1)
    inputs = [9 * rng.standard_normal((2, *shape)) for shape in node.input_shapes]
    tensors = tensors_of(node, he_weights(graph, 0, "float64"))
    return node, inputs, output_of_layer(graph, node, inputs, tensors)


@pytest.mark.parametrize("kind", [name for words in VIEWS.values() for name in words.split()])
def test_a_view_gives_the_values_of_its_input(kind):
    _, (x,), y = run(kind)
    stated = TRAITS[kind].view
    assert kind in VIEWS[stated].split()
    assert np.isin(y, x).all()
    if stated == SAME:
        assert np.array_equal(x, y)
    if stated == IN_ORDER:
        assert np.array_equal(x.reshape(2, -1), y.reshape(2, -1))


@pytest.mark.parametrize("kind", [name for name, traits in TRAITS.items() if traits.bounds != (-inf, inf)])
def test_values_lie_within_the_bounds(kind):
    _, inputs, y = run(kind)
    low, high = TRAITS[kind].bounds
    assert low <= y.min() <= y.max() <= high
    if TRAITS[kind].clips:
        assert np.array_equal(y, np.clip(inputs[0], low, high))


@pytest.mark.parametrize("kind", [name for name, traits in TRAITS.items() if traits.family == "activation"])
def test_every_activation_with_bounds_states_them(kind):
    """On inputs from -1000 to 1000 a bound shows itself."""
    from archcalc.numeric.reference.activation import FUNCTIONS

    if kind in FUNCTIONS:
        layer = network(kind).graph.nodes[0].layer
        y = FUNCTIONS[kind](np, np.linspace(-1000, 1000, 2001), layer)
        low, high = TRAITS[kind].bounds
        assert (high < inf) == (y.max() < 100)
        assert (low >= 0) == (y.min() >= 0)
        assert low <= y.min()


def test_softmax_gives_probabilities():
    _, _, y = run("softmax")
    assert TRAITS["softmax"].scores == PROBABILITIES
    assert np.allclose(y.sum(1), 1)


@pytest.mark.parametrize("kind", names())
def test_what_is_in_place_can_be_undone_from_its_result(kind):
    """No activation loses what its derivative needs: it is a function that grows, or relu's two bounds."""
    from archcalc.numeric.reference.activation import FUNCTIONS

    assert not TRAITS.get(kind) or TRAITS[kind].in_place or kind not in IN_PLACE.split()
    if kind in TRAITS and TRAITS[kind].in_place:
        y = FUNCTIONS[kind](np, np.linspace(-5, 5, 101), network(kind).graph.nodes[0].layer)
        assert (np.diff(y) >= 0).all()


@pytest.mark.parametrize("kind", [name for name, traits in TRAITS.items() if traits.sums])
def test_a_sum_is_the_sum_of_its_inputs(kind):
    _, inputs, y = run(kind)
    assert np.array_equal(y, sum(inputs))


@pytest.mark.parametrize("kind", [name for name, traits in TRAITS.items() if traits.centres])
def test_what_centres_takes_a_bias_per_channel_away(kind):
    _, (x,), _ = run(kind)
    graph = network(kind).graph
    node = graph.nodes[0]
    from archcalc.core.record import replace
    from archcalc.numeric.reference import FORWARD

    layer = replace(node.layer, track_running_stats=False, affine=False)
    shift = np.arange(6.0).reshape(1, 6, 1, 1)
    assert np.allclose(FORWARD[kind](layer, {}, x), FORWARD[kind](layer, {}, x + shift))


@pytest.mark.parametrize("kind", [name for name, traits in TRAITS.items() if traits.weighted])
def test_what_is_weighted_has_a_kernel_and_a_bias_to_spare(kind):
    node = network(kind).graph.nodes[0]
    assert set(node.layer.weights(*node.input_shapes)) == {"weight", "bias"}
    assert KINDS[kind].parameter("bias") is not None


@pytest.mark.parametrize("kind", [name for name, traits in TRAITS.items() if traits.slides])
def test_what_slides_has_windows_and_a_kernel(kind):
    from archcalc.core import TransposedWindow, Window

    node = next(node for node in network(kind).graph.nodes if node.layer.kind == kind)
    windows = node.layer.windows(*node.input_shapes)
    of = {FORWARD: Window, TRANSPOSED: TransposedWindow}[TRAITS[kind].slides]
    assert all(isinstance(window, of) for window in windows)
    assert KINDS[kind].parameter("kernel_size") is not None


def test_every_kind_with_a_kernel_and_a_stride_slides():
    own = {kind.name for kind in all_kinds() if kind.parameter("kernel_size") and kind.parameter("stride")}
    own -= {"unfold", "fold"}  # their stops stand in a row, which no window slides along
    own -= {"conv_lstm", "deform_conv"}  # along steps and maps at once; wherever its offsets say
    assert own <= {name for name, traits in TRAITS.items() if traits.slides}


def test_families_are_the_words_of_the_field():
    words = {
        "conv": "conv depthwise_conv conv_transpose",
        "linear": "linear",
        "norm": "batch_norm layer_norm instance_norm group_norm rms_norm local_response_norm",
        "pool": "max_pool avg_pool lp_pool max_unpool global_avg_pool global_max_pool global_sum_pool "
        "adaptive_avg_pool adaptive_max_pool subsample",
    }
    for family, kinds in words.items():
        assert set(kinds.split()) <= {name for name, traits in TRAITS.items() if traits.family == family}


@pytest.mark.parametrize("kind", names())
def test_a_tensor_of_one_axis_says_what_stands_in_it(kind):
    """He's rule speaks of kernels; a scale per channel drawn by it would make a network of noise, silently."""
    for node in network(kind).graph.nodes:
        for name, tensor in node.layer.weights(*node.input_shapes).items():
            assert len([size for size in tensor.shape if size > 1]) > 1 or tensor.fill != HE, (kind, name)


@pytest.mark.parametrize("kind", names())
def test_the_documented_params_and_work_are_the_facts(kind):
    """`Layer` has a default for both: a kind without them says so, and one that forgot them is found here."""
    for node in network(kind).graph.nodes:
        if node.layer.kind == kind:
            lines = {line.split()[0]: line.split()[1] for line in KINDS[kind].doc.splitlines() if line[:1].isalpha()}
            tensors = node.layer.weights(*node.input_shapes)
            work = node.layer.work(*node.input_shapes, node.shape)
            assert (lines["Params"].strip(",;:") == "none") == (not tensors), kind
            assert (lines["Work"].strip(",;:") == "none") == (work == NO_WORK), kind


def test_a_trait_that_does_not_exist_is_refused():
    with pytest.raises(TypeError, match="slide"):
        add_kind("test_kind", dict, (), "", "archcalc.layers.conv", slide=FORWARD)
    assert "test_kind" not in KINDS

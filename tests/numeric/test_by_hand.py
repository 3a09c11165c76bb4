"""Forwards of every kind on arrays small enough to work out on paper, the arithmetic beside them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from archcalc.errors import SpecError


def batch(*values):
    """A batch of one example with these values."""
    return np.array([values], dtype=float)


def maps(*rows):
    """A batch of one example with one channel."""
    return np.array([[rows]], dtype=float)


def check(found, expected):
    np.testing.assert_allclose(found[0], np.array(expected, dtype=float), rtol=1e-12, atol=1e-12)


def test_conv_multiplies_and_adds_without_flipping(run_layer):
    # 1*1 + 2*10 + 4*100 + 5*1000 = 5421, 2 + 30 + 500 + 6000 = 6532; plus the bias 0.5
    y = run_layer("conv", maps([1, 2, 3], [4, 5, 6]), {"weight": [[[[1, 10], [100, 1000]]]], "bias": [0.5]},
                  out_channels=1, kernel_size=2)  # fmt: skip
    check(y, [[[5421.5, 6532.5]]])


def test_conv_stride_dilation_and_one_sided_padding(run_layer):
    # 0 | 1 2 3 4 5, taps two apart, every second stop: 0 + 10*2, 2 + 10*4 (stops at cells -1 and 1)
    y = run_layer("conv", batch([1, 2, 3, 4, 5]), {"weight": [[[1, 10]]]}, out_channels=1, kernel_size=2, stride=2,
                  dilation=2, padding=((1, 0),), bias=False)  # fmt: skip
    check(y, [[20, 42]])


@pytest.mark.parametrize(
    ("mode", "first", "last"), [("zeros", 0, 0), ("reflect", 2, 2), ("replicate", 1, 3), ("circular", 3, 1)]
)
def test_conv_padding_modes(run_layer, mode, first, last):
    y = run_layer("conv", batch([1, 2, 3]), {"weight": [[[1, 0, 0]], [[0, 0, 1]]]}, out_channels=2, kernel_size=3,
                  padding=1, padding_mode=mode, bias=False)  # fmt: skip
    check(y, [[first, 1, 2], [2, 3, last]])  # the cell before each, the cell after each


def test_padding_below_0_cuts(run_layer):
    # 1 2 3 4 5 without the first and the last two: 2 3, one stop of taps 1 and 10; then with a zero after 2 3 4 5
    weights = {"weight": [[[1, 10]]]}
    options = {"out_channels": 1, "kernel_size": 2, "bias": False}
    check(run_layer("conv", batch([1, 2, 3, 4, 5]), weights, padding=((-1, -2),), **options), [[32]])
    check(run_layer("conv", batch([1, 2, 3, 4, 5]), weights, padding=((-1, 1),), **options), [[32, 43, 54, 5]])
    check(run_layer("max_pool", batch([9, 2, 3, 4]), kernel_size=2, stride=1, padding=((-1, 0),)), [[3, 4]])
    check(run_layer("pad", batch([1, 2, 3]), cells=((-1, 1),)), [[2, 3, 0]])


def test_causal_padding_reads_nothing_that_comes_after(run_layer):
    # 0 0 | 1 2 3, taps two apart: 1 * x[t - 2] + 10 * x[t]
    y = run_layer("conv", batch([1, 2, 3]), {"weight": [[[1, 10]]]}, out_channels=1, kernel_size=2, dilation=2,
                  padding="causal", bias=False)  # fmt: skip
    check(y, [[10, 20, 31]])


def test_a_slice_with_a_step(run_layer):
    check(run_layer("slice", batch([1], [2], [3], [4]), cells=((0, 4, 2),)), [[1], [3]])
    check(run_layer("slice", batch([1, 2, 3, 4, 5]), cells=((1, 5, 3),), axis=1), [[2, 5]])


def test_conv_groups_see_only_their_channels(run_layer):
    y = run_layer("conv", batch([1], [2], [3], [4]), {"weight": [[[1], [10]], [[1], [10]]]}, out_channels=2,
                  kernel_size=1, groups=2, bias=False)  # fmt: skip
    check(y, [[1 + 20], [3 + 40]])


def test_conv_links_read_only_the_listed_channels(run_layer):
    # map 0 reads channel 2; map 1 reads channels 0 and 1: kernels 7 | 10, 100
    y = run_layer("conv", batch([1], [2], [3]), {"weight": [[7], [10], [100]], "bias": [0.5, 0.25]}, out_channels=2,
                  kernel_size=1, links=((2,), (0, 1)))  # fmt: skip
    check(y, [[21.5], [10 + 200 + 0.25]])


def test_conv_untied_bias_has_one_for_each_unit(run_layer):
    y = run_layer("conv", batch([1, 2]), {"weight": [[[3]]], "bias": [[10, 20]]}, out_channels=1, kernel_size=1,
                  bias="untied")  # fmt: skip
    check(y, [[13, 26]])


def test_depthwise_conv_keeps_channels_apart(run_layer):
    weight = [[[1, 1]], [[2, 2]], [[3, 3]], [[4, 4]]]
    y = run_layer("depthwise_conv", batch([1, 2], [10, 20]), {"weight": weight}, kernel_size=2, multiplier=2,
                  bias=False)  # fmt: skip
    check(y, [[3], [6], [90], [120]])


def test_conv_transpose_spreads_and_adds_what_overlaps(run_layer):
    # 1 * (1, 10, 100) at 0, 2 * (1, 10, 100) at 2: 1, 10, 100 + 2, 20, 200; output_padding adds a cell of bias only
    y = run_layer("conv_transpose", batch([1, 2]), {"weight": [[[1, 10, 100]]], "bias": [0.5]}, out_channels=1,
                  kernel_size=3, stride=2, output_padding=1)  # fmt: skip
    check(y, [[1.5, 10.5, 102.5, 20.5, 200.5, 0.5]])


def test_conv_transpose_padding_cuts(run_layer):
    y = run_layer("conv_transpose", batch([1, 2]), {"weight": [[[1, 10, 100]]]}, out_channels=1, kernel_size=3,
                  stride=2, padding=((1, 2),), bias=False)  # fmt: skip
    check(y, [[10, 102]])


def test_linear_on_a_vector_and_on_tokens(run_layer):
    weights = {"weight": [[1, 10], [2, 20], [3, 30]], "bias": [0.5, 0, 0]}
    check(run_layer("linear", batch(1, 2), weights, out_features=3), [21.5, 42, 63])
    check(run_layer("linear", batch([1, 2], [0, 1]), weights, out_features=3), [[21.5, 42, 63], [10.5, 20, 30]])


def test_max_pool_padding_never_wins(run_layer):
    y = run_layer("max_pool", batch([-3, -1, -2]), kernel_size=2, stride=2, padding=1)
    check(y, [[-3, -1]])


def test_max_pool_rounds_up_where_asked(run_layer):
    x = batch([1, 2, 3, 4, 5])
    check(run_layer("max_pool", x, kernel_size=2), [[2, 4]])
    check(run_layer("max_pool", x, kernel_size=2, ceil_mode=True), [[2, 4, 5]])


def test_max_pool_drops_a_stop_that_would_start_past_the_axis(run_layer):
    # 1 cell, padding 1 on both sides, kernel 2, stride 2: ceil((1 + 2 - 2)/2) + 1 = 2 stops, the second at cell 1
    check(run_layer("max_pool", batch([7.0]), kernel_size=2, stride=2, padding=1, ceil_mode=True), [[7]])


def test_avg_pool_counts_padding_unless_told(run_layer):
    x = batch([1, 2, 6])
    check(run_layer("avg_pool", x, kernel_size=2, stride=2, padding=1), [[1 / 2, 8 / 2]])
    check(run_layer("avg_pool", x, kernel_size=2, stride=2, padding=1, count_include_pad=False), [[1, 8 / 2]])


def test_avg_pool_never_counts_what_hangs_over(run_layer):
    # 5 cells and padding 1: the padded axis ends at 7; stops 0, 3, 6 of kernel 3; the last holds one padded cell
    x = batch([1, 2, 3, 4, 5])
    check(run_layer("avg_pool", x, kernel_size=3, stride=2, ceil_mode=True), [[2, 4]])
    check(run_layer("avg_pool", x, kernel_size=2, stride=3, ceil_mode=True), [[1.5, 4.5]])
    check(run_layer("avg_pool", batch([1, 2, 3, 4]), kernel_size=2, stride=3, ceil_mode=True), [[1.5, 4]])


def test_lp_pool_sums_powers(run_layer):
    check(run_layer("lp_pool", batch([3, 4, 5, 12]), kernel_size=2), [[5, 13]])
    check(run_layer("lp_pool", batch([3, 4, 5, 12]), kernel_size=2, norm_type=1), [[7, 17]])
    check(run_layer("lp_pool", batch([3, 4, 5]), kernel_size=2, ceil_mode=True), [[5, 5]])  # sqrt(5^2), no mean


def test_max_unpool_puts_values_back(run_layer):
    places = np.array([[[1, 2]]])
    check(run_layer("max_unpool", batch([5, 6]), beside=(places,), kernel_size=2), [[0, 5, 6, 0]])
    check(run_layer("max_unpool", batch([5, 6]), beside=(places,), kernel_size=2, size=5), [[0, 5, 6, 0, 0]])


def test_global_pooling(run_layer):
    x = np.array([[[[1, 2], [3, 6]], [[0, 0], [0, -4]]]], dtype=float)
    check(run_layer("global_avg_pool", x), [3, -1])
    check(run_layer("global_max_pool", x), [6, 0])
    check(run_layer("global_sum_pool", x), [12, -4])
    check(run_layer("global_sum_pool", x, keepdim=True), [[[12]], [[-4]]])
    check(run_layer("global_avg_pool", x, keepdim=True), [[[3]], [[-1]]])


def test_adaptive_pooling_windows_share_a_cell(run_layer):
    # 5 cells into 3: 0:2, 1:4, 3:5
    x = batch([1, 3, 8, 10, 20])
    check(run_layer("adaptive_avg_pool", x, output_size=3), [[2, 7, 15]])
    check(run_layer("adaptive_max_pool", x, output_size=3), [[3, 10, 20]])
    check(run_layer("adaptive_max_pool", batch([1, 2]), output_size=3), [[1, 2, 2]])


def test_batch_norm_by_running_statistics_or_its_own(run_layer):
    x = batch([1, 3], [5, 9])
    weights = {"weight": [2, 1], "bias": [0, 7], "running_mean": [1, 5], "running_var": [3, 15]}
    check(run_layer("batch_norm", x, weights, eps=1), [[0, 2], [7, 8]])  # divided by sqrt(3 + 1), sqrt(15 + 1)
    own = run_layer("batch_norm", x, eps=0, affine=False, track_running_stats=False)
    check(own, [[-1, 1], [-1, 1]])  # means 2 and 7, deviations 1 and 2


def test_norms_without_running_statistics(run_layer):
    x = batch([1, 3], [5, 9], [0, 0], [2, 2])
    check(run_layer("instance_norm", x[:, :2], eps=0), [[-1, 1], [-1, 1]])
    # group 1: mean 4.5, deviations -3.5 -1.5 .5 4.5, variance 35/4; group 2: mean 1, variance 1
    root = math.sqrt(35 / 4)
    expected = [[-3.5 / root, -1.5 / root], [0.5 / root, 4.5 / root], [-1, -1], [1, 1]]
    check(run_layer("group_norm", x, num_groups=2, eps=0, affine=False), expected)


def test_layer_norm_over_features_or_all(run_layer):
    tokens = batch([1, 3], [5, 9])
    check(run_layer("layer_norm", tokens, {"weight": [1, 2], "bias": [0, 1]}, eps=0), [[-1, 3], [-1, 3]])
    root = math.sqrt(35 / 4)
    every = run_layer("layer_norm", tokens, over="all", eps=0, elementwise_affine=False)
    check(every, [[-3.5 / root, -1.5 / root], [0.5 / root, 4.5 / root]])


def test_layer_norm_of_a_map_is_over_its_channels(run_layer):
    x = np.array([[[[1], [2]], [[3], [8]]]], dtype=float)  # 2 channels, places (1, 3) and (2, 8)
    check(run_layer("layer_norm", x, eps=0, elementwise_affine=False), [[[-1], [-1]], [[1], [1]]])


def test_rms_norm(run_layer):
    y = run_layer("rms_norm", batch([3, 4]), {"weight": [1, 10]}, eps=0.0)
    check(y, [[3 / math.sqrt(12.5), 40 / math.sqrt(12.5)]])


def test_local_response_norm_looks_across_channels(run_layer):
    # size 2: the channel before and itself; alpha/size = 1, beta 1, k 1: 1/(1+1), 2/(1+1+4), 3/(1+4+9)
    y = run_layer("local_response_norm", batch([1], [2], [3]), size=2, alpha=2, beta=1, k=1)
    check(y, [[1 / 2], [2 / 6], [3 / 14]])


@pytest.mark.parametrize(("kind", "values"), [("dropout", {}), ("drop_path", {"p": 0.5}), ("identity", {})])
def test_training_layers_pass_their_input_on(run_layer, kind, values):
    check(run_layer(kind, batch(1, -2), **values), [1, -2])


def test_scale_by_fixed_numbers(run_layer):
    check(run_layer("scale", batch([1, 2], [3, 4]), by=(0.5, 10), plus=1), [[1.5, 21], [2.5, 41]])
    x = np.array([[[[1, 2]], [[3, 4]]]], float)
    check(run_layer("scale", x, by=(2, -1), plus=(0, 0.5)), [[[2, 4]], [[-2.5, -3.5]]])
    check(run_layer("scale", batch(8, 1), by=0.25), [2, 0.25])


def test_layer_scale_by_feature_or_by_channel(run_layer):
    check(run_layer("layer_scale", batch([1, 2], [3, 4]), {"weight": [10, 100]}), [[10, 200], [30, 400]])
    x = np.ones((1, 2, 1, 3))
    check(run_layer("layer_scale", x, {"weight": [[[2]], [[5]]]}), [[[2, 2, 2]], [[5, 5, 5]]])


def test_subsampling_of_1998(run_layer):
    weights = {"coefficient": [0.5, 2], "bias": [1, 0]}
    check(run_layer("subsample", batch([1, 3, 5, 7], [1, 1, 1, 1]), weights, kernel_size=2), [[3, 7], [4, 4]])


def test_rbf_is_a_squared_distance(run_layer):
    check(run_layer("rbf", batch(1, 2), {"centres": [[1, 2], [-1, 1]]}, out_features=2), [0, 5])


def _e(x):
    return math.exp(x)


ACTIVATIONS = [
    ("relu", {}, [-2, 0, 3], [0, 0, 3]),
    ("relu6", {}, [-2, 5, 7], [0, 5, 6]),
    ("leaky_relu", {"negative_slope": 0.25}, [-2, 3], [-0.5, 3]),
    ("elu", {"alpha": 2}, [-1, 3], [2 * (_e(-1) - 1), 3]),
    ("selu", {}, [-1, 2], [1.7580993408473766 * (_e(-1) - 1), 2 * 1.0507009873554805]),
    ("celu", {"alpha": 2}, [-1, 3], [2 * (_e(-0.5) - 1), 3]),
    ("gelu", {}, [-1, 2], [-0.5 * (1 + math.erf(-1 / math.sqrt(2))), 1 + math.erf(math.sqrt(2))]),
    ("gelu_tanh", {}, [2], [1 + math.tanh(math.sqrt(2 / math.pi) * (2 + 0.044715 * 8))]),
    ("silu", {}, [-1, 2], [-1 / (1 + _e(1)), 2 / (1 + _e(-2))]),
    ("mish", {}, [-1], [-math.tanh(math.log(1 + _e(-1)))]),
    ("sigmoid", {}, [-800, 0, 2], [0, 0.5, 1 / (1 + _e(-2))]),
    ("tanh", {}, [0.5], [math.tanh(0.5)]),
    ("scaled_tanh", {}, [1.5], [1.7159 * math.tanh(1)]),
    ("hard_sigmoid", {}, [-4, 0, 1.5, 4], [0, 0.5, 0.75, 1]),
    ("hard_swish", {}, [-4, 1.5, 4], [0, 1.5 * 0.75, 4]),
    ("softplus", {}, [-1, 800], [math.log(1 + _e(-1)), 800]),
    ("log_sigmoid", {}, [-800, 1], [-800, -math.log(1 + _e(-1))]),
    ("softsign", {}, [-3, 1], [-0.75, 0.5]),
    ("softmax", {}, [0, math.log(3)], [0.25, 0.75]),
    ("softmax", {}, [1000, 1000 + math.log(3)], [0.25, 0.75]),
    ("log_softmax", {}, [0, math.log(3)], [math.log(0.25), math.log(0.75)]),
    ("glu", {}, [2, 4, 0, math.log(3)], [1, 3]),
]


@pytest.mark.parametrize(("kind", "values", "x", "y"), ACTIVATIONS)
def test_activations(run_layer, kind, values, x, y):
    check(run_layer(kind, batch(*x), **values), y)


def test_softmax_takes_the_channels_of_a_map(run_layer):
    x = np.log(np.array([[[[1, 3]], [[3, 1]]]], dtype=float))
    check(run_layer("softmax", x), [[[0.25, 0.75]], [[0.75, 0.25]]])
    check(run_layer("softmax", x, axis=2), [[[0.25, 0.75]], [[0.75, 0.25]]])


def test_prelu_has_one_slope_or_one_a_channel(run_layer):
    x = batch([-1, 2], [-1, 2])
    check(run_layer("prelu", x, {"weight": [0.5]}), [[-0.5, 2], [-0.5, 2]])
    check(run_layer("prelu", x, {"weight": [0.5, 3]}, num_parameters=2), [[-0.5, 2], [-3, 2]])


def test_merges(run_layer):
    a, b = batch([6, 8], [1, 2]), batch([2, 10], [5, 5])
    check(run_layer("add", (a, b, a)), [[14, 26], [7, 9]])
    check(run_layer("multiply", (a, b)), [[12, 80], [5, 10]])
    check(run_layer("subtract", (a, b)), [[4, -2], [-4, -3]])
    check(run_layer("abs_diff", (a, b)), [[4, 2], [4, 3]])
    check(run_layer("concat", (a, b)), [[6, 8], [1, 2], [2, 10], [5, 5]])
    check(run_layer("concat", (a, b), axis=-1), [[6, 8, 2, 10], [1, 2, 5, 5]])
    check(run_layer("matmul", (a, b)), [[12 + 40, 60 + 40], [2 + 10, 10 + 10]])
    check(run_layer("matmul", (a, b), transpose_b=True), [[12 + 80, 30 + 40], [2 + 20, 5 + 10]])


def test_a_gate_is_stretched_over_the_map(run_layer):
    x, gate = np.arange(4.0).reshape(1, 2, 1, 2), np.array([[[[2.0]], [[10.0]]]])
    check(run_layer("multiply", (x, gate)), [[[0, 2]], [[20, 30]]])


def test_moving_values(run_layer):
    x = np.arange(6.0).reshape(1, 1, 2, 3)
    check(run_layer("flatten", x), [0, 1, 2, 3, 4, 5])
    check(run_layer("reshape", x, shape=(3, -1)), [[0, 1], [2, 3], [4, 5]])
    check(run_layer("permute", x, dims=(0, 2, 1)), [[[0, 3], [1, 4], [2, 5]]])
    two = np.arange(4.0).reshape(1, 2, 1, 2)
    check(run_layer("tokens", two), [[0, 2], [1, 3]])
    check(run_layer("slice", x, cells=((1, 3),), axis=2), [[[1, 2], [4, 5]]])


def test_channels_dealt_out(run_layer):
    # groups (0 1 2) and (3 4 5): channel g * 3 + i goes to i * 2 + g
    y = run_layer("channel_shuffle", np.arange(6.0).reshape(1, 6, 1), groups=2)
    check(y, [[0], [3], [1], [4], [2], [5]])


def test_pixels_and_back(run_layer):
    x = np.arange(8.0).reshape(1, 8, 1, 1)
    spread = run_layer("pixel_shuffle", x, upscale_factor=2)
    check(spread, [[[0, 1], [2, 3]], [[4, 5], [6, 7]]])
    check(run_layer("pixel_unshuffle", spread, downscale_factor=2), x[0])
    # the channels of one place of the block first: place (0, 0) of channels 0 and 1, then place (0, 1), ...
    check(run_layer("space_to_depth", spread, block_size=2), np.array([0, 4, 1, 5, 2, 6, 3, 7]).reshape(8, 1, 1))


def test_upsampling(run_layer):
    x = batch([0, 3, 6])
    check(run_layer("upsample", x, scale_factor=2), [[0, 0, 3, 3, 6, 6]])
    check(run_layer("upsample", x, size=4), [[0, 0, 3, 6]])  # cells floor(0 3/4), floor(3/4), floor(6/4), floor(9/4)
    # places (p + 1/2)/2 - 1/2: -1/4 (held at 0), 1/4, 3/4, 5/4, 7/4, 9/4 (held at the last cell)
    check(run_layer("upsample", x, scale_factor=2, mode="bilinear"), [[0, 0.75, 2.25, 3.75, 5.25, 6]])
    check(run_layer("upsample", x, size=5, mode="bilinear", align_corners=True), [[0, 1.5, 3, 4.5, 6]])
    check(run_layer("upsample", x, size=1, mode="bilinear", align_corners=True), [[0]])


def test_pad_and_crop(run_layer):
    x = maps([1, 2], [3, 4])
    check(run_layer("pad", x, cells=((0, 1), (1, 0))), [[[0, 1, 2], [0, 3, 4], [0, 0, 0]]])
    check(run_layer("pad", batch([1, 2]), cells=1, mode="constant", value=7), [[7, 1, 2, 7]])
    check(run_layer("pad", batch([1, 2, 3]), cells=2, mode="reflect"), [[3, 2, 1, 2, 3, 2, 1]])
    check(run_layer("pad", batch([1, 2]), channels=((0, 1),)), [[1, 2], [0, 0]])
    long = batch([0, 1, 2, 3, 4])
    check(run_layer("crop", long, size=2), [[1, 2]])  # floor(3/2) = 1 cut before, 2 after
    check(run_layer("crop", long, cells=((0, 2),)), [[0, 1, 2]])


def test_embeddings(run_layer):
    weight = {"weight": [[0, 1], [10, 11], [20, 21]]}
    check(run_layer("embedding", batch(2, 0), weight, num_embeddings=3, embedding_dim=2), [[20, 21], [0, 1]])
    check(run_layer("position_embedding", batch([1, 1], [2, 2]), {"weight": [[1, 2], [3, 4]]}), [[2, 3], [5, 6]])
    check(run_layer("class_token", batch([1, 1], [2, 2]), {"weight": [[7, 8]]}), [[7, 8], [1, 1], [2, 2]])


@pytest.mark.parametrize("index", [3, -1, 0.5])
def test_embedding_refuses_what_is_no_index(run_layer, index):
    with pytest.raises(SpecError) as caught:
        run_layer("embedding", batch(1, index), {"weight": np.zeros((3, 2))}, num_embeddings=3, embedding_dim=2)
    assert caught.value.what == f"an embedding of 3 vectors got the index {index}"
    assert caught.value.help == "whole numbers from 0 to 2"


def test_attention_of_two_tokens(run_layer):
    # one head, one feature, Q = x, K = x, V = 10 x, out = V + 1: scores x_i x_j for x = (0, 1)
    weights = {"in_proj_weight": [[1], [1], [10]], "in_proj_bias": [0, 0, 0], "out_proj.weight": [[1]],
               "out_proj.bias": [1]}  # fmt: skip
    y = run_layer("multihead_attention", batch([0], [1]), weights, num_heads=1)
    check(y, [[1 + 5], [1 + 10 * math.e / (1 + math.e)]])  # weights 1/2, 1/2 and 1/(1+e), e/(1+e)


def test_no_token_asks_one_after_it(run_layer):
    weights = {"in_proj_weight": [[1], [1], [10]], "in_proj_bias": [0, 0, 0], "out_proj.weight": [[1]],
               "out_proj.bias": [1]}  # fmt: skip
    y = run_layer("multihead_attention", batch([3], [0], [1]), weights, num_heads=1, causal=True)
    # scores of token 1: 0, 0; of token 2: 3, 0, 1
    check(y, [[31], [1 + 15], [1 + (30 * math.e**3 + 10 * math.e) / (math.e**3 + 1 + math.e)]])


# T5 (Raffel et al. 2020, section 2.1): 32 buckets for up to 128 tokens, 16 a side: 8 of one distance, 8 ever wider,
# bucket 8 + floor(8 log(n / 8) / log(16)): the distances at which each of these begins
WIDE = {8: 8, 9: 12, 10: 16, 11: 23, 12: 32, 13: 46, 14: 64, 15: 91}


def test_the_buckets_of_t5(run_layer):
    """Q and K are 0, so that the softmax sees nothing but the table: the bucket of 0 is 0, all others -infinity."""
    cells = 140
    for bucket, first in {0: 0, 1: 1, 7: 7, **WIDE, 17: 1, 23: 7, **{16 + b: d for b, d in WIDE.items()}}.items():
        table = np.full((32, 1), -1e9)
        table[bucket] = 0
        weights = {"in_proj_weight": [[0], [0], [1]], "out_proj.weight": [[1]], "relative_attention_bias.weight": table}
        x = np.arange(cells, dtype=float).reshape(1, cells, 1)
        y = run_layer("multihead_attention", x, weights, num_heads=1, bias=False, relative_buckets=32)[0, :, 0]
        last = 0 if bucket in (0,) else first if bucket % 16 < 8 else WIDE.get(bucket % 16 + 1, cells) - 1
        token = 0 if bucket >= 16 else cells - 1
        away = range(first, min(last, cells - 1) + 1)
        seen = [token + far if bucket >= 16 else token - far for far in away]
        assert y[token] == pytest.approx(sum(seen) / len(seen))


def _cell(gates, input_weight, state_weight):
    return {"weight_ih_l0": [[input_weight]] * gates, "weight_hh_l0": [[state_weight]] * gates}


def test_rnn_carries_its_state(run_layer):
    h = math.tanh(2 * 1)
    expected = [[h], [math.tanh(2 * 0 + 3 * h)]]
    check(run_layer("rnn", batch([1], [0]), _cell(1, 2, 3), hidden_size=1, bias=False), expected)
    check(run_layer("rnn", batch([1], [0]), _cell(1, 2, 3), hidden_size=1, bias=False, returns="last"), expected[-1])
    relu = run_layer("rnn", batch([1], [-1]), _cell(1, 2, 3), hidden_size=1, bias=False, nonlinearity="relu")
    check(relu, [[2], [4]])  # max(0, 2), max(0, -2 + 6)


def test_lstm_first_step(run_layer):
    # x = 1, all weights 1, no state yet: c = sigmoid(1) tanh(1), h = sigmoid(1) tanh(c)
    gate = 1 / (1 + math.exp(-1))
    expected = gate * math.tanh(gate * math.tanh(1))
    check(run_layer("lstm", batch([1]), _cell(4, 1, 1), hidden_size=1, bias=False), [[expected]])


def test_gru_first_step(run_layer):
    # x = 1, all weights 1, no state yet: h = (1 - sigmoid(1)) tanh(1)
    expected = (1 - 1 / (1 + math.exp(-1))) * math.tanh(1)
    check(run_layer("gru", batch([1]), _cell(3, 1, 1), hidden_size=1, bias=False), [[expected]])


def _sigmoid(x):
    return 1 / (1 + math.exp(-x))


def test_one_bias_stands_with_the_input(run_layer):
    """All weights 1: r = z = sigmoid(x + h + 0.5), n = tanh(x + 0.5 + r h), h' = (1 - z) n + z h."""
    weights = {**_cell(3, 1, 1), "bias_l0": [0.5] * 3}
    h, states = 0.0, []
    for x in (1, -2):
        z = _sigmoid(x + h + 0.5)
        h = (1 - z) * math.tanh(x + 0.5 + z * h) + z * h
        states.append([h])
    check(run_layer("gru", batch([1], [-2]), weights, hidden_size=1, biases=1), states)


def test_a_gru_that_weighs_the_state_before_the_product(run_layer):
    """Cho et al.: n = tanh(x + W (r h) + c) with W = 3 and its bias c = 0.25, which r leaves alone."""
    weights = {**_cell(3, 1, 3), "bias_ih_l0": [0] * 3, "bias_hh_l0": [0.25] * 3}
    for after in (False, True):
        h, states = 0.0, []
        for x in (1, -2):
            z = _sigmoid(x + 3 * h + 0.25)
            inner = z * (3 * h + 0.25) if after else 3 * (z * h) + 0.25
            h = (1 - z) * math.tanh(x + inner) + z * h
            states.append([h])
        check(run_layer("gru", batch([1], [-2]), weights, hidden_size=1, reset_after=after), states)


def test_the_last_state_of_both_directions(run_layer):
    # backwards the sequence is 0, 1: the state ends in tanh(2 * 1 + 3 * tanh(0))
    weights = {**_cell(1, 2, 3), "weight_ih_l0_reverse": [[2]], "weight_hh_l0_reverse": [[3]]}
    y = run_layer("rnn", batch([1], [0]), weights, hidden_size=1, bias=False, bidirectional=True, returns="last")
    check(y, [math.tanh(3 * math.tanh(2)), math.tanh(2)])

"""Multi-head attention: counts by hand, names and shapes by PyTorch; messages word for word."""

from __future__ import annotations

import pytest

from archcalc.core import SPREAD, PartitionAxis, Shape, Work
from archcalc.errors import GraphError, ShapeError, SpecError
from archcalc.layers import find

SELF = [(7, 15)]
MEMORY = [(7, 15), (11, 15)]
WIDER = [(7, 15), (11, 13)]


def test_self_attention_by_hand(build):
    """Width 64, 4 heads, 50 tokens."""
    x = Shape.of(50, 64)
    assert build("multihead_attention", 1, num_heads=4).work(x, x) == Work(
        macs=819_200,  # 50 tokens times four matrices of 64 x 64
        activation_macs=320_000,  # Q K^T and A V: 50 * 50 * 64 each
        products=3_200,  # scaling 50 queries of 64 features
        additions=22_800,  # biases 50 * 4 * 64 = 12,800; sums 4 * 50 * 50 = 10,000
        divisions=10_000,
        exponentials=10_000,
        connections=832_000,  # 819,200 + 12,800
    )


def test_attention_to_a_memory_by_hand(build):
    """7 queries of 15 features, 11 memory tokens of 13 features, 3 heads."""
    query, memory = map(Shape, WIDER)
    layer = build("multihead_attention", 1, num_heads=3, bias=False)
    assert layer.output(query, memory) == (7, 15)
    assert layer.work(query, memory, query) == Work(
        macs=7_440,  # Q and out: 2 * 7 * 15 * 15 = 3,150; K and V: 2 * 11 * 13 * 15 = 4,290
        activation_macs=2_310,  # 2 * 7 * 11 * 15
        products=105,
        additions=231,  # 3 * 7 * 11
        divisions=231,
        exponentials=231,
        connections=7_440,
    )


def test_bias_additions_follow_the_tokens(build):
    query, memory = map(Shape, MEMORY)
    work = build("multihead_attention", 1, num_heads=3).work(query, memory, query)
    assert work.additions == 540 + 231  # (7 + 7 + 11 + 11) * 15 biases, 3 * 7 * 11 sums
    assert work.connections == work.macs + 540


@pytest.mark.parametrize(
    ("x", "bias", "expected"),
    [
        pytest.param(
            SELF, True,
            {"in_proj_weight": (45, 15), "in_proj_bias": (45,), "out_proj.weight": (15, 15), "out_proj.bias": (15,)},
            id="self",
        ),
        pytest.param(SELF, False, {"in_proj_weight": (45, 15), "out_proj.weight": (15, 15)}, id="self without bias"),
        pytest.param(
            MEMORY, True,
            {"in_proj_weight": (45, 15), "in_proj_bias": (45,), "out_proj.weight": (15, 15), "out_proj.bias": (15,)},
            id="memory of the same width",
        ),
        pytest.param(
            WIDER, True,
            {"q_proj_weight": (15, 15), "k_proj_weight": (15, 13), "v_proj_weight": (15, 13), "in_proj_bias": (45,),
             "out_proj.weight": (15, 15), "out_proj.bias": (15,)},
            id="memory of another width",
        ),
    ],
)  # fmt: skip
def test_weights_are_packed_where_the_widths_agree(build, x, bias, expected):
    layer = build("multihead_attention", 1, num_heads=3, bias=bias)
    assert {name: tuple(t.shape) for name, t in layer.weights(*map(Shape, x)).items()} == expected


@pytest.mark.torch
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("x", [SELF, MEMORY, WIDER], ids=["self", "memory", "another width"])
def test_attention_is_pytorchs(build, x, bias):
    torch = pytest.importorskip("torch", reason="names and shapes are PyTorch's")
    width = x[-1][1]
    module = torch.nn.MultiheadAttention(15, 3, bias=bias, kdim=width, vdim=width, batch_first=True)
    query, memory = torch.rand(2, *x[0]), torch.rand(2, *x[-1])
    layer = build("multihead_attention", 1, num_heads=3, bias=bias)
    assert layer.output(*map(Shape, x)) == tuple(module(query, memory, memory)[0].shape[1:])
    expected = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    assert {name: tuple(t.shape) for name, t in layer.weights(*map(Shape, x)).items()} == expected


def test_grouped_queries_by_hand(build):
    """7 tokens of 12 features, 4 heads of 5, 2 of K and V; the result has no bias. D = 20, G = 10."""
    x = Shape.of(7, 12)
    layer = build("multihead_attention", 1, num_heads=4, kv_heads=2, head_dim=5, out_bias=False)
    assert layer.output(x) == (7, 12)
    assert {name: tuple(t.shape) for name, t in layer.weights(x).items()} == {
        "in_proj_weight": (40, 12), "in_proj_bias": (40,), "out_proj.weight": (12, 20),
    }  # fmt: skip
    assert layer.work(x, x) == Work(
        macs=5_040,  # 7 * 12 * 20 for Q and for the result, 7 * 12 * 10 for K and for V
        activation_macs=1_960,  # 2 * 7 * 7 * 20
        products=140,  # 7 * 20
        additions=476,  # biases 7 * 40 = 280; sums 4 * 7 * 7 = 196
        divisions=196,
        exponentials=196,
        connections=5_320,
    )


def test_relative_positions_by_hand(build):
    """7 queries of 12 features, 11 keys, 3 heads, a bias for each of 8 buckets; nothing is scaled."""
    query, memory = Shape.of(7, 12), Shape.of(11, 12)
    layer = build("multihead_attention", 1, num_heads=3, bias=False, scaled=False, relative_buckets=8)
    plain = build("multihead_attention", 1, num_heads=3, bias=False)
    table = layer.weights(query, memory)["relative_attention_bias.weight"]
    assert tuple(table.shape) == (8, 3)
    work, other = (one.work(query, memory, query) for one in (layer, plain))
    assert work.additions - other.additions == 231  # 3 * 7 * 11
    assert other.products - work.products == 84  # 7 * 12


@pytest.mark.parametrize(
    ("width", "values", "params"),
    [
        # Qwen2.5-0.5B, config.json: hidden_size 896, 14 heads, 2 of K and V; q, k, v with a bias, o without:
        # 2 * 896^2 + 896 + 2 * (896 * 128 + 128)
        pytest.param(896, {"num_heads": 14, "kv_heads": 2, "out_bias": False}, 1_836_160, id="Qwen2.5-0.5B"),
        # flan-t5-small, config.json: d_model 512, 6 heads of d_kv 64, 32 buckets, no bias: 4 * 512 * 384 + 32 * 6
        pytest.param(512, {"num_heads": 6, "head_dim": 64, "bias": False, "scaled": False, "relative_buckets": 32},
                     786_624, id="flan-t5-small, first layer"),
        # Mistral 7B, config.json: 4096, 32 heads, 8 of K and V, no bias: 2 * 4096^2 + 2 * 4096 * 1024
        pytest.param(4096, {"num_heads": 32, "kv_heads": 8, "bias": False}, 41_943_040, id="Mistral-7B"),
    ],
)  # fmt: skip
def test_params_of_published_attentions(build, width, values, params):
    weights = build("multihead_attention", 1, **values).weights(Shape.of(7, width))
    assert sum(tensor.elements for tensor in weights.values()) == params


@pytest.mark.parametrize("causal", [False, True])
def test_a_mask_and_a_table_keep_the_shape(build, causal):
    layer = build("multihead_attention", 1, num_heads=4, head_dim=9, kv_heads=1, causal=causal)
    assert layer.output(*map(Shape, WIDER)) == (7, 15)  # 4 does not divide 15: head_dim says what a head is
    plain = build("multihead_attention", 1, num_heads=4, head_dim=9, kv_heads=1)
    assert layer.work(*map(Shape, WIDER), Shape.of(7, 15)) == plain.work(*map(Shape, WIDER), Shape.of(7, 15))


@pytest.mark.parametrize(
    ("values", "what", "help"),
    [
        ({"num_heads": 6, "kv_heads": 4},
         "4 heads of K and V do not divide 6 heads", "kv_heads must divide 6: 1, 2, 3, 6"),
        ({"num_heads": 3, "relative_buckets": 6},
         "6 buckets do not share out: half of those of a side are for one distance each",
         "a multiple of 4, as T5's 32"),
        ({"num_heads": 3, "relative_buckets": 3, "causal": True},
         "3 buckets do not share out: half of those are for one distance each",
         "a multiple of 2, as T5's 32"),
        ({"num_heads": 3, "relative_buckets": 32, "relative_distance": 8},
         "a relative_distance of 8 leaves nothing for the wide ones of 32 buckets", "at least 9"),
        ({"num_heads": 3, "relative_buckets": 32, "relative_distance": 16, "causal": True},
         "a relative_distance of 16 leaves nothing for the wide ones of 32 buckets", "at least 17"),
    ],
)  # fmt: skip
def test_heads_and_buckets_that_do_not_fit(build, values, what, help):
    with pytest.raises(SpecError) as caught:
        build("multihead_attention", 1, **values)
    assert (caught.value.what, caught.value.help) == (what, help)


def test_attention_takes_one_input_or_two_and_keeps_the_axis(build):
    assert find("multihead_attention").inputs == (1, 2)
    assert build("multihead_attention", 1, num_heads=3).windows(*map(Shape, MEMORY)) == (SPREAD,)


def test_heads_must_divide_the_width(build):
    with pytest.raises(ShapeError) as caught:
        build("multihead_attention", 1, num_heads=4).output(Shape.of(7, 15))
    assert caught.value.what == "4 heads do not divide 15 features"
    assert caught.value.help == "num_heads must divide 15: 1, 3, 5, 15"


@pytest.mark.parametrize(
    ("x", "what", "help"),
    [
        pytest.param(
            [(15, 11, 13)],
            "multihead_attention needs tokens x features, its input is 15x11x13", "tokens turns it into 143x15",
            id="a map",
        ),
        pytest.param(
            [(7, 15), (15,)],
            "multihead_attention needs tokens x features, its input is 15", None,
            id="a vector as memory",
        ),
    ],
)  # fmt: skip
def test_attention_needs_sequences(build, x, what, help):
    with pytest.raises(ShapeError) as caught:
        build("multihead_attention", 1, num_heads=3).output(*map(Shape, x))
    assert (caught.value.what, caught.value.help) == (what, help)


def test_attention_refuses_a_third_input(build):
    with pytest.raises(GraphError) as caught:
        build("multihead_attention", 1, num_heads=3).output(*[Shape.of(7, 15)] * 3)
    assert caught.value.what == "multihead_attention has 3 inputs"
    assert caught.value.help == "a query, and at most one memory"


PLANE = (6, 11, 13)


def test_window_attention_by_hand(facts):
    """6 channels, 2 heads; 11 x 13 cells are padded to 12 x 15, whole windows of 3 x 3."""
    found = facts("window_attention", PLANE, num_heads=2, window=3)
    assert found.output == PLANE
    assert found.windows == (PartitionAxis(3), PartitionAxis(3))
    assert found.weights == {
        "relative_position_bias_table": (25, 2),  # offsets of -2 to 2 along both axes
        "qkv.weight": (18, 6),
        "qkv.bias": (18,),
        "proj.weight": (6, 6),
        "proj.bias": (6,),
    }
    assert set(found.roles.values()) == {"trainable"}
    assert found.work == {
        "macs": 25_920,  # 180 cells times four matrices of 6 x 6
        "activation_macs": 19_440,  # Q K^T and A V: 180 cells * 9 cells * 6 channels each
        "products": 1_080,  # scaling 180 queries of 6 channels
        "additions": 10_800,  # 180 * 24 = 4,320 of weights' biases; offsets and sums 2 * 2 heads * 180 * 9 = 6,480
        "divisions": 3_240,
        "exponentials": 3_240,
        "connections": 30_240,  # 25,920 + 4,320
    }


def test_a_shift_masks_every_pair(facts):
    plain, shifted = (facts("window_attention", PLANE, num_heads=2, window=3, shift=shift) for shift in (0, 1))
    assert shifted.windows == (PartitionAxis(3, 1), PartitionAxis(3, 1))
    assert shifted.work.pop("additions") == plain.work.pop("additions") + 3_240
    assert shifted.work == plain.work


def test_an_axis_that_one_window_covers_is_not_shifted(facts):
    found = facts("window_attention", PLANE, num_heads=2, window=11, shift=5)
    assert found.windows == (PartitionAxis(11, 0), PartitionAxis(11, 5))
    found = facts("window_attention", PLANE, num_heads=2, window=13, shift=5)
    assert found.windows == (PartitionAxis(13, 0), PartitionAxis(13, 0))


def test_the_first_attention_of_swin_t(facts):
    # torchvision's swin_t, features.1.0.attn: 56x56 cells are 64 windows of 7x7
    found = facts("window_attention", (96, 56, 56), num_heads=3)
    assert found.weights["relative_position_bias_table"] == (169, 3)
    assert found.work["macs"] == 56 * 56 * 4 * 96 * 96
    assert found.work["activation_macs"] == 64 * 2 * 49 * 49 * 96


@pytest.mark.parametrize(
    ("shift", "parts"),
    [
        pytest.param(0, ["012", "345", "678", "9A"], id="no shift"),
        pytest.param(1, ["0", "123", "456", "789", "A"], id="shift 1"),
        pytest.param(2, ["01", "234", "567", "89A"], id="shift 2"),
    ],
)
def test_parts_of_an_axis_of_eleven(shift, parts):
    window = PartitionAxis(3, shift)
    cells = {int(cell, 16): [int(other, 16) for other in part] for part in parts for cell in part}
    assert window.output(11) == 11
    assert {cell: list(window.reads(cell, 11)) for cell in range(11)} == cells


def test_heads_must_divide_the_channels(build):
    with pytest.raises(ShapeError) as caught:
        build("window_attention", 2, num_heads=4).output(Shape(PLANE))
    assert caught.value.what == "4 heads do not divide 6 channels"
    assert caught.value.help == "num_heads must divide 6: 1, 2, 3, 6"


@pytest.mark.parametrize("x", [(7, 15), (6, 5, 11, 13)], ids=["a sequence", "a volume"])
def test_window_attention_needs_a_plane(build, x):
    with pytest.raises(ShapeError) as caught:
        build("window_attention", len(x) - 1, num_heads=1).output(Shape(x))
    assert caught.value.what == f"window_attention needs a map of C x H x W, its input is {Shape(x)}"


def test_a_shift_stays_inside_the_window(build):
    with pytest.raises(SpecError) as caught:
        build("window_attention", 2, num_heads=2, window=3, shift=3)
    assert caught.value.what == "a shift of 3 is not inside a window of 3"
    assert caught.value.help == "at most 2"

"""moe: total and active params of published models, work by hand, the forward against a loop in PyTorch."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.core import SPREAD, Shape
from archcalc.errors import ShapeError, SpecError


def test_moe_by_hand(facts):
    """3 tokens of 7 features, 5 experts of 11 units, 2 asked."""
    found = facts("moe", (3, 7), num_experts=5, top_k=2, hidden_size=11)
    assert found.output == (3, 7)
    assert found.windows == (SPREAD,)
    assert found.weights == {
        "gate.weight": (5, 7), "experts.gate_up_proj": (5, 22, 7), "experts.down_proj": (5, 7, 11),
    }  # fmt: skip
    assert found.work == {
        "macs": 1_491,  # router 3 * 5 * 7 = 105, experts 3 * 2 * 3 * 77 = 1,386
        "connections": 1_491,
        "products": 108,  # gates 3*2*11 = 66, weighing 3*2*7 = 42
        "additions": 108,  # silu 66; softmax 15, its share anew 6, the sum of two experts 21
        "comparisons": 30,  # 3 tokens * 5 scores * 2 choices
        "divisions": 87,  # silu 66, softmax 15, shares 6
        "exponentials": 81,  # silu 66, softmax 15
    }


def test_plain_experts_with_biases(facts):
    found = facts("moe", (7,), num_experts=5, top_k=1, hidden_size=11, gated=False, bias=True, act="relu")
    assert found.weights == {
        "gate.weight": (5, 7), "experts.up_proj": (5, 11, 7), "experts.down_proj": (5, 7, 11),
        "gate.bias": (5,), "experts.up_proj_bias": (5, 11), "experts.down_proj_bias": (5, 7),
    }  # fmt: skip
    assert found.work["macs"] == 35 + 2 * 77
    assert found.work["connections"] == 35 + 2 * 77 + 5 + 11 + 7


def test_mixtral_total_and_active():
    """One block of Mixtral 8x7B: 8 experts of 3 * 4096 * 14336 = 176,160,768 weights and a router of 32,768."""
    net = archcalc.loads("input: 1x4096\nlayers: {m: moe 8 2 14336}\n")
    totals = net.summary().totals
    assert totals.params == 8 * 176_160_768 + 32_768
    assert totals.active_params == 2 * 176_160_768 + 32_768
    assert totals.macs == totals.active_params  # one token
    claims = "expect: {params: '1,409,318,912', active_params: '352,354,304', m.active_params: '352,354,304'}"
    checked = archcalc.loads(f"input: 1x4096\nlayers: {{m: moe 8 2 14336}}\n{claims}\n").check()
    assert [claim.holds for claim in checked] == [True] * 3


def test_active_params_are_told_where_they_are_fewer():
    few = "Active params (of one token):    564"  # router 60, 2 of 5 experts of 3 * 7 * 12 = 252
    assert few in str(archcalc.loads("input: 5x12\nlayers: {a: moe 5 2 7}").summary())
    assert "Active" not in str(archcalc.loads("input: 5x12\nlayers: {a: moe 5 5 7}").summary())


def test_more_experts_than_there_are(build):
    with pytest.raises(SpecError) as caught:
        build("moe", 1, num_experts=3, top_k=4, hidden_size=5)
    assert (caught.value.what, caught.value.help) == ("the top 4 of 3 experts", "at most 3")


def test_moe_needs_tokens(build):
    with pytest.raises(ShapeError) as caught:
        build("moe", 2, num_experts=3, top_k=1, hidden_size=5).output(Shape.of(7, 11, 13))
    assert caught.value.what == "moe needs features, or tokens x features, its input is the map 7x11x13"
    assert caught.value.help == "tokens turns it into 143x7"


@pytest.mark.torch
@pytest.mark.parametrize(
    "values",
    [
        {"gated": True, "normalize": True},
        {"gated": True, "normalize": False, "bias": True, "act": "gelu"},
        {"gated": False, "normalize": True, "bias": True, "act": "relu"},
    ],
)
def test_forward_is_every_expert_on_every_token_weighed(build, values):
    """All experts are run and those that are not among the top count 0."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    np = pytest.importorskip("numpy")
    from archcalc.numeric.reference import FORWARD

    functional = torch.nn.functional
    layer = build("moe", 1, num_experts=5, top_k=2, hidden_size=11, **values)
    rng = np.random.default_rng(3)
    x = rng.standard_normal((2, 3, 7))
    tensors = {name: rng.standard_normal(tuple(t.shape)) for name, t in layer.weights(Shape.of(3, 7)).items()}
    w = {name: torch.from_numpy(tensor) for name, tensor in tensors.items()}
    tokens = torch.from_numpy(x)
    p = functional.linear(tokens, w["gate.weight"], w.get("gate.bias")).softmax(-1)
    top = p.topk(2, -1)
    share = torch.zeros_like(p).scatter(-1, top.indices, top.values)
    if values["normalize"]:
        share = share / share.sum(-1, keepdim=True)
    up = "experts.gate_up_proj" if values["gated"] else "experts.up_proj"
    act = getattr(functional, values.get("act", "silu"))
    expected = torch.zeros_like(tokens)
    for e in range(5):
        bias = w[f"{up}_bias"][e] if values.get("bias") else None
        inner = functional.linear(tokens, w[up][e], bias)
        hidden = act(inner[..., :11]) * inner[..., 11:] if values["gated"] else act(inner)
        bias = w["experts.down_proj_bias"][e] if values.get("bias") else None
        expected += share[..., e : e + 1] * functional.linear(hidden, w["experts.down_proj"][e], bias)
    np.testing.assert_allclose(FORWARD["moe"](layer, tensors, x), expected.numpy(), rtol=1e-12, atol=1e-12)

"""A mixture of experts."""

from __future__ import annotations

from archcalc.layers.experts import MixtureOfExperts
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.activation import FUNCTIONS, shares
from archcalc.numeric.reference.base import Tensors


def moe(layer: MixtureOfExperts, weights: Tensors, x: Array) -> Array:
    """(N, T, D) -> the same: what the chosen experts say of each token, weighed by the router."""
    xp = array_namespace(x)
    tokens = x.reshape(-1, x.shape[-1])
    chosen, share = _routes(layer, weights, tokens)
    y = xp.zeros_like(tokens)
    for number in range(layer.num_experts):
        asking, choice = xp.nonzero(chosen == number)
        said = _expert(layer, weights, tokens[asking], number)
        y[asking] += share[asking, choice][:, None] * said
    return y.reshape(x.shape)


def _routes(layer: MixtureOfExperts, weights: Tensors, tokens: Array) -> tuple[Array, Array]:
    """For each token the experts that answer, and how much each counts."""
    xp = array_namespace(tokens)
    scores = tokens @ weights["gate.weight"].T
    share = shares(xp, scores + weights["gate.bias"] if layer.bias else scores, -1)
    chosen = xp.argsort(-share, -1)[:, : layer.top_k]
    share = xp.take_along_axis(share, chosen, -1)
    return chosen, share / share.sum(-1, keepdims=True) if layer.normalize else share


def _expert(layer: MixtureOfExperts, weights: Tensors, x: Array, number: int) -> Array:
    """One expert on the tokens that ask it."""
    xp = array_namespace(x)
    inner = _affine(weights, "experts.gate_up_proj" if layer.gated else "experts.up_proj", x, number)
    gate, *value = xp.split(inner, 2, -1) if layer.gated else [inner]
    hidden = FUNCTIONS[layer.act](xp, gate, layer.function)
    return _affine(weights, "experts.down_proj", hidden * value[0] if value else hidden, number)


def _affine(weights: Tensors, name: str, x: Array, number: int) -> Array:
    y = x @ weights[name][number].T
    return y + weights[f"{name}_bias"][number] if f"{name}_bias" in weights else y

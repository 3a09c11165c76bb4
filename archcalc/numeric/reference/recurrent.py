"""Recurrent layers: the same cell at every step."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from archcalc.layers.recurrent import Recurrent
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.activation import sigmoid
from archcalc.numeric.reference.base import Tensors

State = tuple[Array, ...]
"""What a cell hands to its next step: h, and for an LSTM h and c. h is what others see."""

Product = Callable[[Array], Array]
"""W_hh times a state, with the bias of that product where it has its own."""


def recurrent(layer: Recurrent, weights: Tensors, x: Array) -> Array:
    """(N, T, F) -> (N, T, H), or (N, H) with returns=last: the state each direction ends in. Bidirectional: 2H."""
    xp = array_namespace(x)
    passes = ("", "_reverse") if layer.bidirectional else ("",)
    for number in range(layer.num_layers):
        forth_and_back = [_pass(layer, weights, x, f"l{number}{suffix}") for suffix in passes]
        x = xp.concatenate([states for states, _ in forth_and_back], -1)
    return xp.concatenate([last for _, last in forth_and_back], -1) if layer.returns == "last" else x


def _pass(layer: Recurrent, weights: Tensors, x: Array, name: str) -> tuple[Array, Array]:
    """One direction over the whole sequence: the state at every step, and the one it ends in."""
    xp = array_namespace(x)
    step = CELLS[layer.kind]
    zeros = xp.zeros((len(x), layer.hidden_size), x.dtype)
    state: State = (zeros,) * (2 if layer.kind == "lstm" else 1)
    if layer.proj_size is not None:
        state = (zeros[:, : layer.proj_size], *state[1:])
    from_state = partial(_affine, weights=weights, name=f"hh_{name}")
    times = range(x.shape[1])
    states: dict[int, Array] = {}
    for time in reversed(times) if name.endswith("reverse") else times:
        from_input = _affine(x[:, time], weights, f"ih_{name}")
        if f"bias_{name}" in weights:
            from_input = from_input + weights[f"bias_{name}"]
        state = step(xp, from_input, from_state, state, layer)
        if f"weight_hr_{name}" in weights:
            state = (state[0] @ weights[f"weight_hr_{name}"].T, *state[1:])
        states[time] = state[0]
    return xp.stack([states[time] for time in times], 1), state[0]


def _affine(x: Array, weights: Tensors, name: str) -> Array:
    y = x @ weights[f"weight_{name}"].T
    return y + weights[f"bias_{name}"] if f"bias_{name}" in weights else y


def _rnn(xp: Any, a: Array, b: Product, state: State, layer: Recurrent) -> State:
    y = a + b(state[0])
    return (xp.maximum(y, 0) if layer.nonlinearity == "relu" else xp.tanh(y),)


def _lstm(xp: Any, a: Array, b: Product, state: State, _: Recurrent) -> State:
    keep_in, forget, new, out = xp.split(a + b(state[0]), 4, -1)
    c = sigmoid(xp, forget) * state[1] + sigmoid(xp, keep_in) * xp.tanh(new)
    return sigmoid(xp, out) * xp.tanh(c), c


def _gru(xp: Any, a: Array, b: Product, state: State, layer: Recurrent) -> State:
    reset_a, update_a, new_a = xp.split(a, 3, -1)
    reset_b, update_b, new_b = xp.split(b(state[0]), 3, -1)
    reset, update = sigmoid(xp, reset_a + reset_b), sigmoid(xp, update_a + update_b)
    weighed = reset * new_b if layer.reset_after else xp.split(b(reset * state[0]), 3, -1)[2]
    new = xp.tanh(new_a + weighed)
    return ((1 - update) * new + update * state[0],)


CELLS: dict[str, Callable[[Any, Array, Product, State, Recurrent], State]] = {"rnn": _rnn, "lstm": _lstm, "gru": _gru}
"""Kind -> one step: W_ih x, what makes W_hh h of a state, the state before and the layer -> the state after."""

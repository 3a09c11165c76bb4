"""A recurrent layer whose products are convolutions."""

from __future__ import annotations

from archcalc.layers.conv_lstm import ConvLSTM
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.activation import sigmoid
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.conv import conv
from archcalc.numeric.reference.slide import example, per_channel


def conv_lstm(layer: ConvLSTM, weights: Tensors, x: Array) -> Array:
    """(N, T, C, *spatial) -> (N, T, F, *O), or (N, F, *O) with returns=last."""
    xp = array_namespace(x)
    frame = example(x[:, 0])
    of_input, of_state = layer.of_input(frame), layer.of_state(frame)
    gates = [conv(of_input, {"weight": weights["weight_ih"]}, x[:, time]) for time in range(x.shape[1])]
    h = c = xp.zeros((len(x), layer.out_channels, *gates[0].shape[2:]), x.dtype)
    states = []
    for from_input in gates:
        both = from_input + conv(of_state, {"weight": weights["weight_hh"]}, h)
        h, c = _step(layer, weights, both + per_channel(weights["bias"], both) if layer.bias else both, c)
        states.append(h)
    return h if layer.returns == "last" else xp.stack(states, 1)


def _step(layer: ConvLSTM, weights: Tensors, gates: Array, c: Array) -> tuple[Array, Array]:
    """The state and the cell state after a step."""
    xp = array_namespace(gates)
    keep_in, forget, new, out = xp.split(gates, 4, 1)
    if layer.peephole:
        keep_in, forget = keep_in + weights["weight_ci"] * c, forget + weights["weight_cf"] * c
    c = sigmoid(xp, forget) * c + sigmoid(xp, keep_in) * xp.tanh(new)
    if layer.peephole:
        out = out + weights["weight_co"] * c
    return sigmoid(xp, out) * xp.tanh(c), c

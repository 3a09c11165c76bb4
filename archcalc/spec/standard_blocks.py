"""Blocks that come with archcalc, written in the language itself; no `defaults:` of a spec reach into them."""

from __future__ import annotations

import re

STANDARD_BLOCKS: dict[str, str] = {
    "squeeze_excitation": """\
about:
  summary: "Squeeze-and-excitation: each channel is scaled by a gate that has seen the whole map"
  formula: s = gate(W2 act(W1 mean(x))), y = s * x
  shape: (C, *spatial) -> the same
  params: 2 C^2 / reduction weights, C / reduction + C biases
  reduction: how many times fewer channels the gate has inside
  channels: the gate's inner channels, where they are given instead of the reduction
  act: the activation inside the gate
  gate: what squashes the gate, sigmoid or hard_sigmoid
  source: Hu, Shen, Sun 2018, "Squeeze-and-Excitation Networks"
input: 1x1
blocks:
  squeeze_excitation:
    args: [reduction=16, channels=0, act=relu, gate=sigmoid]
    layers:
      avgpool: global_avg_pool keepdim=yes
      fc1: conv max(channels,(channels==0)*(in.c//reduction)) 1
      activation: act
      fc2: conv in.c 1
      scale_activation: gate
      scale: multiply in scale_activation
layers: [identity]
""",
    "separable_conv": """\
about:
  summary: "Separable convolution: a depthwise one, then a 1x1 convolution that mixes the channels"
  formula: O as in conv; y = pointwise(depthwise(x)), nothing between them
  shape: (C, *spatial) -> (out_channels, *O)
  params: C * multiplier * prod(K) + C * multiplier * out_channels weights, out_channels biases
  out_channels: filters of the 1x1 convolution
  kernel_size: "cells of the depthwise window: 3, or height x width 3x5"
  stride: cells between two stops
  padding: cells around the map; same or valid
  dilation: distance of two taps
  multiplier: depthwise filters per channel
  bias: whether the 1x1 convolution has biases; the depthwise one has none
  act: the activation after both
  source: Chollet 2017 (Xception); Keras, SeparableConv2D
input: 1x1
defaults: {depthwise_conv: {bias: no}}
blocks:
  separable_conv:
    args: [out_channels, kernel_size, stride=1, padding=0, dilation=1, multiplier=1, bias=yes, act=none]
    layers:
      depthwise: depthwise_conv kernel_size stride=stride padding=padding dilation=dilation multiplier=multiplier
      pointwise: conv out_channels 1 bias=bias act=act
layers: [identity]
""",
}
"""Name -> a spec whose `blocks:` hold it and whose `about:` documents it."""


def arguments_written(name: str) -> list[str]:
    """The names of a block's arguments, as its text gives them."""
    found = re.search(r"args: \[(.*)\]", STANDARD_BLOCKS[name])
    return [argument.partition("=")[0] for argument in found[1].split(", ")] if found else []

"""The plan of the GPU against the textbook forward, its kernels built for the CPU."""

from __future__ import annotations

import numpy as np
import pytest

from archcalc.network import load, loads
from archcalc.numeric.gpu.engine import GpuEngine
from archcalc.numeric.run.forward import forward
from archcalc.numeric.weights.weights import he_weights, tensors

BATCH = 2

# One layer each, on unequal primes, and the kernels that it must launch.
LAYERS = {
    "product": ("conv 7 1x1", ["epilogue"]),
    "im2col": ("conv 7 2x3 stride=1x2 padding=1x2 dilation=2x1", ["im2col", "epilogue"]),
    "uneven padding": ("conv 7 2x2 padding=0:1", ["im2col", "epilogue"]),
    "winograd 4": ("conv 7 3x3 padding=1", ["winograd_input_4", "winograd_output_4"]),
    "winograd 4, no padding": ("conv 5 3x3", ["winograd_input_4", "winograd_output_4"]),
    "winograd 2": ("max_pool 2x2\n  b: conv 5 3x3 padding=1", ["max_pool", "winograd_input_2", "winograd_output_2"]),
    "groups": ("conv 9 3x2 groups=3", ["im2col", "epilogue"]),
    "depthwise": ("depthwise_conv 3x2 stride=2x1 padding=1", ["depthwise"]),
    "max pool": ("max_pool 3x2 stride=2x1 padding=1", ["max_pool"]),
    "max pool, ceil": ("max_pool 2x3 stride=3x2 ceil_mode=yes", ["max_pool"]),
    "avg pool": ("avg_pool 3x2 stride=2x1 padding=1", ["avg_pool"]),
    "avg pool, own cells": ("avg_pool 3x2 stride=2 padding=1 count_include_pad=no", ["avg_pool"]),
    "global average": ("global_avg_pool", ["global_avg"]),
    "batch norm": ("batch_norm", ["scale_shift"]),
    "norm and act": ("batch_norm\n  b: relu6", ["scale_shift"]),
    "relu": ("relu", ["epilogue"]),
    "local response norm": ("local_response_norm 5", ["local_response_norm"]),
    "local response norm, even": ("local_response_norm 4 alpha=0.5 beta=0.5 k=2", ["local_response_norm"]),
    "linear": ("flatten\n  fc: linear 7 act=relu", ["epilogue"]),
    "softmax": ("flatten\n  fc: linear 7\n  p: softmax", ["epilogue", "softmax"]),
    "reference": ("tanh", []),
}
SHAPE = "3x11x13"
BORDERS = ("to_nhwc", "to_nchw")
"""Kernels that bring values in and out."""
NAMES = {"groups": "6x11x13"}

NETS = {
    "residual": """
  a: conv 8 3x3 padding=1 norm=batch_norm act=relu
  b: conv 8 3x3 padding=1 norm=batch_norm
  c: add a prev act=relu
  d: add a b c
""",
    "concat": """
  a: conv 5 1x1 act=relu
  b: conv 7 3x3 padding=1 from=a
  c: conv 3 3x2 padding=0:1 from=a
  d: concat a b act=relu
  e: concat a d b
  f: conv 4 1x1
""",
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_layer_is_what_the_reference_says(name: str, dtype: str, devices) -> None:
    call, kernels = LAYERS[name]
    net = loads(f"name: net\ninput: {NAMES.get(name, SHAPE)}\nlayers:\n  a: {call}\n")
    device = devices[dtype]
    device.launched.clear()
    assert error(net.graph, device, dtype) < (2e-5 if dtype == "float32" else 1e-13)
    assert [kernel for kernel in dict.fromkeys(device.launched) if kernel not in BORDERS] == kernels


@pytest.mark.parametrize("name", NETS)
def test_a_net_is_what_the_reference_says(name: str, devices) -> None:
    net = loads(f"name: net\ninput: 3x11x13\nlayers:{NETS[name]}")
    assert error(net.graph, devices["float64"], "float64") < 1e-13


@pytest.mark.parametrize(
    ("name", "shape"),
    [("lenet5", None), ("googlenet", "3x64x64"), ("resnet18", "3x32x32"), ("densenet121", "3x32x32"),
     ("mobilenet_v2", "3x32x32"), ("shufflenet_v2_x1_0", "3x32x32"),
     pytest.param("siamese", None, marks=pytest.mark.slow)],
)  # fmt: skip
def test_a_bundled_net_is_what_the_reference_says(name: str, shape: str | None, devices) -> None:
    assert error(load(name, input=shape).graph, devices["float32"], "float32") < 1e-4


def test_exact_means_no_winograd(devices) -> None:
    net = loads("name: net\ninput: 3x11x13\nlayers:\n  a: conv 7 3x3 padding=1\n")
    device = devices["float32"]
    engine = GpuEngine(net.graph, weights_of(net.graph, "float32"), device, exact=True)
    assert [step.name for step in engine.plan.steps] == ["to channels last", "im2col"]


@pytest.mark.parametrize("call", ["conv 4 3x3 padding=1", "conv 4 3x3 padding=1 groups=2", "conv 4 1x1"])
def test_parts_of_a_batch_give_the_same(call: str, devices, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scratch for one example at a time, the input added at the end."""
    monkeypatch.setattr("archcalc.numeric.gpu.convolution.SCRATCH_BYTES", 1)
    net = loads(f"name: net\ninput: 4x11x13\nlayers:\n  a: {call}\n  b: add input prev act=relu\n")
    assert error(net.graph, devices["float64"], "float64") < 1e-13


def test_a_maximum_keeps_what_is_no_number(devices) -> None:
    net = loads("name: net\ninput: 3x11x13\nlayers:\n  a: max_pool 2x2\n")
    x = inputs_of(net.graph, "float32", 1)[0]
    x[0, 1, 4, 6] = np.nan
    (found,) = GpuEngine(net.graph, {}, devices["float32"]).run([x])
    assert np.argwhere(np.isnan(found)).tolist() == [[0, 1, 2, 3]]


def test_steps_are_watched(devices) -> None:
    net = loads("name: net\ninput: 3x11x13\nlayers:\n  a: conv 7 3x3 act=relu\n  b: max_pool 2x2\n")
    engine = GpuEngine(net.graph, weights_of(net.graph, "float32"), devices["float32"], keep="all")
    seen = []
    engine.run(inputs_of(net.graph, "float32", 1), lambda ran: seen.append((ran.kernel, ran.output.shape)))
    assert seen == [
        ("to channels last", (1, 3, 11, 13)),
        ("winograd 4", (1, 7, 9, 11)),
        ("clip", (1, 7, 9, 11)),
        ("max pool", (1, 7, 4, 5)),
    ]


def error(graph, device, dtype: str) -> float:
    """The largest difference of an output to the reference's in float64, as a share of the output's RMS."""
    weights, inputs = weights_of(graph, "float64"), inputs_of(graph, "float64", BATCH)
    expected = forward(graph, inputs, weights)
    engine = GpuEngine(graph, {k: w.astype(dtype) for k, w in weights.items()}, device, batch=BATCH, dtype=dtype)
    engine.run([x.astype(dtype) for x in reversed(inputs)])  # what an earlier run left must not matter
    found = engine.run([x.astype(dtype) for x in inputs])
    shapes = [x.shape for x in found]
    assert shapes == [x.shape for x in expected]
    return max(float(np.abs(a - b).max() / np.sqrt((b * b).mean())) for a, b in zip(found, expected, strict=True))


def weights_of(graph, dtype: str) -> dict:
    """Random weights; those of norms and biases are not 1 and 0."""
    rng = np.random.default_rng(1)
    weights = he_weights(graph, 0, dtype)
    for tensor in tensors(graph):
        if tensor.part == "running_var":
            weights[tensor.name] = rng.uniform(0.5, 1.5, tensor.shape).astype(dtype)
        elif tensor.part in ("bias", "running_mean") or tensor.node.layer.kind == "batch_norm":
            weights[tensor.name] = (0.1 * rng.standard_normal(tensor.shape) + (tensor.part == "weight")).astype(dtype)
    return weights


def inputs_of(graph, dtype: str, batch: int) -> list:
    rng = np.random.default_rng(2)
    return [rng.standard_normal((batch, *shape)).astype(dtype) for _, shape in graph.inputs]

"""One layer at a time on the engine against the textbook forward: which kernel it gets, and what comes out."""

from __future__ import annotations

import pytest

pytest.importorskip("numpy", reason="the numeric extra is not installed")


# layers, input shape, and the kernels of the plan; no two axes share a size
LAYERS = {
    "1x1": ("conv 7 1x1", "5x11x13", ["to channels last", "matmul"]),
    "1x1, padded": ("conv 7 1x1 padding=1", "5x11x13", ["to channels last", "matmul"]),
    "1x1, stride": ("conv 7 1x1 stride=2x3", "5x11x13", ["to channels last", "im2col"]),
    "planes": ("conv 7 5x3 stride=2x1 padding=2x1", "3x11x13", ["im2col of planes"]),
    "planes, dilation": ("conv 7 2x3 dilation=3x2 padding=0:2", "2x11x13", ["im2col of planes"]),
    "im2col": ("conv 7 2x3 stride=1x2 padding=1x2", "5x11x13", ["to channels last", "im2col"]),
    "im2col, dilation": ("conv 7 3x2 dilation=2x3 padding=same", "5x11x13", ["to channels last", "im2col"]),
    "no bias": ("conv 7 3x2 bias=no", "5x11x13", ["to channels last", "im2col"]),
    "window as large as the map": ("conv 7 11x13", "5x11x13", ["to channels last", "im2col"]),
    "cells that nothing reads": ("conv 7 2x3 stride=3x5", "5x11x13", ["to channels last", "im2col"]),
    "groups": ("conv 15 3x2 groups=5 padding=1", "10x11x13", ["to channels last", "grouped im2col"]),
    "links": (
        "  a: conv 3 2x3 links=table\ntables:\n  table: [[0, 2], [1], [0, 1, 3]]", "5x11x13",
        ["to channels last", "im2col"],
    ),
    "untied": ("conv 7 3x2 bias=untied", "5x11x13", ["reference"]),
    "reflected": ("conv 7 3x2 padding=1 padding_mode=reflect", "5x11x13", ["reference"]),
    "winograd 4": ("conv 70 3x3 padding=1", "72x29x31", ["to channels last", "winograd 4x4"]),
    "winograd 4, no padding": ("conv 70 3x3", "72x31x33", ["to channels last", "winograd 4x4"]),
    "winograd 4, wide padding": ("conv 70 3x3 padding=2:1", "72x28x29", ["to channels last", "winograd 4x4"]),
    "winograd 2": ("conv 170 3x3 padding=1", "160x11x14", ["to channels last", "winograd 2x2"]),
    "winograd 2, 5x5": ("conv 40 5x5 padding=2", "48x31x33", ["to channels last", "winograd 2x2"]),
    "depthwise": ("depthwise_conv 3x5 padding=1x2", "7x11x13", ["to channels last", "depthwise"]),
    "depthwise, stride": ("depthwise_conv 3x2 stride=2x1 dilation=1x2", "7x11x13", ["to channels last", "depthwise"]),
    "depthwise, 2 filters": ("depthwise_conv 3x2 multiplier=2", "3x11x13", ["to channels last", "grouped im2col"]),
    "long kernel": ("conv 7 15x3 padding=7x1", "5x17x19", ["to channels last", "fft"]),
    "max pool": ("max_pool 3x2 stride=2x3 padding=1", "7x11x13", ["to channels last", "max pool"]),
    "max pool, ceil": ("max_pool 2x3 stride=3x2 ceil_mode=yes", "7x11x13", ["to channels last", "max pool"]),
    "max pool, dilation": ("max_pool 3 stride=1 padding=1 dilation=2x3", "7x11x13", ["to channels last", "max pool"]),
    "avg pool": ("avg_pool 3x2 stride=2x1 padding=1", "7x11x13", ["to channels last", "avg pool"]),
    "avg pool, ceil": (
        "avg_pool 2x3 stride=3x2 padding=1 ceil_mode=yes", "7x11x13", ["to channels last", "avg pool"],
    ),
    "avg pool, own cells": (
        "avg_pool 3x2 stride=2 padding=1 count_include_pad=no", "7x11x13", ["to channels last", "avg pool"],
    ),
    "global average": ("global_avg_pool", "7x11x13", ["to channels last", "global average"]),
    "global average, kept axes": ("global_avg_pool keepdim=yes", "7x11x13", ["to channels last", "global average"]),
    "adaptive to 1x1": ("adaptive_avg_pool 1x1", "7x11x13", ["to channels last", "global average"]),
    "adaptive": ("adaptive_avg_pool 3x5", "7x11x13", ["reference"]),
    "batch norm": ("batch_norm", "7x11x13", ["to channels last", "scale"]),
    "batch norm of maps": ("batch_norm track_running_stats=no", "7x11x13", ["reference"]),
    "batch norm of columns": ("batch_norm axis=-1", "7x11x13", ["reference"]),
    "batch norm, no weight": ("batch_norm weight=no", "7x11x13", ["to channels last", "scale"]),
    "local response norm within": ("local_response_norm 3 alpha=0.3 region=within", "7x11x13", ["reference"]),
    "local response norm": ("local_response_norm 5 alpha=0.3", "7x11x13", ["to channels last", "local response norm"]),
    "local response norm, even": (
        "local_response_norm 4 alpha=0.5 beta=0.6 k=2", "7x11x13", ["to channels last", "local response norm"],
    ),
    "relu": ("relu", "7x11x13", ["to channels last", "copy"]),
    "tanh": ("tanh", "7x11x13", ["to channels last", "copy"]),
    "softmax": ("softmax", "7x11x13", ["reference"]),
    "linear": ("linear 7", "11", ["matrix-vector"]),
    "linear, bounded": (  # of values twice as large after each layer
        "  a: linear 11\n  b: linear 11\n  c: linear 11\n  d: linear 11\n  e: linear 59 act=relu6", "11",
        ["matrix-vector"] * 5,
    ),
    "linear on tokens": ("linear 7", "5x11", ["matmul"]),
    "conv of a row": ("conv 7 3", "5x11", ["reference"]),
    "conv of a block": ("conv 7 3x2x3", "2x5x7x11", ["reference"]),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_the_reference(net, compare, name):
    layers, shape, kernels = LAYERS[name]
    engine = compare(net(layers, shape), batch=1)
    assert [step.name for step in engine.plan.steps] == kernels


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_the_reference_on_3_examples(net, compare, name):
    layers, shape, _ = LAYERS[name]
    compare(net(layers, shape), batch=3)


# Enough work for two threads: the blocks of each kernel, borders that the layer before has written.
LARGE = {
    "few stops": "  a: conv 64 1x1\n  p: max_pool 4\n  b: conv 64 1x1 act=relu6\n  c: conv 72 3x3 padding=1 act=tanh",
    "two products": "  a: conv 24 1x1 act=relu\n  b: conv 67 1x1",
    "product, then border": "  a: conv 24 1x1\n  b: conv 19 3x3 padding=1",
    "winograd, tiles by thread": "  a: conv 72 1x1\n  b: conv 70 3x3 padding=1 act=relu6",
    "winograd, frequencies by thread": "  a: conv 100 1x1\n  b: conv 130 3x3 padding=1 act=relu",
    "im2col": "  a: conv 48 5x5 padding=2\n  b: conv 64 3x3 stride=2 padding=1 act=hard_swish",
    "depthwise": "  a: conv 32 1x1\n  b: depthwise_conv 3x3 padding=1 act=relu6\n  c: conv 24 1x1",
    "groups": "  a: conv 40 3x3 stride=2\n  b: conv 40 3x3 groups=5 padding=1 act=tanh",
}


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("name", LARGE)
def test_two_threads_are_the_reference(net, compare, name, batch, monkeypatch):
    monkeypatch.setattr("archcalc.numeric.engine.INLINE_MACS", 0)
    engine = compare(net(LARGE[name], "3x37x41"), batch=batch)
    assert engine.plan.threads == 2


def test_exact_has_no_transforms(net, compare):
    engine = compare(net("  a: conv 19 3x3 padding=1\n  b: conv 7 15x3", "17x18x23"), exact=True)
    assert [step.name for step in engine.plan.steps] == ["to channels last", "im2col", "im2col"]

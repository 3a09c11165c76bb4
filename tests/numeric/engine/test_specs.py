"""Every bundled spec on the engine against the textbook forward, in float64: nothing but rounding may differ."""

from __future__ import annotations

import pytest

pytest.importorskip("numpy", reason="the numeric extra is not installed")

from archcalc.network import load
from archcalc.spec.catalog import bundled
from tests.lighter import LIGHTER

SMALL = {
    "alexnet": "3x96x107",
    "alexnet_cs231n": "3x96x107",
    "alexnet_torchvision": "3x64x73",
    "inception_resnet_v2": "3x96x107",
    "inception_v3": "3x96x107",
    "inception_v4": "3x96x107",
    "r3d_18": "3x3x12x16",
    "residual_bottleneck": "256x13x18",
    "residual_identity": "64x13x18",
    "residual_projection": "64x13x18",
    "stacked3x3": "64x13x18",
    "swin_t": "3x32x64",
    "unet": "1x188x204",
    "vit_b_16": "3x32x48",
    "zfnet": "3x64x73",
    "segnet": "3x32x64",
}
"""Inputs as small as each net allows, where 32 pixels are too few or more than are needed."""

AS_THEY_ARE = {
    "bottleneck", "conv1d", "count_squares", "cybenko", "dcgan_discriminator", "dcgan_generator", "differences", "dqn",
    "gap_head", "hat", "inception_module", "lenet1_1989", "lstm_text", "mlp", "nine_to_four", "playground", "sawtooth",
    "siamese", "tcn", "three_neurons", "two_teeth", "vae", "xor",
}  # fmt: skip

CHANNELS = {"fc_256": 1, "lenet5": 1, "lenet5_1998": 1}


QUICK = ("bottleneck", "conv1d", "lenet5", "mobilenet_v3_small", "regnet_y_400mf", "resnet20", "shufflenet_v2_x1_0")
"""The others are left out of the fast part."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(p.stem, marks=() if p.stem in QUICK else pytest.mark.slow) for p in bundled()],
)
def test_a_spec_is_the_reference(compare, name):
    if name in LIGHTER:
        params, shape = LIGHTER[name]
        graph = load(name, set=params, input=shape).graph
    elif name in AS_THEY_ARE:
        graph = load(name).graph
    else:
        graph = load(name, input=SMALL.get(name, f"{CHANNELS.get(name, 3)}x32x32")).graph
    compare(graph, batch=1, within=1e-7)

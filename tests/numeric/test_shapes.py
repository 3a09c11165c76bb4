"""The law of the reference: whatever the parameters, its arrays have the shapes of the rules."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archcalc.core import Shape
from archcalc.errors import ShapeError
from archcalc.layers import find
from archcalc.numeric.reference import FORWARD

SIZES = st.integers(1, 4)
SIDES = st.tuples(st.integers(0, 2), st.integers(0, 2))
PADDING = st.one_of(st.sampled_from(["same", "valid", "full"]), st.tuples(SIDES, SIDES))
AREA = st.tuples(SIZES, SIZES)
LONGER = st.tuples(st.integers(1, 9), st.integers(1, 9))
FLAG = st.booleans()

KINDS = {
    "conv": {"out_channels": st.sampled_from([2, 4]), "kernel_size": AREA, "stride": AREA, "padding": PADDING,
             "dilation": AREA, "groups": st.sampled_from([1, 2]), "bias": FLAG,
             "padding_mode": st.sampled_from(["zeros", "replicate"])},
    "depthwise_conv": {"kernel_size": AREA, "stride": AREA, "padding": PADDING, "dilation": AREA, "multiplier": SIZES},
    "conv_transpose": {"out_channels": st.sampled_from([2, 4]), "kernel_size": AREA, "stride": AREA,
                       "padding": st.one_of(st.sampled_from(["same", "valid"]), st.tuples(SIDES, SIDES)),
                       "output_padding": st.tuples(st.integers(0, 2), st.integers(0, 2)), "dilation": AREA,
                       "groups": st.sampled_from([1, 2]), "bias": FLAG},
    "max_pool": {"kernel_size": AREA, "stride": AREA, "padding": PADDING, "dilation": AREA, "ceil_mode": FLAG},
    "avg_pool": {"kernel_size": AREA, "stride": AREA, "padding": PADDING, "ceil_mode": FLAG,
                 "count_include_pad": FLAG},
    "lp_pool": {"kernel_size": AREA, "stride": AREA, "ceil_mode": FLAG},
    "subsample": {"kernel_size": AREA, "stride": AREA},
    "adaptive_avg_pool": {"output_size": LONGER},
    "adaptive_max_pool": {"output_size": LONGER},
    "upsample": {"size": LONGER, "mode": st.sampled_from(["nearest", "bilinear", "bicubic"])},
    "pad": {"cells": st.tuples(SIDES, SIDES), "channels": st.tuples(SIDES)},
    "crop": {"cells": st.tuples(SIDES, SIDES)},
    "slice": {"cells": st.tuples(st.sampled_from([(0, 1), (1, 3), (2, 6)])), "axis": st.integers(-3, 2)},
    "glu": {"axis": st.integers(-3, 2)},
    "reshape": {"shape": st.sampled_from([(-1,), (2, -1), (-1, 4, 1)])},
    "permute": {"dims": st.permutations([0, 1, 2])},
    "pixel_shuffle": {"upscale_factor": st.sampled_from([1, 2])},
    "pixel_unshuffle": {"downscale_factor": st.sampled_from([1, 2, 3])},
    "space_to_depth": {"block_size": st.sampled_from([1, 2, 3])},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_the_array_has_the_shape_of_the_rule(kind, data):
    shape = Shape.of(4, data.draw(st.integers(1, 11)), data.draw(st.integers(1, 13)))
    layer = find(kind).make(2, **{name: data.draw(values, label=name) for name, values in KINDS[kind].items()})
    try:
        y = layer.output(shape)
    except ShapeError:
        assume(False)
    assume(y.elements < 20_000)
    weights = {name: np.ones(tensor.shape) for name, tensor in layer.weights(shape).items()}
    found = FORWARD[kind](layer, weights, np.ones((2, *shape)))
    assert found.shape == (2, *y)

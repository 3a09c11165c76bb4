"""The two kinds that only LeNet-5 of 1998 has."""

from __future__ import annotations

from archcalc.layers.subsampling import RBF, Subsample
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.slide import example, per_channel, tap_axes, taps


def subsample(layer: Subsample, weights: Tensors, x: Array) -> Array:
    """(N, C, *spatial) -> (N, C, *O): the sum of a window times the channel's coefficient, plus its bias."""
    windows = layer.windows(example(x))
    total = taps(x, windows).sum(tap_axes(windows))
    return total * per_channel(weights["coefficient"], x) + per_channel(weights["bias"], x)


def rbf(_: RBF, weights: Tensors, x: Array) -> Array:
    """(N, features) -> (N, out_features): the squared distance to each centre."""
    return ((x[:, None, :] - weights["centres"]) ** 2).sum(-1)

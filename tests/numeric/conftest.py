"""One layer run forward: its tensors drawn at random, its shape rule held against its arrays."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="the numeric extra is not installed")

from archcalc.core import Shape  # noqa: E402
from archcalc.layers import find  # noqa: E402
from archcalc.numeric.reference import FORWARD  # noqa: E402


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def run_layer():
    """run_layer(kind, x, weights, **values): the forward of one layer, its shape checked against the rule.

    `beside` are arrays that the forward takes after its inputs: the places of a max_unpool.
    """

    def run(kind, x, weights=None, beside=(), **values):
        inputs = x if isinstance(x, tuple) else (x,)
        shapes = [Shape(array.shape[1:]) for array in inputs]
        layer = find(kind).make(len(shapes[0]) - 1, **values)
        tensors = layer.weights(*shapes)
        given = {name: np.asarray(array, float) for name, array in (weights or {}).items()}
        assert {name: tuple(t.shape) for name, t in tensors.items()} == {n: t.shape for n, t in given.items()}
        y = FORWARD[kind](layer, given, *inputs, *beside)
        assert y.shape == (len(inputs[0]), *layer.output(*shapes))
        assert y.dtype == inputs[0].dtype
        return y

    return run

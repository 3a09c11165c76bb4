"""`each=` against the layer itself, run on one part after the other."""

from __future__ import annotations

import numpy as np
import pytest

import archcalc
from archcalc import layers
from archcalc.core import Shape
from archcalc.layers.base import Each
from archcalc.numeric.reference import FORWARD, output_of
from tests.test_matrix import network

KINDS = [kind for kind in FORWARD if layers.find(kind).common]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_on_each_part(kind, rng):
    """The sample of the matrix of kinds, three times and twice over: the parts know nothing of each other."""
    node = next(node for node in network(kind).graph.nodes if node.layer.kind == kind)
    shapes = [Shape((3, 2, *shape)) for shape in node.input_shapes]
    layer = Each(node.layer, 2)
    assert layer.output(*shapes) == (3, 2, *node.shape)
    assert layer.weights(*shapes) == node.weights
    assert layer.work(*shapes, Shape((3, 2, *node.shape))) == node.work.times(6)
    assert len(layer.windows(*shapes)) == len(shapes[0].spatial)
    tensors = {name: abs(rng.standard_normal(tuple(t.shape))) for name, t in node.weights.items()}
    x = [_values(rng, node, shape) for shape in shapes]
    y = output_of(layer, tensors, *x)
    for one, two, three in np.ndindex(2, 3, 2):
        part = FORWARD[kind](node.layer, tensors, *(array[one : one + 1, two, three] for array in x))
        np.testing.assert_allclose(y[one : one + 1, two, three], part, rtol=1e-12, atol=1e-12)


def _values(rng, node, shape):
    if node.layer.traits.indices:
        return rng.integers(0, node.layer.num_embeddings, (2, *shape)).astype(float)
    return rng.uniform(0.5, 2, (2, *shape))


SPEC = """
input: 5x3x8x12
layers:
  a: conv 4 3x3 padding=1 each=1 norm=batch_norm act=relu
  b: max_pool 2x3 each=1
  c: layer_norm each=3
  d: linear 6 each=3 norm=layer_norm act=softmax
  e: global_avg_pool each=1
output: [d, e]
"""
ONE = SPEC.replace("input: 5x3x8x12", "input: 3x8x12").replace("each=3", "each=2").replace(" each=1", "")


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_network_on_each_part_is_the_network_on_the_part(backend, rng):
    """No norm, activation or sum is folded over the axes that count."""
    x = rng.standard_normal((2, 5, 3, 8, 12))
    whole = _outputs(SPEC, x, backend)
    for part in range(5):
        for one, all_parts in zip(_outputs(ONE, x[:, part], backend), whole, strict=True):
            np.testing.assert_allclose(all_parts[:, part], one, rtol=2e-5, atol=2e-6)


def _outputs(text, x, backend):
    if backend == "numba":
        pytest.importorskip("numba", reason="numba is not installed")
    ran = archcalc.loads(text).run(x.astype(np.float32), layers=["d", "e"], backend=backend)
    return [ran["d"], ran["e"]]

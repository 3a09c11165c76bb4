"""A net on the engine and as the textbook has it, with weights whose norms do something."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="the numeric extra is not installed")

from archcalc.network import loads  # noqa: E402
from archcalc.numeric.engine import Engine  # noqa: E402
from archcalc.numeric.inputs.inputs import random_input  # noqa: E402
from archcalc.numeric.run.forward import forward  # noqa: E402
from archcalc.numeric.weights.weights import tensors  # noqa: E402


@pytest.fixture
def net():
    """net("conv 7 3x3", "3x11x13"): the graph of these layers; several are the lines of a spec."""

    def graph(layers, shape="3x11x13"):
        rows = layers if layers.startswith("  ") else f"  a: {layers}"
        return loads(f"input: {shape}\nlayers:\n{rows}\n").graph

    return graph


@pytest.fixture
def compare():
    """compare(graph, batch, dtype, ...): the net run twice on the engine and once by the textbook; the engine."""

    def compared(graph, batch=2, dtype="float64", within=1e-11, **options):
        weights, x = _weights(graph, dtype), [random_input(graph, name, 3, batch, dtype) for name, _ in graph.inputs]
        engine = Engine(graph, dict(weights), batch=batch, dtype=dtype, **options)
        engine.run([other[::-1] for other in x])  # what a run leaves behind must not show in the next
        found = engine.run(x)
        engine.close()
        for y, right in zip(found, forward(graph, x, weights), strict=True):
            assert y.dtype == right.dtype
            assert error(y, right) < within
        return engine

    return compared


@pytest.fixture(name="error")
def error_fixture():
    """error(found, expected): the largest difference, in units of the root mean square of what was expected."""
    return error


@pytest.fixture
def weights_of():
    """weights_of(graph, dtype): random tensors, none 0 or 1 throughout, so that a norm or a bias left out is seen."""
    return _weights


def error(found, expected):
    assert found.shape == expected.shape
    size = np.sqrt((expected.astype(np.float64) ** 2).mean())
    return float(abs(found - expected).max() / (size or 1))  # what is 0 throughout has no size


def _weights(graph, dtype="float64"):
    rng = np.random.default_rng(5)
    return {tensor.name: _drawn(rng, tensor).astype(dtype, copy=False) for tensor in tensors(graph)}


def _drawn(rng, tensor):
    if len(tensor.shape) > 1:
        values = rng.standard_normal(tensor.shape, np.float32)
        values *= (2 * tensor.shape[0] / tensor.shape.elements) ** 0.5
        return values
    positive = tensor.part in ("weight", "running_var", "coefficient")
    return rng.uniform(0.5, 1.5, tensor.shape) if positive else rng.uniform(-0.5, 0.5, tensor.shape)

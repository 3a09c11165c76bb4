"""Whole networks on the numba path against the reference forward: fused, concatenated, grouped, branched."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

numba = pytest.importorskip("numba", reason="the extra `fast` is not installed")

from archcalc import load  # noqa: E402
from archcalc.numeric.engine import Engine  # noqa: E402
from archcalc.numeric.engine.kernels.numba_compiled import compiled  # noqa: E402
from archcalc.numeric.engine.kernels.numba_program import Program, stretches  # noqa: E402
from archcalc.numeric.run.forward import forward  # noqa: E402
from archcalc.numeric.weights.weights import he_weights  # noqa: E402

NETWORKS = {
    "lenet5": (1, 32, 32),
    "resnet18": (3, 64, 64),
    "mobilenet_v2": (3, 64, 64),
    "mobilenet_v3_small": (3, 64, 64),
    "shufflenet_v2_x1_0": (3, 64, 64),
    "squeezenet1_1": (3, 67, 67),
    "googlenet": (3, 96, 96),
    "densenet_bc_100_12": (3, 32, 32),
    "regnet_x_400mf": (3, 64, 64),
}


@pytest.mark.parametrize(("name", "shape"), NETWORKS.items(), ids=NETWORKS)
@pytest.mark.parametrize("exact", [False, True], ids=["", "exact"])
def test_agrees_with_the_reference(name, shape, exact):
    graph = load(name, input="x".join(map(str, shape))).graph
    weights = he_weights(graph, 3)
    x = np.random.default_rng(2).standard_normal((2, *shape)).astype(np.float32)
    engine = Engine(graph, dict(weights), batch=2, backend="numba", exact=exact)
    for got, want in zip(engine.run([x]), forward(graph, [x], weights), strict=True):
        assert abs(got - want).max() < (2e-4 if exact else 1e-3) * np.sqrt((want**2).mean())
    engine.close()


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "googlenet", "lenet5"])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_steps_in_one_stretch_give_what_they_give_one_by_one(name, threads):
    """The second network has activations and the third has pools that are left to NumPy, between the stretches."""
    shape = NETWORKS[name]
    graph = load(name, input="x".join(map(str, shape))).graph
    engine = Engine(graph, he_weights(graph, 3), batch=2, backend="numba", threads=threads)
    x = np.random.default_rng(2).standard_normal((2, *shape)).astype(np.float32)
    for _ in range(3):
        assert np.array_equal(engine.run([x]), engine.run([x], timed=True))
        x = -x
    engine.close()


def test_how_a_plan_is_cut_into_stretches():
    """SqueezeNet is convolutions, pools and concats up to the softmax-free end: one program, or one to each side of
    what its last steps leave to NumPy."""
    graph = load("squeezenet1_1", input="3x67x67").graph
    engine = Engine(graph, he_weights(graph, 3), batch=2, backend="numba")
    parts = stretches(engine.plan, engine._execution.phases, engine.dtype)
    assert isinstance(parts[0], Program)
    assert len(parts) <= 3
    assert len(engine.plan.steps) > 30
    engine.close()


def test_a_second_process_finds_what_the_first_one_compiled(tmp_path):
    """The copy of a map, in a folder of its own for what is compiled: NUMBA_CACHE_DIR."""
    program = (
        "import numpy as np\n"
        "from archcalc.numeric.engine.kernels.numba_moves import MOVES, _copy\n"
        "x = np.zeros((1, 2, 3, 9), np.float32)\n"
        "MOVES['copy'](x, (0, 0, 0), x.copy(), (0, 0, 0), 3, 9, (0, 1, 0, 2))\n"
        "print(sum(_copy.jitted.stats.cache_hits.values()), sum(_copy.jitted.stats.cache_misses.values()))\n"
    )
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}

    def found_and_compiled():
        return subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )

    assert found_and_compiled().stdout == "0 1\n"
    assert list(tmp_path.rglob("*.nbc"))
    assert found_and_compiled().stdout == "1 0\n"


def test_nowhere_to_keep_what_is_compiled(monkeypatch):
    """numba refuses to compile a function for keeping where it can write to no folder."""
    compile_it = numba.njit

    def no_folder(**options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return compile_it(**options)

    monkeypatch.setattr(numba, "njit", no_folder)

    @compiled
    def halve(x):
        x[0] = x[0] / 2

    x = np.array([3.0])
    halve(x)
    assert x[0] == 1.5

"""Merges of branches of other shapes: the engine against the reference, and fields against cells that are changed."""

from __future__ import annotations

import numpy as np
import pytest

import archcalc

MERGES = ["add", "multiply", "subtract", "abs_diff", "maximum", "minimum", "average", "divide"]
SHAPES = {"gate": "3x1x1", "row": "13", "plane": "11x13", "column": "3x11x1", "number": "1", "point": "1x1x1"}


@pytest.mark.parametrize("kind", MERGES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("order", ["x other", "other x"])
def test_the_engine_computes_what_the_reference_does(kind, shape, order, rng):
    net = archcalc.loads(f"inputs: {{x: 3x11x13, other: {SHAPES[shape]}}}\nlayers: {{a: {kind} {order}}}\n")
    given = {name: rng.uniform(1, 2, (2, *sizes)).astype(np.float32) for name, sizes in net.graph.inputs}
    fast, plain = (net.run(given, reference=reference).output for reference in (False, True))
    other = given["other"].reshape(2, *(1,) * (4 - given["other"].ndim), *given["other"].shape[1:])
    x, y = (given["x"], other) if order == "x other" else (other, given["x"])
    expected = {
        "add": x + y, "multiply": x * y, "subtract": x - y, "abs_diff": abs(x - y), "maximum": np.maximum(x, y),
        "minimum": np.minimum(x, y), "average": (x + y) / 2, "divide": x / y,
    }[kind]  # fmt: skip
    np.testing.assert_allclose(plain, expected, rtol=1e-6)
    np.testing.assert_allclose(fast, expected, rtol=1e-6)


@pytest.mark.parametrize("gate", ["reduce mean axis=1x2 keepdim=yes", "reduce max axis=1 keepdim=yes", "avg_pool 1x13"])
def test_the_field_through_a_stretched_branch(gate, rng):
    """What the gate sees is seen wherever it is stretched to: its pixels change the unit, no others do."""
    net = archcalc.loads(f"input: 2x11x13\nlayers: {{c: conv 2 1, g: {gate}, m: multiply c g}}\n")
    row = next(row for row in net.receptive_fields().rows if row.name == "m")
    seen = np.zeros((11, 13), bool)
    base = rng.uniform(1, 2, (1, 2, 11, 13)).astype(np.float32)
    before = net.run(base, layers=["m"])["m"][0, :, 5, 6]
    for place in np.ndindex(11, 13):
        changed = base.copy()
        changed[0, :, place[0], place[1]] += 5
        seen[place] = not np.array_equal(net.run(changed, layers=["m"])["m"][0, :, 5, 6], before)
    assert (seen.any(1).sum(), seen.any(0).sum()) == tuple(int(size) for size in row.size)

"""linear: features and tokens x features; a map is an error that offers both repairs."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from archcalc.core import WHOLE
from archcalc.errors import ShapeError


def row(id, x, values, output, weights, work, make):
    return pytest.param(
        SimpleNamespace(x=x, values=values, output=output, weights=weights, work=work, make=make), id=id
    )


CASES = [
    row("vector", (37,), {"out_features": 29}, (29,), {"weight": (29, 37), "bias": (29,)},
        {"macs": 29 * 37, "additions": 29, "connections": 29 * 38},
        lambda t: t.nn.Linear(37, 29)),
    row("no bias", (37,), {"out_features": 29, "bias": False}, (29,), {"weight": (29, 37)},
        {"macs": 29 * 37, "connections": 29 * 37}, lambda t: t.nn.Linear(37, 29, bias=False)),
    row("sequence: 20,480 MACs, not 2,048", (10, 64), {"out_features": 32}, (10, 32),
        {"weight": (32, 64), "bias": (32,)}, {"macs": 20_480, "additions": 320, "connections": 20_800},
        lambda t: t.nn.Linear(64, 32)),
    # LeNet-5 as in the lecture notes: (5*5*16 + 1) * 120 = 48,120
    row("LeNet-5 fc1", (400,), {"out_features": 120}, (120,), {"weight": (120, 400), "bias": (120,)},
        {"macs": 48_000, "additions": 120, "connections": 48_120}, lambda t: t.nn.Linear(400, 120)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_facts(facts, case):
    found = facts("linear", case.x, **case.values)
    assert (found.output, found.weights, found.work) == (case.output, case.weights, case.work)
    assert found.windows == (WHOLE,) * (len(case.x) - 1)


@pytest.mark.torch
@pytest.mark.parametrize("case", CASES)
def test_torch_agrees(measured, case):
    assert measured(case.make, case.x) == (case.output, case.weights)


def test_a_map_is_an_error_with_both_repairs(facts):
    with pytest.raises(ShapeError) as caught:
        facts("linear", (256, 6, 6), out_features=4096)
    assert caught.value.what == "linear needs features, or tokens x features, its input is the map 256x6x6"
    assert caught.value.help == "flatten it first (9,216 features), or global_avg_pool (256 features)"

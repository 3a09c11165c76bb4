"""Global and adaptive pooling. 3x11x13 has 143 cells a channel: 142 additions or comparisons each.

Adaptive 11 -> 5 reads 3 + 3 + 3 + 3 + 3 = 15 cells, 13 -> 7 reads 2 + 3 + 3 + 3 + 3 + 3 + 2 = 19:
3 * 15 * 19 = 855 cells for 3 * 5 * 7 = 105 outputs.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from archcalc.core import WHOLE, AdaptiveWindow
from archcalc.errors import ShapeError, SpecError

X = (3, 11, 13)


def row(id, kind, x, values, output, work, make):
    return pytest.param(SimpleNamespace(kind=kind, x=x, values=values, output=output, work=work, make=make), id=id)


CASES = [
    row("global average", "global_avg_pool", X, {}, (3,), {"additions": 426, "divisions": 3},
        lambda t: t.nn.Sequential(t.nn.AdaptiveAvgPool2d(1), t.nn.Flatten())),
    row("global average, keepdim", "global_avg_pool", X, {"keepdim": True}, (3, 1, 1),
        {"additions": 426, "divisions": 3}, lambda t: t.nn.AdaptiveAvgPool2d(1)),
    row("global average, one axis", "global_avg_pool", (3, 13), {"keepdim": True}, (3, 1),
        {"additions": 36, "divisions": 3}, lambda t: t.nn.AdaptiveAvgPool1d(1)),
    row("global max", "global_max_pool", X, {}, (3,), {"comparisons": 426},
        lambda t: t.nn.Sequential(t.nn.AdaptiveMaxPool2d(1), t.nn.Flatten())),
    row("global max, keepdim", "global_max_pool", (3, 5, 7, 11), {"keepdim": True}, (3, 1, 1, 1),
        {"comparisons": 384 * 3}, lambda t: t.nn.AdaptiveMaxPool3d(1)),
    row("global sum", "global_sum_pool", X, {}, (3,), {"additions": 426},
        lambda t: t.nn.Sequential(t.nn.LPPool2d(1, (11, 13)), t.nn.Flatten())),
    row("global sum, keepdim", "global_sum_pool", (3, 5, 7, 11), {"keepdim": True}, (3, 1, 1, 1),
        {"additions": 384 * 3}, lambda t: t.nn.LPPool3d(1, (5, 7, 11))),
    row("adaptive average", "adaptive_avg_pool", X, {"output_size": (5, 7)}, (3, 5, 7),
        {"additions": 750, "divisions": 105}, lambda t: t.nn.AdaptiveAvgPool2d((5, 7))),
    row("adaptive average of 7 to 7", "adaptive_avg_pool", (3, 7, 7), {"output_size": 7}, (3, 7, 7),
        {"divisions": 147}, lambda t: t.nn.AdaptiveAvgPool2d(7)),
    # 2 -> 3 reads 1 + 2 + 1 = 4 cells
    row("adaptive average, larger", "adaptive_avg_pool", (5, 2), {"output_size": 3}, (5, 3),
        {"additions": 5, "divisions": 15}, lambda t: t.nn.AdaptiveAvgPool1d(3)),
    row("adaptive max", "adaptive_max_pool", X, {"output_size": (5, 7)}, (3, 5, 7), {"comparisons": 750},
        lambda t: t.nn.AdaptiveMaxPool2d((5, 7))),
    # 12 -> 8: 8 - 4 = 4 shared cells, 2 cells a window
    row("adaptive max, a common divisor", "adaptive_max_pool", (3, 12), {"output_size": 8}, (3, 8),
        {"comparisons": 3 * 8}, lambda t: t.nn.AdaptiveMaxPool1d(8)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_facts(facts, case):
    found = facts(case.kind, case.x, **case.values)
    assert (found.output, found.weights, found.work) == (case.output, {}, case.work)


@pytest.mark.torch
@pytest.mark.parametrize("case", CASES)
def test_torch_agrees(measured, case):
    assert measured(case.make, case.x) == (case.output, {})


@pytest.mark.torch
@pytest.mark.parametrize(("length", "size"), [(11, 5), (13, 7), (12, 8), (7, 7), (2, 3), (12, 18)])
def test_additions_are_those_of_torchs_windows(facts, length, size):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    pool = torch.nn.AdaptiveAvgPool1d(size)
    links = torch.autograd.functional.jacobian(pool, torch.ones(1, 1, length)).count_nonzero().item()
    found = facts("adaptive_avg_pool", (1, length), output_size=size)
    assert found.work.get("additions", 0) == links - size


def test_windows(facts):
    assert facts("global_avg_pool", X).windows == (WHOLE, WHOLE)
    assert facts("global_max_pool", X, keepdim=True).windows == (WHOLE, WHOLE)
    windows = AdaptiveWindow(5), AdaptiveWindow(7)
    assert facts("adaptive_avg_pool", X, output_size=(5, 7)).windows == windows
    assert facts("adaptive_max_pool", X, output_size=(5, 7)).windows == windows


@pytest.mark.parametrize(
    "kind", ["global_avg_pool", "global_max_pool", "global_sum_pool", "adaptive_avg_pool", "adaptive_max_pool"]
)
def test_a_vector_is_refused(facts, kind):
    values = {"output_size": 7} if kind.startswith("adaptive") else {}
    with pytest.raises(ShapeError) as caught:
        facts(kind, (37,), **values)
    assert caught.value.what == f"{kind} needs channels and at least one spatial axis, its input is 37"


def test_a_size_for_each_axis(build):
    with pytest.raises(SpecError) as caught:
        build("adaptive_avg_pool", 1, output_size=(6, 6))
    assert caught.value.what == "`output_size`: 6x6 has 2 sizes, the input has 1 spatial axis"

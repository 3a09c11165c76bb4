"""max_pool, avg_pool, lp_pool and max_unpool: sizes and counts worked out beside each row; torch must agree."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from archcalc.core import TransposedWindow, Window
from archcalc.errors import ShapeError, SpecError

X = (3, 11, 13)
K = (2, 3)


def row(id, kind, x, values, output, work, make=None):
    return pytest.param(SimpleNamespace(kind=kind, x=x, values=values, output=output, work=work, make=make), id=id)


CASES = [
    # stride 2x3: (11 - 2) // 2 + 1 = 5, (13 - 3) // 3 + 1 = 4; 3 * 20 = 60 outputs
    row("max", "max_pool", X, {"kernel_size": K}, (3, 5, 4), {"comparisons": 5 * 60},
        lambda t: t.nn.MaxPool2d(K)),
    row("max, overlapping", "max_pool", X, {"kernel_size": K, "stride": (1, 2)}, (3, 10, 6),
        {"comparisons": 5 * 180}, lambda t: t.nn.MaxPool2d(K, (1, 2))),
    row("max, ceil", "max_pool", X, {"kernel_size": K, "ceil_mode": True}, (3, 6, 5), {"comparisons": 5 * 90},
        lambda t: t.nn.MaxPool2d(K, ceil_mode=True)),
    # ceil(11/3) + 1 = 5 and ceil(13/3) + 1 = 6 stops; the last ones start at cell 12 - 1 = 11 and 15 - 1 = 14,
    # after the axis, and are dropped
    row("max, ceil drops a window in the padding", "max_pool", X,
        {"kernel_size": 2, "stride": 3, "padding": 1, "ceil_mode": True}, (3, 4, 5), {"comparisons": 3 * 60},
        lambda t: t.nn.MaxPool2d(2, 3, 1, ceil_mode=True)),
    # windows of 3 and 7 cells: 11 + 2 - 3 + 1 = 11, (13 + 2 - 7) // 2 + 1 = 5; 165 outputs
    row("max, dilation and the widest padding", "max_pool", X,
        {"kernel_size": K, "stride": (1, 2), "padding": 1, "dilation": (2, 3)}, (3, 11, 5),
        {"comparisons": 5 * 165}, lambda t: t.nn.MaxPool2d(K, (1, 2), 1, (2, 3))),
    row("max, same", "max_pool", X, {"kernel_size": K, "stride": 2, "padding": "same"}, (3, 6, 7),
        {"comparisons": 5 * 126}),
    row("max, valid", "max_pool", X, {"kernel_size": K, "padding": "valid"}, (3, 5, 4), {"comparisons": 5 * 60},
        lambda t: t.nn.MaxPool2d(K)),
    row("max, full", "max_pool", X, {"kernel_size": K, "stride": 1, "padding": "full"}, (3, 12, 15),
        {"comparisons": 5 * 540}),
    row("max, one axis", "max_pool", (3, 13), {"kernel_size": 3, "stride": 2}, (3, 6), {"comparisons": 2 * 18},
        lambda t: t.nn.MaxPool1d(3, 2)),
    row("max, three axes", "max_pool", (3, 7, 11, 13), {"kernel_size": (2, 3, 5)}, (3, 3, 3, 2),
        {"comparisons": 29 * 54}, lambda t: t.nn.MaxPool3d((2, 3, 5))),
    row("average", "avg_pool", X, {"kernel_size": K}, (3, 5, 4), {"additions": 5 * 60, "divisions": 60},
        lambda t: t.nn.AvgPool2d(K)),
    # 11 + 2 - 2 + 1 = 12, (13 + 2 - 3) // 2 + 1 = 7; 252 outputs
    row("average, padding", "avg_pool", X, {"kernel_size": K, "stride": (1, 2), "padding": 1}, (3, 12, 7),
        {"additions": 5 * 252, "divisions": 252}, lambda t: t.nn.AvgPool2d(K, (1, 2), 1)),
    row("average, padding left out", "avg_pool", X,
        {"kernel_size": K, "stride": (1, 2), "padding": 1, "count_include_pad": False}, (3, 12, 7),
        {"additions": 5 * 252, "divisions": 252}, lambda t: t.nn.AvgPool2d(K, (1, 2), 1, count_include_pad=False)),
    row("average, ceil", "avg_pool", X, {"kernel_size": K, "ceil_mode": True}, (3, 6, 5),
        {"additions": 5 * 90, "divisions": 90}, lambda t: t.nn.AvgPool2d(K, ceil_mode=True)),
    row("average, padding per side", "avg_pool", X, {"kernel_size": K, "stride": 1, "padding": ((0, 1), (1, 0))},
        (3, 11, 12), {"additions": 5 * 396, "divisions": 396}),
    row("average, one axis", "avg_pool", (3, 13), {"kernel_size": 5, "stride": 3}, (3, 3),
        {"additions": 4 * 9, "divisions": 9}, lambda t: t.nn.AvgPool1d(5, 3)),
    row("average, three axes", "avg_pool", (3, 7, 11, 13), {"kernel_size": (2, 3, 5)}, (3, 3, 3, 2),
        {"additions": 29 * 54, "divisions": 54}, lambda t: t.nn.AvgPool3d((2, 3, 5))),
    row("p-norm", "lp_pool", X, {"kernel_size": K}, (3, 5, 4), {"exponentials": 7 * 60, "additions": 5 * 60},
        lambda t: t.nn.LPPool2d(2, K)),
    row("p-norm, ceil", "lp_pool", X, {"kernel_size": K, "norm_type": 3, "ceil_mode": True}, (3, 6, 5),
        {"exponentials": 7 * 90, "additions": 5 * 90}, lambda t: t.nn.LPPool2d(3, K, ceil_mode=True)),
    # (5 - 1) * 2 + 2 = 10, (4 - 1) * 3 + 3 = 12
    row("unpool", "max_unpool", (3, 5, 4), {"kernel_size": K}, (3, 10, 12), {}, lambda t: Unpool(t, K)),
    row("unpool to an odd size", "max_unpool", (3, 5, 4), {"kernel_size": K, "size": (11, 13)}, (3, 11, 13), {},
        lambda t: Unpool(t, K, output_size=(11, 13))),
    row("unpool, stride and padding", "max_unpool", (3, 5, 4), {"kernel_size": K, "stride": (1, 2), "padding": 1},
        (3, 4, 7), {}, lambda t: Unpool(t, K, (1, 2), 1)),
]  # fmt: skip


class Unpool:
    """torch's MaxUnpool2d with indices that lie inside any output: the first cells."""

    def __init__(self, torch, kernel_size, stride=None, padding=0, output_size=None):
        self.torch, self.output_size = torch, output_size
        self.module = torch.nn.MaxUnpool2d(kernel_size, stride, padding)

    def __call__(self, x):
        return self.module(x, self.torch.zeros_like(x, dtype=self.torch.int64), self.output_size)

    def eval(self):
        return self

    def state_dict(self):
        return self.module.state_dict()


@pytest.mark.parametrize("case", CASES)
def test_facts(facts, case):
    found = facts(case.kind, case.x, **case.values)
    assert (found.output, found.weights, found.work) == (case.output, {}, case.work)


@pytest.mark.torch
@pytest.mark.parametrize("case", [case for case in CASES if case.values[0].make])
def test_torch_agrees(measured, case):
    assert measured(case.make, case.x) == (case.output, {})


@pytest.mark.parametrize(
    ("kind", "x", "values", "windows"),
    [
        pytest.param("max_pool", X, {"kernel_size": K, "dilation": (2, 1), "ceil_mode": True},
            (Window(2, 2, dilation=2, ceil_mode=True), Window(3, 3, ceil_mode=True)), id="max"),
        # (6 - 1) * 2 + 2 - 11 = 1 cell of padding, (7 - 1) * 2 + 3 - 13 = 2
        pytest.param("avg_pool", X, {"kernel_size": K, "stride": 2, "padding": "same"},
            (Window(2, 2, (0, 1)), Window(3, 2, (1, 1))), id="average, same"),
        pytest.param("lp_pool", X, {"kernel_size": K, "stride": (1, 2)}, (Window(2, 1), Window(3, 2)), id="p-norm"),
        pytest.param("max_unpool", (3, 5, 4), {"kernel_size": K, "padding": 1, "size": (9, 8)},
            (TransposedWindow(2, 2, (1, 1), output_padding=1), TransposedWindow(3, 3, (1, 1), output_padding=-2)),
            id="unpool"),  # by default (5 - 1) * 2 - 2 + 2 = 8 and (4 - 1) * 3 - 2 + 3 = 10
    ],
)  # fmt: skip
def test_windows(facts, kind, x, values, windows):
    assert facts(kind, x, **values).windows == windows


ERRORS = [
    *(
        pytest.param(kind, (37,), {"kernel_size": 2},
            f"{kind} needs channels and at least one spatial axis, its input is 37", None, id=f"{kind} on a vector")
        for kind in ("max_pool", "avg_pool", "lp_pool", "max_unpool")
    ),
    pytest.param("max_pool", X, {"kernel_size": K, "padding": (1, 2)},
        "a padding of 2 is more than half the pooling kernel of 3",
        "padding up to 1, or a kernel of at least 4", id="wide padding, max"),
    pytest.param("avg_pool", X, {"kernel_size": K, "padding": ((0, 2), (0, 0))},
        "a padding of 2 is more than half the pooling kernel of 2",
        "padding up to 1, or a kernel of at least 4", id="wide padding, average, one side"),
    pytest.param("max_pool", X, {"kernel_size": K, "padding": (0, 3), "dilation": 3},
        "a padding of 3 is more than half the pooling kernel of 3",
        "padding up to 1, or a kernel of at least 6", id="wide padding, dilation"),
    pytest.param("avg_pool", X, {"kernel_size": (2, 17)},
        "width: the window spans 17 cells, the padded axis has 13 (13 + 2·0)",
        "width: kernel up to 13, or padding of at least 2", id="window too wide"),
    pytest.param("max_unpool", (3, 5, 4), {"kernel_size": K, "size": (11, 15)},
        "max_unpool cannot make 15 cells from 4", "size from 10 to 14", id="unpooled size"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "x", "values", "what", "help"), ERRORS)
def test_errors(facts, kind, x, values, what, help):
    with pytest.raises(ShapeError) as caught:
        facts(kind, x, **values)
    assert (caught.value.what, caught.value.help) == (what, help)


@pytest.mark.parametrize(
    ("kind", "values", "what"),
    [
        pytest.param("lp_pool", {"norm_type": 0}, "`norm_type`: expected a number above 0, got 0", id="norm_type"),
        pytest.param("max_unpool", {"padding": "same"},
            "`padding`: expected a size such as 3 or 3x5, each at least 0, got `same`", id="padding of max_unpool"),
    ],
)  # fmt: skip
def test_values(build, kind, values, what):
    with pytest.raises(SpecError) as caught:
        build(kind, 2, kernel_size=2, **values)
    assert caught.value.what == what


@pytest.mark.torch
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda t: t.nn.MaxPool2d(K, padding=(1, 2)), id="max"),
        pytest.param(lambda t: t.nn.AvgPool2d(K, padding=(2, 0)), id="average"),
        pytest.param(lambda t: t.nn.MaxPool2d(K, padding=(0, 3), dilation=3), id="dilation"),
        pytest.param(lambda t: Unpool(t, K, output_size=(11, 15)), id="unpooled size"),
    ],
)
def test_torch_refuses_too(measured, make):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    with pytest.raises((RuntimeError, ValueError)):
        measured(make, (3, 5, 4) if isinstance(make(torch), Unpool) else X)

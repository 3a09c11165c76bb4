"""The pixels a unit sees are those that PyTorch's gradient touches, on a plane with branches and unequal axes."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis.fields.cells import unit_field
from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.core import field_mask

torch = pytest.importorskip("torch", reason="the pixels seen are those of PyTorch's gradient")
pytestmark = pytest.mark.torch

F = torch.nn.functional

NET = """\
input: 1x23x29
layers:
  a: conv 2 3x5 stride=2x1 padding=1x2
  b: {op: "avg_pool 3x3 stride=2x1 padding=1", from: input}
  c: concat a b
  d: conv_transpose 2 3x2 stride=2x3 padding=1x0
  e: conv 1 2x3 dilation=2x1
"""


def positive(*shape):
    return torch.rand(*shape, dtype=torch.float64) + 0.1


def test_the_gradient_touches_what_a_unit_sees():
    torch.manual_seed(1)
    x = positive(1, 1, 23, 29).requires_grad_()
    a = F.conv2d(x, positive(2, 1, 3, 5), stride=(2, 1), padding=(1, 2))
    b = F.avg_pool2d(x, 3, (2, 1), 1)
    d = F.conv_transpose2d(torch.cat([a, b], 1), positive(3, 2, 3, 2), stride=(2, 3), padding=(1, 0))
    e = F.conv2d(d, positive(1, 2, 2, 3), dilation=(2, 1))
    fields = ReceptiveFields(archcalc.loads(NET).graph)
    assert fields.units(fields.graph.values["e"]) == tuple(e.shape[2:])
    for unit in [(0, 0), (0, 83), (20, 0), (20, 83), *((i, 7 * i % 84) for i in range(1, 20))]:
        (gradient,) = torch.autograd.grad(e[(0, 0, *unit)], x, retain_graph=True)
        cells = unit_field(fields, "e", unit).cells
        seen = {(*place, last) for place, mask in cells.items() for last in field_mask.members(mask)}
        assert seen == {tuple(place) for place in gradient[0, 0].nonzero().tolist()}, unit

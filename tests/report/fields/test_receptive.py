"""Receptive fields as tables: what a note names."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.report.fields.receptive import field_table

NET = """\
input: 2x11x13
layers:
  a: conv 3 1
  b: {op: conv 4 3, from: a}
  c: {op: conv 4 3, from: a}
  d: add b c
"""


@pytest.mark.parametrize(
    ("origin", "note"),
    [("a", None), ("b", "a, c do not depend on b"), ("d", "a, b, c do not depend on d")],
)
def test_layers_that_do_not_depend_on_the_origin(origin, note):
    notes = field_table(archcalc.loads(NET).receptive_fields(wrt=origin)).notes
    assert [said for said in notes if "depend on" in said] == ([note] if note else [])


def test_one_layer_that_does_not_depend_on_the_origin():
    net = archcalc.loads("input: 2x11x13\nlayers: {a: conv 3 1, b: conv 4 3}\n")
    assert field_table(net.receptive_fields(wrt="b")).notes == ("a does not depend on b",)

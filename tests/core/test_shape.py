"""Shapes, tensors and work: small values with the field's words."""

from __future__ import annotations

import pytest

from archcalc.core import NO_WORK, Shape, TensorSpec, Work


def test_a_map():
    shape = Shape.of(96, 55, 53)
    assert (shape.channels, shape.spatial, shape.features) == (96, (55, 53), 53)
    assert shape.elements == 279_840  # 96 · 2,915
    assert str(shape) == "96x55x53"
    assert repr(shape) == "Shape(96x55x53)"


def test_a_vector_has_no_spatial_axis():
    assert Shape.of(120).spatial == ()
    assert Shape.of(120).elements == 120
    assert str(Shape.of(120)) == "120"


def test_a_shape_is_a_tuple():
    assert Shape.of(3, 11, 13) == (3, 11, 13)
    assert Shape((3, 11, 13)) == Shape.of(3, 11, 13)
    assert {Shape.of(3, 11): "found"}[3, 11] == "found"


def test_a_tensor_counts_its_elements():
    tensor = TensorSpec(Shape.of(96, 3, 11, 11))
    assert tensor.elements == 34_848  # 96 · 363
    assert tensor.role == "trainable"
    assert TensorSpec(Shape.of(64), "buffer") != TensorSpec(Shape.of(64))


def test_work_is_nothing_unless_said():
    assert Work() == NO_WORK
    assert all(getattr(NO_WORK, name) == 0 for name in Work.__slots__)
    assert Work(macs=7).macs == 7


def test_values_do_not_change():
    with pytest.raises(AttributeError):
        TensorSpec(Shape.of(3)).role = "buffer"
    with pytest.raises(AttributeError):
        NO_WORK.macs = 1

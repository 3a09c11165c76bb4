"""Cells of an axis at other places."""

from __future__ import annotations

from archcalc.layers.cells import Roll, Take, Tile
from archcalc.layers.fitting import axis_of
from archcalc.numeric.namespace import Array, array_namespace
from archcalc.numeric.reference.base import Tensors
from archcalc.numeric.reference.slide import example


def tile(layer: Tile, _: Tensors, x: Array) -> Array:
    """(N, ...) -> (N, each axis times its repeats)."""
    return array_namespace(x).tile(x, (1, *layer.repeats))


def roll(layer: Roll, _: Tensors, x: Array) -> Array:
    """Any shape -> the same."""
    moved = layer.moved(example(x))
    return array_namespace(x).roll(x, tuple(moved.values()), tuple(1 + axis for axis in moved))


def take(layer: Take, _: Tensors, x: Array) -> Array:
    """(N, ...) -> (N, ...) with the named cells of one axis."""
    xp = array_namespace(x)
    return xp.take(x, xp.asarray(layer.cells(example(x))), 1 + axis_of(layer.axis, example(x)))

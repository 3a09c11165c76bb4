"""Cells of an axis at other places: tiled, rolled, picked. No value changes."""

from __future__ import annotations

from archcalc.core import AxisWindow, PickedAxis, Shape, Window, WrappedAxis
from archcalc.core.record import record
from archcalc.errors import ShapeError
from archcalc.layers.arguments import AXES, AXIS, COUNTS, INDICES, SHIFTS, Sizes, argument, option
from archcalc.layers.base import Layer, register
from archcalc.layers.fitting import axes_of, axis_of, resized


@register("tile")
@record
class Tile(Layer):
    """The whole input over and over along its axes.

    Formula   O = repeats * W along each axis; cell p is cell p mod W before
    Shape     x -> each axis times its repeats: tile 1x2x3 makes (C, H, W) to (C, 2H, 3W)
    Params    none
    Work      none (values only move)
    Field     1, the cells of the axis again after its end
    Differs   Keras' RepeatVector makes an axis: reshape gives it, of length 1; PyTorch calls it repeat or expand too
    Source    PyTorch, tile; ONNX, Tile
    """

    repeats: Sizes = argument(COUNTS, "how many times, one number an axis, the channels first: 1x2x3")

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        times = self._times(x)
        return tuple(Window(1) if n == 1 else WrappedAxis(n * size) for n, size in zip(times[1:], x[1:], strict=True))

    def output(self, x: Shape) -> Shape:
        return Shape(size * n for size, n in zip(x, self._times(x), strict=True))

    def _times(self, x: Shape) -> Sizes:
        if len(self.repeats) != len(x):
            given = "1 number" if len(self.repeats) == 1 else f"{len(self.repeats)} numbers"
            ones = "x".join(["1"] * (len(x) - 1) + ["2"])
            raise ShapeError(
                f"tile has {given}, its input {x} has {len(x)} axes", help=f"one number an axis: tile {ones}"
            )
        return self.repeats


@register("roll")
@record
class Roll(Layer):
    """Cells moved along axes; those that leave at one end come back at the other.

    Formula   cell p is cell (p - shift) mod W before
    Shape     any shape -> the same
    Params    none
    Work      none (values only move)
    Field     1, at the place moved from
    Source    PyTorch, roll; Liu et al. 2021 (Swin, shifted windows)
    """

    shifts: tuple[int, ...] = argument(SHIFTS, "cells each axis is moved by, joined by x: 3, or -3x-3")
    axis: tuple[int, ...] | None = option(AXES, None, "the axes, one a shift; the spatial axes of a map unless told")

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        moved = self.moved(x)
        return tuple(
            WrappedAxis(size, moved[i] % size) if moved.get(i, 0) % size else Window(1)
            for i, size in enumerate(x.spatial, 1)
        )

    def output(self, x: Shape) -> Shape:
        self.moved(x)
        return x

    def moved(self, x: Shape) -> dict[int, int]:
        """Axis, counted from 0 without the batch, to its shift. Raises ShapeError."""
        axes = tuple(range(min(1, len(x) - 1), len(x))) if self.axis is None else axes_of(self.axis, x)
        shifts = self.shifts * len(axes) if len(self.shifts) == 1 else self.shifts
        if len(shifts) != len(axes):
            raise ShapeError(
                f"roll has {len(shifts)} shifts for {'1 axis' if len(axes) == 1 else f'{len(axes)} axes'} of {x}",
                help="one shift an axis, or axis=1x2 to name them",
            )
        return dict(zip(axes, shifts, strict=True))


@register("take")
@record
class Take(Layer):
    """Some cells of one axis, in the order in which they are named.

    Formula   cell p is cell indices[p] before
    Shape     (C, *spatial) -> (number of indices, *spatial), or another axis
    Params    none
    Work      none (values only move)
    Field     1, at the place picked
    Differs   the indices are numbers of the spec, not of the data; a stretch of cells is a slice; -1 is the last
    Source    NumPy, take; ONNX, Gather
    """

    indices: tuple[int, ...] = argument(INDICES, "the cells, counted from 0, joined by x: 2x0x1")
    axis: int = option(AXIS, 0, "axis of the cells; 0 are the channels of a map")

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        axis = axis_of(self.axis, x)
        return tuple(PickedAxis(self.cells(x)) if i == axis else Window(1) for i in range(1, len(x)))

    def output(self, x: Shape) -> Shape:
        return resized(x, axis_of(self.axis, x), len(self.cells(x)))

    def cells(self, x: Shape) -> tuple[int, ...]:
        """The indices counted from the first cell. Raises ShapeError where there is no such cell."""
        axis = axis_of(self.axis, x)
        length = x[axis]
        for index in self.indices:
            if not -length <= index < length:
                raise ShapeError(
                    f"there is no cell {index} on axis {axis} of {x}, which has {length} cells",
                    help=f"0 to {length - 1}, or -1 for the last",
                )
        return tuple([index % length for index in self.indices])

"""Reductions: the values along some axes become one."""

from __future__ import annotations

from math import prod

from archcalc.core import WHOLE, AxisWindow, Shape, Window, Work
from archcalc.core.record import record
from archcalc.errors import ShapeError
from archcalc.layers.arguments import AXES, FLAG, NON_NEGATIVE, Choice, argument, option
from archcalc.layers.base import Layer, register
from archcalc.layers.fitting import axes_of
from archcalc.layers.traits import ANEW

HOW = Choice(("mean", "sum", "max", "min", "prod", "std", "var", "norm"))
SPREADS = ("std", "var")


@register("reduce", gives=ANEW)
@record
class Reduce(Layer):
    """The mean, sum, largest or smallest value, product, spread or norm along some axes.

    Formula   mean = sum / n; var = sum (x - mean)^2 / (n - correction), std its root; norm = sqrt(sum x^2)
    Shape     the axes are gone, with keepdim=yes they have one cell; of all axes one value is left
    Params    none
    Work      n - 1 additions (sum, mean), comparisons (max, min) or products (prod) a result, 1 division a mean;
              std, var: 2n - 1 additions, n products, 2 divisions, std 1 root; norm: n products, 1 root
    Field     the whole of each axis that is reduced; all places where an axis is gone and others are left
    Differs   axes are counted without the batch, 0 are the channels of a map; std and var divide by n - 1, as
              PyTorch's do unless told; NumPy, Keras and TensorFlow have correction=0
    Source    PyTorch, mean, sum, amax, amin, prod, std, var, linalg.vector_norm; ONNX, ReduceMean ...
    """

    how: str = argument(HOW, "what is computed")
    axis: tuple[int, ...] | None = option(AXES, None, "the axes, joined by x: 1x2; all unless told")
    keepdim: bool = option(FLAG, False, "keep each of the axes with one cell")
    correction: int = option(NON_NEGATIVE, 1, "what std and var subtract from n")

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        gone = self._axes(x)
        if not self.keepdim and len(gone) < len(x):
            return (WHOLE,) * len(x.spatial)
        return tuple(WHOLE if i in gone else Window(1) for i in range(1, len(x)))

    def output(self, x: Shape) -> Shape:
        gone = self._axes(x)
        cells = self._cells(x)
        if self.how in SPREADS and cells <= self.correction:
            raise ShapeError(
                f"{self.how} of {cells} {'value' if cells == 1 else 'values'} divides by {cells} - {self.correction}",
                help="correction=0, or further axes",
            )
        if self.keepdim:
            return Shape(1 if i in gone else size for i, size in enumerate(x))
        return Shape([size for i, size in enumerate(x) if i not in gone] or [1])

    def work(self, x: Shape, y: Shape) -> Work:
        n, sums = x.elements, x.elements // self._cells(x)
        if self.how in ("max", "min"):
            return Work(comparisons=n - sums)
        if self.how == "prod":
            return Work(products=n - sums)
        if self.how == "norm":
            return Work(products=n, exponentials=sums)
        if self.how in SPREADS:
            roots = sums if self.how == "std" else 0
            return Work(additions=2 * n - sums, products=n, divisions=2 * sums, exponentials=roots)
        return Work(additions=n - sums, divisions=sums if self.how == "mean" else 0)

    def _axes(self, x: Shape) -> frozenset[int]:
        return frozenset(range(len(x)) if self.axis is None else axes_of(self.axis, x))

    def _cells(self, x: Shape) -> int:
        """n: values that become one."""
        return prod(x[i] for i in sorted(self._axes(x)))

"""Merges: two or more branches become one."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from archcalc.core import WHOLE, AxisWindow, Shape, Window, Work
from archcalc.core.record import record
from archcalc.errors import GraphError
from archcalc.layers.arguments import AXIS, FLAG, option
from archcalc.layers.base import TWO, TWO_OR_MORE, Layer, pointwise, register
from archcalc.layers.fitting import axis_of, resized
from archcalc.layers.traits import ANEW


@register("add", inputs=TWO_OR_MORE, sugar=("crop", "act"), sums=True, stretches=True)
@record
class Add(Layer):
    """Sum of the branches, value by value: the join of a residual connection.

    Formula   y = a + b + ...
    Shape     equal shapes -> the same; axes of size 1 (Cx1x1) and axes missing at the front (HxW) are stretched
    Params    none
    Work      n - 1 additions an element for n branches
    Field     1 (the union of the branches' fields; the whole map for one with fewer axes)
    Differs   a vector that fits the channels as well as the last axis is refused; PyTorch takes the last axis
    Source    He et al. 2016
    """

    def windows(self, *x: Shape) -> tuple[Window, ...]:
        return pointwise(max(x, key=len))

    def output(self, *x: Shape) -> Shape:
        return _stretched(x, "add")

    def work(self, *x_then_y: Shape) -> Work:
        *x, y = x_then_y
        return Work(additions=(len(x) - 1) * y.elements)


@register("multiply", inputs=TWO_OR_MORE, sugar=("crop", "act"), stretches=True)
@record
class Multiply(Layer):
    """Product of the branches, value by value: gates and attention maps.

    Formula   y = a * b * ...
    Shape     equal shapes -> the same; axes of size 1 (a gate Cx1x1) and axes missing at the front are stretched
    Params    none
    Work      n - 1 products an element for n branches
    Field     1 (the union of the branches' fields; the whole map for one with fewer axes)
    Differs   a vector that fits the channels as well as the last axis is refused; PyTorch takes the last axis
    Source    Hu et al. 2018 (squeeze-and-excitation)
    """

    def windows(self, *x: Shape) -> tuple[Window, ...]:
        return pointwise(max(x, key=len))

    def output(self, *x: Shape) -> Shape:
        return _stretched(x, "multiply")

    def work(self, *x_then_y: Shape) -> Work:
        *x, y = x_then_y
        return Work(products=(len(x) - 1) * y.elements)


@register("subtract", inputs=TWO, sugar=("crop", "act"), stretches=True)
@record
class Subtract(Layer):
    """Difference of two branches, value by value.

    Formula   y = a - b
    Shape     equal shapes -> the same; axes of size 1 and axes missing at the front are stretched
    Params    none
    Work      1 addition an element
    Field     1 (the union of the branches' fields; the whole map for one with fewer axes)
    Source    PyTorch, sub
    """

    def windows(self, a: Shape, b: Shape) -> tuple[Window, ...]:
        return pointwise(max(a, b, key=len))

    def output(self, a: Shape, b: Shape) -> Shape:
        return _stretched((a, b), "subtract")

    def work(self, a: Shape, b: Shape, y: Shape) -> Work:
        return Work(additions=y.elements)


@register("abs_diff", inputs=TWO, sugar=("crop", "act"), stretches=True)
@record
class AbsDiff(Layer):
    """Distance of two branches, value by value: the join of a Siamese network.

    Formula   y = |a - b|
    Shape     equal shapes -> the same; axes of size 1 and axes missing at the front are stretched
    Params    none
    Work      1 addition an element; dropping the sign is free
    Field     1 (the union of the branches' fields; the whole map for one with fewer axes)
    Source    Koch et al. 2015
    """

    def windows(self, a: Shape, b: Shape) -> tuple[Window, ...]:
        return pointwise(max(a, b, key=len))

    def output(self, a: Shape, b: Shape) -> Shape:
        return _stretched((a, b), "abs_diff")

    def work(self, a: Shape, b: Shape, y: Shape) -> Work:
        return Work(additions=y.elements)


@register("maximum", inputs=TWO_OR_MORE, sugar=("crop", "act"), stretches=True)
@record
class Maximum(Layer):
    """The largest of the branches, value by value.

    Formula   y = max(a, b, ...)
    Shape     equal shapes -> the same; axes of size 1 and axes missing at the front are stretched
    Params    none
    Work      n - 1 comparisons an element for n branches
    Field     1 (the union of the branches' fields; the whole map for one with fewer axes)
    Source    PyTorch, maximum; Keras, Maximum; Goodfellow et al. 2013 (maxout of two layers)
    """

    def windows(self, *x: Shape) -> tuple[Window, ...]:
        return pointwise(max(x, key=len))

    def output(self, *x: Shape) -> Shape:
        return _stretched(x, "maximum")

    def work(self, *x_then_y: Shape) -> Work:
        *x, y = x_then_y
        return Work(comparisons=(len(x) - 1) * y.elements)


@register("minimum", inputs=TWO_OR_MORE, sugar=("crop", "act"), stretches=True)
@record
class Minimum(Layer):
    """The smallest of the branches, value by value.

    Formula   y = min(a, b, ...)
    Shape     equal shapes -> the same; axes of size 1 and axes missing at the front are stretched
    Params    none
    Work      n - 1 comparisons an element for n branches
    Field     1 (the union of the branches' fields; the whole map for one with fewer axes)
    Source    PyTorch, minimum; Keras, Minimum
    """

    def windows(self, *x: Shape) -> tuple[Window, ...]:
        return pointwise(max(x, key=len))

    def output(self, *x: Shape) -> Shape:
        return _stretched(x, "minimum")

    def work(self, *x_then_y: Shape) -> Work:
        *x, y = x_then_y
        return Work(comparisons=(len(x) - 1) * y.elements)


@register("average", inputs=TWO_OR_MORE, sugar=("crop", "act"), stretches=True)
@record
class Average(Layer):
    """The mean of the branches, value by value: an ensemble, or two paths with the same weight.

    Formula   y = (a + b + ...) / n
    Shape     equal shapes -> the same; axes of size 1 and axes missing at the front are stretched
    Params    none
    Work      n - 1 additions and 1 division an element for n branches
    Field     1 (the union of the branches' fields; the whole map for one with fewer axes)
    Source    Keras, Average
    """

    def windows(self, *x: Shape) -> tuple[Window, ...]:
        return pointwise(max(x, key=len))

    def output(self, *x: Shape) -> Shape:
        return _stretched(x, "average")

    def work(self, *x_then_y: Shape) -> Work:
        *x, y = x_then_y
        return Work(additions=(len(x) - 1) * y.elements, divisions=y.elements)


@register("divide", inputs=TWO, sugar=("crop", "act"), stretches=True)
@record
class Divide(Layer):
    """Quotient of two branches, value by value.

    Formula   y = a / b
    Shape     equal shapes -> the same; axes of size 1 and axes missing at the front are stretched
    Params    none
    Work      1 division an element
    Field     1 (the union of the branches' fields; the whole map for one with fewer axes)
    Source    PyTorch, div
    """

    def windows(self, a: Shape, b: Shape) -> tuple[Window, ...]:
        return pointwise(max(a, b, key=len))

    def output(self, a: Shape, b: Shape) -> Shape:
        return _stretched((a, b), "divide")

    def work(self, a: Shape, b: Shape, y: Shape) -> Work:
        return Work(divisions=y.elements)


@register("concat", inputs=TWO_OR_MORE, sugar=("crop", "act"))
@record
class Concat(Layer):
    """Branches one after the other along an axis, by default the channels.

    Formula   C = C_a + C_b + ...
    Shape     (C_a, *spatial), (C_b, *spatial), ... -> (C_a + C_b + ..., *spatial)
    Params    none
    Work      none (values only move)
    Field     1 (the union of the branches' fields); along a spatial axis the whole axis is taken to be seen
    Source    Szegedy et al. 2015; Ronneberger et al. 2015
    """

    axis: int = option(AXIS, 0, "axis along which they are joined; 0 are the channels of a map")

    def windows(self, *x: Shape) -> tuple[AxisWindow, ...]:
        axis = axis_of(self.axis, x[0])
        return tuple(WHOLE if i == axis else Window(1) for i in range(1, len(x[0])))

    def output(self, *x: Shape) -> Shape:
        axis = axis_of(self.axis, x[0])
        if any(len(shape) != len(x[0]) or resized(shape, axis, 1) != resized(x[0], axis, 1) for shape in x):
            raise _misfit(x, _concat_repair(x, axis))
        return resized(x[0], axis, sum(shape[axis] for shape in x))


@register("matmul", inputs=TWO, gives=ANEW, stretches=True)
@record
class Matmul(Layer):
    """Matrix product of two branches; axes before the last two count matrices.

    Formula   y_ij = sum_l a_il * b_lj; with transpose_b: sum_l a_il * b_jl
    Shape     (*n, m, k), (*n, k, p) -> (*n, m, p); with transpose_b the second is (*n, p, k); of the axes n those of
              size 1 and those missing at the front are stretched
    Params    none
    Work      m * k * p MACs of two activations for each of the n matrices
    Field     the whole of every axis but the first
    Source    PyTorch, matmul
    """

    transpose_b: bool = option(FLAG, False, "multiply with the transpose of the second branch")

    def windows(self, a: Shape, b: Shape) -> tuple[AxisWindow, ...]:
        return (WHOLE,) * (max(len(a), len(b)) - 1)

    def output(self, a: Shape, b: Shape) -> Shape:
        if min(len(a), len(b)) < 2:
            raise _misfit((a, b), "matmul multiplies matrices: both branches need at least two axes")
        rows, columns = (b[-1], b[-2]) if self.transpose_b else (b[-2], b[-1])
        count = _stretch((a[:-2], b[:-2]))
        if count is None:
            raise _misfit((a, b), "the axes before the last two must be equal, or 1")
        if a[-1] != rows:
            raise _misfit((a, b), self._repair(a, b))
        return Shape((*count, a[-2], columns))

    def work(self, a: Shape, b: Shape, y: Shape) -> Work:
        return Work(activation_macs=prod(y) * a[-1])

    def _repair(self, a: Shape, b: Shape) -> str:
        if a[-1] == (b[-2] if self.transpose_b else b[-1]):
            return f"transpose_b={'no' if self.transpose_b else 'yes'} makes the inner sizes {a[-1]} and {a[-1]}"
        side = "last" if self.transpose_b else "second last"
        return f"the last axis of the first ({a[-1]}) must equal the {side} of the second"


def _stretched(x: tuple[Shape, ...], kind: str) -> Shape:
    """The shape all branches are stretched to: axes of size 1, and axes that are missing at the front."""
    if all(shape == x[0] for shape in x):
        return x[0]
    y = _stretch(x)
    if y is None:
        repair = _size_repair if len(set(map(len, x))) == 1 else _rank_repair
        raise _misfit(x, repair(x, kind))
    vector = next((shape for shape in x if len(shape) == 1 < shape[0]), None)
    if vector is not None and len(y) > 1 and y[0] == y[-1] == vector[0]:
        ones = ["1"] * (len(y) - 1)
        channels, last = ("x".join(axes) for axes in ([str(vector), *ones], [*ones, str(vector)]))
        raise _misfit(x, f"{vector} may be the first axis or the last: reshape {channels}, or reshape {last}")
    return Shape(y)


def _stretch(x: Sequence[tuple[int, ...]]) -> tuple[int, ...] | None:
    """The sizes that all are stretched to, set against each other from the last axis on; None where they do not fit."""
    longest = max(map(len, x))
    aligned = [(1,) * (longest - len(sizes)) + tuple(sizes) for sizes in x]
    y = tuple(max(sizes) for sizes in zip(*aligned, strict=True))
    fits = all(size in (1, whole) for sizes in aligned for size, whole in zip(sizes, y, strict=True))
    return y if fits else None


def _rank_repair(x: tuple[Shape, ...], kind: str) -> str:
    needs = f"{kind} sets axes against each other from the last on, equal or 1"
    if any(len(shape) == 1 for shape in x):
        return f"{needs}: keepdim=yes keeps a pooled gate at Cx1x1"
    return needs


def _size_repair(x: tuple[Shape, ...], kind: str) -> str:
    needs = f"{kind} needs equal shapes"
    if len(x[0]) < 3:
        same = all(shape[:-1] == x[0][:-1] for shape in x)
        return f"{needs}: a linear layer to {x[0].features} features projects the others" if same else needs
    if all(shape.spatial == x[0].spatial for shape in x):
        return f"{needs}: a 1x1 convolution to {x[0].channels} channels projects the others"
    if all(shape.channels == x[0].channels for shape in x):
        return f"{needs}: stride, padding, or `{kind} ... crop`"
    return f"{needs}: a 1x1 convolution projects channels, its stride the size"


def _concat_repair(x: tuple[Shape, ...], axis: int) -> str:
    if any(len(shape) != len(x[0]) for shape in x):
        return "concat needs the same number of axes: flatten the maps, or keepdim=yes after a global pooling"
    if axis == 0 and len(x[0]) > 2:
        return "concat needs equal spatial sizes: padding, or `concat ... crop`"
    return f"concat needs equal sizes on every axis but axis {axis}"


def _misfit(x: tuple[Shape, ...], help: str) -> GraphError:
    *first, last = map(str, x)
    return GraphError(f"the branches do not fit: {', '.join(first)} and {last}", help=help)

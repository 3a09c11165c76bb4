"""Windows laid out as columns, and columns added up to a map again: im2col and col2im."""

from __future__ import annotations

from math import prod

from archcalc.core import WHOLE, AxisWindow, Shape, TransposedWindow, Window, Work
from archcalc.core.record import record
from archcalc.errors import ShapeError, SpecError
from archcalc.layers.arguments import (
    OWN_NON_NEGATIVE_SIZES,
    OWN_SIZES,
    PADDING,
    SIZES,
    Padding,
    Sizes,
    argument,
    option,
)
from archcalc.layers.base import Layer, needs_map, register, slide, sliding
from archcalc.layers.traits import CHANNELS


@register("unfold", reads=CHANNELS)
@record
class Unfold(Layer):
    """Each stop of a window as a column of the cells that it reads: what a convolution multiplies (im2col).

    Formula   O as in conv; y[c * prod(K) + tap, stop] = x[c, cell of the tap at that stop], stops row by row
    Shape     (C, *spatial) -> (C * prod(K), prod(O))
    Params    none
    Work      none (values only move)
    Field     the whole map: a column's place is its index; along one axis K_eff cells at distance s
    Differs   PyTorch knows two axes only
    Source    Chellapilla et al. 2006; PyTorch, Unfold
    """

    kernel_size: Sizes = argument(SIZES, "cells of the window: 3, or height x width 3x5")
    stride: Sizes = option(SIZES, 1, "cells between two stops")
    padding: Padding = option(PADDING, 0, "cells around the map; same, valid, full; or before:after")
    dilation: Sizes = option(SIZES, 1, "distance of two taps")

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        stops = self.stops(x)
        return stops if len(stops) == 1 else (WHOLE,) * len(stops)

    def output(self, x: Shape) -> Shape:
        return Shape.of(x.channels * prod(self.kernel_size), prod(slide(self.stops(x), x.spatial)))

    def stops(self, x: Shape) -> tuple[Window, ...]:
        """The windows whose stops are the columns."""
        needs_map(x, "unfold")
        return sliding(x, self.kernel_size, self.stride, self.padding, self.dilation)


@register("fold", reads=CHANNELS)
@record
class Fold(Layer):
    """Columns put back where `unfold` took them from, cells that several hold added up (col2im).

    Formula   the sum over all stops and taps that lie on a cell; L = prod(O), O as in conv on output_size
    Shape     (C * prod(K), L) -> (C, *output_size)
    Params    none
    Work      1 addition a value of the input
    Field     the whole row of columns; along one axis those whose window lies on the cell
    Differs   undoes unfold only where no windows overlap; PyTorch knows two axes only
    Source    PyTorch, Fold
    """

    output_size: Sizes = argument(OWN_SIZES, "sizes of the map: 28x30")
    kernel_size: Sizes = argument(OWN_SIZES, "cells of the window: 3, or height x width 3x5")
    stride: Sizes = option(OWN_SIZES, 1, "cells between two stops")
    padding: Sizes = option(OWN_NON_NEGATIVE_SIZES, 0, "cells around the map, the same on both sides")
    dilation: Sizes = option(OWN_SIZES, 1, "distance of two taps")

    def __post_init__(self) -> None:
        axes = len(self.output_size)
        for name in ("kernel_size", "stride", "padding", "dilation"):
            sizes = getattr(self, name)
            if len(sizes) not in (1, axes):
                raise SpecError(f"`{name}`: {_joined(sizes)} has {len(sizes)} sizes, output_size has {axes}")

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        if len(self.output_size) > 1:
            return (WHOLE,)
        (stop,), (size,) = self.stops, self.output_size
        return (TransposedWindow(stop.kernel, stop.stride, stop.padding, stop.dilation, stop.unread(size)),)

    def output(self, x: Shape) -> Shape:
        if len(x) != 2:
            raise ShapeError(f"fold needs channels x columns, its input is {x}", help="what unfold gives")
        stops = self.stops
        kernel = tuple(stop.kernel for stop in stops)
        taps = prod(kernel)
        if x[0] % taps:
            raise ShapeError(
                f"a window of {_joined(kernel)} has {taps} cells, which do not divide the {x[0]} channels of {x}",
                help=f"channels in multiples of {taps}",
            )
        columns = slide(stops, self.output_size)
        if prod(columns) != x[1]:
            raise ShapeError(
                f"the window has {prod(columns)} stops on a map of {_joined(self.output_size)}, "
                f"the input {x} has {x[1]} columns",
                help=f"{prod(columns)} columns, or another output_size",
            )
        return Shape((x[0] // taps, *self.output_size))

    def work(self, x: Shape, y: Shape) -> Work:
        return Work(additions=x.elements)

    @property
    def stops(self) -> tuple[Window, ...]:
        """The windows on the output whose stops are the columns."""
        axes = len(self.output_size)
        options = (self.kernel_size, self.stride, self.padding, self.dilation)
        spread = [sizes * (axes // len(sizes)) for sizes in options]
        return tuple(Window(k, s, (p, p), d) for k, s, p, d in zip(*spread, strict=True))


def _joined(sizes: Sizes) -> str:
    return "x".join(map(str, sizes))

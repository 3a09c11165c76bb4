"""Pooling that fits its windows to the map: one cell per channel, or a given size."""

from __future__ import annotations

from math import gcd, prod

from archcalc.core import WHOLE, AdaptiveWindow, Shape, WholeAxis, Work
from archcalc.core.record import record
from archcalc.layers.arguments import FLAG, SIZES, Sizes, argument, option
from archcalc.layers.base import Layer, needs_map, positions, register, slide
from archcalc.layers.traits import CHANNELS, POOL


@register("global_avg_pool", family=POOL, reads=CHANNELS, averages=True)
@record
class GlobalAvgPool(Layer):
    """Global average pooling: the mean of each channel.

    Formula   y_c = sum over the map of x_c / prod(spatial)
    Shape     (C, *spatial) -> (C), with keepdim=yes (C, 1, ..., 1)
    Params    none
    Work      prod(spatial) - 1 additions and 1 division per channel
    Field     the whole map
    Differs   PyTorch writes it adaptive_avg_pool 1x1 and flatten; two axes are channels x length
    Source    Lin, Chen and Yan 2014 (Network in network)
    """

    keepdim: bool = option(FLAG, False, "keep each spatial axis with one cell")

    def windows(self, x: Shape) -> tuple[WholeAxis, ...]:
        needs_map(x, "global_avg_pool")
        return (WHOLE,) * len(x.spatial)

    def output(self, x: Shape) -> Shape:
        cells = slide(self.windows(x), x.spatial)
        return Shape((x.channels, *cells)) if self.keepdim else Shape.of(x.channels)

    def work(self, x: Shape, y: Shape) -> Work:
        return Work(additions=(positions(x) - 1) * x.channels, divisions=x.channels)


@register("global_max_pool", family=POOL, reads=CHANNELS, picks=True)
@record
class GlobalMaxPool(Layer):
    """Global max pooling: the largest value of each channel.

    Formula   y_c = max over the map of x_c
    Shape     (C, *spatial) -> (C), with keepdim=yes (C, 1, ..., 1)
    Params    none
    Work      prod(spatial) - 1 comparisons per channel
    Field     the whole map
    Differs   PyTorch writes it adaptive_max_pool 1x1 and flatten; two axes are channels x length
    Source    Oquab et al. 2015
    """

    keepdim: bool = option(FLAG, False, "keep each spatial axis with one cell")

    def windows(self, x: Shape) -> tuple[WholeAxis, ...]:
        needs_map(x, "global_max_pool")
        return (WHOLE,) * len(x.spatial)

    def output(self, x: Shape) -> Shape:
        cells = slide(self.windows(x), x.spatial)
        return Shape((x.channels, *cells)) if self.keepdim else Shape.of(x.channels)

    def work(self, x: Shape, y: Shape) -> Work:
        return Work(comparisons=(positions(x) - 1) * x.channels)


@register("global_sum_pool", family=POOL, reads=CHANNELS)
@record
class GlobalSumPool(Layer):
    """Global sum pooling: the sum of each channel, which counts what a filter finds.

    Formula   y_c = sum over the map of x_c
    Shape     (C, *spatial) -> (C), with keepdim=yes (C, 1, ..., 1)
    Params    none
    Work      prod(spatial) - 1 additions per channel
    Field     the whole map
    Differs   PyTorch writes it x.sum((2, 3)); two axes are channels x length
    Source    Lempitsky and Zisserman 2010 (a count as the sum of a map); Babenko and Lempitsky 2015
    """

    keepdim: bool = option(FLAG, False, "keep each spatial axis with one cell")

    def windows(self, x: Shape) -> tuple[WholeAxis, ...]:
        needs_map(x, "global_sum_pool")
        return (WHOLE,) * len(x.spatial)

    def output(self, x: Shape) -> Shape:
        cells = slide(self.windows(x), x.spatial)
        return Shape((x.channels, *cells)) if self.keepdim else Shape.of(x.channels)

    def work(self, x: Shape, y: Shape) -> Work:
        return Work(additions=(positions(x) - 1) * x.channels)


@register("adaptive_avg_pool", family=POOL, reads=CHANNELS, averages=True)
@record
class AdaptiveAvgPool(Layer):
    """Adaptive average pooling: the windows that share each axis out into a given number of cells.

    Formula   cell i reads floor(iW/O) up to ceil((i+1)W/O) - 1; O is given
    Shape     (C, *spatial) -> (C, *output_size)
    Params    none
    Work      one addition per cell of each window but the first, and 1 division per output
    Field     ceil(W/O) cells or one more; windows overlap by one cell where O does not divide W
    Source    He et al. 2014 (spatial pyramid pooling); PyTorch
    """

    output_size: Sizes = argument(SIZES, "size after: 7, or height x width 6x6")

    def windows(self, x: Shape) -> tuple[AdaptiveWindow, ...]:
        needs_map(x, "adaptive_avg_pool")
        return tuple(AdaptiveWindow(size) for size in self.output_size)

    def output(self, x: Shape) -> Shape:
        return Shape((x.channels, *slide(self.windows(x), x.spatial)))

    def work(self, x: Shape, y: Shape) -> Work:
        return Work(additions=_cells_read(x, y) - y.elements, divisions=y.elements)


@register("adaptive_max_pool", family=POOL, reads=CHANNELS, picks=True)
@record
class AdaptiveMaxPool(Layer):
    """Adaptive max pooling: the largest value of windows that share each axis out.

    Formula   cell i reads floor(iW/O) up to ceil((i+1)W/O) - 1; O is given
    Shape     (C, *spatial) -> (C, *output_size)
    Params    none
    Work      one comparison per cell of each window but the first
    Field     ceil(W/O) cells or one more; windows overlap by one cell where O does not divide W
    Source    He et al. 2014 (spatial pyramid pooling); PyTorch
    """

    output_size: Sizes = argument(SIZES, "size after: 7, or height x width 6x6")

    def windows(self, x: Shape) -> tuple[AdaptiveWindow, ...]:
        needs_map(x, "adaptive_max_pool")
        return tuple(AdaptiveWindow(size) for size in self.output_size)

    def output(self, x: Shape) -> Shape:
        return Shape((x.channels, *slide(self.windows(x), x.spatial)))

    def work(self, x: Shape, y: Shape) -> Work:
        return Work(comparisons=_cells_read(x, y) - y.elements)


def _cells_read(x: Shape, y: Shape) -> int:
    """Sum of the sizes of all windows, all channels.

    Along one axis two neighbours share a cell wherever the border (i+1)W/O is no whole number: at O - gcd(W, O)
    of the O - 1 borders. So the sizes add up to W + O - gcd(W, O).
    """
    lengths = zip(x.spatial, y.spatial, strict=True)
    return x.channels * prod(length + size - gcd(length, size) for length, size in lengths)

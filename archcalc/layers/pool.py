"""Pooling: a window without weights slides over each channel; and the way back, unpooling."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import Any

from archcalc.core import Shape, TransposedWindow, Window, Work
from archcalc.core.record import record
from archcalc.errors import ShapeError
from archcalc.layers.arguments import (
    FLAG,
    NON_NEGATIVE_SIZES,
    PADDING,
    SIZES,
    Number,
    Padding,
    Sizes,
    argument,
    option,
)
from archcalc.layers.base import Layer, needs_map, register, slide, sliding
from archcalc.layers.traits import CHANNELS, FORWARD, TRANSPOSED


class PositiveType(Number):
    """A number above 0."""

    expects = "a number above 0"

    def convert(self, value: Any, axes: int) -> float:
        number = super().convert(value, axes)
        if number <= 0:
            raise self.refuse(value)
        return number


POSITIVE = PositiveType()


@register("max_pool", reads=CHANNELS, slides=FORWARD, picks=True)
@record
class MaxPool(Layer):
    """Max pooling: the largest value of each window, channel by channel.

    Formula   O = floor((W - K_eff + P) / s) + 1 per axis, K_eff = d(K - 1) + 1; ceil_mode rounds up
    Shape     (C, *spatial) -> (C, *O)
    Params    none
    Work      prod(K) - 1 comparisons per output, each window counted as full, also at the border
    Field     K_eff cells at distance s
    Differs   the stride is the kernel where none is given, as in PyTorch; padding counts as minus infinity;
              padding of more than half the kernel is refused, as in PyTorch; Caffe always rounds up
    Source    Weng, Ahuja and Huang 1992; Scherer, Mueller and Behnke 2010
    """

    kernel_size: Sizes = argument(SIZES, "cells of the window: 2, or height x width 2x3")
    stride: Sizes = option(SIZES, None, "cells between two stops; the kernel size where none is given")
    padding: Padding = option(PADDING, 0, "cells around the map; same, valid, full; or before:after")
    dilation: Sizes = option(SIZES, 1, "distance of two taps")
    ceil_mode: bool = option(FLAG, False, "round the output size up")

    def __post_init__(self) -> None:
        _default_stride(self)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        needs_map(x, "max_pool")
        windows = sliding(x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)
        return _with_narrow_padding(windows, self.padding)

    def output(self, x: Shape) -> Shape:
        return Shape((x.channels, *slide(self.windows(x), x.spatial)))

    def work(self, x: Shape, y: Shape) -> Work:
        return Work(comparisons=(prod(self.kernel_size) - 1) * y.elements)


@register("avg_pool", reads=CHANNELS, slides=FORWARD, averages=True)
@record
class AvgPool(Layer):
    """Average pooling: the mean of each window, channel by channel.

    Formula   O = floor((W - K + P) / s) + 1 per axis; ceil_mode rounds up
    Shape     (C, *spatial) -> (C, *O)
    Params    none
    Work      prod(K) - 1 additions and 1 division per output, each window counted as full, also at the border
    Field     K cells at distance s
    Differs   the stride is the kernel where none is given, as in PyTorch; zeros of the padding count in the mean
              unless count_include_pad=no (Keras leaves them out); padding of more than half the kernel is refused
    Source    LeCun et al. 1989
    """

    kernel_size: Sizes = argument(SIZES, "cells of the window: 2, or height x width 2x3")
    stride: Sizes = option(SIZES, None, "cells between two stops; the kernel size where none is given")
    padding: Padding = option(PADDING, 0, "cells around the map; same, valid, full; or before:after")
    ceil_mode: bool = option(FLAG, False, "round the output size up")
    count_include_pad: bool = option(FLAG, True, "count the zeros of the padding in the mean")

    def __post_init__(self) -> None:
        _default_stride(self)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        needs_map(x, "avg_pool")
        windows = sliding(x, self.kernel_size, self.stride, self.padding, _undilated(x), self.ceil_mode)
        return _with_narrow_padding(windows, self.padding)

    def output(self, x: Shape) -> Shape:
        return Shape((x.channels, *slide(self.windows(x), x.spatial)))

    def work(self, x: Shape, y: Shape) -> Work:
        return Work(additions=(prod(self.kernel_size) - 1) * y.elements, divisions=y.elements)


@register("lp_pool", reads=CHANNELS, slides=FORWARD)
@record
class LpPool(Layer):
    """Power-average pooling: the p-norm of each window, channel by channel.

    Formula   y = (sum x^p)^(1/p) over the window; O = floor((W - K) / s) + 1 per axis; ceil_mode rounds up
    Shape     (C, *spatial) -> (C, *O)
    Params    none
    Work      prod(K) powers, prod(K) - 1 additions and 1 root per output, each window counted as full
    Field     K cells at distance s
    Differs   a sum, no mean, as in PyTorch: p = 1 is K times the average; there is no padding;
              with ceil_mode the last window sums the cells it has, PyTorch scales its sum up to a full window
    Source    Sermanet, Chintala and LeCun 2012
    """

    kernel_size: Sizes = argument(SIZES, "cells of the window: 2, or height x width 2x3")
    norm_type: float = option(POSITIVE, 2, "the exponent p")
    stride: Sizes = option(SIZES, None, "cells between two stops; the kernel size where none is given")
    ceil_mode: bool = option(FLAG, False, "round the output size up")

    def __post_init__(self) -> None:
        _default_stride(self)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        needs_map(x, "lp_pool")
        return sliding(x, self.kernel_size, self.stride, "valid", _undilated(x), self.ceil_mode)

    def output(self, x: Shape) -> Shape:
        return Shape((x.channels, *slide(self.windows(x), x.spatial)))

    def work(self, x: Shape, y: Shape) -> Work:
        cells = prod(self.kernel_size)
        return Work(exponentials=(cells + 1) * y.elements, additions=(cells - 1) * y.elements)


@register("max_unpool", reads=CHANNELS, slides=TRANSPOSED, undoes="max_pool")
@record
class MaxUnpool(Layer):
    """Max unpooling: each value back to the place its max_pool took it from, zeros elsewhere.

    Formula   O = (W - 1)s - 2p + K per axis, or the size given
    Shape     (C, *spatial) -> (C, *O)
    Params    none
    Work      none: it moves values
    Field     the input cells whose window covers the output cell: a superset, since the places come from the
              matching max_pool and each value goes to one of them
    Differs   PyTorch passes the indices as a second input; here they are those of the matching max_pool, unsaid
    Source    Zeiler and Fergus 2014; Badrinarayanan et al. 2017 (SegNet)
    """

    kernel_size: Sizes = argument(SIZES, "the kernel of the matching max_pool")
    stride: Sizes = option(SIZES, None, "its stride; the kernel size where none is given")
    padding: Sizes = option(NON_NEGATIVE_SIZES, 0, "its padding in cells")
    size: Sizes | None = option(SIZES, None, "size of the output, where the pooled axis did not divide evenly")

    def __post_init__(self) -> None:
        _default_stride(self)

    def windows(self, x: Shape) -> tuple[TransposedWindow, ...]:
        needs_map(x, "max_unpool")
        axes = zip(x.spatial, self.kernel_size, self.stride, self.padding, self.size or x.spatial, strict=True)
        return tuple(
            _unpooling(length, kernel, stride, padding, size if self.size else None)
            for length, kernel, stride, padding, size in axes
        )

    def output(self, x: Shape) -> Shape:
        return Shape((x.channels, *slide(self.windows(x), x.spatial)))


def _default_stride(pool: MaxPool | AvgPool | LpPool | MaxUnpool) -> None:
    if pool.stride is None:
        object.__setattr__(pool, "stride", pool.kernel_size)


def _undilated(x: Shape) -> Sizes:
    return (1,) * len(x.spatial)


def _with_narrow_padding(windows: tuple[Window, ...], padding: Padding) -> tuple[Window, ...]:
    """The windows, unless their padding is too wide; `same` and `full` leave a real cell to each. Raises ShapeError."""
    if not isinstance(padding, str):
        _refuse_wide_padding(windows)
    return windows


def _refuse_wide_padding(windows: Iterable[Window]) -> None:
    for window in windows:
        widest = max(window.padding)
        if 2 * widest > window.kernel:
            raise ShapeError(
                f"a padding of {widest} is more than half the pooling kernel of {window.kernel}",
                help=f"padding up to {window.kernel // 2}, or a kernel of at least {2 * widest}",
            )


def _unpooling(length: int, kernel: int, stride: int, padding: int, size: int | None) -> TransposedWindow:
    window = TransposedWindow(kernel, stride, (padding, padding))
    if size is None:
        return window
    usual = window.output(length)
    if abs(size - usual) >= stride:
        raise ShapeError(
            f"max_unpool cannot make {size} cells from {length}",
            help=f"size from {max(1, usual - stride + 1)} to {usual + stride - 1}",
        )
    return TransposedWindow(kernel, stride, (padding, padding), output_padding=size - usual)

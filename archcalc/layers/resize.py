"""Layers that change the spatial size without weights: more cells, a border, or a cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.core import (
    NO_WORK,
    AxisWindow,
    CubicWindow,
    InterpolatingWindow,
    NearestWindow,
    SampledWindow,
    Shape,
    Window,
    Work,
)
from archcalc.core.record import record
from archcalc.core.window import PaddingMode
from archcalc.errors import ShapeError, SpecError
from archcalc.layers.arguments import (
    CELLS,
    CUT_CELLS,
    ENDLESS,
    FACTORS,
    FLAG,
    SIDES,
    SIZES,
    Choice,
    Sides,
    Sizes,
    argument,
    option,
)
from archcalc.layers.base import CROP, Layer, needs_map, register, slide
from archcalc.layers.traits import CHANNELS, ELSEWHERE

if TYPE_CHECKING:
    from fractions import Fraction

INTERPOLATION = Choice(("nearest", "bilinear", "bicubic"))
FILL = Choice(("zeros", "constant", "reflect", "replicate", "circular"))


@register("upsample", reads=CHANNELS)
@record
class Upsample(Layer):
    """More cells along each spatial axis, or fewer: the nearest cell, or linear or cubic interpolation.

    Formula   O = floor(W * scale_factor), or O = size; nearest reads cell floor(p / scale_factor), with size
              floor(p * W / O); the others look around (p + 1/2) / scale_factor - 1/2
    Shape     (C, *spatial) -> (C, *O)
    Params    none
    Work      nearest: none (values only move); bilinear: 2 products per axis and output element; bicubic: 4
    Field     nearest 1; bilinear the 2 cells around the place, bicubic 4, along each axis
    Differs   bilinear is linear on one axis and trilinear on three, for which PyTorch has other words;
              Keras and OpenCV round to the nearest centre where size= is no multiple of W;
              bicubic has a = -0.75, as PyTorch and OpenCV; TensorFlow has -0.5
    Source    PyTorch, Upsample; Keys 1981 (bicubic)
    """

    scale_factor: tuple[float, ...] | None = argument(FACTORS, "times as many cells: 2, 2x1 or 0.5", None)
    size: Sizes | None = option(SIZES, None, "cells after, instead of a scale factor: 56x56")
    mode: str = option(INTERPOLATION, "nearest", "the nearest cell, or between cells (bilinear, bicubic)")
    align_corners: bool = option(FLAG, False, "the corner cells keep their values (not nearest)")

    def __post_init__(self) -> None:
        if (self.scale_factor is None) == (self.size is None):
            count = "no scale factor and no size" if self.size is None else "a scale factor and a size"
            raise SpecError(f"upsample has {count}", help="either of them: upsample 2, or upsample size=56x56")
        if self.align_corners and self.mode == "nearest":
            raise SpecError("align_corners does not go with mode=nearest", help="mode=bilinear")

    def windows(self, x: Shape) -> tuple[AxisWindow, ...]:
        needs_map(x, "upsample")
        if self.scale_factor is None:
            return tuple([self._window(size, None) for size in self.size or ()])
        axes = zip(x.spatial, self.scale_factor, strict=True)
        return tuple([self._window(_resized(length, factor), factor) for length, factor in axes])

    def output(self, x: Shape) -> Shape:
        sizes = slide(self.windows(x), x.spatial)
        if 0 in sizes:
            raise ShapeError(f"the scale factor leaves nothing of {x}", help="a larger factor, or size=")
        return Shape((x.channels, *sizes))

    def work(self, x: Shape, y: Shape) -> Work:
        taps = {"nearest": 0, "bilinear": 2, "bicubic": 4}[self.mode]
        return Work(products=taps * len(y.spatial) * y.elements) if taps else NO_WORK

    def _window(self, size: int, factor: float | None) -> AxisWindow:
        step = None if factor is None or isinstance(factor, int) else exact(factor).as_integer_ratio()[::-1]
        if self.mode != "nearest":
            window = InterpolatingWindow if self.mode == "bilinear" else CubicWindow
            return window(size, self.align_corners, step)
        return NearestWindow(factor) if isinstance(factor, int) else SampledWindow(size, step)


def exact(factor: float) -> Fraction:
    """The fraction that a factor is: 3/2 for 1.5, 1/3 for 0.333333333333."""
    from fractions import Fraction

    return Fraction(factor).limit_denominator(10**9)


def _resized(length: int, factor: float) -> int:
    """floor(W * factor)."""
    if isinstance(factor, int):
        return length * factor
    times, parts = exact(factor).as_integer_ratio()
    return length * times // parts


@register("pad", reads=CHANNELS)
@record
class Pad(Layer):
    """A border around the map, and with channels= new channels before and after its own.

    Formula   O = W + before + after per axis
    Shape     (C, *spatial) -> (before + C + after, *O)
    Params    none
    Work      none (values only move)
    Field     1; a place in the border sees nothing (zeros, constant) or the cell it copies
    Differs   PyTorch writes the last axis first and calls zeros constant; ours are height, then width
    Source    PyTorch, pad
    """

    cells: Sides | None = argument(CELLS, "cells around the map: 2, 2x3, or before:after as 0:1x0:1", None)
    channels: tuple[int, int] = option(SIDES, 0, "new channels on both sides (8), or before:after as 0:16")
    mode: str = option(FILL, "zeros", "what stands in the border")
    value: float | None = option(ENDLESS, None, "the constant of mode=constant")

    def __post_init__(self) -> None:
        if self.value is not None and self.mode != "constant":
            raise SpecError(f"value= does not go with mode={self.mode}", help="mode=constant")
        if self.value is None and self.mode == "constant":
            raise SpecError("mode=constant needs a value", help="value=1, or mode=zeros")
        if self.cells is None and not any(self.channels):
            raise SpecError("pad has no cells and no channels", help="pad 2, or pad channels=8")
        if any(self.channels) and self.mode not in ("zeros", "constant"):
            raise SpecError(f"channels= does not go with mode={self.mode}", help="a pad of its own: pad channels=8")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        needs_map(x, "pad")
        mode = cast(PaddingMode, "zeros" if self.mode == "constant" else self.mode)
        return tuple(Window(1, padding=sides, mode=mode) for sides in self._cells(x))

    def output(self, x: Shape) -> Shape:
        windows = self.windows(x)
        most = {"reflect": -1, "circular": 0}.get(self.mode)
        if most is not None:
            for length, sides in zip(x.spatial, self._cells(x), strict=True):
                _needs_source(self.mode, length, sides, length + most)
        return Shape((x.channels + sum(self.channels), *slide(windows, x.spatial)))

    def _cells(self, x: Shape) -> Sides:
        return self.cells if self.cells is not None else ((0, 0),) * len(x.spatial)


@register(CROP, reads=CHANNELS, view=ELSEWHERE)
@record
class Crop(Layer):
    """The middle of the map, or the map without cells on its sides.

    Formula   to a size O: cell i is cell floor((W - O) / 2) + i before; by cells: O = W - before - after
    Shape     (C, *spatial) -> (C, *O)
    Params    none
    Work      none (values only move)
    Field     1, shifted by the cells cut before
    Differs   where W - O is odd the further cell is cut after; torchvision's CenterCrop rounds half to even,
              so it starts one cell later where W - O is 3, 7, 11, ...
    Source    Ronneberger et al. 2015 (64 to 56 cuts 4 on each side)
    """

    size: Sizes | None = argument(SIZES, "cells left, cut from the middle: 56, or 56x40", None)
    cells: Sides | None = option(CUT_CELLS, None, "cells cut on each side instead: 4, or before:after as 0:1x0:1")

    def __post_init__(self) -> None:
        if (self.size is None) == (self.cells is None):
            count = "no size and no cells" if self.size is None else "a size and cells"
            raise SpecError(f"crop has {count}", help="either of them: crop 56x56, or crop cells=4")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return tuple(Window(1, padding=(-before, -after)) for before, after in self._cut(x))

    def output(self, x: Shape) -> Shape:
        cut = self._cut(x)
        if self.size is not None:
            return Shape((x.channels, *self.size))
        sizes = [length - before - after for length, (before, after) in zip(x.spatial, cut, strict=True)]
        if any(size < 1 for size in sizes):
            raise ShapeError(f"the crop leaves nothing of {x}", help="fewer cells on each side")
        return Shape((x.channels, *sizes))

    def _cut(self, x: Shape) -> Sides:
        needs_map(x, "crop")
        if self.cells is not None:
            return self.cells
        assert self.size is not None
        if any(size > length for size, length in zip(self.size, x.spatial, strict=True)):
            fitting = Shape(min(size, length) for size, length in zip(self.size, x.spatial, strict=True))
            raise ShapeError(f"crop {Shape(self.size)} is larger than its input {x}", help=f"at most {fitting}")
        return tuple(_middle(length, size) for length, size in zip(x.spatial, self.size, strict=True))


def _middle(length: int, size: int) -> tuple[int, int]:
    """Cells cut before and after; an odd one goes after."""
    before = (length - size) // 2
    return before, length - size - before


def _needs_source(mode: str, length: int, sides: tuple[int, int], most: int) -> None:
    """Reflect copies the cells behind the first one, circular those at the other end: there must be enough."""
    if max(sides) > most:
        raise ShapeError(
            f"{mode} padding of {max(sides)} cells needs an axis of {length + max(sides) - most}, this has {length}",
            help=f"at most {most} cells, or mode=replicate",
        )

"""Parts of an axis: slices, chunks, splits, and channels shuffled between groups."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

from archcalc.core import Shape, Window
from archcalc.core.record import record
from archcalc.errors import ShapeError
from archcalc.layers.arguments import AXIS, COUNT, FEW, RANGE, Sizes, argument, option
from archcalc.layers.base import Composite, Layer, pointwise, register
from archcalc.layers.fitting import axis_of, divisors, resized
from archcalc.layers.traits import CHANNELS, ELSEWHERE


@register("slice", view=ELSEWHERE)
@record
class Slice(Layer):
    """The cells start to stop of one axis, by default of the channels; with a step, every step-th of them.

    Formula   O = ceil((stop - start) / step); cell i is cell start + i * step before
    Shape     (C, *spatial) -> (O, *spatial)
    Params    none
    Work      none (values only move)
    Field     1 at distance step, shifted by start where the axis is spatial
    Source    Python's x[start:stop:step]
    """

    cells: Sizes = argument(RANGE, "start:stop or start:stop:step, counted from 0, the stop left out")
    axis: int = option(AXIS, 0, "axis that is cut; 0 are the channels of a map")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        axis = axis_of(self.axis, x)
        cut = self._window(x[axis])
        return tuple(cut if i == axis else Window(1) for i in range(1, len(x)))

    def output(self, x: Shape) -> Shape:
        axis = axis_of(self.axis, x)
        start, stop, *_ = self.cells
        if stop > x[axis]:
            raise ShapeError(
                f"the slice {start}:{stop} ends after axis {axis} of {x}, which has {x[axis]} cells",
                help=f"a stop of at most {x[axis]}",
            )
        return resized(x, axis, self._window(x[axis]).output(x[axis]))

    def _window(self, length: int) -> Window:
        """Along the axis that is cut."""
        start, stop, *step = self.cells
        return Window(1, stride=step[0] if step else 1, padding=(-start, stop - length))


@register("chunk")
@record
class Chunk(Composite):
    """Equal parts of one axis, by default of the channels; the parts are called 0, 1 and so on

    Formula   O = C / chunks
    Shape     (C, *spatial) -> chunks times (C / chunks, *spatial)
    Params    none
    Work      none (values only move)
    Field     as slice
    Differs   PyTorch makes the last chunk smaller where chunks does not divide; we refuse
    Source    PyTorch, chunk
    """

    chunks: int = argument(FEW, "how many parts")
    axis: int = option(AXIS, 0, "axis that is divided; 0 are the channels of a map")

    def parts(self, x: Shape) -> Mapping[str, Layer]:
        length = x[axis_of(self.axis, x)]
        if length % self.chunks:
            raise ShapeError(
                f"{self.chunks} chunks do not divide axis {axis_of(self.axis, x)} of {x}, which has {length} cells",
                help=f"chunks must divide {length}: {divisors(length)}",
            )
        return _slices((length // self.chunks,) * self.chunks, self.axis)


@register("split")
@record
class Split(Composite):
    """Parts of the stated sizes of one axis, by default of the channels; the parts are called 0, 1 and so on

    Formula   the sizes add up to the axis
    Shape     (C, *spatial) -> (size, *spatial) for each size
    Params    none
    Work      none (values only move)
    Field     as slice
    Differs   a single size is one part; PyTorch's split(size) repeats it (our chunk)
    Source    PyTorch, split
    """

    split_sizes: tuple[int, ...] = argument(COUNT, "the size of each part", variadic=True)
    axis: int = option(AXIS, 0, "axis that is divided; 0 are the channels of a map")

    def parts(self, x: Shape) -> Mapping[str, Layer]:
        axis = axis_of(self.axis, x)
        *first, last = self.split_sizes
        total = sum(self.split_sizes)
        if total != x[axis]:
            fitting = x[axis] - sum(first)
            raise ShapeError(
                f"the parts {' '.join(map(str, self.split_sizes))} add up to {total}, "
                f"axis {axis} of {x} has {x[axis]} cells",
                help=f"a last part of {fitting} instead of {last}" if fitting > 0 else None,
            )
        return _slices(self.split_sizes, self.axis)


@register("channel_shuffle", reads=CHANNELS)
@record
class ChannelShuffle(Layer):
    """Channels dealt out anew, so that the next groups see channels of every group.

    Formula   channel g * (C / groups) + i goes to i * groups + g
    Shape     (C, *spatial) -> the same
    Params    none
    Work      none (values only move)
    Field     1 (each cell from the cell at its own place)
    Source    Zhang et al. 2018 (ShuffleNet)
    """

    groups: int = argument(COUNT, "groups of channels before")

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return pointwise(x)

    def output(self, x: Shape) -> Shape:
        if x.channels % self.groups:
            raise ShapeError(
                f"{self.groups} groups do not divide {x.channels} channels",
                help=f"groups must divide {x.channels}: {divisors(x.channels)}",
            )
        return x


def _slices(sizes: Sizes, axis: int) -> Mapping[str, Layer]:
    stops = tuple(accumulate(sizes))
    return {str(i): Slice((stop - size, stop), axis) for i, (size, stop) in enumerate(zip(sizes, stops, strict=True))}

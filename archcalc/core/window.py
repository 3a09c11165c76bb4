"""How one axis of an output depends on one axis of its input.

Each rule stands here once, for one axis: `output(length)` is the size after, `reads(index, length)` the
input cells that one output cell depends on. Shapes, receptive fields and explanations all call these.
Letters as in the lecture: W length, K kernel, s stride, P padding, d dilation, O output.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

from archcalc.core.record import record
from archcalc.errors import ShapeError

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


class AxisWindow(Protocol):
    """What every rule of this file offers."""

    def output(self, length: int, /) -> int:
        """Size of the output axis for an input axis of `length` cells. Raises ShapeError."""

    def reads(self, index: int, length: int, /) -> Sequence[int]:
        """Input cells (0-based, real cells only, ascending) that output cell `index` depends on."""


@record
class Window:
    """A window sliding along one axis: O = floor((W - K_eff + P) / s) + 1, K_eff = d(K - 1) + 1.

    Lengths in cells of the input. A negative padding crops. With `ceil_mode` the division rounds up, and a
    last window that would start in the padding after the axis is dropped (Caffe, PyTorch).
    """

    kernel: int
    stride: int = 1
    padding: tuple[int, int] = (0, 0)
    dilation: int = 1
    ceil_mode: bool = False
    mode: PaddingMode = "zeros"

    @property
    def extent(self) -> int:
        """Cells one stop spans, holes included: d(K - 1) + 1."""
        if self.dilation == 1:
            return self.kernel
        return self.dilation * (self.kernel - 1) + 1

    @property
    def overhang(self) -> int:
        """Cells by which the last window may end past the padded axis: s - 1 in ceil mode, else none."""
        return self.stride - 1 if self.ceil_mode else 0

    @property
    def total_padding(self) -> int:
        """P: both sides together, 2p where they are equal."""
        before, after = self.padding
        return 2 * before if before == after else before + after

    def output(self, length: int) -> int:
        """O = floor((W - K_eff + P) / s) + 1."""
        room = length - self.extent + self.total_padding
        if room + self.overhang < 0:
            raise _too_small(self, length)
        if not self.ceil_mode:
            return room // self.stride + 1
        stops = -(-room // self.stride) + 1
        if (stops - 1) * self.stride >= length + self.padding[0]:
            stops -= 1
        return stops

    def unread(self, length: int) -> int:
        """Cells of the padded axis after the last window, which nothing reads; padding is among them."""
        return max(0, length + self.total_padding - self.extent - (self.output(length) - 1) * self.stride)

    def stop(self, index: int) -> range:
        """The cells under its taps at stop `index`; those below 0 and after the axis are not real."""
        start = index * self.stride - self.padding[0]
        return range(start, start + self.extent, self.dilation)

    def reads(self, index: int, length: int) -> Sequence[int]:
        cells = self.stop(index)
        if cells[0] >= 0 and cells[-1] < length:
            return cells
        return sorted({real for cell in cells for real in real_cells(cell, length, self.mode)})

    def taps(self, index: int, length: int) -> list[int | None]:
        """The real cell that each tap reads at stop `index`; None where it reads a zero."""
        return [next(real_cells(cell, length, self.mode), None) for cell in self.stop(index)]


@record
class TransposedWindow:
    """A window that spreads each input cell: O = (W - 1)s - P + K_eff + output_padding."""

    kernel: int
    stride: int = 1
    padding: tuple[int, int] = (0, 0)
    dilation: int = 1
    output_padding: int = 0

    @property
    def extent(self) -> int:
        """Cells one input cell spreads over, holes included: d(K - 1) + 1."""
        return self.dilation * (self.kernel - 1) + 1 if self.dilation != 1 else self.kernel

    def output(self, length: int) -> int:
        """O = (W - 1)s - P + K_eff + output_padding."""
        before, after = self.padding
        cut = 2 * before if before == after else before + after
        size = (length - 1) * self.stride - cut + self.extent + self.output_padding
        if size < 1:
            raise ShapeError(
                f"the padding cuts away the whole output: {size} cells are left",
                help=f"padding of at most {max(0, (size + cut - 1) // 2)}",
            )
        return size

    def reads(self, index: int, length: int) -> Sequence[int]:
        return sorted({cell for cell in self.taps(index, length) if cell is not None})

    def taps(self, index: int, length: int) -> list[int | None]:
        """The cell that reaches output cell `index` through each tap, q where p = q s - before + t d, or None."""
        places = [divmod(index + self.padding[0] - tap * self.dilation, self.stride) for tap in range(self.kernel)]
        return [cell if rest == 0 and 0 <= cell < length else None for cell, rest in places]


@record
class AdaptiveWindow:
    """`size` windows that share the axis out: cell i reads floor(iW/O) up to ceil((i+1)W/O)."""

    size: int

    def output(self, length: int) -> int:
        return self.size

    def reads(self, index: int, length: int) -> range:
        return range(index * length // self.size, -(-(index + 1) * length // self.size))


@record
class NearestWindow:
    """Each input cell repeated `factor` times: cell p reads p // factor."""

    factor: int

    def output(self, length: int) -> int:
        return length * self.factor

    def reads(self, index: int, length: int) -> range:
        return range(index // self.factor, index // self.factor + 1)


@record
class SampledWindow:
    """The nearest cell, for any `size`: cell p reads floor(p W/O), or floor(p step) where a factor gives the step."""

    size: int
    step: tuple[int, int] | None = None
    """Cells from one output cell to the next, as a fraction; W/O unless told."""

    def output(self, length: int) -> int:
        return self.size

    def reads(self, index: int, length: int) -> range:
        cells, units = self.step or (length, self.size)
        cell = min(index * cells // units, length - 1)
        return range(cell, cell + 1)


@record
class InterpolatingWindow:
    """Linear interpolation to `size` cells: cell p reads the two cells around its centre."""

    size: int
    align_corners: bool = False
    step: tuple[int, int] | None = None
    """As that of a SampledWindow; with aligned corners it is (W - 1)/(O - 1)."""

    def output(self, length: int) -> int:
        return self.size

    def reads(self, index: int, length: int) -> range:
        left, rest = self.left(index, length)
        return range(left, left + 1) if rest == 0 or left == length - 1 else range(left, left + 2)

    def left(self, index: int, length: int) -> tuple[int, int]:
        """The cell at or before the centre of output cell `index`, and whether it lies between (exact)."""
        numerator, denominator = self.place(index, length)
        left, rest = divmod(max(0, numerator), denominator)
        return (left, rest) if left < length else (length - 1, 0)

    def place(self, index: int, length: int) -> tuple[int, int]:
        """Where output cell `index` lies among the cells, as a fraction: (p + 1/2) step - 1/2."""
        if self.align_corners:
            return (index * (length - 1), self.size - 1) if self.size > 1 else (0, 1)
        cells, units = self.step or (length, self.size)
        return (2 * index + 1) * cells - units, 2 * units


@record
class CubicWindow:
    """Cubic interpolation to `size` cells: cell p reads the four cells around its centre, those at an end again."""

    size: int
    align_corners: bool = False
    step: tuple[int, int] | None = None

    def output(self, length: int) -> int:
        return self.size

    def reads(self, index: int, length: int) -> range:
        cells = self.taps(index, length)
        return range(max(0, min(cells[0], length - 1)), min(cells[-1], length - 1) + 1)

    def taps(self, index: int, length: int) -> range:
        """The cells that have a weight, as if the axis had no ends: one where the centre lies on it, else four."""
        numerator, denominator = self.place(index, length)
        left, rest = divmod(numerator, denominator)
        return range(left - 1, left + 3) if rest else range(left, left + 1)

    def place(self, index: int, length: int) -> tuple[int, int]:
        """As that of an InterpolatingWindow."""
        return InterpolatingWindow(self.size, self.align_corners, self.step).place(index, length)


@record
class WholeAxis:
    """Every output depends on every cell of the axis, and the axis is gone (or holds one cell)."""

    def output(self, length: int) -> int:
        return 1

    def reads(self, index: int, length: int) -> range:
        return range(length)


WHOLE = WholeAxis()


@record
class SpreadAxis:
    """Every output cell depends on every cell of the axis, and the axis keeps its length."""

    def output(self, length: int) -> int:
        return length

    def reads(self, index: int, length: int) -> range:
        return range(length)


SPREAD = SpreadAxis()


@record
class PartitionAxis:
    """The axis cut into parts of `size` cells: every cell of a part depends on every cell of it, and on no other.

    The first cut lies after `shift` cells; the parts at the two ends may be shorter.
    """

    size: int
    shift: int = 0

    def output(self, length: int) -> int:
        return length

    def reads(self, index: int, length: int) -> range:
        first = (index - self.shift) // self.size * self.size + self.shift
        return range(max(0, first), min(length, first + self.size))


@record
class WrappedAxis:
    """The cells of an axis over and over, from another place on: cell p reads (p - shift) mod W."""

    size: int
    shift: int = 0

    def output(self, length: int) -> int:
        return self.size

    def reads(self, index: int, length: int) -> range:
        cell = (index - self.shift) % length
        return range(cell, cell + 1)


@record
class PickedAxis:
    """Some cells of an axis in a given order: cell p reads cells[p]."""

    cells: tuple[int, ...]

    def output(self, length: int) -> int:
        return len(self.cells)

    def reads(self, index: int, length: int) -> range:
        cell = self.cells[index]
        return range(cell, cell + 1)


def same_padding(length: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Padding that gives ceil(W/s) cells; the odd cell goes after the axis (TensorFlow's `same`)."""
    extent = dilation * (kernel - 1) + 1
    total = max((-(-length // stride) - 1) * stride + extent - length, 0)
    return total // 2, total - total // 2


def full_padding(kernel: int, dilation: int) -> tuple[int, int]:
    """Padding under which every overlap of window and axis counts: K_eff - 1 on both sides."""
    return dilation * (kernel - 1), dilation * (kernel - 1)


def causal_padding(kernel: int, dilation: int) -> tuple[int, int]:
    """Padding under which no output reads what comes after it: K_eff - 1 cells before the axis."""
    return dilation * (kernel - 1), 0


def real_cells(cell: int, length: int, mode: PaddingMode) -> Iterator[int]:
    """The real cell behind `cell`, which may lie in the padding (there none, in mode zeros)."""
    if 0 <= cell < length:
        yield cell
    elif mode == "reflect":
        period = max(1, 2 * (length - 1))
        cell %= period
        yield min(cell, period - cell)
    elif mode == "replicate":
        yield min(max(cell, 0), length - 1)
    elif mode == "circular":
        yield cell % length


def _too_small(window: Window, length: int) -> ShapeError:
    before, after = window.padding
    padded = length + before + after
    sum_ = f"{length} + 2·{before}" if before == after else f"{length} + {before} + {after}"
    reach = padded + window.overhang
    repairs = [f"kernel up to {(reach - 1) // window.dilation + 1}"] if reach >= 1 else []
    missing = window.extent - reach
    repairs.append(f"padding of at least {-(-(missing + before + after) // 2)}")
    if window.dilation > 1 and reach >= window.kernel:
        repairs.append(f"dilation up to {(reach - 1) // (window.kernel - 1)}")
    return ShapeError(
        f"the window spans {window.extent} cells, the padded axis has {padded} ({sum_})",
        help=", or ".join([*filter(None, [", ".join(repairs[:-1])]), repairs[-1]]),
    )

"""Which stacks of layers reach a wanted receptive field."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from archcalc.core import Window
from archcalc.core.field import PIXEL, Field
from archcalc.core.record import record
from archcalc.errors import UsageError

MOST_LAYERS = 10_000
"""A stack that needs more is not listed."""


@record
class Stack:
    """A stack of layers, first to last, and what its last layer sees."""

    name: str
    windows: tuple[Window, ...]
    size: int
    jump: int

    @property
    def dilations(self) -> tuple[int, ...]:
        return tuple(window.dilation for window in self.windows)


def designs(target: int, kernel: int, stride: int = 1, layers: int | None = None) -> tuple[Stack, ...]:
    """Stacks whose receptive field is at least `target` along an axis, the shortest of each sort.

    Args:
        layers: if given, only stacks of at most so many layers, and the even dilation that makes them reach.

    Raises:
        UsageError: for sizes below 1, and for a kernel of 1, which never sees more than it had.
    """
    for name, number in (("target", target), ("kernel", kernel), ("stride", stride), ("layers", layers)):
        if number is not None and number < 1:
            raise UsageError(f"--{name} is 1 or more, got {number}")
    if kernel == 1 and target > 1:
        raise UsageError("a kernel of 1 never sees more than one cell", help="--kernel 2 or more")
    window = Window(kernel, stride)
    found = [_repeated(f"stride {stride}", target, lambda _: window)]
    if stride == 1:
        found.append(_repeated("dilations doubled", target, lambda index: Window(kernel, dilation=2**index)))
        found.append(_repeated(f"dilations times {kernel}", target, lambda i: Window(kernel, dilation=kernel**i)))
        found.append(_repeated("two layers, then a 2x2 pooling", target, lambda index: _staged(kernel, index)))
    if layers is not None:
        found = [design for design in found if design is not None and len(design.windows) <= layers]
        found.append(_even(target, kernel, stride, layers))
    return tuple(design for design in dict.fromkeys(found) if design is not None)


def _repeated(name: str, target: int, window_at: Callable[[int], Window]) -> Stack | None:
    """Layers until the target is reached."""
    field = PIXEL
    windows: list[Window] = []
    for index in count():
        if field.sizes[0] >= target:
            return _design(name, tuple(windows))
        if index >= MOST_LAYERS:
            return None
        windows.append(window_at(index))
        field = _after(field, windows[-1])
    return None


def _staged(kernel: int, index: int) -> Window:
    return Window(2, 2) if index % 3 == 2 else Window(kernel)


def _even(target: int, kernel: int, stride: int, layers: int) -> Stack | None:
    """The smallest dilation, the same in all layers, with which so many of them reach the target."""
    if kernel == 1:
        return None
    reach = (kernel - 1) * sum(stride**index for index in range(min(layers, 64)))
    dilation = max(1, -(-(target - 1) // reach))
    windows = (Window(kernel, stride, dilation=dilation),) * layers
    return _design(f"dilation {dilation} everywhere", windows)


def _design(name: str, windows: tuple[Window, ...]) -> Stack:
    field = PIXEL
    for window in windows:
        field = _after(field, window)
    return Stack(name, windows, field.sizes[0], field.advance)


def _after(field: Field, window: Window) -> Field:
    after = field.through(window, 0)
    assert after is not None
    return after

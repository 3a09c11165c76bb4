"""Misconceptions about the size of one layer's output: each says how the window would slide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

from archcalc.core import AxisWindow, NearestWindow, TransposedWindow, Window
from archcalc.core.record import record, replace
from archcalc.errors import ArchcalcError
from archcalc.homework.diagnosis.misconceptions.mistake import Altered, LayerPlace, Mistake
from archcalc.homework.diagnosis.worlds import Changed, Offset
from archcalc.layers.base import Layer
from archcalc.layers.merge import Add, Concat
from archcalc.layers.traits import CONV, TRANSPOSED


@record
class SlidAxis:
    """One axis of a layer: its window, its length, and the layer."""

    window: Window
    length: int
    place: LayerPlace


Rule = Callable[[SlidAxis], Iterator[AxisWindow] | AxisWindow | None]
Which = Callable[[LayerPlace], bool]

SLIDES: Which = attrgetter("slides")
POOLS: Which = attrgetter("pools")
CONVS: Which = attrgetter("convolves")


def _sliding(rule: Rule, which: Which = SLIDES) -> Callable[[LayerPlace], Iterator[Altered]]:
    """An alteration of the window of every axis."""

    def alter(place: LayerPlace) -> Iterator[Altered]:
        if not which(place):
            return
        windows = place.layer.windows(place.x)
        axes = [SlidAxis(window, length, place) for window, length in zip(windows, place.x.spatial, strict=True)]  # type: ignore[arg-type]
        ways = [_ways(rule(axis)) for axis in axes]
        for way in range(max(map(len, ways), default=0)):  # an axis that it does not concern stays as it is
            windows_as = tuple(
                along[way] if way < len(along) else window for along, window in zip(ways, windows, strict=True)
            )
            if windows_as != windows:
                yield Altered(Changed(place.layer, windows_as=windows_as))

    return alter


def _ways(found: Iterator[AxisWindow] | AxisWindow | None) -> list[AxisWindow]:
    if found is None:
        return []
    return list(found) if isinstance(found, Iterator) else [found]


def _padded(axis: SlidAxis, before: int, after: int) -> Window:
    return replace(axis.window, padding=(before, after))


def _pad_is_kernel(axis: SlidAxis) -> Iterator[AxisWindow]:
    kernel = axis.window.kernel
    if axis.window.total_padding:
        yield _padded(axis, kernel, kernel)
        yield _padded(axis, kernel - 1, kernel - 1)


def _pads(axis: SlidAxis, before: int, after: int) -> AxisWindow | None:
    return _padded(axis, before, after) if axis.window.total_padding else None


def _rounded_up(axis: SlidAxis) -> AxisWindow | None:
    """⌈a/s⌉ = ⌊(a + s − 1)/s⌋; no mistake where the layer rounds up itself."""
    return None if axis.window.ceil_mode else Offset(axis.window, before=axis.window.stride - 1)


def _dilated(axis: SlidAxis, window: AxisWindow) -> AxisWindow | None:
    return window if axis.window.dilation > 1 else None


def _dilation_times_kernel(axis: SlidAxis) -> AxisWindow | None:
    return _dilated(axis, replace(axis.window, kernel=axis.window.kernel * axis.window.dilation, dilation=1))


def _filters(axis: SlidAxis) -> AxisWindow:
    return replace(axis.window, kernel=axis.place.y.channels)


def _transposed(rule: Callable[[TransposedWindow], AxisWindow | None]) -> Callable[[LayerPlace], Iterator[Altered]]:
    """An alteration of a transposed convolution's windows."""

    def alter(place: LayerPlace) -> Iterator[Altered]:
        traits = place.layer.traits
        if (traits.family, traits.slides) != (CONV, TRANSPOSED):
            return
        windows: tuple[Any, ...] = place.layer.windows(place.x)
        changed = tuple(way for window in windows if (way := rule(window)) is not None)
        if len(changed) == len(windows) and changed != windows:
            yield Altered(Changed(place.layer, windows_as=changed))

    return alter


def _channels(rule: Callable[[LayerPlace], int | None], which: Which) -> Callable[[LayerPlace], Iterator[Altered]]:
    """An alteration of the output's channels."""

    def alter(place: LayerPlace) -> Iterator[Altered]:
        if which(place) and len(place.y) > 1:
            channels = rule(place)
            if channels is not None and channels >= 1:
                yield Altered(Changed(place.layer, channels_as=channels))

    return alter


def _first_window(place: LayerPlace) -> Window | None:
    window = place.layer.windows(place.x)[0]
    return window if isinstance(window, Window) else None


def _channels_pooled(place: LayerPlace) -> int | None:
    window = _first_window(place)
    return place.x.channels // window.stride if window is not None else None


def _channels_padded(place: LayerPlace) -> int | None:
    window = _first_window(place)
    return place.y.channels + window.total_padding if window is not None else None


def _concat_added(place: LayerPlace) -> Iterator[Altered]:
    if isinstance(place.layer, Concat) and place.layer.axis == 0:
        yield Altered(_joined(place, Add(), place.x.channels))


def _add_concatenated(place: LayerPlace) -> Iterator[Altered]:
    if isinstance(place.layer, Add):
        yield Altered(_joined(place, Concat(), sum(shape.channels for shape in place.node.input_shapes)))


def _joined(place: LayerPlace, layer: Layer, channels: int) -> Layer:
    """The other merge, or where the branches do not fit it this one with its channels."""
    try:
        layer.output(*place.node.input_shapes)
    except ArchcalcError:
        return Changed(place.layer, channels_as=channels)
    return layer


OUTPUT: tuple[Mistake, ...] = (
    Mistake(
        "out.ceil_mode", "This pooling rounds up, as Caffe's does.",
        _sliding(lambda axis: replace(axis.window, ceil_mode=False), POOLS), convention=True,
    ),
    Mistake(
        "out.ceil", "You rounded up; a window that does not fit is dropped, so round down before adding 1.",
        _sliding(_rounded_up),
    ),
    Mistake(
        "out.no_plus1", "Count the first position of the window too: add 1.",
        _sliding(lambda axis: Offset(axis.window, after=-1)),
    ),
    Mistake(
        "out.pad_ignored", "This layer pads by {P}; your answer has no padding.",
        _sliding(lambda axis: _pads(axis, 0, 0)),
    ),
    Mistake(
        "out.pad_once", "Padding is added on both sides: use 2P.",
        _sliding(lambda axis: _pads(axis, axis.window.padding[0], 0)),
    ),
    Mistake(
        "out.stride_ignored", "The window moves {S} pixels at a time: divide by the stride.",
        _sliding(lambda axis: replace(axis.window, stride=1) if axis.window.stride > 1 else None),
    ),
    Mistake(
        "out.plus1_inside", "The +1 comes after the division by the stride.",
        _sliding(lambda axis: Offset(axis.window, before=1, after=-1)),
    ),
    Mistake(
        "out.stride_eq_k", "This pooling overlaps: its stride is {S}, not its size {K}.",
        _sliding(lambda axis: replace(axis.window, stride=axis.window.kernel), POOLS),
    ),
    Mistake(
        "out.pool_stride1", "When no stride is given, pooling moves by its own window size.",
        _sliding(lambda axis: replace(axis.window, stride=1), POOLS),
    ),
    Mistake(
        "out.pool_2x2_assumed", "You halved the size; this pooling is {K}x{K} with stride {S}.",
        _sliding(lambda axis: Window(2, 2), POOLS),
    ),
    Mistake(
        "out.same_assumed", "You assumed `same` padding, but this layer has padding {P}.",
        _sliding(lambda axis: Window(1, axis.window.stride)),
    ),
    Mistake(
        "out.div_stride", "Dividing by the stride is not enough: the kernel's size matters too.",
        _sliding(lambda axis: Window(axis.window.stride, axis.window.stride)),
    ),
    Mistake(
        "out.k_not_subtracted", "Subtract the kernel size before dividing.",
        _sliding(lambda axis: replace(axis.window, kernel=0, dilation=1)),
    ),
    Mistake(
        "out.k_minus_twice", "Without padding, a window of K cells costs K - 1 pixels in all, not on each side.",
        _sliding(lambda axis: Window(2 * axis.window.kernel - 1)),
    ),
    Mistake(
        "out.pad_is_k", "K - 1 is the total; half of it goes on each side, so P = (K - 1)/2.",
        _sliding(_pad_is_kernel),
    ),
    Mistake(
        "out.dil_ignored", "With dilation {D} the kernel covers {Ke} pixels, not {K}.",
        _sliding(lambda axis: _dilated(axis, replace(axis.window, dilation=1))),
    ),
    Mistake(
        "out.dil_times_k", "A dilated kernel covers D(K - 1) + 1 pixels, not D*K.",
        _sliding(_dilation_times_kernel),
    ),
    Mistake(
        "out.dil_zero_based", "You count dilation from 0; here 1 means an ordinary convolution.",
        _sliding(lambda axis: replace(axis.window, dilation=axis.window.dilation + 1)), convention=True,
    ),
    Mistake(
        "out.ceil_mode", "That is Caffe's rounding; this pooling rounds down.",
        _sliding(lambda axis: replace(axis.window, ceil_mode=True), POOLS), convention=True,
    ),
    Mistake("out.filters_as_kernel", "You used the number of filters as the kernel size.", _sliding(_filters, CONVS)),
    Mistake(
        "out.channels_kept", "The output has one channel per filter: {Co}.",
        _channels(lambda place: place.x.channels, lambda place: place.layer.traits.family == CONV),
    ),
    Mistake(
        "out.channels_pooled", "Pooling works on each channel alone; the channel count stays.",
        _channels(_channels_pooled, POOLS),
    ),
    Mistake(
        "out.channels_padded", "Padding adds rows and columns, not channels.",
        _channels(_channels_padded, SLIDES),
    ),
    Mistake("out.concat_added", "Concatenation adds up channels; a residual sum keeps them.", _concat_added),
    Mistake("out.add_concat", "A residual sum keeps the channels; concatenation adds them up.", _add_concatenated),
    Mistake(
        "out.tconv_as_conv", "A transposed convolution enlarges: (W - 1)S - 2P + K.",
        _transposed(lambda window: Window(window.kernel, window.stride, window.padding, window.dilation)),
    ),
    Mistake(
        "out.tconv_pad_once", "Padding is removed on both sides: subtract 2P.",
        _transposed(lambda window: replace(window, padding=(window.padding[0], 0))),
    ),
    Mistake(
        "out.tconv_outpad", "Add the output padding {op}.",
        _transposed(lambda window: replace(window, output_padding=0)),
    ),
    Mistake(
        "out.tconv_times_s", "Multiplying by the stride is right only when K - 2P = S.",
        _transposed(lambda window: NearestWindow(window.stride)),
    ),
)  # fmt: skip
"""Section 7.1 of the catalogue, the likelier first; those about the shape as a whole are in shapes.py."""

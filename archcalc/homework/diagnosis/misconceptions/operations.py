"""Misconceptions about the operations of one layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import TYPE_CHECKING

from archcalc.core import Shape, Work
from archcalc.core.record import replace
from archcalc.homework.diagnosis.misconceptions.mistake import Altered, LayerPlace, Mistake
from archcalc.homework.diagnosis.misconceptions.parameters import conv_at, once_along_the_first_axis, seeing
from archcalc.homework.diagnosis.worlds import Changed
from archcalc.layers.base import Layer
from archcalc.layers.traits import TRANSPOSED

if TYPE_CHECKING:
    from archcalc.layers.conv import Conv
    from archcalc.layers.conv_transpose import ConvTranspose


def _of_conv(
    change: Callable[[Conv | ConvTranspose, LayerPlace], Layer | None],
) -> Callable[[LayerPlace], Iterator[Altered]]:
    def alter(place: LayerPlace) -> Iterator[Altered]:
        conv = conv_at(place)
        if conv is not None and getattr(conv, "links", None) is None:
            changed = change(conv, place)
            if changed is not None:
                yield Altered(changed, {"n": str(prod(place.y.spatial))})

    return alter


def _adding(change: Callable[[Work, LayerPlace], Work]) -> Callable[[LayerPlace], Iterator[Altered]]:
    """Other operations of a layer that has MACs."""

    def alter(place: LayerPlace) -> Iterator[Altered]:
        if place.node.work.macs:
            yield Altered(Changed(place.layer, operations=lambda work: change(work, place)))

    return alter


def _with_stride_1(conv: Conv | ConvTranspose, place: LayerPlace) -> Layer | None:
    if conv.traits.slides == TRANSPOSED or set(conv.stride) == {1}:
        return None
    dense = replace(conv, stride=(1,) * len(conv.stride))
    return Changed(conv, places=dense.output(place.x))


def _parameters(place: LayerPlace) -> Iterator[Altered]:
    """The layer's own params, and its weights alone, in the place of its MACs."""
    weights = place.node.weights
    counts = [t.elements for t in weights.values() if t.role != "buffer"]
    if conv_at(place) is None or not counts:
        return
    for count in (sum(counts), counts[0]):
        instead = Work(macs=count)
        yield Altered(Changed(place.layer, operations=lambda _, work=instead: work), {"n": str(prod(place.y.spatial))})  # type: ignore[misc]


def _one_filter(conv: Conv | ConvTranspose, place: LayerPlace) -> Layer | None:
    """{Co} left out: each output channel's share, once."""
    single = replace(conv, out_channels=1, groups=1)
    x = Shape((place.x.channels // conv.groups, *place.x.spatial))
    return Changed(single, reads=x)


OPERATIONS: tuple[Mistake, ...] = (
    Mistake(
        "mac.bias_added", "Bias additions are not counted here.",
        _adding(lambda work, place: replace(work, macs=work.macs + work.additions)), convention=True,
    ),
    Mistake(
        "mac.input_size", "Count the output positions ({map}), not the input pixels.",
        _of_conv(lambda conv, place: Changed(conv, places=Shape((place.y.channels, *place.x.spatial)))),
    ),
    Mistake(
        "mac.no_in_channels", "Each output value sums over all {Ci} input channels.",
        _of_conv(lambda conv, place: seeing(conv, place.x, 1)),
    ),
    Mistake("mac.no_out_channels", "Do it for each of the {Co} filters.", _of_conv(_one_filter)),
    Mistake(
        "mac.one_dim", "The map is {map}.",
        _of_conv(lambda conv, place: Changed(conv, places=Shape(place.y[:2]))),
    ),
    Mistake(
        "mac.k_not_squared", "The kernel is {K}x{K}.",
        _of_conv(lambda conv, place: once_along_the_first_axis(conv)),
    ),
    Mistake("mac.params_given", "Those are the parameters; each is used at {n} positions.", _parameters),
    Mistake(
        "mac.groups_ignored", "Divide by the {g} groups.",
        _of_conv(lambda conv, place: replace(conv, groups=1) if conv.groups > 1 else None),
    ),
    Mistake(
        "mac.no_stride", "With stride {S} there are fewer positions: divide by {S} on each axis.",
        _of_conv(_with_stride_1),
    ),
)  # fmt: skip
"""Section 7.3 of the catalogue; those about sums of layers and units are in totals.py."""

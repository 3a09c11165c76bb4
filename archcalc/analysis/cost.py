"""Conventions: which of a layer's operations a figure adds up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archcalc.core import Shape, Work
from archcalc.core.record import record
from archcalc.layers import Layer

Rule = Callable[[Layer, tuple[Shape, ...], Shape, Work], int]


@record
class Convention:
    """A named way to count operations."""

    name: str
    unit: str
    """`MACs`, `FLOPs` or `connections`."""
    says: str
    """What is inside, in one line."""
    count: Rule
    """Operations of one layer on one example."""
    leaves_out: tuple[str, ...] = ()
    """Fields of Work that people ask about and that this convention leaves out."""


@record
class NotCounted:
    """Operations of one layer that the convention leaves out and that are not small."""

    layer: str
    kind: str
    what: str
    operations: int


CONVENTIONS: dict[str, Convention] = {
    convention.name: convention
    for convention in (
        Convention(
            "macs", "MACs", "multiply-adds of conv, linear and products with weights; no bias",
            lambda layer, x, y, work: work.macs, ("activation_macs",),
        ),
        Convention(
            "macs+attention", "MACs", "macs, and products of two activations",
            lambda layer, x, y, work: work.macs + work.activation_macs,
        ),
        Convention(
            "flops", "FLOPs", "2 x macs",
            lambda layer, x, y, work: 2 * work.macs, ("activation_macs",),
        ),
        Convention(
            "lenet-1998", "connections", "weighted links with their biases (LeCun et al. 1998)",
            lambda layer, x, y, work: work.connections, ("activation_macs",),
        ),
    )
}  # fmt: skip
"""Every convention by name."""

_WHAT = {"activation_macs": "products of two activations"}


def left_out(convention: Convention, layer: str, kind: str, work: Work) -> Iterator[NotCounted]:
    """The work of one layer that the convention leaves out though its unit would fit."""
    for field in convention.leaves_out:
        operations = getattr(work, field)
        if operations:
            yield NotCounted(layer, kind, _WHAT[field], operations)

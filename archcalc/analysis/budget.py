"""Bounds that a network is held against: at most so many params, MACs or bytes, a field of at least so many cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import floor

from archcalc.analysis.claims import ClaimResult
from archcalc.analysis.receptive import ReceptiveFields
from archcalc.analysis.receptive_require import demand, parse_requirement
from archcalc.analysis.summary import Summary, summarize
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.core.units import Quantity, parse_quantity
from archcalc.errors import Place, SpecError, UsageError
from archcalc.graph.graph import Graph

MAXIMA: dict[str, Callable[[Summary], int]] = {
    "params": lambda summary: summary.totals.params,
    "macs": lambda summary: summary.totals.macs,
    "weight_bytes": lambda summary: summary.totals.weight_bytes,
    "peak_activation_bytes": lambda summary: summary.peak_activation_bytes,
}
"""What may be bounded from above, batch 1, float32."""


@record
class Bound:
    """At most so much of a quantity, as an option said it."""

    quantity: str
    option: str
    text: str
    most: Quantity


def bound(quantity: str, option: str, text: str) -> Bound:
    """Read `5M` or `64MiB`. Raises UsageError."""
    try:
        most = parse_quantity(text)
    except SpecError as error:
        raise UsageError(f"{option}: {error.what}", help=error.help) from None
    if most.approximate:
        raise UsageError(f"{option}: a bound is exact, got {text}", help=f"write {text.lstrip('~≈ ')}")
    if most.in_bytes != quantity.endswith("bytes") and most.unit:
        help = "write 64MiB or 64MB" if quantity.endswith("bytes") else "write 5M or 600K"
        raise UsageError(f"{option}: {text} has the wrong unit for {quantity}", help=help)
    return Bound(quantity, option, text, most)


def check_bounds(graph: Graph, file: str, bounds: Sequence[Bound]) -> tuple[ClaimResult, ...]:
    """Whether each bound holds."""
    if not bounds:
        return ()
    summary = summarize(graph)
    found = []
    for limit in bounds:
        actual = MAXIMA[limit.quantity](summary)
        holds = actual <= limit.most.value
        found.append(_result(limit.quantity, f"at most {limit.text}", actual, holds, limit.option, file))
    return tuple(found)


def check_fields(graph: Graph, file: str, minima: Mapping[str, str]) -> tuple[ClaimResult, ...]:
    """Whether the receptive field of each layer is at least so large. Raises UnknownName."""
    if not minima:
        return ()
    fields = ReceptiveFields(graph)
    found = []
    for layer, least in minima.items():
        held = demand(fields, parse_requirement(f"{layer}>={least}"))
        sizes = Shape(floor(low) if low is not None else 0 for low, _ in held.actual)
        actual = sizes[0] if len(set(sizes)) == 1 else sizes
        found.append(_result(f"{layer}.rf", f"at least {least}", actual, held.holds, "--min-rf", file))
    return tuple(found)


def minimum(text: str) -> tuple[str, str]:
    """Read `conv5=163`, `conv5>=163` or `conv5=51x35`. Raises UsageError."""
    match = re.fullmatch(r"\s*([^=<>]+?)\s*>?=\s*(\d+(?:x\d+)*)\s*", text)
    if match is None:
        raise UsageError(f"--min-rf {text} is not LAYER=CELLS", help="write --min-rf conv5=163")
    return match[1], match[2]


def _result(subject: str, claimed: str, actual: int | Shape, holds: bool, source: str, file: str) -> ClaimResult:
    return ClaimResult(subject, claimed, actual, holds, "", source, Place(file, 1, 1))

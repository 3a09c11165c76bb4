"""A network's totals and layers, written down to be committed; and what has moved since."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from archcalc.analysis.claims import ClaimResult
from archcalc.analysis.summary import Summary
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.core.units import parse_shape
from archcalc.errors import Place, SpecError

SCHEMA = "archcalc/lock/1"
LARGEST = 1 << 26
"""Bytes of a lock file."""

Places = Mapping[str, Place]
"""Layer -> where it stands in the spec."""

_COUNTS = ("params", "trainable_params", "buffers", "macs")


@record
class LockedLayer:
    """What is kept of one layer."""

    kind: str
    output: Shape
    params: int
    macs: int


@record
class Lock:
    """What is kept of a network."""

    spec: str
    inputs: Mapping[str, Shape]
    totals: Mapping[str, int]
    layers: Mapping[str, LockedLayer]


def lock_of(summary: Summary) -> Lock:
    """The totals and the layers of a network."""
    totals = {name: getattr(summary.totals, name) for name in _COUNTS}
    return Lock(
        spec=summary.spec,
        inputs=dict(summary.inputs),
        totals={**totals, "peak_activation_bytes": summary.peak_activation_bytes},
        layers={
            row.name: LockedLayer(row.kind, row.output, row.counts.params, row.counts.macs) for row in summary.rows
        },
    )


def read_lock(text: str, file: str) -> Lock:
    """A lock file as it was written. Raises SpecError with the place."""
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise SpecError(f"{file} is not JSON: {error.msg}").at(Place(file, error.lineno, error.colno)) from None
    except RecursionError:
        raise SpecError(f"{file} is nested too deep for a lock file").at(Place(file, 1, 1)) from None
    try:
        return _lock(content)
    except (KeyError, TypeError, ValueError, AttributeError, SpecError):
        help = "`archcalc lock SPEC --output FILE` writes one"
        raise SpecError(f"{file} is no lock file of archcalc", help=help).at(Place(file, 1, 1)) from None


def moved(lock: Lock, now: Lock, source: str, places: Places) -> tuple[ClaimResult, ...]:
    """What is not as it was locked: totals first, then layers; one line that holds where nothing has moved.

    Args:
        source: the lock file.
        places: where each layer stands in the spec; under "", the spec itself.
    """
    differences = [*_moved_totals(lock, now), *_moved_layers(lock, now)]
    if not differences:
        count = f"{len(lock.layers)} {'layer' if len(lock.layers) == 1 else 'layers'}"
        return (ClaimResult("lock", count, None, True, "", source, places[""]),)
    return tuple(
        ClaimResult(
            f"{layer}.{quantity}".strip("."), f"{locked} when locked", actual, False, reason, source,
            places.get(layer, places[""]),
        )
        for layer, quantity, locked, actual, reason in differences
    )  # fmt: skip


def _lock(content: Any) -> Lock:
    if content["schema"] != SCHEMA:
        raise ValueError(content["schema"])
    return Lock(
        spec=str(content["spec"]),
        inputs={name: parse_shape(shape) for name, shape in content["inputs"].items()},
        totals={name: _count(value) for name, value in content["totals"].items()},
        layers={name: _layer(entry) for name, entry in content["layers"].items()},
    )


def _layer(entry: Any) -> LockedLayer:
    return LockedLayer(str(entry["kind"]), parse_shape(entry["output"]), _count(entry["params"]), _count(entry["macs"]))


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(value)
    return value


class _Move(NamedTuple):
    """One figure that is not as it was locked; `reason` says it in words where there is no figure now."""

    layer: str
    quantity: str
    locked: str
    actual: int | Shape | None
    reason: str = ""


def _moved_totals(lock: Lock, now: Lock) -> Iterator[_Move]:
    for name, shape in lock.inputs.items():
        if now.inputs.get(name) != shape:
            yield _Move(name, "out", str(shape), now.inputs.get(name), "there is no such input")
    for name, count in lock.totals.items():
        if now.totals.get(name) != count:
            yield _Move("", name, f"{count:,}", now.totals.get(name), "there is no such total")


def _moved_layers(lock: Lock, now: Lock) -> Iterator[_Move]:
    for name, was in lock.layers.items():
        layer = now.layers.get(name)
        if layer is None:
            yield _Move(name, "", _described(was), None, "the layer is gone")
            continue
        if layer.kind != was.kind:
            yield _Move(name, "kind", was.kind, None, f"it is {layer.kind}")
        if layer.output != was.output:
            yield _Move(name, "out", str(was.output), layer.output)
        if layer.params != was.params:
            yield _Move(name, "params", f"{was.params:,}", layer.params)
        if layer.macs != was.macs:
            yield _Move(name, "macs", f"{was.macs:,}", layer.macs)
    for name, layer in now.layers.items():
        if name not in lock.layers:
            yield _Move(name, "", "no such layer", None, _described(layer))


def _described(layer: LockedLayer) -> str:
    return f"{layer.kind} {layer.output}, {layer.params:,} params"

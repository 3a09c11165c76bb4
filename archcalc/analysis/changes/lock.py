"""A network's totals and layers, written down to be committed; and what has moved since."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from archcalc.analysis.changes.diff import Difference, Side, difference_of
from archcalc.analysis.claims import ClaimResult
from archcalc.analysis.explain.explain import written_value
from archcalc.analysis.quantities import MEASURES
from archcalc.analysis.summary import Counts, LayerRow, Summary
from archcalc.core import Shape
from archcalc.core.record import record, replace
from archcalc.core.result import Result
from archcalc.core.units import parse_shape
from archcalc.errors import Place, SpecError, UsageError
from archcalc.layers import find

SCHEMA = "archcalc/lock/1"
LARGEST = 1 << 26
"""Bytes of a lock file."""


@record
class LockedLayer:
    """What is kept of one layer."""

    kind: str
    output: Shape
    params: int
    macs: int
    reads: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str | None], ...] = ()
    """As a spec writes them."""
    shares: str | None = None


@record
class Lock(Result):
    """What is kept of a network."""

    spec: str
    inputs: Mapping[str, Shape]
    totals: Mapping[str, int]
    layers: Mapping[str, LockedLayer]
    connected: bool = True
    """Whether it says what each layer reads and is; the files of archcalc 0.1.0 do not."""


@record
class LockFile:
    """A lock, and the file it was read from."""

    lock: Lock
    file: str


@record
class Moved:
    """What is not as it was locked."""

    difference: Difference
    totals: tuple[tuple[str, int, int], ...]
    """Name, when locked and now, of those that moved."""
    renamed: int


def lock_of(summary: Summary) -> Lock:
    """The totals and the layers of a network."""
    return Lock(
        spec=summary.spec,
        inputs=dict(summary.inputs),
        totals={row.name: row.summed(summary) for row in MEASURES.values() if row.locked and row.summed},
        layers={row.name: _locked(row) for row in summary.rows},
    )


def read_lock_file(path: str | PathLike[str]) -> LockFile:
    """A lock file. Raises UsageError where it cannot be read, and SpecError with the place."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST + 1)
        text = data.decode("utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", help="`archcalc lock` writes it") from None
    except UnicodeDecodeError:
        raise SpecError(f"{path} is not UTF-8 text") from None
    if len(data) > LARGEST:
        raise SpecError(f"{path} is larger than 64 MiB, the limit of a lock file")
    return LockFile(read_lock(text, str(path)), str(path))


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


def moved(lock: Lock, now: Lock, file: str) -> Moved | None:
    """What is not as it was locked in `file`; None where nothing is."""
    if not lock.connected:
        lock, now = _by_figures(lock), _by_figures(now)
    if (lock.inputs, lock.totals, lock.layers) == (now.inputs, now.totals, now.layers):
        return None
    found = difference_of(_side(lock), _side(now), (file, now.spec))
    totals = [(name, count, now.totals.get(name, 0)) for name, count in lock.totals.items()]
    renamed = [line for line in found.lines if line.renamed]
    return Moved(found, tuple(total for total in totals if total[1] != total[2]), len(renamed))


def lock_result(lock: Lock, found: Moved | None, file: str, place: Place) -> ClaimResult:
    """The lock as one claim of the spec."""
    layers = f"{len(lock.layers)} {'layer' if len(lock.layers) == 1 else 'layers'}"
    if found is None:
        return ClaimResult("lock", layers, None, True, "", file, place)
    states = [(found.difference.count(state), state) for state in ("changed", "added", "removed")]
    counts = [f"{count} {word}" for count, word in (*states, (found.renamed, "renamed")) if count]
    moves = {(before, now): name for name, before, now in reversed(found.totals)}  # trained params move as params do
    totals = [f"{name} {before:,} -> {now:,}" for (before, now), name in reversed(moves.items())]
    reason = "; ".join(filter(None, [", ".join(counts), ", ".join(totals)])) or "the inputs have other names"
    return ClaimResult("lock", layers, None, False, reason, file, place)


def _locked(row: LayerRow) -> LockedLayer:
    attributes = tuple((name, _written(name, value)) for name, value in row.attributes.items())
    return LockedLayer(
        row.kind, row.output, row.counts.params, row.counts.macs, row.inputs, attributes, row.shared or None
    )


def _written(name: str, value: Any) -> str | None:
    return None if value is None else written_value(value, name == "kernel_size")


def _by_figures(lock: Lock) -> Lock:
    """With each layer's figures in the place of its attributes, which is all that an older file has."""
    layers = {
        name: replace(
            layer,
            reads=(),
            attributes=(("out", str(layer.output)), ("params", f"{layer.params:,}"), ("macs", f"{layer.macs:,}")),
            shares=None,
        )
        for name, layer in lock.layers.items()
    }
    return replace(lock, layers=layers)


class _Own:
    """A locked layer by itself; an attribute that is not written has the default of its kind."""

    def __init__(self, layer: LockedLayer) -> None:
        self.kind = layer.kind
        self.attributes = dict(layer.attributes)
        self._key: Hashable = (layer.kind, layer.attributes)

    def __getattr__(self, name: str) -> str | None:
        if name in self.attributes:
            return self.attributes[name]
        kind = find(self.kind)
        parameter = kind.parameter(name) if kind is not None else None
        return None if parameter is None or parameter.required else _written(name, parameter.default)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Own) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


def _side(lock: Lock) -> Side:
    names = {name: index - len(lock.inputs) for index, name in enumerate([*lock.inputs, *lock.layers])}
    shapes = {**lock.inputs, **{name: layer.output for name, layer in lock.layers.items()}}
    layers = lock.layers.values()
    return Side(
        [_row(name, layer, shapes) for name, layer in lock.layers.items()],
        [_Own(layer) for layer in layers],
        [tuple(names[name] for name in layer.reads) for layer in layers],
        tuple(lock.inputs.values()),
        lock.totals.get("params", 0),
        lock.totals.get("macs", 0),
    )


def _row(name: str, layer: LockedLayer, shapes: Mapping[str, Shape]) -> LayerRow:
    return LayerRow(
        name, layer.kind, layer.reads, tuple(shapes[read] for read in layer.reads), layer.output,
        Counts(params=layer.params, macs=layer.macs), {}, dict(layer.attributes), layer.shares,
    )  # fmt: skip


def _lock(content: Any) -> Lock:
    if content["schema"] != SCHEMA:
        raise ValueError(content["schema"])
    inputs = {name: parse_shape(shape) for name, shape in content["inputs"].items()}
    layers = {name: _layer(entry) for name, entry in content["layers"].items()}
    before = set(inputs)
    for name, layer in layers.items():
        if not before.issuperset(layer.reads):
            raise ValueError(name)
        before.add(name)
    return Lock(
        spec=str(content["spec"]),
        inputs=inputs,
        totals={name: _count(value) for name, value in content["totals"].items()},
        layers=layers,
        connected=all("inputs" in entry for entry in content["layers"].values()),
    )


def _layer(entry: Any) -> LockedLayer:
    attributes = entry.get("attributes", {}).items()
    return LockedLayer(
        str(entry["kind"]),
        parse_shape(entry["output"]),
        _count(entry["params"]),
        _count(entry["macs"]),
        tuple(map(str, entry.get("inputs", []))),
        tuple((name, None if value is None else str(value)) for name, value in attributes),
        None if entry.get("shares") is None else str(entry["shares"]),
    )


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(value)
    return value
